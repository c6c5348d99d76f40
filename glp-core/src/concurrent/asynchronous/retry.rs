//! Another try after a wait, for this crate's own errors.

use core::future::Future;

use super::{AttemptError, Timer, retry_with};
use crate::budget;
use crate::concurrent::{GaveUp, Retrying};
use crate::error::Error;
use crate::retry::{Failure, Nature, Policy};

/// Does `operation` until it succeeds, judging errors as the client does.
///
/// Every attempt is a new future; one that takes longer than `policy.attempt_timeout` is dropped
/// and counts as a [timeout](crate::error::NetworkKind::Timeout). One seed gives one schedule. For
/// errors of another type, a judgement of your own, an observer or a shared budget, see
/// [`retry_with`].
///
/// # Errors
///
/// The last error; unless it was permanent, its detail `gave_up` says why no attempt followed.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testkit")] {
/// use core::future::ready;
/// use core::time::Duration;
/// use glp_core::concurrent::{Timer, retry};
/// use glp_core::error::{ApiKind, Error};
/// use glp_core::retry::Policy;
/// use glp_core::testkit::VirtualTimer;
/// use glp_core::time::Instant;
///
/// let timer = VirtualTimer::new();
/// let wait = Duration::from_secs(37);
/// let limited = Error::new(ApiKind::RateLimit, "slow down").with_retry_after(wait);
/// let mut answers = [Ok("welcome"), Err(limited)].into_iter().rev();
///
/// let answer = timer.run(retry(&timer, Policy::DEFAULT, 7, || ready(answers.next().unwrap())));
///
/// assert_eq!(answer.unwrap(), "welcome");
/// assert!(timer.now() >= Instant::ZERO + wait);
/// # }
/// ```
pub async fn retry<T, F>(
    timer: &impl Timer,
    policy: Policy,
    seed: u64,
    operation: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let judge = |error: &AttemptError<Error>| match error {
        AttemptError::Failed(error) => Failure::from(error),
        AttemptError::TimedOut(_) => Nature::TimedOut.into(),
    };
    let retrying = Retrying::new(timer, policy, budget::Config::Off, seed);
    retry_with(&retrying, judge, operation).await.map_err(GaveUp::into_error)
}
