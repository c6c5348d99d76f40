//! The shared breaker: no report, no drop and no change is lost or counted twice.

use core::num::NonZeroU32;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use glp_core::breaker::{Config, Outcome, SharedBreaker, SharedPermit, State};
use glp_core::time::Instant;
use loom::thread;

use crate::explore;

const COOL_DOWN: Duration = Duration::from_secs(10);
const START: Instant = Instant::ZERO;

/// Opens at the first failure, closes at the first success.
fn touchy() -> Config {
    let one = NonZeroU32::MIN;
    Config {
        failure_threshold: one,
        success_threshold: one,
        cool_down: COOL_DOWN,
        ..Config::DEFAULT
    }
}

/// Makes a breaker that all threads of a model share.
fn shared(config: Config) -> &'static SharedBreaker {
    Box::leak(Box::new(SharedBreaker::new(config)))
}

/// Makes one that is open, and the instant from which on it lets `probes` out at a time.
fn open(probes: u32) -> (&'static SharedBreaker, Instant) {
    let max_probes = NonZeroU32::new(probes).expect("some probes");
    let breaker = shared(Config { max_probes, ..touchy() });
    breaker.force_open(START);
    (breaker, START + COOL_DOWN)
}

fn admitted(breaker: &SharedBreaker, now: Instant) -> SharedPermit<'_> {
    breaker.try_acquire(now).expect("the breaker admits")
}

#[test]
fn two_probes_race_and_one_goes_out() {
    explore(|| {
        let (breaker, now) = open(1);
        let theirs = thread::spawn(move || breaker.try_acquire(now).ok());
        let mine = breaker.try_acquire(now).ok();
        let probes = [mine, theirs.join().unwrap()];
        assert_eq!(probes.iter().flatten().count(), 1);
        assert_eq!(breaker.status(now).probes_out, 1);
    });
}

#[test]
fn a_drop_races_a_report_and_neither_is_lost() {
    explore(|| {
        let (breaker, now) = open(2);
        let (mine, theirs) = (admitted(breaker, now), admitted(breaker, now));
        let race = thread::spawn(move || drop(theirs));
        let closed = mine.report(Outcome::Success, now).expect("one success closes it");
        race.join().unwrap();
        assert_eq!(closed.to, State::Closed);
        assert_eq!(breaker.status(now).probes_out, 0);
    });
}

#[test]
fn two_drops_race_and_both_come_back() {
    explore(|| {
        let (breaker, now) = open(2);
        let (mine, theirs) = (admitted(breaker, now), admitted(breaker, now));
        let race = thread::spawn(move || drop(theirs));
        drop(mine);
        race.join().unwrap();
        let status = breaker.status(now);
        assert_eq!((status.state, status.probes_out), (State::HalfOpen, 0));
    });
}

#[test]
fn a_success_races_a_failure_and_the_first_decides() {
    explore(|| {
        let (breaker, now) = open(2);
        let (mine, theirs) = (admitted(breaker, now), admitted(breaker, now));
        let race = thread::spawn(move || theirs.report(Outcome::Failure, now));
        let closed = mine.report(Outcome::Success, now);
        let opened = race.join().unwrap();
        // Whoever comes second is of an earlier epoch.
        assert_eq!(closed.is_some(), opened.is_none());
        let state = if closed.is_some() { State::Closed } else { State::Open };
        assert_eq!(breaker.state(now), state);
    });
}

#[test]
fn a_reset_races_a_report_and_the_late_one_changes_nothing() {
    explore(|| {
        let breaker = shared(touchy());
        let permit = admitted(breaker, START);
        let race = thread::spawn(move || breaker.reset(START));
        let opened = permit.report(Outcome::Failure, START);
        let closed = race.join().unwrap();
        // Either the failure opened it and the reset closed it, or the reset made the failure stale.
        assert_eq!(opened.is_some(), closed.is_some());
        assert_eq!(breaker.state(START), State::Closed);
        assert_eq!(breaker.status(START).failure_count, 0);
    });
}

#[test]
fn two_failures_race_and_both_count() {
    explore(|| {
        let breaker = shared(Config { failure_threshold: Config::NEVER, ..touchy() });
        let (mine, theirs) = (admitted(breaker, START), admitted(breaker, START));
        let race = thread::spawn(move || theirs.report(Outcome::Failure, START));
        mine.report(Outcome::Failure, START);
        race.join().unwrap();
        assert_eq!(breaker.status(START).failure_count, 2);
    });
}

#[test]
fn a_reader_sees_whole_states_only() {
    explore(|| {
        let breaker = shared(touchy());
        let ends = [START + COOL_DOWN, START + 2 * COOL_DOWN];
        let race = thread::spawn(move || {
            ends.into_iter().for_each(|end| _ = breaker.open_until(end, START));
            breaker.reset(START);
        });
        if let Err(refused) = breaker.try_acquire(START) {
            assert!(ends.contains(&refused.retry_at));
        }
        let seen = breaker.status(START);
        assert_eq!(seen.state == State::Open, seen.next_permitted_at.is_some());
        race.join().unwrap();
        assert_eq!(breaker.transitions(), 2);
    });
}

#[test]
fn changes_are_told_in_order_whoever_makes_them() {
    explore(|| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = told.clone();
        let breaker = SharedBreaker::builder(touchy())
            .observer(move |change| sink.lock().unwrap().push(change.to))
            .build();
        let other = breaker.clone();
        let race = thread::spawn(move || _ = other.force_open(START));
        breaker.reset(START);
        race.join().unwrap();
        breaker.reset(START);
        assert_eq!(*told.lock().unwrap(), [State::Open, State::Closed]);
    });
}
