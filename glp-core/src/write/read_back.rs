//! Looking for rows whose outcome nobody told.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use crate::error::{Error, SyncKind};
use crate::exchange::Response;
use crate::operation::Operation;
use crate::time::Instant;
use crate::write::ended::is_hopeless;
use crate::write::plan::{Plan, Sighting};
use crate::write::{Outcome, Proof, Step, Why};

/// Looks for rows until each is found, or cannot come any more.
#[derive(Clone, Debug)]
pub(super) struct ReadBack {
    rows: BTreeMap<usize, Reason>,
    operation: Operation,
    until: Instant,
    next: Instant,
}

/// Why a row is looked for: what is known of it otherwise.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    /// The service says that it failed.
    Denied(Error),
    /// It was accepted, and not seen to end.
    Open(Error),
    /// It ended, and nobody says how.
    Over(Error),
    /// The answer to the request was lost.
    Unanswered(Error),
    /// The service says that it was done, and does not name it.
    Unnamed(Error),
}

/// What a look tells of a row.
#[derive(Clone, Debug)]
pub(super) enum Finding {
    /// It ends so.
    Is(Outcome),
    /// It is not there, and cannot come any more: it may be sent again.
    NotThere(Error),
}

impl Finding {
    /// Adds to what is not known why it could not be read.
    fn because(self, failed: Option<&Error>) -> Self {
        match (self, failed) {
            (Self::Is(Outcome::Unknown(error)), Some(failed)) => {
                let error = error.with_detail("read_back", failed.to_string());
                Self::Is(Outcome::Unknown(error))
            }
            (finding, _) => finding,
        }
    }
}

/// How long to wait between two looks.
const INTERVAL: Duration = Duration::from_secs(10);

impl ReadBack {
    /// Looks for rows for at most `settle`, at once for the first time.
    ///
    /// # Errors
    ///
    /// As [`Plan::look`], together with the rows.
    pub(super) fn new(
        rows: BTreeMap<usize, Reason>,
        plan: &Plan,
        settle: Duration,
        now: Instant,
    ) -> Result<Self, (BTreeMap<usize, Reason>, Error)> {
        match plan.look(&rows.keys().copied().collect::<Vec<_>>()) {
            Ok(operation) => Ok(Self { rows, operation, until: now + settle, next: now }),
            Err(error) => Err((rows, error)),
        }
    }

    /// Says what to do now.
    pub(super) fn poll<T>(&self, now: Instant) -> Step<T> {
        Step::at(self.next, Why::ReadingBack, &self.operation, now)
    }

    /// Says whether every row has been told of.
    pub(super) fn is_over(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes what came of looking, and tells of the rows about which there is no more to learn.
    pub(super) fn handle(
        &mut self,
        plan: &Plan,
        result: &Result<Response, Error>,
        now: Instant,
    ) -> Vec<(usize, Finding)> {
        let last = now >= self.until || result.as_ref().is_err_and(is_hopeless);
        let mut found = Vec::new();
        let mut left = BTreeMap::new();
        for (row, reason) in core::mem::take(&mut self.rows) {
            let sighting = match result {
                Ok(response) => plan.find(row, response),
                Err(_) => Sighting::CannotTell,
            };
            if last || reason.is_settled_by(&sighting) {
                found.push((row, reason.judge(sighting).because(result.as_ref().err())));
            } else {
                left.insert(row, reason);
            }
        }
        self.rows = left;
        let hint = result.as_ref().err().and_then(Error::retry_after).unwrap_or_default();
        self.next = (now + INTERVAL.max(hint)).min(self.until);
        found
    }
}

impl Reason {
    /// Says whether there is no use in looking again.
    fn is_settled_by(&self, sighting: &Sighting) -> bool {
        match (sighting, self) {
            (Sighting::There(_) | Sighting::Invisible, _) => true,
            (Sighting::CannotTell, _) => false,
            // What is over when the look is sent does not come later.
            (Sighting::NotThere, Self::Denied(_) | Self::Over(_)) => true,
            (Sighting::NotThere, Self::Open(_) | Self::Unanswered(_) | Self::Unnamed(_)) => false,
        }
    }

    /// The table of the [module](crate::write).
    pub(super) fn judge(self, sighting: Sighting) -> Finding {
        use Sighting::{CannotTell, Invisible, NotThere, There};
        Finding::Is(match (self, sighting) {
            (_, There(id)) => {
                Outcome::Done { id: Some(id.as_str().into()), proof: Proof::ReadBack }
            }
            (Self::Unanswered(error), NotThere) => return Finding::NotThere(error),
            (Self::Denied(error), _) | (Self::Over(error), NotThere) => Outcome::Failed(error),
            (Self::Unnamed(_), CannotTell | Invisible) => {
                Outcome::Done { id: None, proof: Proof::Reported }
            }
            (Self::Over(error) | Self::Unanswered(error), CannotTell | Invisible)
            | (Self::Open(error), _)
            | (Self::Unnamed(error), NotThere) => Outcome::Unknown(error.with_outcome_unknown()),
        })
    }
}

/// Says that a row whose answer was lost is not there.
pub(super) fn not_there(lost: Error) -> Error {
    let message = "No answer came, and the row is not there: it may be written again";
    Error::new(SyncKind::General, message).with_recoverable(true).with_cause(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::greenlake::Id;

    /// What a row ends as, in one word.
    fn judged(reason: fn(Error) -> Reason, sighting: Sighting) -> &'static str {
        let error = Error::new(SyncKind::General, "as told");
        match reason(error).judge(sighting) {
            Finding::NotThere(_) => "not there",
            Finding::Is(Outcome::Done { proof: Proof::ReadBack, .. }) => "found",
            Finding::Is(Outcome::Done { proof: Proof::Reported, .. }) => "reported",
            Finding::Is(Outcome::Failed(_)) => "failed",
            Finding::Is(Outcome::NotSent(_)) => "not sent",
            Finding::Is(Outcome::Unknown(_)) => "unknown",
        }
    }

    #[test]
    fn each_reason_and_sighting_lead_where_the_table_says() {
        let table = [
            (Reason::Unanswered as fn(Error) -> Reason, ["found", "not there", "unknown"]),
            (Reason::Open, ["found", "unknown", "unknown"]),
            (Reason::Over, ["found", "failed", "unknown"]),
            (Reason::Denied, ["found", "failed", "failed"]),
            (Reason::Unnamed, ["found", "unknown", "reported"]),
        ];
        for (reason, [there, not_there, unreadable]) in table {
            let id = Id::new("d-1").unwrap();
            assert_eq!(judged(reason, Sighting::There(id)), there);
            assert_eq!(judged(reason, Sighting::NotThere), not_there);
            assert_eq!(judged(reason, Sighting::CannotTell), unreadable);
            assert_eq!(judged(reason, Sighting::Invisible), unreadable);
        }
    }

    #[test]
    fn what_may_still_come_is_looked_for_again() {
        let error = || Error::new(SyncKind::General, "as told");
        for patient in
            [Reason::Open(error()), Reason::Unanswered(error()), Reason::Unnamed(error())]
        {
            assert!(!patient.is_settled_by(&Sighting::NotThere));
            assert!(!patient.is_settled_by(&Sighting::CannotTell));
        }
        assert!(Reason::Denied(error()).is_settled_by(&Sighting::NotThere));
        assert!(Reason::Over(error()).is_settled_by(&Sighting::NotThere));
    }
}
