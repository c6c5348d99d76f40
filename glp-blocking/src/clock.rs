//! The one place of this crate that reads a clock and waits.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
#[cfg(feature = "http")]
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use glp_core::concurrent::ThreadTimer;
use glp_core::time::Instant;
use glp_core::wall::UnixTime;

/// Where a [`Clock`] takes its time from: this machine, unless a test brings another.
///
/// # Examples
///
/// Time that runs as fast as anybody waits, for tests of one thread:
///
/// ```
/// use std::sync::Mutex;
/// use std::time::Duration;
/// use glp_blocking::{ClientBuilder, Clock, Time};
/// use glp_core::time::Instant;
///
/// #[derive(Debug)]
/// struct Hurried(Mutex<Instant>);
///
/// impl Time for Hurried {
///     fn now(&self) -> Instant {
///         *self.0.lock().unwrap()
///     }
///
///     fn park(&self, duration: Duration) {
///         let mut now = self.0.lock().unwrap();
///         *now = *now + duration;
///     }
/// }
///
/// let clock = Clock::of(Hurried(Mutex::new(Instant::ZERO)));
/// let tomorrow = clock.now() + Duration::from_secs(86_400);
/// clock.sleep_until(tomorrow);
/// assert_eq!(clock.now(), tomorrow);
/// let builder = ClientBuilder::on(clock); // its calls wait by it
/// ```
pub trait Time: Debug + Send + Sync + 'static {
    /// Reads it, from an origin of its own. It never runs backwards.
    fn now(&self) -> Instant;

    /// Blocks the thread for `duration`, or until it is [unparked](Thread::unpark). Ending early
    /// does no harm: a [`Clock`] looks again.
    fn park(&self, duration: Duration);
}

/// The time of this machine.
#[derive(Debug)]
struct Machine(std::time::Instant);

impl Time for Machine {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
    fn now(&self) -> Instant {
        Instant::ZERO + self.0.elapsed()
    }

    fn park(&self, duration: Duration) {
        thread::park_timeout(duration);
    }
}

/// Counts time from the moment it was made, which is the machines' origin. Clones count alike.
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
#[derive(Clone, Debug)]
pub struct Clock {
    time: Arc<dyn Time>,
    origin: Instant,
    wall_origin: UnixTime,
}

impl Clock {
    /// Starts a clock of this machine's time: its origin is now, on the calendar too.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
    pub fn start() -> Self {
        Self::of(Machine(std::time::Instant::now()))
    }

    /// Starts a clock that goes by `time`; the wall time of its origin is this machine's all the
    /// same.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
    pub fn of(time: impl Time) -> Self {
        let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let origin = time.now();
        Self { time: Arc::new(time), origin, wall_origin: UnixTime::EPOCH + since_1970 }
    }

    /// Returns the time since the origin, as the machines count it.
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.time.now().since(self.origin)
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
    pub fn sleep_until(&self, until: Instant) {
        loop {
            match until.since(self.now()) {
                Duration::ZERO => return,
                left => self.time.park(left),
            }
        }
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
            self.time.park(left);
        }
    }

    /// Blocks the thread until `channel` brings something, but not past `until`, in this machine's
    /// time: what comes through a channel comes from another thread, which works in it.
    #[cfg(feature = "http")]
    pub(crate) fn receive<T>(
        &self,
        channel: &Receiver<T>,
        until: Instant,
    ) -> Result<T, RecvTimeoutError> {
        channel.recv_timeout(until.since(self.now()))
    }
}

impl ThreadTimer for Clock {
    fn now(&self) -> Instant {
        Self::now(self)
    }

    fn wall_origin(&self) -> Option<UnixTime> {
        Some(Self::wall_origin(self))
    }

    fn sleep_until(&self, until: Instant) {
        Self::sleep_until(self, until);
    }

    fn park_until(&self, until: Instant) {
        self.time.park(until.since(self.now()));
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
