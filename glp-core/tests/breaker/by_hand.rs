//! The breaker in human hands.

use core::num::NonZeroU16;

use glp_core::breaker::{
    Barrier, Breaker, Config, Mode, Outcome, RampUp, Rates, Reason, Share, Span, State, Tally,
};
use glp_core::time::Instant;

use crate::{admitted, at, opened, seconds, send, some, touchy};

const OK: Outcome = Outcome::Success;
const BAD: Outcome = Outcome::Failure;

#[test]
fn a_reset_closes_it_and_results_still_in_flight_are_ignored() {
    let mut breaker = Breaker::new(touchy());
    let in_flight = admitted(&mut breaker, at(0));
    send(&mut breaker, BAD, at(0));
    let closed = breaker.reset(at(1)).expect("it was open");
    assert_eq!((closed.to, closed.reason), (State::Closed, Reason::ByHand));
    assert_eq!(breaker.report(in_flight, BAD, at(1)), None);
    let status = breaker.status(at(1));
    assert_eq!(
        (status.state, status.failure_count, status.last_failure_at),
        (State::Closed, 0, None)
    );
}

#[test]
fn a_reset_of_a_closed_breaker_is_no_transition_but_forgets_its_counts() {
    let mut breaker = Breaker::new(Config::DEFAULT);
    let in_flight = admitted(&mut breaker, at(0));
    send(&mut breaker, BAD, at(0));
    assert_eq!(breaker.reset(at(0)), None);
    breaker.report(in_flight, BAD, at(0));
    assert_eq!(breaker.status(at(0)).failure_count, 0);
}

#[test]
fn forced_open_it_recovers_by_itself_after_its_open_time() {
    let mut breaker = Breaker::new(touchy());
    let change = breaker.force_open(at(5)).expect("it was closed");
    assert_eq!((change.to, change.reason), (State::Open, Reason::ByHand));
    assert_eq!(breaker.try_acquire(at(14)).unwrap_err().retry_at, at(15));
    assert_eq!(send(&mut breaker, OK, at(15)).unwrap().reason, Reason::Recovered);
}

#[test]
fn opened_until_an_instant_it_is_open_just_until_then() {
    let mut breaker = Breaker::new(touchy());
    breaker.open_until(at(3_600), at(0)).expect("it was closed");
    assert_eq!(breaker.try_acquire(at(3_599)).unwrap_err().retry_at, at(3_600));
    assert_eq!(breaker.open_until(at(3_000), at(0)), None, "the end moves");
    assert!(breaker.try_acquire(at(3_600)).is_ok());
}

#[test]
fn isolated_twice_it_takes_two_lifts() {
    let mut breaker = Breaker::new(touchy());
    let (one, two) = (breaker.isolate(), breaker.isolate());
    breaker.lift(one);
    let refused = breaker.try_acquire(at(1_000_000)).unwrap_err();
    assert_eq!((refused.barrier, refused.retry_at), (Barrier::Isolated, Instant::MAX));
    assert_eq!(breaker.state(at(0)), State::Open);
    breaker.reset(at(0));
    assert_eq!(breaker.status(at(0)).isolations, 1, "a reset lifts nothing");
    breaker.lift(two);
    assert!(breaker.try_acquire(at(0)).is_ok());
}

#[test]
fn beneath_an_isolation_results_still_count() {
    let mut breaker = Breaker::new(touchy());
    let in_flight = admitted(&mut breaker, at(0));
    let isolation = breaker.isolate();
    assert_eq!(breaker.report(in_flight, BAD, at(0)).unwrap().to, State::Open);
    breaker.lift(isolation);
    assert_eq!(breaker.peek(at(0)).unwrap_err().retry_at, at(10));
}

#[test]
fn observing_it_changes_its_state_and_refuses_nothing() {
    let mut breaker = Breaker::new(touchy());
    breaker.set_mode(Mode::Observe);
    assert_eq!(send(&mut breaker, BAD, at(0)).unwrap().to, State::Open);
    for _ in 0..3 {
        assert_eq!(send(&mut breaker, OK, at(5)), None, "what it would refuse is not counted");
    }
    let status = breaker.status(at(5));
    assert_eq!((status.state, status.rejected, status.admitted), (State::Open, Some(3), Some(1)));
    assert_eq!(send(&mut breaker, OK, at(10)).unwrap().reason, Reason::Recovered);
}

#[test]
fn disabled_it_admits_everything_counts_nothing_and_takes_no_late_result() {
    let mut breaker = Breaker::new(touchy());
    let before = admitted(&mut breaker, at(0));
    breaker.set_mode(Mode::Disabled);
    assert_eq!(breaker.report(before, BAD, at(0)), None);
    assert_eq!(send(&mut breaker, BAD, at(0)), None);
    let during = admitted(&mut breaker, at(0));
    let status = breaker.status(at(0));
    assert_eq!((status.state, status.admitted), (State::Closed, Some(3)));
    breaker.force_open(at(0));
    assert_eq!(breaker.state(at(0)), State::Closed, "that is what a request meets");
    breaker.reset(at(0));
    breaker.set_mode(Mode::Enforce);
    assert_eq!(breaker.report(during, BAD, at(0)), None);
    assert_eq!(breaker.status(at(0)).failure_count, 0);
}

#[test]
fn disabled_it_still_takes_its_probes_back() {
    let mut breaker = opened(touchy());
    let probe = admitted(&mut breaker, at(10));
    breaker.set_mode(Mode::Disabled);
    breaker.report(probe, BAD, at(10));
    breaker.set_mode(Mode::Enforce);
    let status = breaker.status(at(10));
    assert_eq!((status.state, status.probes_out), (State::HalfOpen, 0));
}

#[test]
fn reconfigured_it_keeps_its_state_its_counts_and_its_permits() {
    let mut breaker = Breaker::new(Config::DEFAULT);
    send(&mut breaker, BAD, at(0));
    let in_flight = admitted(&mut breaker, at(0));
    breaker.reconfigure(Config { failure_threshold: some(2), ..touchy() }, at(0));
    let opened = breaker.report(in_flight, BAD, at(0)).expect("the second of two");
    assert_eq!(opened.failures, 2);

    breaker.reconfigure(Config { cool_down: seconds(99), ..touchy() }, at(1));
    assert_eq!(breaker.peek(at(1)).unwrap_err().retry_at, at(10), "it ends as it began");
    send(&mut breaker, BAD, at(10));
    assert_eq!(breaker.peek(at(10)).unwrap_err().retry_at, at(109), "what begins now is new");
}

#[test]
fn reconfigured_it_keeps_its_window_where_the_span_is_the_same() {
    let span = |calls| Span::Calls(NonZeroU16::new(calls).unwrap());
    let failures = Some(Share::ALL);
    let rates = Rates { span: span(5), minimum_calls: some(5), failures, slow: None };
    let with = |rates| Config { rates: Some(rates), ..Config::DEFAULT };
    let mut breaker = Breaker::new(with(rates));
    send(&mut breaker, BAD, at(0));
    breaker.reconfigure(with(Rates { minimum_calls: some(2), ..rates }), at(0));
    assert_eq!(breaker.status(at(0)).window, Tally { calls: 1, failures: 1, slow: 0 });
    breaker.reconfigure(with(Rates { span: span(6), ..rates }), at(0));
    assert_eq!(breaker.status(at(0)).window, Tally::default());
}

#[test]
fn reconfigured_a_ramp_up_ends_at_the_latest_when_a_new_one_would() {
    let ramp_up = |over| Some(RampUp { start: Share::percent(1).unwrap(), over: seconds(over) });
    let mut breaker = opened(Config { ramp_up: ramp_up(1_000), ..touchy() });
    send(&mut breaker, OK, at(10)).expect("it closes");
    breaker.reconfigure(Config { ramp_up: ramp_up(100), ..touchy() }, at(12));
    assert!(breaker.peek(at(14)).is_err());
    assert!(breaker.peek(at(112)).is_ok());
    breaker.reconfigure(touchy(), at(14));
    assert!(breaker.peek(at(14)).is_ok(), "without one there is none");
}
