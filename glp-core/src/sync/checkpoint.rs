//! How far a listing got, kept in the same database and transaction as its rows.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::greenlake::Resource;
use crate::wall::UnixTime;

/// Says how far a listing got, so that a killed run can resume it.
///
/// Stored with the rows it speaks of, in one transaction; so a checkpoint never claims a row that
/// is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What is being listed.
    pub resource: Resource,
    /// The exact scope of the listing: origin, workspace, route, filter, sort. A listing resumes
    /// only in its own scope.
    pub scope: String,
    /// The pass over the listing, from 1; a pass is begun anew when rows moved under the last one.
    pub pass: u32,
    /// The offset of the next page's first row that has not been read, in rows.
    pub offset: u64,
    /// The service's own total, as the pass first saw it.
    pub total: Option<u64>,
    /// The id of the last row read: the fence that the next page must begin with.
    pub last_id: Option<String>,
    /// The most rows that one page of this pass brought.
    pub largest_page: u64,
    /// Rows that could not be stored in this listing so far.
    pub row_errors: u64,
    /// Whether the pass is known not to be clean: a repeated id, or a total that changed.
    pub drifted: bool,
    /// When the listing began.
    pub started_at: UnixTime,
}
