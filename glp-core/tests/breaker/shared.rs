//! The shared breaker: the same answers as the pure one, and what sharing adds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use glp_core::breaker::{
    Barrier, Breaker, Config, Isolated, Isolation, Outcome, Permit, RampUp, Rates, Report, Share,
    SharedBreaker, SharedPermit, Slow, Snapshot, Span, State, Transition,
};
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::moves::{Move, all_configs, any_move};
use crate::{at, seconds, some, touchy};

/// The same breaker twice, the permits that are out of both, and the isolations of both.
struct Both<'a> {
    pure: Breaker,
    shared: &'a SharedBreaker,
    clock: u64,
    out: Vec<(Permit, SharedPermit<'a>, u64)>,
    isolations: Vec<(Isolation, Isolated)>,
    changes: Vec<Transition>,
}

impl<'a> Both<'a> {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.clock)
    }

    fn take(&mut self, index: usize) -> Option<(Permit, SharedPermit<'a>, u64)> {
        (!self.out.is_empty()).then(|| self.out.swap_remove(index % self.out.len()))
    }

    /// Makes one move with both, and compares what they say to it.
    fn make(&mut self, one: &Move) -> Result<(), TestCaseError> {
        let (now, before) = (self.now(), self.pure.transitions());
        match one {
            Move::Forward(by) => self.clock += by,
            Move::Backward(by) => self.clock = self.clock.saturating_sub(*by),
            Move::Acquire => {
                prop_assert_eq!(self.pure.peek(now), self.shared.peek(now));
                match (self.pure.try_acquire(now), self.shared.try_acquire(now)) {
                    (Ok(pure), Ok(shared)) => {
                        prop_assert_eq!(pure.is_probe(), shared.is_probe());
                        self.out.push((pure, shared, self.clock));
                    }
                    (pure, shared) => prop_assert_eq!(pure.err(), shared.err()),
                }
            }
            Move::Report(index, outcome, took, hint) => {
                if let Some((pure, shared, granted_at)) = self.take(*index) {
                    let took = took.map(Duration::from_nanos);
                    let hint = hint.map(Duration::from_nanos);
                    let report = Report { outcome: *outcome, took, retry_after: hint };
                    let since = now.since(Instant::from_nanos(granted_at));
                    let measured = report.took(took.unwrap_or(since));
                    let said = self.pure.report(pure, measured, now);
                    prop_assert_eq!(said, shared.report(report, now));
                }
            }
            Move::Release(index) => {
                if let Some((pure, shared, _)) = self.take(*index) {
                    self.pure.release(pure);
                    drop(shared);
                }
            }
            Move::Leak(index) => std::mem::forget(self.take(*index)),
            by_hand => self.make_by_hand(by_hand, now)?,
        }
        self.changes.extend(self.pure.since(before));
        prop_assert_eq!(self.pure.status(now), self.shared.status(now));
        prop_assert_eq!(self.pure.transitions(), self.shared.transitions());
        Ok(())
    }

    fn make_by_hand(&mut self, one: &Move, now: Instant) -> Result<(), TestCaseError> {
        let (pure, shared) = (&mut self.pure, self.shared);
        match one {
            Move::Reset => prop_assert_eq!(pure.reset(now), shared.reset(now)),
            Move::ForceOpen => prop_assert_eq!(pure.force_open(now), shared.force_open(now)),
            Move::OpenUntil(until) => {
                let until = Instant::from_nanos(*until);
                prop_assert_eq!(pure.open_until(until, now), shared.open_until(until, now));
            }
            Move::Isolate => self.isolations.push((pure.isolate(), shared.isolate())),
            Move::Lift => {
                if let Some((isolation, isolated)) = self.isolations.pop() {
                    pure.lift(isolation);
                    drop(isolated);
                }
            }
            Move::SetMode(mode) => {
                pure.set_mode(*mode);
                shared.set_mode(*mode);
            }
            Move::Reconfigure(config) => {
                pure.reconfigure(**config, now);
                shared.reconfigure(**config, now);
                prop_assert_eq!(pure.config(), &shared.config());
            }
            _ => unreachable!("not by hand, or the end of a life"),
        }
        Ok(())
    }
}

/// Plays the moves of one life on both; gives the snapshot and the clock it ends with.
fn live(
    config: Config,
    pure: Breaker,
    restored: Option<(Snapshot, u64)>,
    moves: &[Move],
) -> Result<(Snapshot, u64), TestCaseError> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (sink, clock) = (told.clone(), restored.map_or(0, |(_, clock)| clock));
    let builder = SharedBreaker::builder(config).seed(7).counting();
    let builder = builder.observer(move |change| sink.lock().unwrap().push(*change));
    let shared = match restored {
        Some((snapshot, clock)) => builder.restore(snapshot, Instant::from_nanos(clock)).build(),
        None => builder.build(),
    };
    let (out, isolations, changes) = (vec![], vec![], vec![]);
    let mut both = Both { pure, shared: &shared, clock, out, isolations, changes };
    for one in moves {
        both.make(one)?;
    }
    prop_assert_eq!(&both.changes, &*told.lock().unwrap());
    let now = both.now();
    prop_assert_eq!(both.pure.snapshot(now), shared.snapshot(now));
    Ok((shared.snapshot(now), both.clock))
}

proptest! {
    #[test]
    fn the_shared_breaker_gives_the_answers_of_the_pure_one(
        config in all_configs(), moves in prop::collection::vec(any_move(), 1..150),
    ) {
        let (mut pure, mut restored) = (Breaker::seeded(config, 7), None);
        for moves in moves.split(|one| matches!(one, Move::Restart)) {
            let (snapshot, clock) = live(config, pure, restored, moves)?;
            pure = Breaker::restore(snapshot, config, Instant::from_nanos(clock));
            restored = Some((snapshot, clock));
        }
    }
}

#[test]
fn requests_are_counted_only_where_asked_for() {
    let config = Config::DEFAULT;
    let (silent, counting) =
        (SharedBreaker::new(config), SharedBreaker::builder(config).counting().build());
    for breaker in [&silent, &counting] {
        drop(breaker.try_acquire(at(0)).expect("a new breaker admits"));
        breaker.force_open(at(0));
        breaker.try_acquire(at(0)).expect_err("an open one refuses");
    }
    let counts = |breaker: &SharedBreaker| {
        let status = breaker.status(at(0));
        (status.admitted, status.rejected)
    };
    assert_eq!(counts(&silent), (None, None));
    assert_eq!(counts(&counting), (Some(1), Some(1)));
}

#[test]
fn an_observer_may_look_at_the_breaker_and_change_it_and_hears_of_that_next() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let own: Arc<OnceLock<SharedBreaker>> = Arc::default();
    let (sink, inside) = (seen.clone(), own.clone());
    let breaker = SharedBreaker::builder(touchy())
        .observer(move |change| {
            let breaker = inside.get().expect("set before the first change");
            sink.lock().unwrap().push((change.to, breaker.state(change.at)));
            if change.to == State::Open {
                breaker.reset(change.at);
            }
        })
        .build();
    own.set(breaker.clone()).expect("set once");
    breaker.force_open(at(0));
    let seen = seen.lock().unwrap();
    assert_eq!(*seen, [(State::Open, State::Open), (State::Closed, State::Closed)]);
}

#[test]
fn an_observer_that_panics_is_called_again_for_the_next_change() {
    let calls = Arc::new(Mutex::new(0));
    let sink = calls.clone();
    let breaker = SharedBreaker::builder(touchy())
        .observer(move |_| {
            *sink.lock().unwrap() += 1;
            panic!("in the test");
        })
        .build();
    for _ in 0..2 {
        let force = || breaker.force_open(at(0)).map(|_| breaker.reset(at(0)));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(force)).expect_err("it panics");
        assert_eq!(breaker.state(at(0)), State::Open, "the change stands");
        breaker.set_mode(Default::default());
        let reset = || breaker.reset(at(0));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(reset)).expect_err("it panics");
    }
    assert_eq!(*calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner), 4);
}

#[test]
fn after_a_close_the_shared_breaker_ramps_up_as_the_pure_one_does() {
    let start = Share::percent(10).expect("from 1 to 100");
    let config = Config { ramp_up: Some(RampUp { start, over: seconds(100) }), ..touchy() };
    let (mut pure, shared) = (Breaker::seeded(config, 7), SharedBreaker::builder(config).seed(7));
    let shared = shared.build();
    pure.force_open(at(0));
    shared.force_open(at(0));
    let probe = pure.try_acquire(at(10)).expect("the open time is over");
    pure.report(probe, Outcome::Success, at(10)).expect("one success closes it");
    let probe = shared.try_acquire(at(10)).expect("the open time is over");
    probe.report(Outcome::Success, at(10)).expect("one success closes it");

    let refused = shared.try_acquire(at(11)).expect_err("a tenth is admitted");
    assert_eq!(refused.barrier, Barrier::RampUp);
    for second in 11..120 {
        assert_eq!(pure.peek(at(second)), shared.peek(at(second)), "second {second}");
        assert_eq!(pure.try_acquire(at(second)).err(), shared.try_acquire(at(second)).err());
    }
}

#[test]
fn an_open_time_that_is_over_stays_over_when_the_clock_runs_back() {
    for until in [50, 100] {
        let breaker = SharedBreaker::new(touchy());
        breaker.open_until(at(until), at(100));
        assert!(breaker.try_acquire(at(40)).expect("it was over at 100").is_probe());
    }
}

#[test]
fn debug_shows_the_breaker_that_is_shared() {
    let builder = SharedBreaker::builder(touchy()).seed(7);
    let shown = format!("{builder:?}");
    assert_eq!(shown, format!("SharedBreakerBuilder {{ config: {:?}, .. }}", touchy()));
    let breaker = builder.build();
    breaker.force_open(at(3));
    assert!(format!("{breaker:?}").starts_with("SharedBreaker(Breaker {"), "{breaker:?}");
}

#[test]
fn a_slow_call_is_measured_by_its_permit() {
    let slow = Some(Slow { limit: seconds(3), share: Share::ALL });
    let span = Span::Calls(core::num::NonZeroU16::MIN);
    let rates = Some(Rates { span, minimum_calls: some(1), failures: None, slow });
    let breaker = SharedBreaker::new(Config { rates, ..touchy() });
    let permit = breaker.try_acquire(at(0)).expect("a new breaker admits");
    assert!(permit.report(Outcome::Success, at(4)).is_some_and(|change| change.to == State::Open));
}

#[test]
fn many_threads_send_no_more_probes_than_allowed_and_lose_none() {
    let breaker = SharedBreaker::new(Config { max_probes: some(3), ..touchy() });
    breaker.force_open(at(0));
    let probes = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    if let Ok(probe) = breaker.try_acquire(at(10)) {
                        *probes.lock().unwrap() += 1;
                        assert!(breaker.status(at(10)).probes_out <= 3);
                        probe.report(Outcome::Ignore, at(10));
                    }
                }
            });
        }
    });
    let status = breaker.status(at(10));
    assert_eq!((status.state, status.probes_out), (State::Open, 0), "the round is spent");
    assert_eq!(*probes.lock().unwrap(), Config::DEFAULT.probes_per_round.get());
}

#[test]
fn failures_of_many_threads_are_counted_each_once() {
    let breaker = SharedBreaker::new(Config { failure_threshold: some(u32::MAX), ..touchy() });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let permit = breaker.try_acquire(at(0)).expect("it never opens");
                    permit.report(Outcome::Failure, at(0));
                }
            });
        }
    });
    assert_eq!(breaker.status(at(0)).failure_count, 4_000);
}
