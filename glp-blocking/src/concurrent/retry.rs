//! Another try after a wait, for this library's own errors.

use glp_core::budget;
use glp_core::concurrent::{GaveUp, Retrying, ThreadTimer};
use glp_core::error::Error;
use glp_core::retry::{Failure, Policy};

use super::{TimeLeft, retry_with};

/// Does `operation` until it succeeds, judging errors as the client does.
///
/// Every attempt is told the [`TimeLeft`] to it: `policy.attempt_timeout`, or less where the
/// operation has less. It cannot be stopped, so it should keep to that; what it returns late counts
/// all the same. One seed gives one schedule. For errors of another type, a judgement of your own,
/// an observer or a shared budget, see [`retry_with`].
///
/// # Errors
///
/// The last error; unless it was permanent, its detail `gave_up` says why no attempt followed.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_blocking::concurrent::retry;
/// use glp_core::concurrent::ThreadTimer;
/// use glp_core::error::{ApiKind, Error};
/// use glp_core::retry::Policy;
/// use glp_core::testkit::VirtualThreadTimer;
/// use glp_core::time::Instant;
///
/// let timer = VirtualThreadTimer::new();
/// let wait = Duration::from_secs(37);
/// let limited = Error::new(ApiKind::RateLimit, "slow down").with_retry_after(wait);
/// let mut answers = [Ok("welcome"), Err(limited)].into_iter().rev();
///
/// let answer = retry(&timer, Policy::DEFAULT, 7, |_time| answers.next().unwrap());
///
/// assert_eq!(answer.unwrap(), "welcome");
/// assert!(timer.now() >= Instant::ZERO + wait);
/// ```
pub fn retry<C: ThreadTimer + Clone, T>(
    timer: &C,
    policy: Policy,
    seed: u64,
    operation: impl FnMut(TimeLeft<C>) -> Result<T, Error>,
) -> Result<T, Error> {
    let retrying = Retrying::new(timer.clone(), policy, budget::Config::Off, seed);
    retry_with(&retrying, |error: &Error| Failure::from(error), operation)
        .map_err(GaveUp::into_error)
}
