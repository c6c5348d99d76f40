//! The policies as calls see them: a whole client against a scripted service, in virtual time.

use glp_core::backoff::{Backoff, Jitter};
use glp_core::budget::{self, Tokens};
use glp_core::call::{Action, Call, Config, Core, Credentials, Event, Guard};
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::testkit::{Script, World};
use glp_core::time::Instant;
use glp_core::trace::{Cause, Notice};

use crate::some;

fn config() -> Config {
    let credentials = Credentials::for_workspace("0a1b", "me", "secret".into());
    let config = Config::new("https://api.example", credentials).expect("a good configuration");
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    Config { backoff, breaker: Guard::Off, ..config }
}

fn world(config: Config, script: Script) -> World<Script> {
    World::new(config, script).expect("a good configuration")
}

fn read() -> Operation {
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
}

#[test]
fn a_retry_that_helps_is_paid_back() {
    let mut world = world(config(), Script::new().status(503).status(200));
    let full = world.core().affordable_retries(world.now());
    assert!(world.run(read()).is_ok());
    assert_eq!(world.core().affordable_retries(world.now()), full);
}

/// When each request to the API went out, in milliseconds, with the number of its call.
fn sent(world: &World<Script>) -> Vec<(u128, u64)> {
    let of_api = |(at, notice): &(Instant, Notice)| match notice {
        Notice::Sent { call, route, .. } if route != "POST token" => {
            Some((at.since(Instant::ZERO).as_millis(), call.0))
        }
        _ => None,
    };
    world.log().iter().filter_map(of_api).collect()
}

#[test]
fn calls_of_a_paced_route_go_out_in_order_of_arrival() {
    let mut world = world(config(), Script::new().status(200));
    (0..40).for_each(|_| _ = world.start(read()));
    world.settle();
    let calls: Vec<u64> = sent(&world).into_iter().map(|(_, call)| call).collect();
    assert_eq!(calls, (1..=40).collect::<Vec<_>>());
}

#[test]
fn a_newcomer_does_not_overtake_a_call_whose_turn_has_come() {
    let mut core = Core::new(config()).expect("a good configuration");
    let start = |core: &mut Core| Call::new(read(), core.defaults(), core);
    let mut first = start(&mut core);
    let Action::Send { .. } = first.poll(&mut core, Instant::ZERO) else {
        panic!("the first call fetches the token");
    };
    let token = Response::new(r#"{"access_token":"t","expires_in":900}"#.into());
    first.handle(&mut core, Event::Response(token), Instant::ZERO);

    let (mut waiting, turn) = loop {
        let mut call = start(&mut core);
        if let Action::Park { until, .. } = call.poll(&mut core, Instant::ZERO) {
            break (call, until);
        }
    };
    let mut newcomer = start(&mut core);
    assert!(matches!(newcomer.poll(&mut core, turn), Action::Park { until, .. } if until > turn));
    assert!(matches!(waiting.poll(&mut core, turn), Action::Send { .. }));
}

#[test]
fn a_call_that_waited_its_turn_counts_like_any_other() {
    let mut world = world(config(), Script::new().status(200));
    (0..12).for_each(|_| assert!(world.run(read()).is_ok()));
    let paced: Vec<_> = sent(&world).into_iter().map(|(at, _)| at).filter(|at| *at > 0).collect();
    assert!(paced.len() >= 4 && paced.windows(2).all(|pair| pair[0] < pair[1]), "{paced:?}");
}

#[test]
fn a_waiting_call_that_is_dropped_uses_no_slot_and_those_behind_move_up() {
    let times = |drop: bool| {
        let mut world = world(config(), Script::new().status(200));
        let calls: Vec<_> = (0..12).map(|_| world.start(read())).collect();
        world.run_until(Instant::ZERO);
        if drop {
            world.cancel(calls[8]);
        }
        world.settle();
        sent(&world).into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    let (all, without_one) = (times(false), times(true));
    assert_eq!(all.len(), 12);
    assert_eq!(without_one, all[..11]);
}

#[test]
fn a_call_slows_before_the_quota_that_the_server_states_is_gone() {
    let script = Script::new()
        .status(200)
        .header("ratelimit-limit", "60")
        .header("ratelimit-remaining", "0")
        .header("ratelimit-reset", "31")
        .status(200);
    let mut world = world(config(), script);
    assert!(world.run(read()).is_ok());
    assert!(world.run(read()).is_ok());
    assert_eq!(sent(&world), [(0, 1), (31_000, 2)]);
}
