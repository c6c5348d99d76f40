//! The end of work that takes too long.

use core::time::Duration;

/// Says that work took longer than it was allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not done within {limit:?}")]
pub struct TimedOut {
    /// How long it was allowed to take.
    pub limit: Duration,
}
