//! The breaker itself: pure, `&mut self`, and told the time.

use core::time::Duration;

use crate::breaker::permit::Grant;
use crate::breaker::rates::Reached;
use crate::breaker::round::{Lent, Round};
use crate::breaker::window::Window;
use crate::breaker::{Config, Mode, Outcome, Permit, Reason, Report, State, Tally, Transition};
use crate::rng::SplitMix64;
use crate::time::Instant;

/// Guards one thing that may fail: a host, or an endpoint.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Breaker, Config, Outcome, State};
/// use glp_core::time::Instant;
///
/// let config = Config { failure_threshold: NonZeroU32::MIN, ..Config::DEFAULT };
/// let mut breaker = Breaker::new(config);
/// let start = Instant::ZERO;
///
/// let permit = breaker.try_acquire(start)?;
/// breaker.report(permit, Outcome::Failure, start); // one failure opens it
///
/// let refused = breaker.try_acquire(start).unwrap_err();
/// assert_eq!(refused.retry_at, start + config.cool_down);
///
/// let probe = breaker.try_acquire(refused.retry_at)?;
/// assert_eq!(breaker.status(refused.retry_at).state, State::HalfOpen);
/// breaker.release(probe); // never sent: decides nothing
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
///
/// Source: M. Nygard, *Release It!*, 2nd ed., ch. 5; epochs and leases are ours (see the module).
#[derive(Clone, Debug)]
pub struct Breaker {
    pub(super) config: Config,
    pub(super) seed: u64,
    pub(super) phase: Phase,
    /// Of the calls of this epoch; nothing where no rate is asked for.
    pub(super) window: Option<Window>,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) failed_recoveries: u32,
    pub(super) mode: Mode,
    pub(super) isolations: u32,
    pub(super) epoch: u32,
    /// When something happened last that left a trace here.
    pub(super) latest: Instant,
    pub(super) last_failure_at: Option<Instant>,
    pub(super) admitted: u64,
    pub(super) rejected: u64,
    pub(super) transitions: u64,
    pub(super) last_reason: Option<Reason>,
    /// The last two changes, the latest last: one step makes at most two.
    pub(super) recent: [Option<Transition>; 2],
}

#[derive(Clone, Debug)]
pub(super) enum Phase {
    Closed { ramp_ends: Option<Instant> },
    Open { until: Instant },
    HalfOpen(Round),
}

impl Phase {
    pub(super) const CLOSED: Self = Self::Closed { ramp_ends: None };

    pub(super) const fn state(&self) -> State {
        match self {
            Self::Closed { .. } => State::Closed,
            Self::Open { .. } => State::Open,
            Self::HalfOpen(_) => State::HalfOpen,
        }
    }
}

/// Whether a result may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Counts,
    Nothing,
}

impl Breaker {
    /// Makes a closed breaker, whose open times are drawn from the seed 0.
    ///
    /// Example: see [`Self`].
    ///
    /// Allocates for the window of [`Config::rates`], where there is one, and for nothing else.
    pub fn new(config: Config) -> Self {
        Self::seeded(config, 0)
    }

    /// Makes a closed breaker; `seed` decides its jitter, and two of one seed and one history agree.
    ///
    /// Example: see [`Self`].
    pub fn seeded(config: Config, seed: u64) -> Self {
        Self {
            config,
            seed,
            phase: Phase::CLOSED,
            window: config.rates.map(|rates| Window::new(rates.span)),
            failures: 0,
            failed_recoveries: 0,
            mode: Mode::Enforce,
            isolations: 0,
            epoch: 0,
            latest: Instant::ZERO,
            last_failure_at: None,
            admitted: 0,
            rejected: 0,
            transitions: 0,
            last_reason: None,
            recent: [None; 2],
        }
    }

    /// Begins with an epoch that no permit of a breaker before it is of.
    pub(super) fn beginning_with(self, epoch: u32) -> Self {
        Self { epoch, ..self }
    }

    /// Returns the epoch after the present one.
    pub(super) const fn next_epoch(&self) -> u32 {
        self.epoch.wrapping_add(1)
    }

    /// Hands a permit back with the result of its request, and returns the transition it caused.
    ///
    /// Example: see [`Self`].
    ///
    /// The result is an [`Outcome`], or a [`Report`] with its duration and the server's hint. A
    /// permit of an earlier epoch, or a probe whose lease has expired, changes nothing.
    #[inline]
    pub fn report(
        &mut self,
        permit: Permit,
        report: impl Into<Report>,
        now: Instant,
    ) -> Option<Transition> {
        let report = report.into();
        if report.outcome == Outcome::Success && self.is_unmoved_by_success() {
            return None;
        }
        self.report_in_full(permit, report, now)
    }

    /// Takes a result that may change something.
    #[cold]
    fn report_in_full(
        &mut self,
        permit: Permit,
        report: Report,
        now: Instant,
    ) -> Option<Transition> {
        let before = self.transitions;
        let now = self.settle(now);
        if self.take_back(&permit, now) == Weight::Counts {
            let slow = self.slow_limit().zip(report.took).is_some_and(|(limit, took)| took > limit);
            let failed = report.outcome == Outcome::Failure;
            let call = Tally { calls: 1, failures: failed.into(), slow: slow.into() };
            match report.outcome {
                Outcome::Ignore => {}
                Outcome::Success | Outcome::Failure => self.count(call, report.retry_after, now),
            }
        }
        self.settle(now);
        self.since(before).last()
    }

    /// Hands a permit back unused: the request was dropped, or never sent. Returns the transition
    /// it caused: where it was the last probe of a spent round, the breaker opens again.
    ///
    /// Example: see [`Self`].
    ///
    /// Takes no time, so that it can run where a future is dropped. The permit decides nothing.
    pub fn release(&mut self, permit: Permit) -> Option<Transition> {
        let before = self.transitions;
        self.take_back(&permit, self.latest);
        self.settle(self.latest);
        self.since(before).last()
    }

    /// Draws the consequences of the time alone, and returns it: never earlier than the last trace.
    /// A round whose last probe is back or lost and that has spent them all ended at that instant;
    /// a ramp-up that is over is forgotten.
    pub(super) fn settle(&mut self, now: Instant) -> Instant {
        let now = now.max(self.latest);
        if matches!(self.phase, Phase::Closed { ramp_ends: Some(ends) } if ends <= now) {
            (self.phase, self.latest) = (Phase::CLOSED, now);
        }
        if let Some(over) = self.spent_round(now) {
            self.open(over, Reason::ProbesSpent, None);
        }
        now
    }

    /// Takes back what a permit holds; says whether its result may count.
    fn take_back(&mut self, permit: &Permit, now: Instant) -> Weight {
        if permit.epoch() != self.epoch {
            return Weight::Nothing;
        }
        let lent = match (&mut self.phase, permit.grant().lease()) {
            (Phase::HalfOpen(round), Some(probe)) => {
                self.latest = now;
                round.take_back(probe, now)
            }
            (Phase::Closed { .. }, None) if permit.grant() == Grant::PLAIN => Lent::InTime,
            _ => Lent::Lost,
        };
        match (lent, self.mode) {
            (Lent::InTime, Mode::Enforce | Mode::Observe) => Weight::Counts,
            (Lent::Lost, _) | (_, Mode::Disabled) => Weight::Nothing,
        }
    }

    /// Counts one call and draws the consequences.
    fn count(&mut self, call: Tally, asked: Option<Duration>, now: Instant) {
        self.latest = now;
        if call.failures > 0 {
            self.last_failure_at = Some(now);
        }
        let verdict = self.config.verdict();
        match &mut self.phase {
            Phase::Closed { .. } => {
                let in_a_row = self.failures.saturating_add(1);
                self.failures = if call.failures > 0 { in_a_row } else { 0 };
                if let Some(window) = &mut self.window {
                    window.record(call, now);
                }
                if let Some(reason) = self.tripped(now) {
                    self.open(now, reason, asked);
                }
            }
            Phase::HalfOpen(round) if call.failures > 0 || call.slow > 0 => {
                self.failures = self.failures.saturating_add(1);
                round.failures = round.failures.saturating_add(1);
                if round.failures > verdict.tolerated_failures {
                    self.open(now, Reason::ProbesFailed, asked);
                }
            }
            Phase::HalfOpen(round) => {
                round.successes = round.successes.saturating_add(1);
                if round.successes >= verdict.successes {
                    let ramp_ends = self.config.ramp_up.map(|ramp_up| now + ramp_up.over);
                    self.change(Phase::Closed { ramp_ends }, Reason::Recovered, now);
                }
            }
            Phase::Open { .. } => {}
        }
    }

    /// Says whether a success would leave no trace: the healthy state of a breaker without rates.
    #[inline]
    pub(super) const fn is_unmoved_by_success(&self) -> bool {
        // Asked at once and not one after another: nearly always all of them hold.
        matches!(self.phase, Phase::Closed { .. }) & (self.failures == 0) & self.window.is_none()
    }

    /// Says which condition opens a closed breaker, if any.
    fn tripped(&self, now: Instant) -> Option<Reason> {
        let threshold = self.config.failure_threshold;
        if threshold != Config::NEVER && self.failures >= threshold.get() {
            return Some(Reason::Failures);
        }
        let reached = self.config.rates.and_then(|rates| rates.reached(self.tally(now)));
        reached.map(|reached| match reached {
            Reached::Failures => Reason::FailureRate,
            Reached::Slow => Reason::SlowRate,
        })
    }

    fn slow_limit(&self) -> Option<Duration> {
        self.config.rates?.slow.map(|slow| slow.limit)
    }

    /// Sums up the window of the rates.
    pub(super) fn tally(&self, now: Instant) -> Tally {
        self.window.as_ref().map(|window| window.tally(now)).unwrap_or_default()
    }

    /// Opens it at `at`, for its own time or for as long as the server asked.
    fn open(&mut self, at: Instant, reason: Reason, asked: Option<Duration>) {
        if let Phase::HalfOpen(_) = self.phase {
            self.failed_recoveries = self.failed_recoveries.saturating_add(1);
        }
        let until = at + self.open_for(self.failed_recoveries, asked);
        self.change(Phase::Open { until }, reason, at);
    }

    /// How long it opens if it opens now. The jitter is a function of the seed and the epoch, so
    /// that a refusal can name the end of an open time that has not been entered yet.
    pub(super) fn open_for(&self, failed: u32, asked: Option<Duration>) -> Duration {
        use rand_core::Rng;

        let own = SplitMix64::new(self.seed).next_u64();
        let mut rng = SplitMix64::new(own ^ u64::from(self.epoch));
        self.config.open_for(asked, failed, &mut rng)
    }

    /// Until when it is open if its round ends at `over` without a verdict.
    pub(super) fn reopened_until(&self, over: Instant) -> Instant {
        over + self.open_for(self.failed_recoveries.saturating_add(1), None)
    }

    /// Says when the round ended, where it has spent its probes and the last one is back or lost.
    pub(super) fn spent_round(&self, now: Instant) -> Option<Instant> {
        let Phase::HalfOpen(round) = &self.phase else { return None };
        round.spent_at(self.config.round_bound()).filter(|over| *over <= now)
    }

    /// Enters a phase; a new epoch begins.
    pub(super) fn change(&mut self, phase: Phase, reason: Reason, at: Instant) {
        let successes = match &self.phase {
            Phase::HalfOpen(round) => round.successes,
            Phase::Closed { .. } | Phase::Open { .. } => 0,
        };
        let (from, to) = (self.phase.state(), phase.state());
        let (failures, window) = (self.failures, self.tally(at));
        let transition = Transition { at, from, to, reason, failures, successes, window };
        self.phase = phase;
        self.latest = self.latest.max(at);
        self.begin_epoch();
        self.transitions += 1;
        self.last_reason = Some(reason);
        self.recent = [self.recent[1], Some(transition)];
        if to == State::Closed {
            (self.failures, self.failed_recoveries) = (0, 0);
        }
    }

    /// Makes every permit that is out a permit of an earlier epoch, and forgets its calls.
    pub(super) fn begin_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if let Some(window) = &mut self.window {
            window.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_run_of_failures_reaches_never_and_none_overflows() {
        let config = Config { failure_threshold: Config::NEVER, ..Config::DEFAULT };
        let mut breaker = Breaker { failures: u32::MAX - 1, ..Breaker::new(config) };
        for _ in 0..3 {
            let permit = breaker.try_acquire(Instant::ZERO).unwrap();
            assert_eq!(breaker.report(permit, Outcome::Failure, Instant::ZERO), None);
        }
        assert_eq!(breaker.failures, u32::MAX);
    }
}
