//! Another try after a wait, for errors of any type.

use glp_core::concurrent::{GaveUp, Retrying, ThreadTimer};
use glp_core::retry::Rules;

use super::TimeLeft;

/// Does `operation` until it succeeds or `rules`, policy and budget say to give up.
///
/// `rules` judge each error and hear of each wait before it begins; a closure from the error to a
/// [`Failure`](glp_core::retry::Failure) will do. Every attempt is told the [`TimeLeft`] to it, as
/// by [`retry`](super::retry).
///
/// # Errors
///
/// [`GaveUp`], with the last error.
///
/// # Examples
///
/// ```
/// use glp_blocking::retry_with;
/// use glp_core::budget;
/// use glp_core::concurrent::Retrying;
/// use glp_core::retry::{GiveUp, Nature, Policy};
/// use glp_core::testkit::VirtualThreadTimer;
///
/// let timer = VirtualThreadTimer::new();
/// let retrying = Retrying::new(&timer, Policy::DEFAULT, budget::Config::DEFAULT, 7);
/// let only_busy = |error: &&str| match *error {
///     "busy" => Nature::Passing.into(),
///     _ => Nature::Permanent.into(),
/// };
///
/// let answer = retry_with(&retrying, only_busy, |_time| Err::<(), _>("gone"));
///
/// assert_eq!(answer.unwrap_err().why, GiveUp::Permanent);
/// ```
pub fn retry_with<C: ThreadTimer + Clone, T, E>(
    retrying: &Retrying<C>,
    mut rules: impl Rules<E>,
    mut operation: impl FnMut(TimeLeft<C>) -> Result<T, E>,
) -> Result<T, GaveUp<E>> {
    let timer = retrying.timer();
    let mut attempts = retrying.begin();
    loop {
        let give_up_at = attempts.start(timer.now());
        let error = match operation(TimeLeft::new(timer.clone(), give_up_at)) {
            Ok(value) => {
                attempts.succeeded();
                return Ok(value);
            }
            Err(error) => error,
        };
        let try_again_at = attempts.failed(error, &mut rules, timer.now())?;
        timer.sleep_until(try_again_at);
    }
}
