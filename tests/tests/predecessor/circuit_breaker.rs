//! Tests 1 to 8.

use core::time::Duration;
use std::cell::Cell;

use glp_core::breaker::{Config, State};
use glp_core::error::{Error, ErrorKind, SyncKind};
use glp_core::time::Instant;
use tests::some;

use crate::flavour::Flavour;
use crate::guarded::Guarded;
use crate::{in_both_flavours, server_error};

in_both_flavours! {
    test_initial_state_is_closed,
    test_closed_to_open_after_failures,
    test_open_rejects_requests_immediately,
    test_open_to_half_open_after_timeout,
    test_half_open_to_closed_on_success,
    test_half_open_to_open_on_failure,
    test_manual_reset,
    test_get_status_returns_monitoring_data,
}

const TIMEOUT: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_nanos(1);

/// Opens after so many failures, for [`TIMEOUT`], and closes after two successes.
fn guarded(failures: u32) -> Guarded {
    let config =
        Config { failure_threshold: some(failures), cool_down: TIMEOUT, ..Config::DEFAULT };
    Guarded::new(config)
}

/// A breaker that one failure has opened.
fn opened(flavour: &impl Flavour) -> Guarded {
    let guarded = guarded(1);
    assert_eq!(fail(flavour, &guarded).status(), Some(500));
    assert_eq!(guarded.state(flavour.now()), State::Open);
    guarded
}

fn fail(flavour: &impl Flavour, guarded: &Guarded) -> Error {
    flavour.call(guarded, || Err(server_error())).expect_err("the call fails")
}

fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::Sync(SyncKind::CircuitOpen)
}

fn test_initial_state_is_closed(flavour: &impl Flavour) {
    let status = guarded(3).status(flavour.now());
    assert_eq!((status.state, status.failure_count), (State::Closed, 0));
}

fn test_closed_to_open_after_failures(flavour: &impl Flavour) {
    let guarded = guarded(3);
    fail(flavour, &guarded);
    fail(flavour, &guarded);
    assert_eq!(flavour.call(&guarded, || Ok(7)).expect("it is closed"), 7);
    assert_eq!(guarded.status(flavour.now()).failure_count, 0, "a success ends a run");

    for (count, state) in [(1, State::Closed), (2, State::Closed), (3, State::Open)] {
        assert_eq!(fail(flavour, &guarded).status(), Some(500), "the call's own error");
        let status = guarded.status(flavour.now());
        assert_eq!((status.failure_count, status.state), (count, state));
    }
}

fn test_open_rejects_requests_immediately(flavour: &impl Flavour) {
    let guarded = opened(flavour);
    let ran = Cell::new(false);

    let refused = flavour.call(&guarded, || {
        ran.set(true);
        Ok(7)
    });

    let error = refused.expect_err("it is open");
    assert!(is_refusal(&error) && !ran.get());
    let details: Vec<_> = error.details().iter().map(|(key, value)| (&**key, value)).collect();
    let (reset_at, failure_count) = ("1970-01-01T00:00:00.1Z".into(), 1.into());
    let name = "glp_api".into();
    let expected = [("reset_at", &reset_at), ("failure_count", &failure_count), ("breaker", &name)];
    assert_eq!(details, expected);
    assert_eq!(flavour.now(), Instant::ZERO, "nobody waited");
}

fn test_open_to_half_open_after_timeout(flavour: &impl Flavour) {
    let guarded = opened(flavour);
    flavour.sleep(TIMEOUT - TICK);
    assert!(is_refusal(&fail(flavour, &guarded)), "one tick too early");
    flavour.sleep(TICK);

    let during = Cell::new(State::Closed);
    let probe = flavour.call(&guarded, || {
        during.set(guarded.state(flavour.now()));
        assert!(is_refusal(&fail(flavour, &guarded)), "one probe at a time");
        Err(server_error())
    });

    assert_eq!(during.get(), State::HalfOpen);
    assert_eq!(probe.expect_err("the probe fails").status(), Some(500), "its own error");
    assert_eq!(guarded.state(flavour.now()), State::Open);
    let reset_at = guarded.status(flavour.now()).next_permitted_at;
    assert_eq!(reset_at, Some(Instant::ZERO + 2 * TIMEOUT), "the open time begins anew");
}

fn test_half_open_to_closed_on_success(flavour: &impl Flavour) {
    let guarded = opened(flavour);
    flavour.sleep(TIMEOUT);
    assert_eq!(flavour.call(&guarded, || Ok(1)).expect("a probe"), 1);
    assert_eq!(guarded.state(flavour.now()), State::HalfOpen);
    assert_eq!(flavour.call(&guarded, || Ok(2)).expect("a probe"), 2);
    let status = guarded.status(flavour.now());
    assert_eq!((status.state, status.failure_count), (State::Closed, 0));

    let guarded = opened(flavour);
    flavour.sleep(TIMEOUT);
    assert!(flavour.call(&guarded, || Ok(1)).is_ok());
    fail(flavour, &guarded);
    assert_eq!(guarded.state(flavour.now()), State::Open, "a failure between them reopens it");
}

fn test_half_open_to_open_on_failure(flavour: &impl Flavour) {
    let guarded = opened(flavour);
    flavour.sleep(TIMEOUT);
    assert!(flavour.call(&guarded, || Ok(1)).is_ok());

    fail(flavour, &guarded);

    assert_eq!(guarded.state(flavour.now()), State::Open);
    assert!(is_refusal(&fail(flavour, &guarded)), "the next call is refused at once");
    flavour.sleep(TIMEOUT);
    assert!(flavour.call(&guarded, || Ok(1)).is_ok());
    assert_eq!(guarded.state(flavour.now()), State::HalfOpen, "the success before counts no more");
}

fn test_manual_reset(flavour: &impl Flavour) {
    let guarded = guarded(10);
    for _ in 0..10 {
        fail(flavour, &guarded);
    }
    assert_eq!(guarded.status(flavour.now()).failure_count, 10);
    assert_eq!(guarded.state(flavour.now()), State::Open);

    guarded.reset(flavour.now());

    let status = guarded.status(flavour.now());
    assert_eq!((status.state, status.failure_count), (State::Closed, 0));
    let in_flight = flavour.call(&guarded, || {
        guarded.reset(flavour.now());
        Err(server_error())
    });
    assert_eq!(in_flight.expect_err("it was admitted").status(), Some(500));
    assert_eq!(guarded.status(flavour.now()).failure_count, 0, "it began before the reset");
}

fn test_get_status_returns_monitoring_data(flavour: &impl Flavour) {
    let guarded = Guarded::new(Config::DEFAULT);
    let status = || serde_json::to_value(guarded.named_status(flavour.now())).expect("plain data");

    let new = status();
    assert_eq!((&new["name"], &new["state"]), (&"glp_api".into(), &"closed".into()));
    assert_eq!(new["failure_count"], 0);
    assert_eq!((&new["failure_threshold"], &new["timeout_seconds"]), (&5.into(), &60.0.into()));
    assert_eq!((&new["success_count"], &new["last_failure_at"]), (&0.into(), &().into()));

    flavour.sleep(TICK);
    (0..5).for_each(|_| drop(fail(flavour, &guarded)));
    let open = status();
    assert_eq!((&open["state"], &open["last_failure_at"]), (&"open".into(), &1.into()));

    flavour.sleep(Config::DEFAULT.cool_down);
    assert!(flavour.call(&guarded, || Ok(1)).is_ok());
    let half_open = status();
    assert_eq!(
        (&half_open["state"], &half_open["success_count"]),
        (&"half_open".into(), &1.into())
    );
}
