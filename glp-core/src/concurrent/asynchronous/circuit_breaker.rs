//! Calls through a breaker, for futures.

use core::future::Future;

use super::Timer;
use crate::breaker::{Config, Report, State, Status, Transition};
use crate::concurrent::{CallError, Circuit};

/// Puts futures through a breaker. Clones are the same breaker; a client without a timer cannot be
/// made.
///
/// A future that is dropped while it runs gives its permit back and decides nothing.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testkit")] {
/// use core::num::NonZeroU32;
/// use glp_core::breaker::Config;
/// use glp_core::concurrent::CircuitBreaker;
/// use glp_core::error::{Error, ErrorKind, NetworkKind, SyncKind};
/// use glp_core::testkit::VirtualTimer;
///
/// let timer = VirtualTimer::new();
/// let config = Config { failure_threshold: NonZeroU32::MIN, ..Config::DEFAULT };
/// let breaker = CircuitBreaker::new("devices", config, &timer);
/// let broken = || async { Err::<(), _>(Error::new(NetworkKind::Reset, "broke off")) };
///
/// let error = timer.run(breaker.call(broken)).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Reset));
/// let error = timer.run(breaker.call(broken)).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::CircuitOpen));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CircuitBreaker<T> {
    circuit: Circuit,
    timer: T,
}

impl<T: Timer> CircuitBreaker<T> {
    /// Makes a closed breaker that goes by `timer`.
    pub fn new(name: &str, config: Config, timer: T) -> Self {
        Self::over(Circuit::new(name, config), timer)
    }

    /// Puts calls through a circuit of your own.
    pub const fn over(circuit: Circuit, timer: T) -> Self {
        Self { circuit, timer }
    }

    /// Does `work`, unless the breaker is open. Errors are judged as the client judges them: see
    /// [`Outcome`](crate::breaker::Outcome)'s `From<&Error>`.
    ///
    /// # Errors
    ///
    /// The work's own error; or, where it was not begun, one of the kind
    /// [`CircuitOpen`](crate::error::SyncKind::CircuitOpen) that says when to come back.
    #[cfg(feature = "client")]
    pub async fn call<V, F>(&self, work: impl FnOnce() -> F) -> Result<V, crate::error::Error>
    where
        F: Future<Output = Result<V, crate::error::Error>>,
    {
        let called = self.call_with(crate::concurrent::judge, work);
        called.await.map_err(|error| error.into_error(self.timer.wall_origin()))
    }

    /// Does `work`, unless the breaker is open; `judge` says what a result means to the breaker.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the work's own error, or that it was not begun.
    pub async fn call_with<V, E, F, R>(
        &self,
        judge: impl FnOnce(&Result<V, E>) -> R,
        work: impl FnOnce() -> F,
    ) -> Result<V, CallError<E>>
    where
        F: Future<Output = Result<V, E>>,
        R: Into<Report>,
    {
        let permit = self.circuit.admit(self.timer.now()).map_err(CallError::Open)?;
        let result = work().await;
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
