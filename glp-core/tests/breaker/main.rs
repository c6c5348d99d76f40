//! The breaker against a model shorter than itself, under arbitrary interleavings.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use glp_core::breaker::{Barrier, Breaker, Config, Outcome, Permit, Refused, State};
use glp_core::time::Instant;
use proptest::prelude::*;

fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a number above zero")
}

#[derive(Clone, Debug)]
enum Move {
    Acquire,
    /// Report the n-th permit that is out.
    Report(usize, Outcome),
    Release(usize),
    /// Forget it: only its lease can bring it back.
    Leak(usize),
    Forward(u64),
    Backward(u64),
    Reset,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let outcome = prop_oneof![
        2 => Just(Outcome::Failure), 2 => Just(Outcome::Success), 1 => Just(Outcome::Ignore),
    ];
    let one = prop_oneof![
        6 => Just(Move::Acquire),
        6 => (any::<usize>(), outcome).prop_map(|(which, outcome)| Move::Report(which, outcome)),
        1 => any::<usize>().prop_map(Move::Release),
        1 => any::<usize>().prop_map(Move::Leak),
        4 => (0..40_u64).prop_map(Move::Forward),
        1 => (0..40_u64).prop_map(Move::Backward),
        1 => Just(Move::Reset),
    ];
    prop::collection::vec(one, 1..120)
}

fn configs() -> impl Strategy<Value = Config> {
    (1..4_u32, 1..4_u32, 0..30_u64, 1..3_u32, 1..50_u64).prop_map(
        |(failures, successes, cool_down, probes, lease)| Config {
            failure_threshold: some(failures),
            success_threshold: some(successes),
            cool_down: Duration::from_nanos(cool_down),
            max_probes: some(probes),
            probe_lease: Duration::from_nanos(lease),
            probes_per_round: Config::NEVER,
            ..Config::DEFAULT
        },
    )
}

/// The model: a state, a round, and the leases of that round.
#[derive(Debug)]
struct Model {
    config: Config,
    round: u64,
    state: State,
    opened_at: u64,
    failures: u32,
    successes: u32,
    leases: BTreeMap<u64, u64>,
}

impl Model {
    fn acquire(&mut self, now: u64, permit: u64) -> Result<u64, Refused> {
        let open_until = self.opened_at + self.config.cool_down.as_nanos() as u64;
        if self.state == State::Open {
            if now < open_until {
                let retry_at = Instant::from_nanos(open_until);
                return Err(Refused { retry_at, barrier: Barrier::CoolDown });
            }
            self.turn(State::HalfOpen);
        }
        if self.state == State::HalfOpen {
            self.leases.retain(|_, expires| *expires > now);
            if self.leases.len() >= self.config.max_probes.get() as usize {
                let retry_at = Instant::from_nanos(
                    *self.leases.values().min().expect("at least one probe is out"),
                );
                return Err(Refused { retry_at, barrier: Barrier::ProbesOut });
            }
            self.leases.insert(permit, now + self.config.probe_lease.as_nanos() as u64);
        }
        Ok(self.round)
    }

    fn report(&mut self, now: u64, permit: u64, round: u64, outcome: Outcome) {
        if round != self.round {
            return;
        }
        if self.state == State::HalfOpen && self.leases.remove(&permit).is_none_or(|at| at <= now) {
            return;
        }
        match (self.state, outcome) {
            (_, Outcome::Ignore) => {}
            (State::Closed, Outcome::Success) => self.failures = 0,
            (_, Outcome::Success) => {
                self.successes += 1;
                if self.successes >= self.config.success_threshold.get() {
                    self.turn(State::Closed);
                }
            }
            (_, Outcome::Failure) => {
                self.failures += 1;
                let enough = self.failures >= self.config.failure_threshold.get();
                if self.state == State::HalfOpen || enough {
                    let failures = self.failures;
                    self.turn(State::Open);
                    (self.opened_at, self.failures) = (now, failures);
                }
            }
        }
    }

    fn turn(&mut self, state: State) {
        let failures = if state == State::Closed { 0 } else { self.failures };
        (self.state, self.round, self.failures, self.successes) =
            (state, self.round + 1, failures, 0);
        self.leases.clear();
    }
}

struct Both {
    breaker: Breaker,
    model: Model,
    clock: u64,
    latest: u64,
    next: u64,
    out: Vec<(Permit, u64, u64)>,
}

impl Both {
    /// The clock, and the latest time that the breaker has been told: it learns of no other.
    fn tell(&mut self) -> (Instant, u64) {
        self.latest = self.latest.max(self.clock);
        (Instant::from_nanos(self.clock), self.latest)
    }

    fn make(&mut self, one: &Move) -> Result<(), TestCaseError> {
        let which = |which: usize, out: &Vec<_>| (!out.is_empty()).then(|| which % out.len());
        match one {
            Move::Forward(by) => self.clock += by,
            Move::Backward(by) => self.clock = self.clock.saturating_sub(*by),
            Move::Reset => {
                let (now, _) = self.tell();
                self.breaker.reset(now);
                self.model.turn(State::Closed);
            }
            Move::Acquire => {
                self.next += 1;
                let (now, latest) = self.tell();
                let expected = self.model.acquire(latest, self.next);
                let got = self.breaker.try_acquire(now);
                prop_assert_eq!(got.as_ref().err(), expected.as_ref().err());
                if let (Ok(permit), Ok(round)) = (got, expected) {
                    self.out.push((permit, self.next, round));
                }
            }
            Move::Report(index, outcome) => {
                if let Some(index) = which(*index, &self.out) {
                    let (permit, id, round) = self.out.swap_remove(index);
                    let (now, latest) = self.tell();
                    self.breaker.report(permit, *outcome, now);
                    self.model.report(latest, id, round, *outcome);
                }
            }
            Move::Release(index) => {
                if let Some(index) = which(*index, &self.out) {
                    let (permit, id, _) = self.out.swap_remove(index);
                    self.breaker.release(permit);
                    self.model.leases.remove(&id);
                }
            }
            Move::Leak(index) => {
                if let Some(index) = which(*index, &self.out) {
                    let (Permit { .. }, ..) = self.out.swap_remove(index);
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn laws_1_2_3_10_the_breaker_does_what_the_model_does(config in configs(), moves in moves()) {
        let model = Model {
            config, round: 0, state: State::Closed, opened_at: 0, failures: 0, successes: 0,
            leases: BTreeMap::new(),
        };
        let mut both =
            Both { breaker: Breaker::new(config), model, clock: 0, latest: 0, next: 0, out: vec![] };
        for one in &moves {
            both.make(one)?;
            let status = both.breaker.status(Instant::from_nanos(both.clock));
            prop_assert!(status.probes_out <= config.max_probes.get());
            prop_assert_eq!(status.failure_count, both.model.failures);
            prop_assert_eq!(status.success_count, both.model.successes);
        }
    }
}

#[test]
fn test_closed_to_open_after_failures() {
    let config = Config { failure_threshold: some(3), ..Config::DEFAULT };
    let mut breaker = Breaker::new(config);
    for (count, state) in [(1, State::Closed), (2, State::Closed), (3, State::Open)] {
        let permit = breaker.try_acquire(Instant::ZERO).unwrap();
        breaker.report(permit, Outcome::Failure, Instant::ZERO);
        let status = breaker.status(Instant::ZERO);
        assert_eq!((status.failure_count, status.state), (count, state));
    }
}

#[test]
fn b10_a_status_read_after_the_open_time_tells_the_truth() {
    let config = Config { failure_threshold: some(1), ..Config::DEFAULT };
    let mut breaker = Breaker::new(config);
    let permit = breaker.try_acquire(Instant::ZERO).unwrap();
    breaker.report(permit, Outcome::Failure, Instant::ZERO);
    let reopens = Instant::ZERO + config.cool_down;
    let just_before = Instant::from_nanos(reopens.as_nanos() - 1);
    assert_eq!(breaker.status(just_before).state, State::Open);
    assert_eq!(breaker.status(just_before).next_permitted_at, Some(reopens));
    assert_eq!(breaker.status(reopens).state, State::HalfOpen);
    assert_eq!(breaker.status(reopens).next_permitted_at, None);
}
