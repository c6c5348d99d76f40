//! Another try after a wait, for errors of any type.

use alloc::sync::Arc;
use core::future::Future;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{TimedOut, Timer, with_timeout};
use crate::budget::{self, Budget};
use crate::retry::{Decision, Failure, GiveUp, Policy, Retry, Rules};
use crate::rng::SplitMix64;
use crate::time::Instant;

/// Does `operation` until it succeeds or `rules`, policy and budget say to give up.
///
/// `rules` judge each error and hear of each wait before it begins; a closure from the error to a
/// [`Failure`] will do.
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
) -> Result<T, GaveUp<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let timer = &retrying.timer;
    let mut retry = Retry::new(retrying.policy);
    let mut attempts = 0_u32;
    loop {
        let now = timer.now();
        retry.start(&mut retrying.shared().budget, now);
        let limit = retry.give_up_at(now).since(now);
        attempts = attempts.saturating_add(1);
        let error = match with_timeout(timer, limit, operation()).await {
            Ok(Ok(value)) => {
                retry.succeeded(&mut retrying.shared().budget);
                return Ok(value);
            }
            Ok(Err(error)) => AttemptError::Failed(error),
            Err(timed_out) => AttemptError::TimedOut(timed_out),
        };
        let (failure, now) = (rules.judge(&error), timer.now());
        match retrying.decide(&mut retry, failure, now) {
            Decision::After { delay, why } => {
                rules.before_wait(&error, attempts, delay, why);
                timer.sleep_until(now + delay).await;
            }
            Decision::GiveUp(why) => {
                return Err(GaveUp { error, why, attempts, elapsed: retry.elapsed(now) });
            }
        }
    }
}

/// A policy, and what the operations under it share: the timer, the budget and the source of
/// jitter.
///
/// Clones share them too. A budget counts by one clock, so it comes with its timer.
#[derive(Clone, Debug)]
pub struct Retrying<T> {
    timer: T,
    policy: Policy,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    budget: Budget,
    rng: SplitMix64,
}

impl<T: Timer> Retrying<T> {
    /// Puts operations under `policy` and one budget.
    pub fn new(timer: T, policy: Policy, budget: budget::Config, seed: u64) -> Self {
        let shared = Shared { budget: Budget::new(budget), rng: SplitMix64::new(seed) };
        Self { timer, policy, shared: Arc::new(Mutex::new(shared)) }
    }

    fn decide(&self, retry: &mut Retry, failure: Failure, now: Instant) -> Decision {
        let Shared { budget, rng } = &mut *self.shared();
        retry.failed(failure, budget, rng, now)
    }

    /// The lock is held for one decision, never while an operation or a rule runs.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Says that no further attempt is made, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error} (attempts: {attempts}; gave up: {why})")]
pub struct GaveUp<E> {
    /// What the last attempt came to.
    pub error: AttemptError<E>,
    /// Why no other follows.
    pub why: GiveUp,
    /// How many attempts there were.
    pub attempts: u32,
    /// How long they took, waits included.
    pub elapsed: Duration,
}
