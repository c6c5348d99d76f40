//! The one place of this crate that reads a clock and waits.
//!
//! It reads tokio's clock, so a test under `start_paused` rules over every wait of a client.

use std::future::{Future, pending};

use glp_core::concurrent::Timer;
use glp_core::time::Instant;
use glp_core::wall::UnixTime;

/// Counts time from the moment it was made, which is the machines' origin.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_tokio::Clock;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let clock = Clock::start();
/// let later = clock.now() + Duration::from_secs(3_600);
/// clock.sleep_until(later).await;
/// assert!(clock.now() >= later);
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: tokio::time::Instant,
    wall_origin: UnixTime,
}

impl Clock {
    /// Starts a clock: its origin is now, on the machine's calendar too.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
    pub fn start() -> Self {
        let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self { origin: tokio::time::Instant::now(), wall_origin: UnixTime::EPOCH + since_1970 }
    }

    /// Returns the time since the origin, as the machines count it.
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// Returns the wall time of the origin.
    pub fn wall_origin(&self) -> UnixTime {
        self.wall_origin
    }

    /// Returns the wall time now: that of the origin, plus what has passed since.
    pub fn wall_now(&self) -> UnixTime {
        self.wall_origin + self.now().since(Instant::ZERO)
    }

    /// Waits until `until`, never less. What lies beyond tokio's range is never reached.
    pub async fn sleep_until(&self, until: Instant) {
        match self.origin.checked_add(until.since(Instant::ZERO)) {
            Some(until) => tokio::time::sleep_until(until).await,
            None => pending().await,
        }
    }

    /// Runs `future`, but not past `until`: then it is dropped and the result is `None`.
    ///
    /// A future that is ready wins over a time that is up.
    pub async fn within<F: Future>(&self, until: Instant, future: F) -> Option<F::Output> {
        match self.origin.checked_add(until.since(Instant::ZERO)) {
            Some(until) => tokio::time::timeout_at(until, future).await.ok(),
            None => Some(future.await),
        }
    }
}

impl Timer for Clock {
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

/// Starts now.
impl Default for Clock {
    fn default() -> Self {
        Self::start()
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[tokio::test(start_paused = true)]
    async fn a_sleep_ends_at_its_time_and_not_before() {
        let clock = Clock::start();
        let until = clock.now() + HOUR + Duration::from_nanos(1);

        clock.sleep_until(until).await;

        assert!(clock.now() >= until);
        assert!(clock.wall_now().since(clock.wall_origin()) >= HOUR);
    }

    #[tokio::test(start_paused = true)]
    async fn a_future_that_is_too_slow_is_dropped() {
        let clock = Clock::start();
        let soon = clock.now() + HOUR;

        assert_eq!(clock.within(soon, pending::<()>()).await, None);
        assert_eq!(
            clock.within(soon, ready(7)).await,
            Some(7),
            "ready wins over a time that is up"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_time_is_never_reached() {
        let clock = Clock::start();

        assert_eq!(clock.within(clock.now() + HOUR, clock.sleep_until(Instant::MAX)).await, None);
    }
}
