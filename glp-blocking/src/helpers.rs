//! The helpers that wait, on the adapter's clock. The others are in `concurrent`.

use std::time::Duration;

use glp_core::concurrent::TimedOut;
use glp_core::error::Error;
use glp_core::retry::Policy;

use crate::clock::Clock;
use crate::concurrent::{self, TimeLeft};
use crate::seed::any_seed;

/// Does `operation` until it succeeds, judging errors as the client does; see
/// [`concurrent::retry`].
///
/// Every attempt is told the [`TimeLeft`] to it. Waits are spread by a seed that differs from call
/// to call. For one of your own, a judgement, an observer or a shared budget, see
/// [`retry_with`](crate::retry_with).
///
/// # Errors
///
/// The last error; unless it was permanent, its detail `gave_up` says why no attempt followed.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_core::backoff::Backoff;
/// use glp_core::error::{Error, NetworkKind};
/// use glp_core::retry::Policy;
///
/// let backoff = Backoff { initial: Duration::from_millis(1), ..Backoff::DEFAULT };
/// let policy = Policy { backoff, ..Policy::DEFAULT };
/// let mut attempts = 0;
/// let answer = glp_blocking::retry(policy, |_time| {
///     attempts += 1;
///     match attempts {
///         1 => Err(Error::new(NetworkKind::Connection, "offline")),
///         _ => Ok("welcome"),
///     }
/// });
/// assert_eq!(answer.unwrap(), "welcome");
/// assert_eq!(attempts, 2);
/// ```
pub fn retry<T>(
    policy: Policy,
    operation: impl FnMut(TimeLeft<Clock>) -> Result<T, Error>,
) -> Result<T, Error> {
    concurrent::retry(&Clock::start(), policy, any_seed(), operation)
}

/// Does `work` on a thread of its own, but waits for it no longer than `limit`; see
/// [`concurrent::with_timeout`].
///
/// Work that is too slow goes on by itself: it should return where its [`TimeLeft`] is up.
///
/// # Errors
///
/// [`TimedOut`], with the limit, where the time is up first. What the work itself returns, its own
/// timeouts included, is handed on untouched.
///
/// # Panics
///
/// Where the work does, in time; where the system has no thread left.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
/// use glp_blocking::{TimedOut, with_timeout};
///
/// assert_eq!(with_timeout(Duration::from_secs(30), |_time| 7), Ok(7));
///
/// let (limit, (end, ended)) = (Duration::from_millis(1), channel::<()>());
/// let endless = with_timeout(limit, move |_time| ended.recv());
/// assert_eq!(endless, Err(TimedOut { limit }));
/// drop(end);
/// ```
pub fn with_timeout<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(TimeLeft<Clock>) -> T + Send + 'static,
) -> Result<T, TimedOut> {
    concurrent::with_timeout(&Clock::start(), limit, work)
}

/// Does what [`with_timeout`] does, with a value in the place of the error; see
/// [`concurrent::with_timeout_or`].
///
/// # Panics
///
/// As [`with_timeout`].
pub fn with_timeout_or<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(TimeLeft<Clock>) -> T + Send + 'static,
    default: impl FnOnce() -> T,
) -> T {
    concurrent::with_timeout_or(&Clock::start(), limit, work, default)
}
