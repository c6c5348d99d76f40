//! The attempts of one operation, and what operations share.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::budget::{self, Budget};
use crate::retry::{Decision, GiveUp, Policy, Retry, Rules};
use crate::rng::SplitMix64;
use crate::time::Instant;

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

impl<T> Retrying<T> {
    /// Puts operations under `policy` and one budget.
    pub fn new(timer: T, policy: Policy, budget: budget::Config, seed: u64) -> Self {
        let shared = Shared { budget: Budget::new(budget), rng: SplitMix64::new(seed) };
        Self { timer, policy, shared: Arc::new(Mutex::new(shared)) }
    }

    /// Returns the timer.
    pub fn timer(&self) -> &T {
        &self.timer
    }

    /// Begins an operation; its time runs from its first attempt.
    pub fn begin(&self) -> Attempts<'_> {
        Attempts { retry: Retry::new(self.policy), made: 0, shared: &self.shared }
    }
}

/// Counts the attempts of one operation and says what follows each.
///
/// # Examples
///
/// ```
/// use glp_core::budget;
/// use glp_core::concurrent::{GaveUp, Retrying};
/// use glp_core::retry::{Failure, GiveUp, Nature, Policy};
/// use glp_core::time::Instant;
///
/// let retrying = Retrying::new((), Policy::DEFAULT, budget::Config::Off, 7);
/// let mut judge = |_: &&str| Failure::from(Nature::Passing);
///
/// let mut now = Instant::ZERO;
/// let mut attempts = retrying.begin();
/// let gave_up = loop {
///     let _give_up_at = attempts.start(now);
///     match attempts.failed("offline", &mut judge, now) {
///         Ok(try_again_at) => now = try_again_at,
///         Err(gave_up) => break gave_up,
///     }
/// };
/// assert_eq!((gave_up.error, gave_up.attempts), ("offline", 3));
/// assert_eq!(gave_up.elapsed, now.since(Instant::ZERO));
/// ```
#[derive(Debug)]
pub struct Attempts<'a> {
    retry: Retry,
    made: u32,
    shared: &'a Mutex<Shared>,
}

impl Attempts<'_> {
    /// Counts an attempt that begins at `now`; returns when to give it up.
    pub fn start(&mut self, now: Instant) -> Instant {
        self.made = self.made.saturating_add(1);
        let Self { retry, shared, .. } = self;
        retry.start(&mut lock(shared).budget, now);
        retry.give_up_at(now)
    }

    /// Takes the success of the attempt: the budget gets back what it can.
    pub fn succeeded(&mut self) {
        let Self { retry, shared, .. } = self;
        retry.succeeded(&mut lock(shared).budget);
    }

    /// Takes the failure of the attempt; returns when to begin the next. `rules` judge the error
    /// and hear of the wait.
    ///
    /// # Errors
    ///
    /// [`GaveUp`], where there is to be no other.
    pub fn failed<E>(
        &mut self,
        error: E,
        rules: &mut impl Rules<E>,
        now: Instant,
    ) -> Result<Instant, GaveUp<E>> {
        let failure = rules.judge(&error);
        let decision = {
            let Shared { budget, rng } = &mut *lock(self.shared);
            self.retry.failed(failure, budget, rng, now)
        };
        match decision {
            Decision::After { delay, why } => {
                rules.before_wait(&error, self.made, delay, why);
                Ok(now + delay)
            }
            Decision::GiveUp(why) => {
                Err(GaveUp { error, why, attempts: self.made, elapsed: self.retry.elapsed(now) })
            }
        }
    }
}

/// The lock is held for one decision, never while an operation or a rule runs.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that no further attempt is made, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error} (attempts: {attempts}; gave up: {why})")]
pub struct GaveUp<E> {
    /// What the last attempt came to.
    pub error: E,
    /// Why no other follows.
    pub why: GiveUp,
    /// How many attempts there were.
    pub attempts: u32,
    /// How long they took, waits included.
    pub elapsed: Duration,
}

#[cfg(feature = "client")]
impl<E: Into<crate::error::Error>> GaveUp<E> {
    /// Returns the last error; unless it was permanent, its detail `gave_up` says why no attempt
    /// followed.
    pub fn into_error(self) -> crate::error::Error {
        use alloc::string::ToString;

        match self.why {
            GiveUp::Permanent => self.error.into(),
            why => self.error.into().with_detail("gave_up", why.to_string()),
        }
    }
}
