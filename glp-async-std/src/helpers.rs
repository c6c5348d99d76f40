//! The core's async helpers that wait, in async-std's time. The others are the core's own.

use std::future::Future;
use std::time::Duration;

use glp_core::concurrent::{self, TimedOut};
use glp_core::error::Error;
use glp_core::retry::Policy;

use crate::adapter::any_seed;
use crate::clock::Clock;

/// Does `operation` until it succeeds, judging errors as the client does; see
/// [`concurrent::retry`].
///
/// Waits are spread by a seed that differs from call to call. For one of your own, a judgement, an
/// observer or a shared budget, see [`retry_with`](crate::retry_with).
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
/// # async_std::task::block_on(async {
/// let backoff = Backoff { initial: Duration::from_millis(1), ..Backoff::DEFAULT };
/// let policy = Policy { backoff, ..Policy::DEFAULT };
/// let mut attempts = 0;
/// let answer = glp_async_std::retry(policy, || {
///     attempts += 1;
///     let answer = match attempts {
///         1 => Err(Error::new(NetworkKind::Connection, "offline")),
///         _ => Ok("welcome"),
///     };
///     async move { answer }
/// });
/// assert_eq!(answer.await.unwrap(), "welcome");
/// assert_eq!(attempts, 2);
/// # });
/// ```
pub async fn retry<T, F>(policy: Policy, operation: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    concurrent::retry(&Clock::start(), policy, any_seed(), operation).await
}

/// Does `work`, but for no longer than `limit`: then it is dropped; see
/// [`concurrent::with_timeout`].
///
/// # Errors
///
/// [`TimedOut`], with the limit, where the time is up first. What the work itself returns, its own
/// timeouts included, is handed on untouched.
///
/// # Examples
///
/// ```
/// use std::{future, time::Duration};
/// use glp_async_std::{TimedOut, with_timeout};
///
/// # async_std::task::block_on(async {
/// let limit = Duration::from_millis(1);
/// assert_eq!(with_timeout(limit, future::ready(7)).await, Ok(7));
/// assert_eq!(with_timeout(limit, future::pending::<()>()).await, Err(TimedOut { limit }));
/// # });
/// ```
pub async fn with_timeout<F: Future>(limit: Duration, work: F) -> Result<F::Output, TimedOut> {
    concurrent::with_timeout(&Clock::start(), limit, work).await
}

/// Does what [`with_timeout`] does, with a value in the place of the error; see
/// [`concurrent::with_timeout_or`].
pub async fn with_timeout_or<F: Future>(
    limit: Duration,
    work: F,
    default: impl FnOnce() -> F::Output,
) -> F::Output {
    concurrent::with_timeout_or(&Clock::start(), limit, work, default).await
}
