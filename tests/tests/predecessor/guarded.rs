//! Calls through a breaker: the one place where these tests meet it.

use std::future::Future;

use glp_core::breaker::{Config, State, Status};
use glp_core::call::NamedStatus;
use glp_core::concurrent::{Circuit, ThreadTimer, Timer};
use glp_core::error::Error;
use glp_core::time::Instant;

/// A circuit that the `CircuitBreaker` of either flavour puts calls through.
pub(crate) struct Guarded(Circuit);

impl Guarded {
    pub(crate) fn new(config: Config) -> Self {
        Self(Circuit::new("glp_api", config))
    }

    /// Does `work` on this thread, unless the breaker is open.
    pub(crate) fn call<T>(
        &self,
        timer: &impl ThreadTimer,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        glp_blocking::CircuitBreaker::over(self.0.clone(), timer).call(work)
    }

    /// Awaits `work`, unless the breaker is open.
    pub(crate) async fn call_async<T>(
        &self,
        timer: &impl Timer,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        glp_tokio::CircuitBreaker::over(self.0.clone(), timer).call(|| work).await
    }

    pub(crate) fn state(&self, now: Instant) -> State {
        self.0.breaker().state(now)
    }

    pub(crate) fn status(&self, now: Instant) -> Status {
        self.0.breaker().status(now)
    }

    /// Shows the breaker for monitoring.
    pub(crate) fn named_status(&self, now: Instant) -> NamedStatus {
        NamedStatus { name: self.0.name().into(), status: self.status(now) }
    }

    pub(crate) fn reset(&self, now: Instant) {
        self.0.breaker().reset(now);
    }
}
