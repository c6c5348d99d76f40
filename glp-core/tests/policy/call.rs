//! Retries, hints and the budget as calls see them: a whole client against a scripted service, in
//! virtual time.

use core::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::budget::{self, Tokens};
use glp_core::call::{
    Action, Call, CallOptions, Config, Core, Credentials, Event, Guard, Patience,
};
use glp_core::error::{ConfigurationKind, ErrorKind};
use glp_core::exchange::{Failure, FailureKind, Response};
use glp_core::operation::{Operation, Replay};
use glp_core::testkit::{Ending, Script, World};
use glp_core::time::Instant;
use glp_core::trace::{Cause, Notice, Why};

use crate::{at, secs, some};

pub(crate) fn config() -> Config {
    let credentials = Credentials::for_workspace("0a1b", "me", "secret".into());
    let config = Config::new("https://api.example", credentials).expect("a good configuration");
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    Config { backoff, breaker: Guard::Off, ..config }
}

pub(crate) fn world(config: Config, script: Script) -> World<Script> {
    World::new(config, script).expect("a good configuration")
}

pub(crate) fn read() -> Operation {
    Operation::get("/devices/v1/devices")
}

#[test]
fn law_9_r11_the_retries_of_all_calls_are_at_most_the_budget_they_share() {
    let tokens = Tokens { capacity: some(25), ..Tokens::DEFAULT };
    let config = Config { budget: budget::Config::Tokens(tokens), ..config() };
    let mut world = world(config, Script::new().status(503));
    let calls: Vec<_> = (0..10).map(|_| world.start(read())).collect();
    world.settle();
    assert!(calls.into_iter().all(|call| world.take(call).is_some_and(|result| result.is_err())));
    assert_eq!(world.stats().retries[&Cause::Server], 5);
    assert_eq!(world.core().affordable_retries(world.now()), 0);
}

#[test]
fn an_empty_budget_ends_a_call_at_once_and_the_error_says_whose_it_is() {
    let tokens = Tokens { capacity: some(10), ..Tokens::DEFAULT };
    let config = Config { budget: budget::Config::Tokens(tokens), ..config() };
    let mut world = world(config, Script::new().status(503));
    assert!(world.run(read()).is_err(), "two retries, which empty it");
    let begun = world.now();
    let error = world.run(read()).unwrap_err();
    assert_eq!((error.attempts(), world.now()), (1, begun));
    let gave_up = error.details().iter().find(|(key, _)| *key == "gave_up");
    let text = "our own retry budget is empty; the wait would have been 1s";
    assert_eq!(gave_up, Some(&("gave_up", text.into())));
    assert_eq!(error.retry_after(), None, "the server said nothing");
    assert_eq!(error.retry_at(), Some(begun + secs(1)), "come back no earlier: no hot loop");
}

#[test]
fn a_retry_that_helps_is_paid_back() {
    let mut world = world(config(), Script::new().status(503).status(200));
    let full = world.core().affordable_retries(world.now());
    assert!(world.run(read()).is_ok());
    assert_eq!(world.core().affordable_retries(world.now()), full);
}

/// Lists the waits of a world with their reasons.
fn waits(world: &World<Script>) -> Vec<(Duration, Why)> {
    let wait = |(_, notice): &(Instant, Notice)| match notice {
        Notice::Waiting { delay, why, .. } => Some((*delay, *why)),
        _ => None,
    };
    world.log().iter().filter_map(wait).collect()
}

#[test]
fn r3_a_call_waits_as_long_as_the_server_asks_in_whatever_place_it_asks() {
    let asked = |script: Script| {
        let date = "Mon, 23 Nov 2026 08:00:00 GMT";
        let mut world = world(config(), script.header("date", date).status(200));
        assert!(world.run(read()).is_ok());
        let [(delay, Why::ServerAsked)] = waits(&world)[..] else {
            panic!("one wait, which the server asked for: {:?}", waits(&world));
        };
        delay
    };
    let limited = || Script::new().status(429);
    let body = r#"{"errorDetails": [{"retryAfterSeconds": 7}]}"#;
    for script in [
        limited().header("retry-after", "7"),
        limited().header("retry-after", "Mon, 23 Nov 2026 08:00:07 GMT"),
        limited().header("retry-after", "Monday, 23-Nov-26 08:00:07 GMT"),
        limited().header("retry-after", "Mon Nov 23 08:00:07 2026"),
        limited().header("ratelimit-reset", "7"),
        limited().header("x-ratelimit-reset", "1795420807"),
        limited().header("x-ratelimit-reset", "2026-11-23T08:00:07Z"),
        limited().body(body),
        Script::new().status(503).header("retry-after", "7"),
        Script::new().status(500).body(body),
    ] {
        let delay = asked(script);
        assert!(secs(7) <= delay && delay <= Duration::from_millis(7_700), "{delay:?}");
    }
}

#[test]
fn r6_a_hint_that_is_absent_zero_past_negative_or_garbage_leaves_the_backoff_as_it_is() {
    let date = "Mon, 23 Nov 2026 08:00:00 GMT";
    for value in ["", "0", "Mon, 23 Nov 2026 07:00:00 GMT", "-5", "later"] {
        let script = Script::new().status(429).header("date", date).header("retry-after", value);
        let mut world = world(config(), script.status(200));
        assert!(world.run(read()).is_ok());
        assert_eq!(waits(&world), [(secs(1), Why::Backoff)], "{value}");
    }
}

#[test]
fn four_hundred_digits_end_the_call_at_once_and_are_handed_over() {
    let script = Script::new().status(429).header("retry-after", &"9".repeat(400));
    let mut world = world(config(), script);
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.retry_after(), Some(secs(u64::MAX)));
    assert_eq!((error.attempts(), world.now()), (1, at(0)));
}

#[test]
fn r9_what_this_side_does_wrong_is_not_tried_again() {
    for kind in [FailureKind::Certificate, FailureKind::Configuration, FailureKind::UnsupportedUrl]
    {
        let mut core = Core::new(config()).expect("a good configuration");
        let mut call = Call::new(read(), CallOptions::INTERACTIVE, &mut core);
        let token = Response::new(r#"{"access_token":"t"}"#.into());
        for event in [Event::Response(token), Event::Failed(Failure::new(kind, "in the test"))] {
            assert!(matches!(call.poll(&mut core, at(0)), Action::Send { .. }));
            call.handle(&mut core, event, at(0));
        }
        assert!(matches!(call.poll(&mut core, at(0)), Action::Done(Err(_))), "{kind:?}");
    }
}

#[test]
fn r10_408_and_425_are_tried_again_and_501_and_505_are_not() {
    for (status, attempts) in [(408, 3), (425, 3), (500, 3), (504, 3), (501, 1), (505, 1)] {
        let mut world = world(config(), Script::new().status(status));
        let error = world.run(read()).unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Some(status), attempts));
    }
}

#[test]
fn r8_a_patch_is_sent_once_and_a_204_is_its_success() {
    let patch = || Operation { replay: Replay::Once, ..read() };
    let mut done = world(config(), Script::new().status(204));
    assert_eq!(done.run(patch()).unwrap().status(), 204);
    assert_eq!(done.stats().requests, 2, "the token and the patch");

    for ending in [Ending::Silence, Ending::ResetAfter] {
        let mut broken = world(config(), Script::new().ending(ending).status(200));
        assert!(broken.run(patch()).unwrap_err().is_outcome_unknown());
        assert_eq!(broken.stats().requests, 2);
    }
}

#[test]
fn every_refusal_says_when_to_come_back() {
    let ends = |script: Script, options: CallOptions| {
        let mut world = world(config(), script);
        let error = world.run_with(read(), options).unwrap_err();
        error.retry_at().map(|at| at.since(world.now()))
    };
    let one = CallOptions { attempts: some(1), ..CallOptions::INTERACTIVE };
    let short = CallOptions { operation_timeout: secs(1), ..CallOptions::INTERACTIVE };
    let long = ends(Script::new().status(429).header("retry-after", "61"), one);
    assert!(long >= Some(secs(61)), "the server says no: {long:?}");
    assert_eq!(ends(Script::new().status(503), one), Some(secs(1)), "attempts exhausted");
    assert_eq!(ends(Script::new().status(503), short), Some(secs(1)), "the deadline would pass");
    assert_eq!(ends(Script::new().status(404), one), None, "nothing to come back for");
}

#[test]
fn a_call_with_options_that_cannot_be_used_sends_nothing_and_names_the_field() {
    let guarded = Config { breaker: Guard::On(glp_core::breaker::Config::DEFAULT), ..config() };
    for (field, options) in [
        (
            "attempt_timeout",
            CallOptions { attempt_timeout: Duration::ZERO, ..CallOptions::INTERACTIVE },
        ),
        (
            "operation_timeout",
            CallOptions { operation_timeout: Duration::ZERO, ..CallOptions::INTERACTIVE },
        ),
        (
            "breaker.probe_lease",
            CallOptions { attempt_timeout: secs(121), ..CallOptions::INTERACTIVE },
        ),
    ] {
        let mut world = world(guarded.clone(), Script::new().status(200));
        let error = world.run_with(read(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration(ConfigurationKind::Invalid));
        assert!(error.message().starts_with(field), "{error}");
        assert_eq!(world.stats().requests, 0);
    }
}

#[test]
fn an_attempt_is_given_up_at_its_own_timeout_or_at_the_deadline_of_the_call() {
    let options = CallOptions { attempt_timeout: secs(7), ..CallOptions::INTERACTIVE };
    let options = CallOptions { operation_timeout: secs(10), patience: Patience::Wait, ..options };
    let mut core = Core::new(config()).expect("a good configuration");
    let gives_up = |core: &mut Core, at: Instant, call: &mut Call| match call.poll(core, at) {
        Action::Send { give_up_at, .. } => give_up_at,
        other => panic!("a request goes out, not {other:?}"),
    };
    let mut call = Call::new(read(), options, &mut core);
    assert_eq!(gives_up(&mut core, at(0), &mut call), at(7));
    let silence = Failure::new(FailureKind::Timeout, "in the test");
    call.handle(&mut core, Event::Failed(silence), at(7));
    assert_eq!(gives_up(&mut core, at(8), &mut call), at(10));
}
