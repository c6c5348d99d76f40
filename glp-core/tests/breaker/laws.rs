//! The laws of a breaker, each one property over arbitrary configurations and interleavings.

use std::time::Duration;

use glp_core::breaker::{Breaker, Config, Permit, Reason, Report, State, Transition};
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::moves::{Move, all_configs, automatic, outcomes};

/// A breaker, its clock, and the permits that are out.
struct Run {
    breaker: Breaker,
    clock: u64,
    /// The latest time that the breaker was told; it learns of no other.
    told: u64,
    out: Vec<Permit>,
}

/// What one move did: whether it admitted a probe, and the transitions in order.
#[derive(Default)]
struct Step {
    probe: bool,
    changes: Vec<Transition>,
}

impl Run {
    fn new(config: Config, seed: u64) -> Self {
        Self { breaker: Breaker::seeded(config, seed), clock: 0, told: 0, out: vec![] }
    }

    fn now(&self) -> Instant {
        Instant::from_nanos(self.clock)
    }

    /// The clock as the breaker is told it now.
    fn tell(&mut self) -> Instant {
        self.told = self.told.max(self.clock);
        self.now()
    }

    fn take(&mut self, index: usize) -> Option<Permit> {
        (!self.out.is_empty()).then(|| self.out.swap_remove(index % self.out.len()))
    }

    fn make(&mut self, one: &Move) -> Step {
        let before = self.breaker.transitions();
        let mut probe = false;
        match one {
            Move::Forward(by) => self.clock += by,
            Move::Backward(by) => self.clock = self.clock.saturating_sub(*by),
            Move::Acquire => {
                let now = self.tell();
                if let Ok(permit) = self.breaker.try_acquire(now) {
                    probe = permit.is_probe();
                    self.out.push(permit);
                }
            }
            Move::Report(index, outcome, took, hint) => {
                if let Some(permit) = self.take(*index) {
                    let took = took.map(Duration::from_nanos);
                    let retry_after = hint.map(Duration::from_nanos);
                    let report = Report { outcome: *outcome, took, retry_after };
                    let now = self.tell();
                    self.breaker.report(permit, report, now);
                }
            }
            Move::Release(index) => {
                if let Some(permit) = self.take(*index) {
                    self.breaker.release(permit);
                }
            }
            Move::Leak(index) => drop(self.take(*index)),
            _ => unreachable!("by hand"),
        }
        Step { probe, changes: self.breaker.since(before).collect() }
    }
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(automatic(), 1..150)
}

proptest! {
    #[test]
    fn law_1_open_never_admits_before_its_time_and_is_never_open_longer_than_configured(
        config in all_configs(), seed in any::<u64>(), moves in moves(),
    ) {
        let growth = config.growth.map_or(Duration::ZERO, |growth| growth.cap);
        let longest = config.cool_down.max(growth).max(config.max_server_wait);
        let (mut run, mut open_until) = (Run::new(config, seed), Instant::ZERO);
        for one in &moves {
            let changes = run.make(one).changes;
            let told = Instant::from_nanos(run.told);
            if let Some(change) = changes.last().filter(|change| change.to == State::HalfOpen) {
                prop_assert!(change.at >= open_until, "{change:?} before {open_until:?}");
            }
            if let Some(change) = changes.last().filter(|change| change.to == State::Open)
                && let Err(refused) = run.breaker.peek(told)
            {
                open_until = refused.retry_at;
                prop_assert!(open_until <= change.at + longest, "open until {open_until:?}");
            }
            if run.breaker.state(told) == State::Open {
                let until = run.breaker.peek(told).unwrap_err().retry_at;
                let before = Instant::from_nanos(until.as_nanos() - 1);
                prop_assert!(run.breaker.clone().try_acquire(before).is_err());
                prop_assert!(run.breaker.clone().try_acquire(until).is_ok());
            }
        }
    }

    #[test]
    fn law_2_probes_out_and_probes_per_round_keep_their_bounds(
        config in all_configs(), seed in any::<u64>(), moves in moves(),
    ) {
        let needed = match config.recovery {
            glp_core::breaker::Recovery::Successes => config.success_threshold,
            glp_core::breaker::Recovery::Ratio { probes, .. } => probes,
        };
        let bound = config.probes_per_round.max(needed).get();
        let (mut run, mut in_round) = (Run::new(config, seed), 0);
        for one in &moves {
            let step = run.make(one);
            if step.changes.iter().any(|change| change.to == State::HalfOpen) {
                in_round = 0;
            }
            in_round += u32::from(step.probe);
            prop_assert!(in_round <= bound);
            prop_assert!(run.breaker.status(run.now()).probes_out <= config.max_probes.get());
        }
    }

    #[test]
    fn law_3_a_permit_of_an_older_epoch_changes_nothing(
        config in all_configs(), moves in moves(), late in outcomes(),
    ) {
        let mut run = Run::new(config, 0);
        for one in &moves {
            let changed = !run.make(one).changes.is_empty();
            // The permit just granted, if any, is of the epoch that the change began.
            let keep = usize::from(matches!(one, Move::Acquire));
            while changed && run.out.len() > keep {
                let stale = run.out.remove(0);
                let before = format!("{:?}", run.breaker);
                run.breaker.report(stale, late, Instant::ZERO);
                prop_assert_eq!(format!("{:?}", run.breaker), before);
            }
        }
    }

    #[test]
    fn law_10_a_clock_that_runs_backwards_is_a_clock_that_stands_still_at_the_last_change(
        config in all_configs(), seed in any::<u64>(), moves in moves(),
    ) {
        let (mut wild, mut still) = (Run::new(config, seed), Run::new(config, seed));
        for one in &moves {
            let last_change = wild.breaker.last_transition().map_or(0, |change| change.at.as_nanos());
            still.clock = wild.clock.max(last_change);
            if matches!(one, Move::Forward(_) | Move::Backward(_)) {
                wild.make(one);
            } else {
                wild.make(one);
                still.make(one);
            }
            prop_assert_eq!(format!("{:?}", wild.breaker), format!("{:?}", still.breaker));
        }
    }

    #[test]
    fn law_10_a_clock_at_its_end_neither_panics_nor_opens_for_ever(
        config in all_configs(), moves in moves(), start in u64::MAX - 500..=u64::MAX,
    ) {
        let mut run = Run::new(config, 0);
        run.clock = start;
        for one in &moves {
            run.clock = run.clock.min(u64::MAX - 100);
            run.make(one);
        }
        prop_assert!(run.breaker.peek(Instant::MAX).is_ok());
    }

    #[test]
    fn whoever_comes_back_when_a_refusal_says_is_admitted(
        config in all_configs(), seed in any::<u64>(), moves in moves(),
    ) {
        let mut run = Run::new(config, seed);
        for one in &moves {
            run.make(one);
            if let Err(refused) = run.breaker.peek(run.now()) {
                prop_assert!(run.breaker.clone().try_acquire(refused.retry_at).is_ok());
            }
        }
    }

    #[test]
    fn transitions_are_told_in_order_and_each_follows_from_the_one_before(
        config in all_configs(), seed in any::<u64>(), moves in moves(),
    ) {
        let (mut run, mut state, mut at) = (Run::new(config, seed), State::Closed, Instant::ZERO);
        for one in &moves {
            for change in run.make(one).changes {
                prop_assert_eq!(change.from, state);
                prop_assert!(change.at >= at, "{change:?} is told after {at:?}");
                let allowed: &[Reason] = match (change.from, change.to) {
                    (State::Closed, State::Open) => {
                        &[Reason::Failures, Reason::FailureRate, Reason::SlowRate]
                    }
                    (State::Open, State::HalfOpen) => &[Reason::CoolDownOver],
                    (State::HalfOpen, State::Open) => &[Reason::ProbesFailed, Reason::ProbesSpent],
                    (State::HalfOpen, State::Closed) => &[Reason::Recovered],
                    _ => &[],
                };
                prop_assert!(allowed.contains(&change.reason), "{change:?}");
                (state, at) = (change.to, change.at);
            }
        }
    }
}
