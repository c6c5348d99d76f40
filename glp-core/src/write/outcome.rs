//! How a write ended, row by row.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;

/// How a write ended for one row.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The row is as it was to be.
    Done {
        /// The service's id of the row, where it was told or found.
        id: Option<String>,
        /// How that is known.
        proof: Proof,
    },
    /// The row is not as it was to be. Where the error is
    /// [recoverable](Error::is_recoverable), the same may be written again.
    Failed(Error),
    /// The row was never sent, because of this error.
    NotSent(Error),
    /// Nobody can tell: it may yet be done. To be looked at before it is written again.
    Unknown(Error),
}

impl Outcome {
    /// Takes words out of the error.
    pub(super) fn masked(self, words: &[&str]) -> Self {
        match self {
            Self::Done { .. } => self,
            Self::Failed(error) => Self::Failed(error.masked(words)),
            Self::NotSent(error) => Self::NotSent(error.masked(words)),
            Self::Unknown(error) => Self::Unknown(error.masked(words)),
        }
    }
}

/// How it is known that a row is as it was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It was found so; this write may have done it, or another one before.
    ReadBack,
    /// The service said so.
    Reported,
}

/// How a write ended.
///
/// # Examples
///
/// ```
/// use glp_core::write::{Outcome, Written};
///
/// # let written = Written::default();
/// for (row, outcome) in written.outcomes.iter().enumerate() {
///     if let Outcome::Failed(error) = outcome {
///         println!("row {row}: {error}");
///     }
/// }
/// assert!(written.error().is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The outcomes, in the order in which the plan names the rows.
    pub outcomes: Vec<Outcome>,
}

impl Written {
    /// Returns how many rows are as they were to be.
    pub fn done(&self) -> usize {
        self.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done { .. })).count()
    }

    /// Returns the errors of the rows that are not, or may not be, as they were to be; each with
    /// the place of its row in the plan.
    pub fn errors(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.outcomes.iter().enumerate().filter_map(|(row, outcome)| match outcome {
            Outcome::Done { .. } => None,
            Outcome::Failed(error) | Outcome::NotSent(error) | Outcome::Unknown(error) => {
                Some((row, error))
            }
        })
    }

    /// Returns one error for the whole, if any row has one: the first rows' are quoted in it. It is
    /// recoverable where each of them is.
    pub fn error(&self) -> Option<Error> {
        let errors: Vec<&Error> = self.errors().map(|(_, error)| error).collect();
        let (done, failed) = (self.done() as u64, errors.len() as u64);
        let message = alloc::format!("{failed} of {} rows were not written", done + failed);
        let recoverable = errors.iter().all(|error| error.is_recoverable());
        let whole = || Error::partial_sync(message, done, failed, errors.iter().copied());
        (failed > 0).then(whole).map(|error| error.with_recoverable(recoverable))
    }
}
