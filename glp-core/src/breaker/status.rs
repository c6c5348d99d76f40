//! What a breaker tells of itself.

use crate::breaker::machine::Phase;
use crate::breaker::{Breaker, Config, Mode, Reason, State, Tally, Transition};
use crate::time::Instant;

/// Shows a breaker at one instant.
///
/// The first six fields are the predecessor's, under its names. The state is the one a request
/// would meet: a breaker whose cool-down has passed says `half_open`, though no probe went out yet.
///
/// # Examples
///
/// ```
/// use glp_core::breaker::{Breaker, Config, State};
/// use glp_core::time::Instant;
///
/// let status = Breaker::new(Config::DEFAULT).status(Instant::ZERO);
/// assert_eq!((status.state, status.next_permitted_at), (State::Closed, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Status {
    /// The state that a request would meet now.
    pub state: State,
    /// Consecutive failures.
    pub failure_count: u32,
    /// Successes of probes in this half-open round.
    pub success_count: u32,
    /// Consecutive failures that open it.
    pub failure_threshold: u32,
    /// How long it stays open the first time, in seconds.
    pub timeout_seconds: f64,
    /// The last failure counted.
    pub last_failure_at: Option<Instant>,
    /// Successes of probes that close it.
    pub success_threshold: u32,
    /// The earliest instant at which a request is admitted, where one would be refused now.
    pub next_permitted_at: Option<Instant>,
    /// Probes that are out.
    pub probes_out: u32,
    /// Requests admitted so far; none where a
    /// [`SharedBreaker`](crate::breaker::SharedBreaker) does not count them.
    pub admitted: Option<u64>,
    /// Requests refused so far; in [`Mode::Observe`], those that would have been. None as above.
    pub rejected: Option<u64>,
    /// Changes of state so far.
    pub transitions: u64,
    /// Why it changed its state the last time.
    pub last_reason: Option<Reason>,
    /// Recoveries that failed since it was closed.
    pub failed_recoveries: u32,
    /// What the window of the rates holds; nothing without one.
    pub window: Tally,
    /// Whether it guards.
    pub mode: Mode,
    /// How often it is isolated by hand.
    pub isolations: u32,
}

impl Breaker {
    /// Shows the breaker as it is at `now`.
    ///
    /// Example: see [`Self`].
    pub fn status(&self, now: Instant) -> Status {
        let now = now.max(self.latest);
        if self.spent_round(now).is_some() {
            let mut settled = self.clone();
            settled.settle(now);
            return settled.status(now);
        }
        let (success_count, probes_out) = match &self.phase {
            Phase::HalfOpen(round) => (round.successes, round.out(now)),
            Phase::Closed { .. } | Phase::Open { .. } => (0, 0),
        };
        Status {
            state: self.state(now),
            failure_count: self.failures,
            success_count,
            failure_threshold: self.config.failure_threshold.get(),
            timeout_seconds: self.config.cool_down.as_secs_f64(),
            last_failure_at: self.last_failure_at,
            success_threshold: self.config.verdict().successes,
            next_permitted_at: self.peek(now).err().map(|refused| refused.retry_at),
            probes_out,
            admitted: Some(self.admitted),
            rejected: Some(self.rejected),
            transitions: self.transitions,
            last_reason: self.last_reason,
            failed_recoveries: self.failed_recoveries,
            window: self.tally(now),
            mode: self.mode,
            isolations: self.isolations,
        }
    }

    /// Returns the state that a request would meet at `now`: isolated is open, disabled is closed.
    ///
    /// Example: see [`Self`].
    pub fn state(&self, now: Instant) -> State {
        let now = now.max(self.latest);
        match (&self.phase, self.mode) {
            _ if self.isolations > 0 => State::Open,
            (_, Mode::Disabled) => State::Closed,
            (Phase::Open { until }, _) if now >= *until => State::HalfOpen,
            (Phase::HalfOpen(_), _) => match self.spent_round(now) {
                Some(over) if now < self.reopened_until(over) => State::Open,
                _ => State::HalfOpen,
            },
            (phase, _) => phase.state(),
        }
    }

    /// Says whether nothing would be lost with it but its sums: it is closed and admits everything, it
    /// remembers no failed and no slow call, it guards, and nobody isolates it.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::breaker::{Breaker, Config, Outcome};
    /// use glp_core::time::Instant;
    ///
    /// let mut breaker = Breaker::new(Config::DEFAULT);
    /// assert!(breaker.is_at_rest(Instant::ZERO));
    /// let permit = breaker.try_acquire(Instant::ZERO)?;
    /// breaker.report(permit, Outcome::Failure, Instant::ZERO);
    /// assert!(!breaker.is_at_rest(Instant::ZERO));
    /// # Ok::<(), glp_core::breaker::Refused>(())
    /// ```
    pub fn is_at_rest(&self, now: Instant) -> bool {
        let now = now.max(self.latest);
        let tally = self.tally(now);
        let closed = match self.phase {
            Phase::Closed { ramp_ends } => ramp_ends.is_none_or(|ends| ends <= now),
            Phase::Open { .. } | Phase::HalfOpen(_) => false,
        };
        let clean = self.failures == 0 && tally.failures == 0 && tally.slow == 0;
        closed && clean && self.isolations == 0 && self.mode == Mode::Enforce
    }

    /// Returns the configuration in force.
    ///
    /// Example: see [`Self`].
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the number of changes of state so far.
    ///
    /// Example: see [`Self`].
    pub const fn transitions(&self) -> u64 {
        self.transitions
    }

    /// Returns the latest change of state since the breaker was made or restored.
    ///
    /// Example: see [`Self`].
    pub const fn last_transition(&self) -> Option<Transition> {
        self.recent[1]
    }

    /// Returns the changes of state after the first `count`, in order, as far as they are kept: the
    /// last two, as many as one step can make.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::breaker::{Breaker, Config, State};
    /// use glp_core::time::Instant;
    ///
    /// let mut breaker = Breaker::new(Config::DEFAULT);
    /// let before = breaker.transitions();
    /// breaker.force_open(Instant::ZERO);
    /// let entered: Vec<State> = breaker.since(before).map(|change| change.to).collect();
    /// assert_eq!(entered, [State::Open]);
    /// ```
    pub fn since(&self, count: u64) -> impl Iterator<Item = Transition> + use<> {
        let kept = self.recent.len() as u64;
        let new = self.transitions.saturating_sub(count).min(kept);
        let skipped = usize::try_from(kept - new).unwrap_or(0); // at most the two kept
        self.recent.into_iter().skip(skipped).flatten()
    }
}
