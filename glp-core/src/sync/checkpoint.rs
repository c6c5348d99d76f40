//! How far a listing got, kept in the same database and transaction as its rows.

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::greenlake::Resource;
use crate::sync::MAX_ROWS;
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
    /// The id of the last row read, if it has one: the fence that the next page must begin with.
    pub last_id: Option<String>,
    /// The most rows that one page of this pass brought.
    pub largest_page: u64,
    /// Rows of this pass that could not be stored, because they have no id.
    pub row_errors: u64,
    /// Whether rows are known to have moved during the pass.
    pub drifted: bool,
    /// When the listing began.
    pub started_at: UnixTime,
}

/// Whether a run can go on where a checkpoint stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resumption {
    /// It can.
    Possible,
    /// It cannot, for this reason.
    Refused(String),
}

impl Checkpoint {
    /// Makes the checkpoint of a listing of which nothing has been read.
    pub(crate) fn first(resource: Resource, scope: String, started_at: UnixTime) -> Self {
        Self {
            resource,
            scope,
            pass: 1,
            offset: 0,
            total: None,
            last_id: None,
            largest_page: 0,
            row_errors: 0,
            drifted: false,
            started_at,
        }
    }

    /// Makes the checkpoint of the pass after this one.
    pub(super) fn again(&self) -> Self {
        let first = Self::first(self.resource, self.scope.clone(), self.started_at);
        Self { pass: self.pass.saturating_add(1), ..first }
    }

    /// Returns the rows of this pass that could be stored, if none came twice.
    pub(super) fn stored(&self) -> u64 {
        self.offset.saturating_sub(self.row_errors)
    }

    /// Says whether a listing that would begin as `first` can go on from here.
    pub(super) fn resumption(&self, first: &Self, max_age: Duration) -> Resumption {
        let age = first.started_at.since(self.started_at);
        let reason = if self.resource != first.resource {
            format!("it is a checkpoint of {}", self.resource)
        } else if self.scope != first.scope {
            "what is listed has changed".into()
        } else if self.started_at > first.started_at {
            format!("it is from the future: {}", self.started_at)
        } else if age > max_age {
            format!("it is {} s old, over {} s", age.as_secs(), max_age.as_secs())
        } else if self.pass == 0 || self.offset > MAX_ROWS || self.row_errors > self.offset {
            "it contradicts itself".into()
        } else {
            return Resumption::Possible;
        };
        Resumption::Refused(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(seconds: u64) -> Checkpoint {
        Checkpoint::first(Resource::Devices, "here".into(), UnixTime::from_secs(seconds))
    }

    #[test]
    fn a_checkpoint_is_resumed_up_to_its_age_and_not_from_the_future() {
        let refused = |old: Checkpoint| match old.resumption(&at(10_000), HOUR) {
            Resumption::Possible => String::new(),
            Resumption::Refused(reason) => reason,
        };
        assert_eq!(refused(at(6_400)), "");
        assert_eq!(refused(at(6_399)), "it is 3601 s old, over 3600 s");
        assert_eq!(refused(at(10_001)), "it is from the future: 1970-01-01T02:46:41Z");
    }

    #[test]
    fn a_checkpoint_of_something_else_is_refused() {
        let refuse = |old: Checkpoint| old.resumption(&at(0), HOUR) != Resumption::Possible;
        assert!(refuse(Checkpoint { scope: "there".into(), ..at(0) }));
        assert!(refuse(Checkpoint { resource: Resource::Subscriptions, ..at(0) }));
        assert!(refuse(Checkpoint { pass: 0, ..at(0) }));
        assert!(refuse(Checkpoint { offset: u64::MAX, ..at(0) }));
        assert!(refuse(Checkpoint { row_errors: 1, ..at(0) }));
        assert!(!refuse(at(0)));
    }
}
