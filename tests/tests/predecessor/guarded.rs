//! Calls through a breaker: the one place where these tests meet it.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use glp_core::breaker::{Breaker, Config, Outcome, Permit, State, Status};
use glp_core::call::NamedStatus;
use glp_core::concurrent::{ThreadTimer, Timer};
use glp_core::error::Error;
use glp_core::time::Instant;
use glp_core::wall::UnixTime;

/// A breaker behind a lock that both flavours share. Its clock begins at the epoch.
pub(crate) struct Guarded(Mutex<Breaker>);

impl Guarded {
    pub(crate) fn new(config: Config) -> Self {
        Self(Mutex::new(Breaker::new(config)))
    }

    /// Does `work` on this thread, unless the breaker is open.
    pub(crate) fn call<T>(
        &self,
        timer: &impl ThreadTimer,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let permit = self.admit(timer.now())?;
        let result = work();
        self.report(permit, &result, timer.now());
        result
    }

    /// Awaits `work`, unless the breaker is open.
    pub(crate) async fn call_async<T>(
        &self,
        timer: &impl Timer,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let permit = self.admit(timer.now())?;
        let result = work.await;
        self.report(permit, &result, timer.now());
        result
    }

    pub(crate) fn state(&self, now: Instant) -> State {
        self.breaker().state(now)
    }

    pub(crate) fn status(&self, now: Instant) -> Status {
        self.breaker().status(now)
    }

    /// Shows the breaker for monitoring.
    pub(crate) fn named_status(&self, now: Instant) -> NamedStatus {
        NamedStatus { name: "glp_api".into(), status: self.status(now) }
    }

    pub(crate) fn reset(&self, now: Instant) {
        self.breaker().reset(now);
    }

    fn admit(&self, now: Instant) -> Result<Permit, Error> {
        let mut breaker = self.breaker();
        breaker.try_acquire(now).map_err(|refused| {
            let reset_at = UnixTime::EPOCH + refused.retry_at.since(Instant::ZERO);
            Error::circuit_open(breaker.status(now).failure_count, Some(reset_at))
        })
    }

    fn report<T>(&self, permit: Permit, result: &Result<T, Error>, now: Instant) {
        let outcome = if result.is_ok() { Outcome::Success } else { Outcome::Failure };
        self.breaker().report(permit, outcome, now);
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
