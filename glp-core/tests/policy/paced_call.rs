//! Paces as calls see them: who goes out when, and who waits for whom.

use glp_core::call::{Action, Call, Config, Core, Event};
use glp_core::exchange::Response;
use glp_core::greenlake::{List, Resource, Route};
use glp_core::operation::{Operation, Replay};
use glp_core::testkit::{Script, World};
use glp_core::time::Instant;
use glp_core::trace::Notice;

use crate::call::{config, read, world};
use crate::{at, some};

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
    let left = |remaining: &str| {
        let script = Script::new().status(200).header("ratelimit-limit", "60");
        let script =
            script.header("ratelimit-remaining", remaining).header("ratelimit-reset", "30");
        world(config(), script.status(200))
    };
    let mut told = left("3");
    (0..4).for_each(|_| assert!(told.run(read()).is_ok()));
    let spread: Vec<_> = sent(&told).into_iter().map(|(at, _)| at).collect();
    assert!(spread.windows(2).skip(1).all(|pair| pair[1] >= pair[0] + 5_000), "{spread:?}");
    assert!(spread[3] <= 30_000, "all three of them before the window ends: {spread:?}");

    let mut gone = left("0");
    (0..2).for_each(|_| assert!(gone.run(read()).is_ok()));
    assert_eq!(sent(&gone), [(0, 1), (30_000, 2)]);
}

/// Lists the devices, as a sync does.
fn list() -> Operation {
    List::of(Resource::Devices).page(0, some(2_000))
}

#[test]
fn each_documented_quota_is_kept_and_a_configured_one_takes_its_place() {
    let in_the_first_minute = |config: Config| {
        let mut world = world(config, Script::new().status(200));
        (0..200).for_each(|_| _ = world.start(list()));
        world.settle();
        sent(&world).iter().filter(|(at, _)| *at < 60_000).count()
    };
    assert_eq!(in_the_first_minute(config()), 160, "as the service documents it");
    let half = Config { quotas: vec![Route::LIST_DEVICES.with_quota(some(80))], ..config() };
    assert!(
        half.to_string().contains("quota              80 a minute for GET /devices/v1/devices\n")
    );
    assert_eq!(in_the_first_minute(half), 80, "two clients share the workspace");
}

#[test]
fn one_429_calms_every_call_of_its_route_however_the_route_was_named() {
    let script = Script::new().status(429).header("retry-after", "9").status(200);
    let mut world = world(config(), script);
    world.start(read());
    world.run_until(at(1));
    world.start(list());
    world.start(Operation::get("/subscriptions/v1/subscriptions"));
    world.settle();
    let times: Vec<_> = sent(&world).into_iter().map(|(at, call)| (call, at / 1_000)).collect();
    assert_eq!(times, [(1, 0), (3, 1), (2, 9), (1, 9)]);
}

#[test]
fn a_503_with_a_hint_calms_its_route_even_where_its_own_call_is_not_sent_again() {
    let script = Script::new().status(503).header("retry-after", "9").status(200);
    let mut world = world(config(), script);
    let write = Operation { replay: Replay::Once, ..read() };
    assert!(world.run(write).unwrap_err().is_outcome_unknown());
    assert!(world.run(read()).is_ok());
    assert_eq!(sent(&world), [(0, 1), (9_000, 2)]);
}
