//! The attempts of one operation, and what operations share.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use crate::budget::{self, Budget};
use crate::retry::{Decision, Failure, GiveUp, Policy, Retry, Rules};
use crate::rng::SplitMix64;
use crate::time::Instant;

/// A policy, and what the operations under it share: the timer, the budget and the source of
/// jitter.
///
/// Clones share them too. A budget counts by one clock, so it comes with its timer.
#[derive(Clone, Debug)]
pub struct Retrying<T> {
    timer: T,
    shared: Arc<Shared>,
}

/// What operations share. Most succeed at their first attempt, and such a one does not move a
/// budget that is full, or off: it then takes no lock and writes nothing.
#[derive(Debug)]
struct Shared {
    policy: Policy,
    /// [`Budget::is_unmoved_by_success`], as it was when the lock was given back.
    is_unmoved: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    budget: Budget,
    rng: SplitMix64,
}

impl Shared {
    fn new(policy: Policy, budget: Budget, rng: SplitMix64) -> Self {
        let is_unmoved = AtomicBool::new(budget.is_unmoved_by_success());
        Self { policy, is_unmoved, state: Mutex::new(State { budget, rng }) }
    }

    #[inline]
    fn is_unmoved_by_success(&self) -> bool {
        self.is_unmoved.load(Ordering::Relaxed)
    }

    /// The lock is held for one decision, never while an operation or a rule runs.
    fn locked<T>(&self, decide: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let decided = decide(&mut state);
        self.is_unmoved.store(state.budget.is_unmoved_by_success(), Ordering::Relaxed);
        decided
    }
}

impl<T> Retrying<T> {
    /// Puts operations under `policy` and one budget.
    pub fn new(timer: T, policy: Policy, budget: budget::Config, seed: u64) -> Self {
        let shared = Shared::new(policy, Budget::new(budget), SplitMix64::new(seed));
        Self { timer, shared: Arc::new(shared) }
    }

    /// Returns the timer.
    pub fn timer(&self) -> &T {
        &self.timer
    }

    /// Begins an operation; its time runs from its first attempt.
    #[inline]
    pub fn begin(&self) -> Attempts<'_> {
        Attempts { shared: &self.shared, begun: None, retry: None }
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
    shared: &'a Shared,
    /// When the first attempt began.
    begun: Option<Instant>,
    /// Made at the first failure: an operation that succeeds at once has nothing to decide, and its
    /// future stays small.
    retry: Option<Box<Retry>>,
}

impl Attempts<'_> {
    /// Begins an attempt at `now`; returns when to give it up.
    #[inline]
    pub fn start(&mut self, now: Instant) -> Instant {
        match &mut self.retry {
            Some(retry) => retry.attempt(now),
            None => self.start_first(now),
        }
    }

    #[inline]
    fn start_first(&mut self, now: Instant) -> Instant {
        if self.begun.is_none() && !self.shared.is_unmoved_by_success() {
            self.tell_of_the_beginning(now);
        }
        self.shared.policy.give_up_at(*self.begun.get_or_insert(now), now)
    }

    /// Returns when to give up the attempt that began at `now`, as [`start`](Self::start) does: for
    /// whoever need not know unless it takes long.
    #[inline]
    pub fn give_up_at(&self, now: Instant) -> Instant {
        match &self.retry {
            Some(retry) => retry.give_up_at(now),
            None => self.shared.policy.give_up_at(self.begun.unwrap_or(now), now),
        }
    }

    #[cold]
    fn tell_of_the_beginning(&self, now: Instant) {
        self.shared.locked(|state| state.budget.began(now));
    }

    /// Takes the success of the attempt: the budget gets back what it can.
    #[inline]
    pub fn succeeded(&mut self) {
        if self.retry.is_some() || !self.shared.is_unmoved_by_success() {
            self.give_back();
        }
    }

    #[cold]
    fn give_back(&mut self) {
        let retry = &mut self.retry;
        self.shared.locked(|state| match retry {
            Some(retry) => retry.succeeded(&mut state.budget),
            None => state.budget.succeeded(None),
        });
    }

    /// Takes the failure of the attempt; returns when to begin the next. `rules` judge the error
    /// and hear of the wait.
    ///
    /// # Errors
    ///
    /// [`GaveUp`], where there is to be no other.
    #[cold]
    pub fn failed<E>(
        &mut self,
        error: E,
        rules: &mut impl Rules<E>,
        now: Instant,
    ) -> Result<Instant, GaveUp<E>> {
        let (retry, decision) = self.decide(rules.judge(&error), now);
        match decision {
            Decision::After { delay, why } => {
                rules.before_wait(&error, retry.attempts(), delay, why);
                Ok(now + delay)
            }
            Decision::GiveUp(why) => {
                let elapsed = retry.elapsed(now);
                Err(GaveUp { error, why, attempts: retry.attempts(), elapsed })
            }
        }
    }

    /// Kept out of the way of what succeeds at once.
    #[cold]
    fn decide(&mut self, failure: Failure, now: Instant) -> (&Retry, Decision) {
        let begun = || Box::new(Retry::begun(self.shared.policy, self.begun));
        let retry = self.retry.get_or_insert_with(begun);
        let decide = |State { budget, rng }: &mut State| retry.failed(failure, budget, rng, now);
        let decision = self.shared.locked(decide);
        (retry, decision)
    }
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
