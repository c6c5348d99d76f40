//! Another try after a wait, for errors of any type.

use core::future::Future;
use core::pin::pin;

use super::Timer;
use super::timer::race;
use crate::concurrent::{GaveUp, Retrying, TimedOut};
use crate::retry::Rules;

/// Does `operation` until it succeeds or `rules`, policy and budget say to give up.
///
/// `rules` judge each error and hear of each wait before it begins; a closure from the error to a
/// [`Failure`](crate::retry::Failure) will do.
///
/// # Errors
///
/// [`GaveUp`], with the last error.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testkit")] {
/// use core::future::ready;
/// use glp_core::budget;
/// use glp_core::concurrent::{AttemptError, Retrying, retry_with};
/// use glp_core::retry::{GiveUp, Nature, Policy};
/// use glp_core::testkit::VirtualTimer;
///
/// let timer = VirtualTimer::new();
/// let retrying = Retrying::new(&timer, Policy::DEFAULT, budget::Config::DEFAULT, 7);
/// let only_busy = |error: &AttemptError<&str>| match error {
///     AttemptError::Failed("busy") | AttemptError::TimedOut(_) => Nature::Passing.into(),
///     AttemptError::Failed(_) => Nature::Permanent.into(),
/// };
///
/// let answer = timer.run(retry_with(&retrying, only_busy, || ready(Err::<(), _>("gone"))));
///
/// assert_eq!(answer.unwrap_err().why, GiveUp::Permanent);
/// # }
/// ```
pub async fn retry_with<T, E, F>(
    retrying: &Retrying<impl Timer>,
    mut rules: impl Rules<AttemptError<E>>,
    mut operation: impl FnMut() -> F,
) -> Result<T, GaveUp<AttemptError<E>>>
where
    F: Future<Output = Result<T, E>>,
{
    let timer = retrying.timer();
    let mut attempts = retrying.begin();
    loop {
        let now = timer.now();
        attempts.start(now);
        // Asked for only where the attempt is not ready at once.
        let time_is_up = || timer.sleep_until(attempts.give_up_at(now));
        let error = match race(pin!(operation()), pin!(None), time_is_up).await {
            Some(Ok(value)) => {
                attempts.succeeded();
                return Ok(value);
            }
            Some(Err(error)) => AttemptError::Failed(error),
            None => {
                let limit = attempts.give_up_at(now).since(now);
                AttemptError::TimedOut(TimedOut { limit })
            }
        };
        let try_again_at = attempts.failed(error, &mut rules, timer.now())?;
        timer.sleep_until(try_again_at).await;
    }
}

/// Why one attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttemptError<E> {
    /// It returned this error.
    #[error("{0}")]
    Failed(E),
    /// It took longer than an attempt may, and was dropped.
    #[error("the attempt was {0}")]
    TimedOut(TimedOut),
}

/// Makes the error of this crate: that of the attempt, or a
/// [timeout](crate::error::NetworkKind::Timeout).
#[cfg(feature = "client")]
impl From<AttemptError<Self>> for crate::error::Error {
    fn from(error: AttemptError<Self>) -> Self {
        use alloc::string::ToString;

        match error {
            AttemptError::Failed(error) => error,
            AttemptError::TimedOut(timed_out) => {
                Self::new(crate::error::NetworkKind::Timeout, timed_out.to_string())
            }
        }
    }
}
