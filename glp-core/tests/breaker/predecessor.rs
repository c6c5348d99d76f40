//! What the predecessor's tests and defects say of a breaker.

use glp_core::breaker::{Breaker, Config, Outcome, State};
use glp_core::time::Instant;

use crate::{admitted, at, opened, send, some, touchy};

const OK: Outcome = Outcome::Success;
const BAD: Outcome = Outcome::Failure;

#[test]
fn test_initial_state_is_closed() {
    let breaker = Breaker::new(Config { failure_threshold: some(3), ..Config::DEFAULT });
    let status = breaker.status(at(0));
    assert_eq!((status.state, status.failure_count), (State::Closed, 0));
}

#[test]
fn test_closed_to_open_after_failures() {
    let mut breaker = Breaker::new(Config { failure_threshold: some(3), ..Config::DEFAULT });
    for (count, state) in [(1, State::Closed), (2, State::Closed), (3, State::Open)] {
        send(&mut breaker, BAD, at(0));
        let status = breaker.status(at(0));
        assert_eq!((status.failure_count, status.state), (count, state));
    }
}

#[test]
fn test_open_rejects_requests_immediately() {
    let mut breaker = opened(touchy());
    assert_eq!(breaker.try_acquire(at(0)).unwrap_err().retry_at, at(10));
    let status = breaker.status(at(0));
    assert_eq!((status.admitted, status.rejected, status.failure_count), (Some(1), Some(1), 1));
}

#[test]
fn test_open_to_half_open_after_timeout() {
    let mut breaker = opened(touchy());
    let just_before = Instant::from_nanos(at(10).as_nanos() - 1);
    assert!(breaker.try_acquire(just_before).is_err());
    let probe = admitted(&mut breaker, at(10));
    assert!(probe.is_probe());
    assert_eq!(breaker.state(at(10)), State::HalfOpen);
    assert_eq!(breaker.report(probe, BAD, at(10)).unwrap().to, State::Open);
}

#[test]
fn test_half_open_to_closed_on_success() {
    let mut breaker = opened(Config { success_threshold: some(2), ..touchy() });
    send(&mut breaker, OK, at(10));
    assert_eq!(breaker.state(at(10)), State::HalfOpen);
    send(&mut breaker, OK, at(10));
    let status = breaker.status(at(10));
    assert_eq!((status.state, status.failure_count), (State::Closed, 0));
}

#[test]
fn test_half_open_to_open_on_failure() {
    let mut breaker = opened(touchy());
    send(&mut breaker, BAD, at(10));
    assert_eq!(breaker.state(at(10)), State::Open);
    assert_eq!(breaker.try_acquire(at(10)).unwrap_err().retry_at, at(20));
}

#[test]
fn test_manual_reset() {
    let mut breaker = Breaker::new(Config { failure_threshold: some(10), ..Config::DEFAULT });
    for _ in 0..10 {
        send(&mut breaker, BAD, at(0));
    }
    assert_eq!(breaker.state(at(0)), State::Open);
    breaker.reset(at(0));
    assert_eq!(breaker.status(at(0)).failure_count, 0);
    assert!(!admitted(&mut breaker, at(0)).is_probe());
}

#[test]
fn test_get_status_returns_monitoring_data() {
    let mut breaker = Breaker::new(Config::DEFAULT);
    let status = breaker.status(at(0));
    assert_eq!(status.state.name(), "closed");
    assert_eq!((status.failure_count, status.success_count), (0, 0));
    assert_eq!((status.failure_threshold, status.timeout_seconds), (5, 60.0));
    assert_eq!((status.success_threshold, status.last_failure_at), (2, None));
    send(&mut breaker, BAD, at(7));
    assert_eq!(breaker.status(at(8)).last_failure_at, Some(at(7)));
    assert_eq!([State::Open.name(), State::HalfOpen.name()], ["open", "half_open"]);
}

#[test]
fn b1_an_opened_breaker_becomes_half_open_and_closes_without_a_wrapper() {
    let mut breaker = opened(touchy());
    assert_eq!(breaker.state(at(10)), State::HalfOpen);
    assert_eq!(send(&mut breaker, OK, at(10)).unwrap().to, State::Closed);
    assert!((0..30).all(|_| breaker.try_acquire(at(10)).is_ok()));
}

#[test]
fn b5_every_attempt_counts_and_the_next_one_meets_the_open_breaker() {
    let mut breaker = Breaker::new(Config { failure_threshold: some(3), ..Config::DEFAULT });
    let sent = (0..10).filter(|_| {
        let permit = breaker.try_acquire(at(0)).ok();
        permit.is_some_and(|permit| {
            breaker.report(permit, BAD, at(0));
            true
        })
    });
    assert_eq!(sent.count(), 3);
}

#[test]
fn b6_an_ignored_outcome_neither_counts_nor_ends_a_run() {
    let mut breaker = Breaker::new(Config { failure_threshold: some(2), ..Config::DEFAULT });
    send(&mut breaker, BAD, at(0));
    for _ in 0..100 {
        send(&mut breaker, Outcome::Ignore, at(0));
    }
    assert_eq!(breaker.status(at(0)).failure_count, 1);
    assert_eq!(send(&mut breaker, BAD, at(0)).unwrap().to, State::Open);
}

#[test]
fn b8_a_clock_step_neither_opens_early_nor_sticks_shut() {
    let mut breaker = Breaker::new(touchy());
    send(&mut breaker, BAD, at(1_000));
    assert_eq!(breaker.try_acquire(at(0)).unwrap_err().retry_at, at(1_010), "set back");
    assert!(breaker.try_acquire(at(1_009)).is_err());
    assert!(breaker.try_acquire(at(1_010)).is_ok());
}

#[test]
fn b10_a_status_read_after_the_open_time_tells_the_truth() {
    let breaker = opened(touchy());
    let just_before = Instant::from_nanos(at(10).as_nanos() - 1);
    let status = breaker.status(just_before);
    assert_eq!((status.state, status.next_permitted_at), (State::Open, Some(at(10))));
    let status = breaker.status(at(10));
    assert_eq!((status.state, status.next_permitted_at), (State::HalfOpen, None));
}

#[test]
fn b11_every_change_is_told_with_its_reason_and_its_counts() {
    let mut breaker = opened(Config { success_threshold: some(2), ..touchy() });
    let mut told = vec![breaker.last_transition().unwrap().to_string()];
    for (outcome, second) in [(OK, 10), (OK, 11)] {
        let before = breaker.transitions();
        send(&mut breaker, outcome, at(second));
        told.extend(breaker.since(before).map(|change| change.to_string()));
    }
    assert_eq!(
        told,
        [
            "closed -> open: too many failures in a row (1 in a row)",
            "open -> half_open: the open time has passed (1 in a row)",
            "half_open -> closed: enough probes succeeded (2 successes)",
        ]
    );
}
