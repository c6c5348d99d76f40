//! Calls through a breaker, on threads.

use glp_core::breaker::{Config, Report, State, Status, Transition};
use glp_core::concurrent::{CallError, Circuit, ThreadTimer, judge};
use glp_core::error::Error;

use crate::clock::Clock;

/// Puts work through a breaker, on the thread that calls. Clones are the same breaker.
///
/// Work that panics gives its permit back and decides nothing.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU32;
/// use glp_blocking::{CircuitBreaker, Clock};
/// use glp_core::breaker::Config;
/// use glp_core::error::{Error, ErrorKind, NetworkKind, SyncKind};
///
/// let config = Config { failure_threshold: NonZeroU32::MIN, ..Config::DEFAULT };
/// let breaker = CircuitBreaker::new("devices", config, Clock::start());
/// let broken = || Err::<(), _>(Error::new(NetworkKind::Reset, "broke off"));
///
/// let error = breaker.call(broken).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Reset));
/// let error = breaker.call(broken).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::CircuitOpen));
/// ```
#[derive(Clone, Debug)]
pub struct CircuitBreaker<T = Clock> {
    circuit: Circuit,
    timer: T,
}

impl<T: ThreadTimer> CircuitBreaker<T> {
    /// Makes a closed breaker that goes by `timer`.
    pub fn new(name: &str, config: Config, timer: T) -> Self {
        Self::over(Circuit::new(name, config), timer)
    }

    /// Puts calls through a circuit of your own.
    pub const fn over(circuit: Circuit, timer: T) -> Self {
        Self { circuit, timer }
    }

    /// Does `work`, unless the breaker is open. Errors are judged as the client judges them: see
    /// [`Outcome`](glp_core::breaker::Outcome)'s `From<&Error>`.
    ///
    /// # Errors
    ///
    /// The work's own error; or, where it was not begun, one of the kind
    /// [`CircuitOpen`](glp_core::error::SyncKind::CircuitOpen) that says when to come back.
    pub fn call<V>(&self, work: impl FnOnce() -> Result<V, Error>) -> Result<V, Error> {
        let called = self.call_with(judge, work);
        called.map_err(|error| error.into_error(self.timer.wall_origin()))
    }

    /// Does `work`, unless the breaker is open; `judge` says what a result means to the breaker.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the work's own error, or that it was not begun.
    pub fn call_with<V, E, R: Into<Report>>(
        &self,
        judge: impl FnOnce(&Result<V, E>) -> R,
        work: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, CallError<E>> {
        let permit = self.circuit.admit(self.timer.now()).map_err(CallError::Open)?;
        let result = work();
        permit.report(judge(&result), self.timer.now());
        result.map_err(CallError::Failed)
    }

    /// Returns the circuit, to look at or to act upon by hand.
    pub const fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// Returns the state that a call would meet now.
    pub fn state(&self) -> State {
        self.circuit.breaker().state(self.timer.now())
    }

    /// Shows the breaker as it is now.
    pub fn status(&self) -> Status {
        self.circuit.breaker().status(self.timer.now())
    }

    /// Closes the breaker by hand.
    pub fn reset(&self) -> Option<Transition> {
        self.circuit.breaker().reset(self.timer.now())
    }
}
