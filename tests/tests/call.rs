//! Whole calls in virtual time: what is sent, what is waited for, how it ends.

use core::time::Duration;

use glp_core::breaker::State;
use glp_core::call::{Action, Call, CallOptions, Config, Core, Event, Guard};
use glp_core::error::{ApiKind, AuthenticationKind, ErrorKind, NetworkKind, SyncKind};
use glp_core::exchange::{Request, Response};
use glp_core::testkit::{Ending, Exchange, Script, World};
use glp_core::time::Instant;
use glp_core::trace::{Cause, Why};
use tests::{at, config, guarded, is_token_request, patient, read, sends, some, waits, write};

fn world(config: Config, script: Script) -> World<Script> {
    World::new(config, script).expect("a good configuration")
}

#[test]
fn the_first_call_fetches_a_token_and_the_second_uses_it() {
    let mut world = world(config(), Script::new().status(200));
    assert!(world.run(read()).is_ok());
    assert!(world.run(read()).is_ok());
    let routes: Vec<_> = sends(&world).into_iter().map(|(_, route, _)| route).collect();
    assert_eq!(routes, ["POST token", "GET /devices/v1/devices", "GET /devices/v1/devices"]);
}

#[test]
fn retry_succeeds_after_failures_with_the_exact_waits() {
    let script = Script::new().status(503).status(500).status(200);
    let mut world = world(config(), script);
    assert!(world.run(read()).is_ok());
    assert_eq!(waits(&world), [(1.0, Why::Backoff), (2.0, Why::Backoff)]);
    assert_eq!(world.stats().retries[&Cause::Server], 2);
}

#[test]
fn requests_for_a_token_are_no_more_than_the_attempts_of_the_call_renewals_included() {
    let asked = core::cell::Cell::new(0);
    let answer = |request: &Request, _: Instant| {
        let token = r#"{"access_token":"t","expires_in":900}"#;
        let (status, body) = match is_token_request(request) {
            true => {
                asked.set(asked.get() + 1);
                if asked.get() == 1 { (503, "") } else { (200, token) }
            }
            false => (401, ""),
        };
        let mut response = Response::new(body.into());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        Exchange { after: Duration::ZERO, ending: Ending::Answer(response) }
    };
    let mut world = World::new(config(), answer).unwrap();

    let error = world.run_with(read(), patient(2)).unwrap_err();

    assert_eq!(error.kind(), AuthenticationKind::TokenFetch.into());
    assert_eq!(asked.get(), 2);
}

#[test]
fn r7_no_wait_after_the_last_attempt() {
    let mut world = world(config(), Script::new().status(503));
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::Server));
    assert_eq!((error.attempts(), error.status()), (3, Some(503)));
    assert_eq!(waits(&world).len(), 2);
    assert_eq!(world.now(), at(3.0));
}

#[test]
fn r1_r2_r4_a_hint_is_a_floor_no_cap_cuts_it_and_the_backoff_goes_on_undisturbed() {
    let script =
        Script::new().status(503).status(429).header("retry-after", "300").status(503).status(200);
    let mut world = world(config(), script);
    assert!(world.run_with(read(), patient(4)).is_ok());
    let waits = waits(&world);
    assert_eq!((waits[0], waits[2]), ((1.0, Why::Backoff), (2.0, Why::Backoff)));
    assert!(waits[1].0 >= 300.0 && waits[1].0 <= 301.0, "{waits:?}");
    assert_eq!(waits[1].1, Why::ServerAsked);
}

#[test]
fn a_hint_beyond_the_limit_ends_the_call_at_once_and_is_handed_over() {
    let mut world = world(config(), Script::new().status(429).header("retry-after", "61"));
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::RateLimit));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
    assert_eq!(world.now(), at(0.0));
}

#[test]
fn a_wait_that_would_pass_the_deadline_is_not_begun() {
    let options =
        CallOptions { operation_timeout: Duration::from_secs(10), ..CallOptions::INTERACTIVE };
    let mut world = world(config(), Script::new().status(503).header("retry-after", "10"));
    let error = world.run_with(read(), options).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
    assert_eq!(world.now(), at(0.0));
}

#[test]
fn one_429_calms_every_call_of_its_route_and_no_other() {
    let script = Script::new().status(429).header("retry-after", "5").status(200);
    let mut world = world(config(), script);
    let first = world.start(read());
    world.run_until(at(1.0));
    let same = world.start(read());
    let other = world.start(glp_core::operation::Operation::get("/subscriptions/v1/subscriptions"));
    world.run_until(at(2.0));
    assert!(world.take(other).is_some_and(|result| result.is_ok()));
    assert!(world.take(same).is_none());
    world.settle();
    assert!(world.take(same).is_some_and(|result| result.is_ok()));
    assert!(world.take(first).is_some_and(|result| result.is_ok()));
    assert!(
        sends(&world)
            .iter()
            .filter(|(_, route, _)| route.contains("devices"))
            .skip(1)
            .all(|(at, ..)| *at >= 5.0)
    );
}

#[test]
fn a_write_that_broke_ends_as_outcome_unknown_and_is_sent_once() {
    let mut world = world(config(), Script::new().ending(Ending::ResetAfter).status(200));
    let error = world.run(write()).unwrap_err();
    assert!(error.is_outcome_unknown());
    assert_eq!(sends(&world).len(), 2, "a token and one write");
}

#[test]
fn r8_a_change_that_may_have_been_made_stays_in_doubt_whatever_a_later_attempt_brings() {
    let patch = || {
        let mut operation = read();
        *operation.request.method_mut() = http::Method::PATCH;
        operation
    };
    let script = || Script::new().status(503).status(403);
    let error = world(config(), script()).run(patch()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::Forbidden));
    assert!(error.is_outcome_unknown());

    let error = world(config(), script()).run(read()).unwrap_err();
    assert!(!error.is_outcome_unknown(), "reading changes nothing");
    let error = world(config(), Script::new().status(403)).run(patch()).unwrap_err();
    assert!(!error.is_outcome_unknown(), "nothing was done before it");
}

#[test]
fn silence_ends_with_the_attempt_timeout_and_is_retried_for_a_read() {
    let mut world = world(config(), Script::new().ending(Ending::Silence).status(200));
    assert!(world.run(read()).is_ok());
    assert_eq!(world.now(), at(31.0), "30 s of silence, 1 s of backoff");
}

#[test]
fn the_operation_timeout_ends_a_call_in_the_middle_of_an_attempt() {
    let options =
        CallOptions { operation_timeout: Duration::from_secs(7), ..CallOptions::INTERACTIVE };
    let mut world = world(config(), Script::new().ending(Ending::Silence));
    let error = world.run_with(write(), options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Timeout));
    assert!(error.is_outcome_unknown());
    assert_eq!(world.now(), at(7.0));
}

#[test]
fn b1_an_open_breaker_fails_fast_says_when_probes_and_closes() {
    let script = Script::new().status(503).status(503).status(200);
    let options = CallOptions { attempts: some(1), ..CallOptions::INTERACTIVE };
    let mut world = world(guarded(2, 60), script);
    for _ in 0..2 {
        assert!(world.run_with(read(), options).is_err());
    }
    let opened = world.now();

    let error = world.run_with(read(), options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::CircuitOpen));
    assert_eq!(error.retry_at(), Some(opened + Duration::from_secs(60)));

    world.run_until(opened + Duration::from_secs(60));
    assert!(world.run_with(read(), options).is_ok());
    assert!(world.run_with(read(), options).is_ok());
    let route: Vec<_> =
        world.stats().breaker.iter().map(|change| (change.from, change.to)).collect();
    assert_eq!(
        route,
        [
            (State::Closed, State::Open),
            (State::Open, State::HalfOpen),
            (State::HalfOpen, State::Closed),
        ]
    );
}

#[test]
fn a_patient_call_waits_at_an_open_breaker_instead() {
    let script = Script::new().status(503).status(503).status(200);
    let mut world = world(guarded(2, 60), script);
    assert!(world.run_with(read(), patient(3)).is_ok());
    assert_eq!(waits(&world), [(1.0, Why::Backoff), (2.0, Why::Backoff), (58.0, Why::BreakerOpen)]);
}

#[test]
fn b5_each_attempt_counts_and_calls_in_flight_see_the_breaker_open() {
    let mut world = world(guarded(2, 60), Script::new().status(503));
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::CircuitOpen));
    assert_eq!(error.attempts(), 2, "the third is refused by the breaker that the two opened");
}

#[test]
fn b2_failures_of_one_call_after_another_add_up_and_open_the_breaker() {
    let mut world = world(guarded(5, 60), Script::new().status(503));
    let options = CallOptions { attempts: some(1), ..CallOptions::INTERACTIVE };
    for _ in 0..20 {
        assert!(world.run_with(read(), options).is_err());
    }
    let opened = world.stats().breaker.iter().filter(|change| change.to == State::Open).count();
    assert_eq!(opened, 1);
    assert_eq!(sends(&world).len(), 6, "a token, five requests, and fifteen refusals");
}

#[test]
fn b3_one_probe_goes_out_and_patient_calls_park_until_it_is_back() {
    let script = Script::new().latency(Duration::from_secs(1)).status(503).status(503).status(200);
    let mut world = world(guarded(2, 60), script);
    let calls: Vec<_> = (0..20).map(|_| world.start_with(read(), patient(9))).collect();
    world.settle();
    for call in calls {
        assert!(world.take(call).is_some_and(|result| result.is_ok()));
    }
    assert!(world.stats().waits.contains_key(&Why::ProbesOut));
}

#[test]
fn b9_a_dropped_probe_gives_its_permit_back_and_decides_nothing() {
    let script = Script::new().latency(Duration::from_secs(1)).status(503).status(200);
    let mut world = world(guarded(1, 60), script);
    let options = CallOptions { attempts: some(1), ..CallOptions::INTERACTIVE };
    assert!(world.run_with(read(), options).is_err());
    world.run_until(at(70.0));
    let probe = world.start_with(read(), options);
    world.run_until(at(70.5));
    assert!(world.core().circuit_status(at(70.5)).any(|breaker| breaker.status.probes_out == 1));
    world.cancel(probe);
    assert!(world.core().circuit_status(at(70.5)).all(|breaker| breaker.status.probes_out == 0));
    assert!(world.run_with(read(), options).is_ok());
}

#[test]
fn b4_an_answer_from_before_the_outage_does_not_close_the_breaker() {
    let slow = Duration::from_secs(20);
    let script = Script::new().latency(slow).status(200).latency(Duration::ZERO).status(503);
    let mut world = world(guarded(1, 5), script);
    let early = world.start(read());
    world.run_until(at(1.0));
    let options = CallOptions { attempts: some(1), ..CallOptions::INTERACTIVE };
    let failing = world.start_with(read(), options);
    world.settle();
    assert!(world.take(early).is_some_and(|result| result.is_ok()));
    assert!(world.take(failing).is_some_and(|result| result.is_err()));
    let route = world.core().circuit_status(world.now()).find(|status| status.name.contains("GET"));
    assert_eq!(route.unwrap().status.success_count, 0);
}

#[test]
fn a_401_renews_the_token_once_and_a_second_401_is_an_authentication_error() {
    let mut renewed = world(config(), Script::new().status(401).status(200));
    assert!(renewed.run(read()).is_ok());
    assert_eq!(renewed.stats().token_fetches, 2);
    assert_eq!(renewed.now(), at(0.0), "at once");

    let mut refused = world(config(), Script::new().status(401));
    let error = refused.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication(AuthenticationKind::TokenExpired));
    assert_eq!((error.attempts(), error.method()), (2, Some("GET")));
}

#[test]
fn two_hundred_calls_without_a_token_cause_one_fetch() {
    let script = Script::new().latency(Duration::from_secs(1)).status(200);
    let mut world = world(Config { breaker: Guard::Off, ..config() }, script);
    let calls: Vec<_> = (0..200).map(|_| world.start_with(read(), patient(3))).collect();
    world.settle();
    assert!(calls.into_iter().all(|call| world.take(call).is_some_and(|result| result.is_ok())));
    assert_eq!(world.server().tokens(), 1);
}

#[test]
fn c3_late_401s_of_an_old_token_cause_no_extra_fetch() {
    let mut script = Script::new().latency(Duration::from_secs(1));
    for _ in 0..5 {
        script = script.status(401);
    }
    let mut world = world(config(), script.status(200));
    let calls: Vec<_> = (0..5).map(|_| world.start_with(read(), patient(3))).collect();
    world.settle();
    assert!(calls.into_iter().all(|call| world.take(call).is_some_and(|result| result.is_ok())));
    assert_eq!(world.server().tokens(), 2, "one before, one after the five 401s");
}

#[test]
fn a_dropped_fetcher_hands_the_flight_to_one_that_waits() {
    let script = Script::new().latency(Duration::from_secs(5)).status(200);
    let mut world = world(config(), script);
    let fetcher = world.start(read());
    let waiting = world.start(read());
    world.run_until(at(1.0));
    world.cancel(fetcher);
    world.settle();
    assert!(world.take(waiting).is_some_and(|result| result.is_ok()));
    assert_eq!(world.server().tokens(), 2, "the dropped request and the new one");
}

fn with_token_answers(answers: Vec<(u16, &'static str)>) -> World<impl glp_core::testkit::Server> {
    let mut answers = answers.into_iter();
    let server = move |request: &Request, _| {
        let (status, body) = match request.uri().path() {
            "/as/token" => answers.next().unwrap_or((500, "")),
            _ => (200, "{}"),
        };
        let mut response = Response::new(body.into());
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        Exchange { after: Duration::ZERO, ending: Ending::Answer(response) }
    };
    World::new(config(), server).expect("a good configuration")
}

#[test]
fn c4_a_token_that_lives_for_a_minute_is_used_for_most_of_it() {
    let answers = vec![(200, r#"{"access_token":"a","expires_in":"60"}"#); 9];
    let mut world = with_token_answers(answers);
    for second in 0..53 {
        world.run_until(at(f64::from(second)));
        assert!(world.run(read()).is_ok());
    }
    assert_eq!(world.stats().token_fetches, 1);
    world.run_until(at(54.0));
    assert!(world.run(read()).is_ok());
    assert_eq!(world.stats().token_fetches, 2, "renewed in the last tenth of its life");
}

#[test]
fn a_failed_renewal_leaves_the_old_token_in_use_to_its_end() {
    let mut answers = vec![(200, r#"{"access_token":"a","expires_in":100}"#)];
    answers.extend(vec![(500, ""); 9]);
    let mut world = with_token_answers(answers);
    assert!(world.run(read()).is_ok());
    world.run_until(at(91.0));
    assert!(world.run(read()).is_ok(), "the renewal failed, the token is still good");
}

#[test]
fn wrong_credentials_are_permanent_and_never_quote_the_secret() {
    let body = r#"{"error":"invalid_client","error_description":"s3cr3t-canary is wrong"}"#;
    let mut world = with_token_answers(vec![(401, body)]);
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication(AuthenticationKind::InvalidCredentials));
    assert!(!error.is_recoverable());
    assert_eq!(sends(&world).len(), 1);
    assert!(!format!("{:?} {:?}", world.core(), world.log()).contains("s3cr3t-canary"));
}

#[test]
fn a_token_answer_without_a_token_is_an_error_and_not_a_retry() {
    let mut world = with_token_answers(vec![(200, r#"{"token":"s3cr3t-canary"}"#)]);
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication(AuthenticationKind::TokenFetch));
    assert!(!format!("{error} {error:?}").contains("canary"));
    assert_eq!(sends(&world).len(), 1);
}

#[test]
fn an_event_that_nobody_waits_for_changes_nothing() {
    let mut core = Core::new(config()).unwrap();
    let mut call = Call::new(read(), CallOptions::INTERACTIVE, &mut core);
    let answer = |status: u16| {
        let mut response = Response::new(r#"{"access_token":"t"}"#.into());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        Event::Response(response)
    };
    for (status, at_once) in [(200, "the token"), (503, "a failure, so it waits")] {
        assert!(matches!(call.poll(&mut core, at(0.0)), Action::Send { .. }), "{at_once}");
        call.handle(&mut core, answer(status), at(0.0));
    }
    let waiting = format!("{:?}", call.poll(&mut core, at(0.5)));
    call.handle(&mut core, answer(200), at(0.5));
    assert_eq!(format!("{:?}", call.poll(&mut core, at(0.5))), waiting);

    assert!(matches!(call.poll(&mut core, at(1.0)), Action::Send { .. }));
    call.handle(&mut core, answer(204), at(1.0));
    call.handle(&mut core, answer(503), at(1.0));
    assert!(matches!(call.poll(&mut core, at(1.0)), Action::Done(Ok(_))));
}

#[test]
fn a_redirect_is_an_error_and_is_not_followed() {
    let script =
        Script::new().status(302).header("location", "https://elsewhere.example/x?token=1");
    let mut world = world(config(), script);
    let error = world.run(read()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::Redirect));
    assert_eq!(sends(&world).len(), 2);
}

#[test]
fn the_pace_of_a_route_holds_back_what_its_quota_does_not_allow() {
    let mut world = world(config(), Script::new().status(200));
    for _ in 0..60 {
        assert!(world.run_with(read(), patient(1)).is_ok());
    }
    let times: Vec<f64> = sends(&world).into_iter().skip(1).map(|(at, ..)| at).collect();
    assert!(times[5] == 0.0 && times[6] > 0.0, "a burst of six, then paced: {times:?}");
    assert!(times[59] < 60.0);
}
