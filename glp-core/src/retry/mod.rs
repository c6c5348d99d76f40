//! Whether to send again, and when; and if not, why not.
//!
//! After a failure the first of these that applies answers:
//!
//! | where | the decision is | and tells |
//! |---|---|---|
//! | sending again cannot help | [`GiveUp::Permanent`] | |
//! | it may do harm | [`GiveUp::NotReplayable`] | |
//! | the server asked for more than `max_server_wait` | [`GiveUp::ServerSaysNo`] | the wait that would have been |
//! | the attempts are used up | [`GiveUp::AttemptsExhausted`] | the wait that would have been |
//! | the wait would end at or after the deadline | [`GiveUp::DeadlineWouldPass`] | the wait that would have been |
//! | the [`Budget`] that all calls share is empty | [`GiveUp::BudgetEmpty`] | the wait that would have been |
//! | otherwise | [`Decision::After`] | how long to wait, and why so long |
//!
//! The budget comes last, so that nothing is paid for a retry that does not follow.
//!
//! What the server asked for is a floor: jitter only adds to it, `max_delay` does not cut it, and
//! the backoff goes on undisturbed where it stood. A hint of zero gives leave, not an order: our
//! own backoff still keeps the loop cool.

mod decision;
mod policy;
mod rules;

use core::time::Duration;

use rand_core::Rng;

use crate::backoff::Progress;
use crate::budget::{Budget, Charge, Cost};
use crate::rng::up_to;
use crate::time::Instant;

pub use self::decision::{Decision, Failure, GiveUp, Nature, Why};
pub use self::policy::Policy;
pub use self::rules::Rules;

/// Jitter adds at most a tenth to a wait that the server asked for…
const HINT_SPREAD: u32 = 10;
/// … and at most this.
const HINT_SPREAD_LIMIT: Duration = Duration::from_secs(1);

/// Carries one operation through its attempts: counts them and decides what follows each failure.
///
/// It needs no HTTP: anything that can fail can be tried again by it. A clock that runs backwards
/// stands still.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::budget::{self, Budget};
/// use glp_core::retry::{Decision, GiveUp, Nature, Policy, Retry};
/// use glp_core::rng::SplitMix64;
/// use glp_core::time::Instant;
///
/// let (mut budget, mut rng) = (Budget::new(budget::Config::DEFAULT), SplitMix64::new(7));
/// let mut retry = Retry::new(Policy::DEFAULT);
/// let mut now = Instant::ZERO;
///
/// let given_up = loop {
///     retry.start(&mut budget, now);
///     let result: Result<(), Nature> = Err(Nature::Passing); // the operation itself
///     let Err(nature) = result else { break None };
///     match retry.failed(nature.into(), &mut budget, &mut rng, now) {
///         Decision::After { delay, .. } => now = now + delay, // the adapter waits
///         Decision::GiveUp(reason) => break Some(reason),
///     }
/// };
/// assert!(matches!(given_up, Some(GiveUp::AttemptsExhausted { .. })));
/// assert!(now >= Instant::ZERO + Duration::from_millis(1_500));
/// ```
#[derive(Debug)]
pub struct Retry {
    policy: Policy,
    started: Option<Instant>,
    latest: Instant,
    attempts: u32,
    /// The waits that were our own backoff, which no hint disturbs.
    progress: Progress,
    /// What the last retry cost.
    charge: Option<Charge>,
}

impl Retry {
    /// Makes the state of an operation that has not begun.
    ///
    /// Example: see [`Retry`].
    pub fn new(policy: Policy) -> Self {
        let (attempts, progress) = (0, Progress::begin(&policy.backoff));
        Self { policy, started: None, latest: Instant::ZERO, attempts, progress, charge: None }
    }

    /// Makes the state of an operation that began then, and that the budget was told of.
    #[cfg(feature = "std")]
    pub(crate) fn begun(policy: Policy, started: Option<Instant>) -> Self {
        let latest = started.unwrap_or_default();
        Self { started, latest, ..Self::new(policy) }
    }

    /// Begins an attempt of an operation that has begun; returns when to give it up.
    #[cfg(feature = "std")]
    pub(crate) fn attempt(&mut self, now: Instant) -> Instant {
        let now = self.advance(now);
        self.give_up_at(now)
    }

    /// Returns how many attempts have failed.
    #[cfg(feature = "std")]
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Begins the operation, the first time it is called; returns the deadline, every time.
    ///
    /// Example: see [`Retry`].
    pub fn start(&mut self, budget: &mut Budget, now: Instant) -> Instant {
        let now = self.advance(now);
        let started = *self.started.get_or_insert_with(|| {
            budget.began(now);
            now
        });
        started + self.policy.operation_timeout
    }

    /// Returns when to give up an attempt that begins now: its own timeout, or the deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use glp_core::budget::{self, Budget};
    /// use glp_core::retry::{Policy, Retry};
    /// use glp_core::time::Instant;
    ///
    /// let mut budget = Budget::new(budget::Config::DEFAULT);
    /// let mut retry = Retry::new(Policy::DEFAULT);
    /// let deadline = retry.start(&mut budget, Instant::ZERO);
    ///
    /// let late = Instant::ZERO + Duration::from_secs(100);
    /// assert_eq!(retry.give_up_at(Instant::ZERO), Instant::ZERO + Duration::from_secs(30));
    /// assert_eq!(retry.give_up_at(late), deadline);
    /// assert_eq!(retry.elapsed(late), Duration::from_secs(100));
    /// ```
    pub fn give_up_at(&self, now: Instant) -> Instant {
        let now = now.max(self.latest);
        self.policy.give_up_at(self.started.unwrap_or(now), now)
    }

    /// Returns the time since the operation began.
    ///
    /// Example: see [`give_up_at`](Self::give_up_at).
    pub fn elapsed(&self, now: Instant) -> Duration {
        self.started.map_or(Duration::ZERO, |started| now.max(self.latest).since(started))
    }

    /// Decides what follows one more failed attempt.
    ///
    /// Example: see [`Retry`].
    pub fn failed<R: Rng + ?Sized>(
        &mut self,
        failure: Failure,
        budget: &mut Budget,
        rng: &mut R,
        now: Instant,
    ) -> Decision {
        self.attempts = self.attempts.saturating_add(1);
        self.decide(self.attempts, failure, budget, rng, now)
    }

    /// Does what [`failed`](Self::failed) does, under rules that judge the error and hear of the
    /// wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::budget::{self, Budget};
    /// use glp_core::retry::{Decision, Failure, GiveUp, Nature, Policy, Retry};
    /// use glp_core::rng::SplitMix64;
    /// use glp_core::time::Instant;
    ///
    /// let mut only_busy = |error: &str| match error {
    ///     "busy" => Failure::from(Nature::Passing),
    ///     _ => Failure::from(Nature::Permanent),
    /// };
    /// let (mut budget, mut rng) = (Budget::new(budget::Config::Off), SplitMix64::new(7));
    /// let mut retry = Retry::new(Policy::DEFAULT);
    /// let busy = retry.failed_by("busy", &mut only_busy, &mut budget, &mut rng, Instant::ZERO);
    /// assert!(matches!(busy, Decision::After { .. }));
    /// let gone = retry.failed_by("gone", &mut only_busy, &mut budget, &mut rng, Instant::ZERO);
    /// assert_eq!(gone, Decision::GiveUp(GiveUp::Permanent));
    /// ```
    pub fn failed_by<E: ?Sized, R: Rng + ?Sized>(
        &mut self,
        error: &E,
        rules: &mut impl Rules<E>,
        budget: &mut Budget,
        rng: &mut R,
        now: Instant,
    ) -> Decision {
        let decision = self.failed(rules.judge(error), budget, rng, now);
        if let Decision::After { delay, why } = decision {
            rules.before_wait(error, self.attempts, delay, why);
        }
        decision
    }

    /// Counts the operation's success: the budget gets back what its last retry cost.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::budget::{self, Budget};
    /// use glp_core::retry::{Nature, Policy, Retry};
    /// use glp_core::rng::SplitMix64;
    /// use glp_core::time::Instant;
    ///
    /// let (mut budget, mut rng) = (Budget::new(budget::Config::DEFAULT), SplitMix64::new(7));
    /// let mut retry = Retry::new(Policy::DEFAULT);
    /// retry.start(&mut budget, Instant::ZERO);
    /// _ = retry.failed(Nature::Passing.into(), &mut budget, &mut rng, Instant::ZERO);
    /// assert_eq!(budget.affordable(Instant::ZERO), 99);
    /// retry.succeeded(&mut budget);
    /// assert_eq!(budget.affordable(Instant::ZERO), 100);
    /// ```
    pub fn succeeded(&mut self, budget: &mut Budget) {
        budget.succeeded(self.charge.take());
    }

    /// Decides what follows the failure of attempt `attempt`, counted by the caller.
    pub(crate) fn decide<R: Rng + ?Sized>(
        &mut self,
        attempt: u32,
        failure: Failure,
        budget: &mut Budget,
        rng: &mut R,
        now: Instant,
    ) -> Decision {
        let now = self.advance(now);
        let cost = match failure.nature {
            Nature::Permanent => return Decision::GiveUp(GiveUp::Permanent),
            Nature::NotReplayable => return Decision::GiveUp(GiveUp::NotReplayable),
            Nature::Passing => Cost::Retry,
            Nature::TimedOut => Cost::AfterTimeout,
        };
        let asked = failure.asked();
        let (delay, why) = self.wait(asked, rng);
        let would_have_waited = delay;
        if asked.is_some_and(|asked| asked > self.policy.max_server_wait) {
            return Decision::GiveUp(GiveUp::ServerSaysNo { would_have_waited });
        }
        if attempt >= self.policy.attempts.get() {
            return Decision::GiveUp(GiveUp::AttemptsExhausted { would_have_waited });
        }
        if now + delay >= self.deadline(now) {
            return Decision::GiveUp(GiveUp::DeadlineWouldPass { would_have_waited });
        }
        match budget.withdraw(cost, now) {
            Ok(charge) => self.charge = Some(charge),
            Err(_) => return Decision::GiveUp(GiveUp::BudgetEmpty { would_have_waited }),
        }
        Decision::After { delay, why }
    }

    /// Draws the wait: what the server asked for and a little more, or our own backoff.
    fn wait<R: Rng + ?Sized>(&mut self, asked: Option<Duration>, rng: &mut R) -> (Duration, Why) {
        match asked {
            Some(asked) => {
                let spread = (asked / HINT_SPREAD).min(HINT_SPREAD_LIMIT);
                (asked.saturating_add(up_to(rng, spread)), Why::ServerAsked)
            }
            None => (self.progress.next(rng), Why::Backoff),
        }
    }

    fn deadline(&self, now: Instant) -> Instant {
        self.started.unwrap_or(now) + self.policy.operation_timeout
    }

    fn advance(&mut self, now: Instant) -> Instant {
        self.latest = self.latest.max(now);
        self.latest
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::budget;
    use crate::rng::SplitMix64;

    #[test]
    fn an_operation_that_has_begun_goes_on_from_there_though_the_clock_runs_back() {
        let at = |second| Instant::ZERO + Duration::from_secs(second);
        let policy = Policy { operation_timeout: Duration::from_secs(40), ..Policy::DEFAULT };
        let mut retry = Retry::begun(policy, Some(at(100)));
        let asked = Failure { hint: Some(Duration::from_secs(45)), ..Nature::Passing.into() };
        let (mut budget, mut rng) = (Budget::new(budget::Config::Off), SplitMix64::new(7));
        let decision = retry.failed(asked, &mut budget, &mut rng, at(90));
        assert!(
            matches!(decision, Decision::GiveUp(GiveUp::DeadlineWouldPass { .. })),
            "{decision:?}"
        );

        let mut retry = Retry::begun(policy, Some(at(100)));
        assert_eq!(retry.attempt(at(90)), at(100) + policy.attempt_timeout);
        assert_eq!(retry.attempt(at(130)), at(140), "the operation's end");
        assert_eq!(retry.elapsed(at(110)), Duration::from_secs(30));
    }

    #[test]
    fn it_counts_the_attempts_that_failed() {
        let (mut budget, mut rng) = (Budget::new(budget::Config::Off), SplitMix64::new(7));
        let mut retry = Retry::begun(Policy::DEFAULT, Some(Instant::ZERO));
        for failed in 0..3 {
            assert_eq!(retry.attempts(), failed);
            _ = retry.failed(Nature::Passing.into(), &mut budget, &mut rng, Instant::ZERO);
        }
    }
}
