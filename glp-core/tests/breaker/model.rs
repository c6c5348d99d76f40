//! The breaker against a model shorter than itself, under arbitrary interleavings.
//!
//! The model keeps every call and every lease and counts them anew each time; it has no ramp-up
//! and no jitter, which have laws of their own.

use std::collections::BTreeMap;
use std::time::Duration;

use glp_core::breaker::{
    Barrier, Breaker, Config, Isolation, Mode, Outcome, Permit, Recovery, Refused, Span, State,
};
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::moves::{Move, any_move, configs};

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).expect("a short time")
}

#[derive(Clone, Copy, Debug)]
struct Call {
    at: u64,
    failed: bool,
    slow: bool,
}

#[derive(Debug)]
struct Model {
    config: Config,
    mode: Mode,
    isolations: usize,
    /// Grows with every change of state; permits carry the one they were granted in.
    round: u64,
    state: State,
    until: u64,
    failures: u32,
    failed_recoveries: u32,
    calls: Vec<Call>,
    successes: u32,
    probes_failed: u32,
    granted: u32,
    leases: BTreeMap<u64, u64>,
    last_back: u64,
    /// When something happened last that left a trace: it knows of no other time.
    latest: u64,
}

/// A permit as the model knows it: its number, its round, and whether its result counts.
type Ticket = (u64, u64, bool);

impl Model {
    fn new(config: Config) -> Self {
        Self {
            config,
            mode: Mode::Enforce,
            isolations: 0,
            round: 0,
            state: State::Closed,
            until: 0,
            failures: 0,
            failed_recoveries: 0,
            calls: vec![],
            successes: 0,
            probes_failed: 0,
            granted: 0,
            leases: BTreeMap::new(),
            last_back: 0,
            latest: 0,
        }
    }

    /// Successes that close and failures that are tolerated.
    fn verdict(&self) -> (u32, u32) {
        match self.config.recovery {
            Recovery::Successes => (self.config.success_threshold.get(), 0),
            Recovery::Ratio { probes, share } => {
                let probes = probes.get();
                let needed = (0..=probes).find(|n| n * 100 >= u32::from(share.get()) * probes);
                needed.map(|needed| (needed, probes - needed)).expect("all are enough")
            }
        }
    }

    fn bound(&self) -> u32 {
        let (needed, tolerated) = self.verdict();
        self.config.probes_per_round.get().max(needed + tolerated)
    }

    fn open_for(&self, failed: u32, hint: Option<u64>) -> u64 {
        let own = nanos(self.config.cool_down);
        match hint.unwrap_or(0).min(nanos(self.config.max_server_wait)) {
            0 => self.config.growth.map_or(own, |growth| {
                let factor = u64::from(growth.factor.get());
                own.saturating_mul(factor.saturating_pow(failed)).min(nanos(growth.cap)).max(own)
            }),
            hint => hint,
        }
    }

    fn turn(&mut self, state: State) {
        (self.state, self.round) = (state, self.round + 1);
        (self.successes, self.probes_failed, self.granted) = (0, 0, 0);
        self.leases.clear();
        self.calls.clear();
        if state == State::Closed {
            (self.failures, self.failed_recoveries) = (0, 0);
        }
    }

    fn open(&mut self, at: u64, hint: Option<u64>) {
        self.failed_recoveries += u32::from(self.state == State::HalfOpen);
        self.until = at + self.open_for(self.failed_recoveries, hint);
        self.latest = self.latest.max(at);
        self.turn(State::Open);
    }

    fn spent(&self) -> Option<u64> {
        let over = self.leases.values().copied().max().unwrap_or(0).max(self.last_back);
        (self.state == State::HalfOpen && self.granted >= self.bound()).then_some(over)
    }

    fn settle(&mut self, now: u64) {
        if let Some(over) = self.spent().filter(|over| *over <= now) {
            self.open(over, None);
        }
    }

    fn refusal(&self, now: u64) -> Option<(u64, Barrier)> {
        let out = || self.leases.values().filter(|expires| **expires > now);
        match self.state {
            State::Open if now < self.until => Some((self.until, Barrier::CoolDown)),
            State::HalfOpen if self.spent().is_some() => {
                let over = self.spent().expect("just seen");
                let reopened = over + self.open_for(self.failed_recoveries + 1, None);
                Some((reopened, Barrier::ProbesOut))
            }
            State::HalfOpen if out().count() >= self.config.max_probes.get() as usize => {
                Some((*out().min().expect("a probe is out"), Barrier::ProbesOut))
            }
            _ => None,
        }
    }

    fn acquire(&mut self, now: u64, id: u64) -> Result<Ticket, Refused> {
        self.settle(now);
        let refused = |(at, barrier)| Refused { retry_at: Instant::from_nanos(at), barrier };
        if self.isolations > 0 {
            return Err(refused((u64::MAX, Barrier::Isolated)));
        }
        match (self.mode, self.refusal(now)) {
            (Mode::Disabled, _) | (Mode::Observe, Some(_)) => return Ok((id, self.round, false)),
            (Mode::Enforce, Some(refusal)) => return Err(refused(refusal)),
            (Mode::Enforce | Mode::Observe, None) => {}
        }
        if self.state == State::Open {
            self.turn(State::HalfOpen);
            self.last_back = now;
        }
        if self.state == State::HalfOpen {
            (self.granted, self.latest) = (self.granted + 1, now);
            self.leases.insert(id, now + nanos(self.config.probe_lease));
        }
        Ok((id, self.round, true))
    }

    /// Takes a permit back; says whether its result counts.
    fn take_back(&mut self, now: u64, (id, round, counts): Ticket) -> bool {
        if round != self.round || !counts {
            return false;
        }
        if self.state == State::HalfOpen {
            self.latest = now;
        }
        let in_time = self.leases.remove(&id).is_none_or(|expires| {
            self.last_back = self.last_back.max(now.min(expires));
            expires > now
        });
        in_time && self.mode != Mode::Disabled
    }

    fn report(
        &mut self,
        ticket: Ticket,
        outcome: Outcome,
        took: Option<u64>,
        hint: Option<u64>,
        now: u64,
    ) {
        self.settle(now);
        let slow = self.config.rates.and_then(|rates| rates.slow);
        let slow = slow.zip(took).is_some_and(|(slow, took)| took > nanos(slow.limit));
        let failed = outcome == Outcome::Failure;
        let healthy = self.state == State::Closed && self.failures == 0;
        let traceless = healthy && !failed && self.config.rates.is_none();
        if self.take_back(now, ticket) && outcome != Outcome::Ignore && !traceless {
            self.latest = now;
            let (needed, tolerated) = self.verdict();
            if self.state == State::Closed {
                self.failures = if failed { self.failures + 1 } else { 0 };
                self.calls.push(Call { at: now, failed, slow });
                if self.trips(now) {
                    self.open(now, hint);
                }
            } else if failed || slow {
                (self.failures, self.probes_failed) = (self.failures + 1, self.probes_failed + 1);
                if self.probes_failed > tolerated {
                    self.open(now, hint);
                }
            } else {
                self.successes += 1;
                if self.successes >= needed {
                    self.turn(State::Closed);
                }
            }
        }
        self.settle(now);
    }

    fn trips(&self, now: u64) -> bool {
        self.failures >= self.config.failure_threshold.get() || self.rate_trips(now)
    }

    fn rate_trips(&self, now: u64) -> bool {
        let Some(rates) = self.config.rates else { return false };
        let (calls, minimum): (Vec<&Call>, usize) = match rates.span {
            Span::Calls(n) => {
                let size = usize::from(n.get());
                let last = self.calls.iter().rev().take(size).collect();
                (last, size.min(rates.minimum_calls.get() as usize))
            }
            Span::Time { length, buckets } => {
                let buckets = u64::from(buckets.get());
                let width = (nanos(length) / buckets).max(1);
                let within = |call: &&Call| now / width - call.at / width < buckets;
                (self.calls.iter().filter(within).collect(), rates.minimum_calls.get() as usize)
            }
        };
        let share = |of: fn(&Call) -> bool| calls.iter().filter(|call| of(call)).count() * 100;
        let reaches = |part, percent: u8| part >= usize::from(percent) * calls.len();
        calls.len() >= minimum
            && (rates.failures.is_some_and(|limit| reaches(share(|call| call.failed), limit.get()))
                || rates
                    .slow
                    .is_some_and(|slow| reaches(share(|call| call.slow), slow.share.get())))
    }
}

struct Both {
    breaker: Breaker,
    model: Model,
    clock: u64,
    next: u64,
    out: Vec<(Permit, Ticket)>,
    isolations: Vec<Isolation>,
}

impl Both {
    fn new(config: Config) -> Self {
        Self {
            breaker: Breaker::new(config),
            model: Model::new(config),
            clock: 0,
            next: 0,
            out: vec![],
            isolations: vec![],
        }
    }

    /// The clock, and the time as the breaker takes it.
    fn tell(&self) -> (Instant, u64) {
        (Instant::from_nanos(self.clock), self.clock.max(self.model.latest))
    }

    fn take(&mut self, index: usize) -> Option<(Permit, Ticket)> {
        (!self.out.is_empty()).then(|| self.out.swap_remove(index % self.out.len()))
    }

    fn make(&mut self, one: &Move) -> Result<(), TestCaseError> {
        match one {
            Move::Forward(by) => self.clock += by,
            Move::Backward(by) => self.clock = self.clock.saturating_sub(*by),
            Move::Acquire => {
                self.next += 1;
                let (now, latest) = self.tell();
                let expected = self.model.acquire(latest, self.next);
                let peeked = self.breaker.peek(now);
                let got = self.breaker.try_acquire(now);
                prop_assert_eq!(peeked.err(), got.as_ref().err().copied());
                prop_assert_eq!(got.as_ref().err(), expected.as_ref().err());
                if let (Ok(permit), Ok(ticket)) = (got, expected) {
                    self.out.push((permit, ticket));
                }
            }
            Move::Report(index, outcome, took, hint) => {
                if let Some((permit, ticket)) = self.take(*index) {
                    let (now, latest) = self.tell();
                    let mut report = glp_core::breaker::Report::from(*outcome);
                    report.took = took.map(Duration::from_nanos);
                    report.retry_after = hint.map(Duration::from_nanos);
                    self.breaker.report(permit, report, now);
                    self.model.report(ticket, *outcome, *took, *hint, latest);
                }
            }
            Move::Release(index) => {
                if let Some((permit, ticket)) = self.take(*index) {
                    self.breaker.release(permit);
                    let latest = self.model.latest;
                    self.model.take_back(latest, ticket);
                    self.model.settle(latest);
                }
            }
            Move::Leak(index) => drop(self.take(*index)),
            by_hand => self.make_by_hand(by_hand),
        }
        Ok(())
    }

    fn make_by_hand(&mut self, one: &Move) {
        match one {
            Move::Isolate => {
                self.isolations.push(self.breaker.isolate());
                self.model.isolations += 1;
            }
            Move::Lift => {
                if let Some(isolation) = self.isolations.pop() {
                    self.breaker.lift(isolation);
                    self.model.isolations -= 1;
                }
            }
            Move::SetMode(mode) => {
                self.breaker.set_mode(*mode);
                self.model.mode = *mode;
            }
            timed => self.make_by_hand_at(timed),
        }
    }

    fn make_by_hand_at(&mut self, one: &Move) {
        let (now, latest) = self.tell();
        self.model.settle(latest);
        self.model.latest = latest;
        match one {
            Move::Reset => {
                self.breaker.reset(now);
                self.model.turn(State::Closed);
            }
            Move::ForceOpen => {
                self.breaker.force_open(now);
                let wait = self.model.open_for(self.model.failed_recoveries, None);
                self.open_until(latest + wait);
            }
            Move::OpenUntil(until) => {
                self.breaker.open_until(Instant::from_nanos(*until), now);
                self.open_until(*until);
            }
            Move::Reconfigure(config) => {
                self.breaker.reconfigure(**config, now);
                let span = |config: &Config| config.rates.map(|rates| rates.span);
                if span(config) != span(&self.model.config) {
                    self.model.calls.clear();
                }
                self.model.config = **config;
            }
            Move::Restart => self.restart(now, latest),
            _ => unreachable!("not by hand"),
        }
        self.model.settle(latest);
    }

    fn open_until(&mut self, until: u64) {
        if self.model.state != State::Open {
            self.model.turn(State::Open);
        }
        self.model.until = until;
    }

    /// The process starts anew: leases, calls and isolations are gone, and permits are stale.
    fn restart(&mut self, now: Instant, latest: u64) {
        let config = self.model.config;
        self.breaker =
            Breaker::restore(self.breaker.snapshot(now), config, Instant::from_nanos(latest));
        self.isolations.clear();
        let model = &mut self.model;
        let growth = config.growth.map_or(Duration::ZERO, |growth| growth.cap);
        let longest = config.cool_down.max(config.max_server_wait).max(growth);
        model.until = model.until.min(latest + nanos(longest));
        (model.isolations, model.last_back, model.round) = (0, latest, model.round + 1);
        model.granted = model.successes + model.probes_failed;
        if model.granted >= model.bound() {
            (model.granted, model.successes, model.probes_failed) = (0, 0, 0);
        }
        model.leases.clear();
        model.calls.clear();
    }
}

proptest! {
    #[test]
    fn the_breaker_does_what_the_model_does(
        config in configs(), moves in prop::collection::vec(any_move(), 1..120),
    ) {
        let mut both = Both::new(config);
        for one in &moves {
            both.make(one)?;
            let status = both.breaker.status(Instant::from_nanos(both.model.latest));
            prop_assert_eq!(status.failure_count, both.model.failures);
            prop_assert_eq!(status.success_count, both.model.successes);
            prop_assert_eq!(status.failed_recoveries, both.model.failed_recoveries);
        }
    }
}
