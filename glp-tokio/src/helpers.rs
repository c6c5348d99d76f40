//! The core's async helpers that wait, on tokio's time. The others are the core's own.

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
/// use glp_core::error::{Error, NetworkKind};
/// use glp_core::retry::Policy;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let mut attempts = 0;
/// let answer = glp_tokio::retry(Policy::DEFAULT, || {
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
/// use glp_tokio::{TimedOut, with_timeout};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let limit = Duration::from_secs(30);
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

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use glp_core::concurrent::ConcurrentBatcher;
    use glp_core::error::NetworkKind;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_retry_waits_on_tokios_time_and_can_be_spawned() {
        let clock = Clock::start();
        let retried = tokio::spawn(async move {
            let mut times = Vec::new();
            let result = retry(Policy::DEFAULT, || {
                times.push(clock.now());
                async { Err::<(), _>(Error::new(NetworkKind::Connection, "offline")) }
            })
            .await;
            (result, times)
        });

        let (result, times) = retried.await.unwrap();

        assert!(result.is_err());
        let gaps: Vec<_> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
        let least = [500, 1_000].map(Duration::from_millis); // half of one second and of two
        assert!(gaps.len() == 2 && gaps[0] >= least[0] && gaps[1] >= least[1], "{gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_is_told_by_tokios_time() {
        let limit = Duration::from_secs(3_600);
        assert_eq!(with_timeout(limit, pending::<()>()).await, Err(TimedOut { limit }));
        assert_eq!(with_timeout_or(limit, pending(), || "timed out").await, "timed out");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn producers_on_several_threads_share_one_batcher() {
        const PRODUCERS: u32 = 4;
        const ITEMS: u32 = 100;
        let [size, at_once] = [7, 3].map(|count| NonZeroUsize::new(count).unwrap());
        let batcher =
            Arc::new(ConcurrentBatcher::new(size, at_once, |items: Arc<[u32]>| async move {
                tokio::task::yield_now().await;
                Ok::<_, Error>(items.to_vec())
            }));

        let producers = [(); PRODUCERS as usize].map(|()| {
            let batcher = batcher.clone();
            tokio::spawn(async move {
                for item in 0..ITEMS {
                    batcher.add(item).await;
                }
            })
        });
        for producer in producers {
            producer.await.unwrap();
        }
        let flushed = batcher.flush().await;

        let mut items = flushed.results.concat();
        items.sort_unstable();
        assert!(items.into_iter().eq((0..PRODUCERS * ITEMS).map(|n| n / PRODUCERS)));
    }
}
