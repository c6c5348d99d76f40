//! An end to waiting for work that takes too long.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use glp_core::concurrent::{ThreadTimer, TimedOut};

use super::TimeLeft;

/// Does `work` on a thread of its own, but waits for it no longer than `limit`.
///
/// A thread cannot be stopped from without. So work that is too slow is not: it goes on by itself,
/// and what it comes to is dropped. It is given the [`TimeLeft`] to ask, and should return where
/// that is up. As it may outlive the caller, it borrows nothing. Where it need not be waited for on
/// time, call it here and give it a time of its own instead.
///
/// What the work returns is handed on untouched, in its own layer of the result, so a timeout
/// inside the work is never taken for this one. Work that is done wins over a time that is up.
///
/// # Errors
///
/// [`TimedOut`], with the limit, where the time is up first.
///
/// # Panics
///
/// Where the work does, in time; where the system has no thread left.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_blocking::concurrent::{TimeLeft, with_timeout};
/// use glp_blocking::TimedOut;
/// use glp_core::concurrent::ThreadTimer;
/// use glp_core::testkit::VirtualThreadTimer;
///
/// let threads = std::num::NonZeroUsize::new(2).unwrap();
/// let timer = VirtualThreadTimer::for_threads(threads);
/// let clock = timer.clone();
/// let slow = move |time: TimeLeft<_>| {
///     while !time.is_up() {
///         clock.sleep_until(clock.now() + Duration::from_secs(20)); // one step of the work
///     }
/// };
///
/// let limit = Duration::from_secs(30);
/// assert_eq!(with_timeout(&timer, limit, slow), Err(TimedOut { limit }));
/// ```
pub fn with_timeout<C, T>(
    timer: &C,
    limit: Duration,
    work: impl FnOnce(TimeLeft<C>) -> T + Send + 'static,
) -> Result<T, TimedOut>
where
    C: ThreadTimer + Clone + Send + 'static,
    T: Send + 'static,
{
    let until = timer.now() + limit;
    let time_left = TimeLeft::new(timer.clone(), until);
    let (done, came) = channel();
    let (waker, caller) = (timer.clone(), thread::current());
    thread::spawn(move || {
        let ended = catch_unwind(AssertUnwindSafe(|| work(time_left)));
        _ = done.send(ended); // nobody listens any more where the time was up
        waker.unpark(&caller);
    });
    loop {
        if let Ok(ended) = came.try_recv() {
            return Ok(ended.unwrap_or_else(|panic| resume_unwind(panic)));
        }
        if timer.now() >= until {
            return Err(TimedOut { limit });
        }
        timer.park_until(until);
    }
}

/// Does what [`with_timeout`] does, with a value in the place of the error.
///
/// The value is made anew each time, and only where it is needed.
///
/// # Panics
///
/// As [`with_timeout`].
pub fn with_timeout_or<C, T>(
    timer: &C,
    limit: Duration,
    work: impl FnOnce(TimeLeft<C>) -> T + Send + 'static,
    default: impl FnOnce() -> T,
) -> T
where
    C: ThreadTimer + Clone + Send + 'static,
    T: Send + 'static,
{
    match with_timeout(timer, limit, work) {
        Ok(output) => output,
        Err(TimedOut { .. }) => default(),
    }
}
