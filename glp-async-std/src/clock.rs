//! The one place of this crate that reads a clock and waits.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use glp_core::concurrent::Timer;
use glp_core::time::Instant;
use glp_core::wall::UnixTime;

use crate::alarm::{Alarm, Deadline};
use crate::runtime::{AsyncStd, Runtime};

/// Counts time from the moment it was made, which is the machines' origin. Cheap to clone.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_async_std::Clock;
///
/// # async_std::task::block_on(async {
/// let clock = Clock::start();
/// let soon = clock.now() + Duration::from_millis(1);
/// clock.sleep_until(soon).await;
/// assert!(clock.now() >= soon);
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Clock<R = AsyncStd> {
    runtime: R,
    origin: std::time::Instant,
    wall_origin: UnixTime,
    alarm: Arc<Alarm>,
}

impl Clock {
    /// Starts a clock of async-std's: its origin is now, on the machine's calendar too.
    pub fn start() -> Self {
        Self::of(AsyncStd)
    }
}

impl<R: Runtime> Clock<R> {
    /// Starts a clock that goes by `runtime`.
    pub fn of(runtime: R) -> Self {
        let origin = runtime.now();
        let wall_origin = UnixTime::EPOCH + since_1970();
        Self { runtime, origin, wall_origin, alarm: Arc::default() }
    }

    /// Returns the runtime that it goes by.
    pub(crate) fn runtime(&self) -> &R {
        &self.runtime
    }

    /// Returns the time since the origin, as the machines count it.
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.runtime.now().saturating_duration_since(self.origin)
    }

    /// Returns the wall time of the origin.
    pub fn wall_origin(&self) -> UnixTime {
        self.wall_origin
    }

    /// Returns the wall time now: that of the origin, plus what has passed since.
    pub fn wall_now(&self) -> UnixTime {
        self.wall_origin + self.now().since(Instant::ZERO)
    }

    /// Waits until `until`, never less.
    pub async fn sleep_until(&self, until: Instant) {
        loop {
            match until.since(self.now()) {
                Duration::ZERO => return,
                left => self.runtime.sleep(left).await,
            }
        }
    }

    /// Runs `future`, but not past `until`: then it is dropped and the result is `None`.
    ///
    /// A future that is ready wins over a time that is up.
    pub async fn within<F: Future>(&self, until: Instant, future: F) -> Option<F::Output> {
        match select(pin!(future), Deadline::new(self, &self.alarm, until)).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }
}

impl<R: Runtime> Timer for Clock<R> {
    fn now(&self) -> Instant {
        Self::now(self)
    }

    fn wall_origin(&self) -> Option<UnixTime> {
        Some(Self::wall_origin(self))
    }

    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send {
        Self::sleep_until(self, until)
    }

    fn within<F>(&self, until: Instant, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        Self::within(self, until, future)
    }
}

/// Starts a clock of async-std's now.
impl Default for Clock {
    fn default() -> Self {
        Self::start()
    }
}

/// Starts a clock of the runtime's now.
impl<R: Runtime> From<R> for Clock<R> {
    fn from(runtime: R) -> Self {
        Self::of(runtime)
    }
}

/// Reads the clock of this machine.
#[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
pub(crate) fn read() -> std::time::Instant {
    std::time::Instant::now()
}

/// Waits in async-std's time.
#[expect(clippy::disallowed_methods, reason = "the one place that waits")]
pub(crate) async fn wait(duration: Duration) {
    async_std::task::sleep(duration).await;
}

/// Reads the calendar of this machine.
#[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
fn since_1970() -> Duration {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use async_std::task::block_on;

    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn a_sleep_ends_at_its_time_and_not_before() {
        let clock = Clock::start();
        let until = clock.now() + MILLISECOND;

        block_on(clock.sleep_until(until));

        assert!(clock.now() >= until);
        assert!(clock.wall_now().since(clock.wall_origin()) >= MILLISECOND);
    }

    #[test]
    fn a_future_that_is_too_slow_is_dropped() {
        let clock = Clock::start();

        assert_eq!(block_on(clock.within(clock.now(), pending::<()>())), None);
        assert_eq!(
            block_on(clock.within(Instant::ZERO, ready(7))),
            Some(7),
            "ready wins over a time that is up"
        );
    }

    #[test]
    fn the_end_of_time_is_never_reached() {
        let clock = Clock::start();

        assert_eq!(block_on(clock.within(clock.now(), clock.sleep_until(Instant::MAX))), None);
    }
}
