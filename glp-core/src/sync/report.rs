//! What a run did, resource by resource.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::greenlake::Resource;
use crate::sync::{Counts, RunId};

/// How a run, or one resource of it, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every row was listed and the listing is published.
    Complete,
    /// Something was kept, something is missing, nothing was retired.
    Partial,
    /// Nothing was published; what was there before still is.
    Failed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        })
    }
}

/// What became of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceReport {
    /// How it ended.
    pub outcome: Outcome,
    /// Distinct rows listed, those of the resumed run included.
    pub listed: u64,
    /// The row differences of the publication; zero where nothing was published.
    #[serde(flatten)]
    pub counts: Counts,
    /// Pages read by this run.
    pub pages: u64,
    /// Passes over the listing, the resumed run's included.
    pub passes: u32,
    /// The offset at which this run resumed an earlier one, in rows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resumed_at: Option<u64>,
    /// Why an earlier run's checkpoint was not used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub discarded: Option<String>,
    /// Rows that could not be stored, because they have no id.
    pub row_errors: u64,
    /// Why the outcome is not [`Outcome::Complete`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The code of the error that ended it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_code: Option<String>,
}

/// What one run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The run's number in the ledger.
    pub run: RunId,
    /// Complete if every resource is, failed if none brought anything, else partial.
    pub outcome: Outcome,
    /// Resource by resource.
    pub resources: BTreeMap<Resource, ResourceReport>,
    /// Messages for people, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}
