//! A breaker with a name, and what comes of a call through it.

#[cfg(feature = "client")]
use alloc::string::String;
use alloc::sync::Arc;

use crate::breaker::{Config, Refused, SharedBreaker, SharedPermit};
#[cfg(feature = "client")]
use crate::breaker::{Outcome, Report};
#[cfg(feature = "client")]
use crate::error::Error;
use crate::time::Instant;
#[cfg(feature = "client")]
use crate::wall::UnixTime;

/// A [`SharedBreaker`] with a name. Clones are the same circuit.
///
/// The helpers called `CircuitBreaker`, on futures and on threads, put calls through one.
///
/// # Examples
///
/// ```
/// use glp_core::breaker::Config;
/// use glp_core::concurrent::Circuit;
/// use glp_core::time::Instant;
///
/// let circuit = Circuit::new("devices", Config::DEFAULT);
/// circuit.breaker().force_open(Instant::ZERO);
/// let refused = circuit.admit(Instant::ZERO).unwrap_err();
/// assert_eq!(&*refused.circuit, "devices");
/// assert_eq!(refused.refused.retry_at, Instant::ZERO + Config::DEFAULT.cool_down);
/// ```
#[derive(Clone, Debug)]
pub struct Circuit {
    name: Arc<str>,
    breaker: SharedBreaker,
}

impl Circuit {
    /// Names a new breaker.
    pub fn new(name: &str, config: Config) -> Self {
        Self::over(name, SharedBreaker::new(config))
    }

    /// Names a breaker of your own: one that counts, tells of its changes, or was restored.
    pub fn over(name: &str, breaker: SharedBreaker) -> Self {
        Self { name: name.into(), breaker }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the breaker, to look at or to act upon by hand.
    pub const fn breaker(&self) -> &SharedBreaker {
        &self.breaker
    }

    /// Asks leave for one call.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`], which says when to come back.
    pub fn admit(&self, now: Instant) -> Result<SharedPermit<'_>, CircuitOpen> {
        self.breaker.try_acquire(now).map_err(|refused| CircuitOpen {
            circuit: self.name.clone(),
            failures: self.breaker.status(now).failure_count,
            refused,
        })
    }
}

/// Says that a call was not begun, and when to come back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Circuit breaker is open, requests rejected: {circuit}: {refused}")]
pub struct CircuitOpen {
    /// The circuit's name.
    pub circuit: Arc<str>,
    /// Consecutive failures so far.
    pub failures: u32,
    /// What stands in the way, and until when.
    pub refused: Refused,
}

/// What a call through a circuit came to, other than its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<E> {
    /// The work ran, and failed so.
    #[error("{0}")]
    Failed(E),
    /// The work was not begun.
    #[error(transparent)]
    Open(CircuitOpen),
}

#[cfg(feature = "client")]
impl CallError<Error> {
    /// Hands the work's own error on, or makes one of the class `CircuitOpenError`: its `retry_at`
    /// counts by the circuit's timer, and `reset_at` names the same moment on the calendar, where it
    /// is known on which wall time the timer began.
    pub fn into_error(self, origin: Option<UnixTime>) -> Error {
        let open = match self {
            Self::Failed(error) => return error,
            Self::Open(open) => open,
        };
        let retry_at = open.refused.retry_at;
        let reset_at = origin.map(|origin| origin + retry_at.since(Instant::ZERO));
        Error::circuit_open(open.failures, reset_at)
            .with_retry_at(retry_at)
            .with_detail("breaker", String::from(&*open.circuit))
    }
}

/// Judges a result as the client would: a value is a success, an error what it says of the service.
#[cfg(feature = "client")]
pub fn judge<T>(result: &Result<T, Error>) -> Report {
    let Err(error) = result else { return Outcome::Success.into() };
    let report = Report::from(Outcome::from(error));
    error.retry_after().map_or(report, |hint| report.retry_after(hint))
}
