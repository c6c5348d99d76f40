//! The one place of this crate that reads a clock and waits.

use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use glp_core::time::Instant;
use glp_core::wall::UnixTime;

/// Counts time from the moment it was made, which is the machines' origin.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_blocking::Clock;
///
/// let clock = Clock::start();
/// let soon = clock.now() + Duration::from_millis(1);
/// clock.sleep_until(soon);
/// assert!(clock.now() >= soon);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: std::time::Instant,
    wall_origin: UnixTime,
}

impl Clock {
    /// Starts a clock: its origin is now, on the machine's calendar too.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
    pub fn start() -> Self {
        let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self { origin: std::time::Instant::now(), wall_origin: UnixTime::EPOCH + since_1970 }
    }

    /// Returns the time since the origin, as the machines count it.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
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

    /// Blocks the thread until `until`, never less.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    pub fn sleep_until(&self, until: Instant) {
        thread::sleep(until.since(self.now()));
    }

    /// Blocks the thread until `future` is ready, but not past `until`: then it is dropped and the
    /// result is `None`.
    ///
    /// A future that is ready wins over a time that is up.
    pub fn within<F: Future>(&self, until: Instant, future: F) -> Option<F::Output> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Some(output);
            }
            let left = until.since(self.now());
            if left.is_zero() {
                return None;
            }
            // Whoever wakes it before it parks leaves a permit: the wake-up is not lost.
            thread::park_timeout(left);
        }
    }

    /// Blocks the thread until `channel` brings something, but not past `until`.
    pub(crate) fn receive<T>(
        &self,
        channel: &Receiver<T>,
        until: Instant,
    ) -> Result<T, RecvTimeoutError> {
        channel.recv_timeout(until.since(self.now()))
    }
}

/// Starts now.
impl Default for Clock {
    fn default() -> Self {
        Self::start()
    }
}

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::time::Duration;

    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn a_sleep_ends_at_its_time_and_not_before() {
        let clock = Clock::start();
        let until = clock.now() + MILLISECOND;

        clock.sleep_until(until);

        assert!(clock.now() >= until);
        assert!(clock.wall_now().since(clock.wall_origin()) >= MILLISECOND);
    }

    #[test]
    fn a_future_that_is_too_slow_is_given_up_and_one_that_is_ready_wins() {
        let clock = Clock::start();
        let until = clock.now() + MILLISECOND;

        assert_eq!(clock.within(until, pending::<()>()), None);
        assert!(clock.now() >= until);
        assert_eq!(clock.within(until, ready(7)), Some(7), "the time is up already");
    }

    #[test]
    fn a_thread_is_woken_from_another_however_early_that_happens() {
        let clock = Clock::start();
        let mut polls = 0;

        let woken = poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        });

        assert_eq!(clock.within(Instant::MAX, woken), Some(()));
    }
}
