//! What a breaker's newer answers mean to whole calls, in virtual time.

use core::num::NonZeroU16;
use core::time::Duration;

use glp_core::breaker::{self, Mode, RampUp, Rates, Share, Slow, Span, State};
use glp_core::call::{Config, Control, Core, Guard};
use glp_core::drive::Shared;
use glp_core::operation::Operation;
use glp_core::testkit::{Script, World};
use glp_core::trace::Why;
use tests::{at, config, patient, read, some};

/// Opens at the first failure, closes at the first success.
fn touchy() -> breaker::Config {
    let one = some(1);
    breaker::Config { failure_threshold: one, success_threshold: one, ..breaker::Config::DEFAULT }
}

fn world(breaker: breaker::Config, script: Script) -> World<Script> {
    let config = Config { breaker: Guard::On(breaker), ..config() };
    World::new(config, script).expect("a good configuration")
}

#[test]
fn a_patient_call_waits_for_its_step_of_the_ramp_up_and_is_told_why() {
    let start = Share::percent(10).unwrap();
    let ramp_up = Some(RampUp { start, over: Duration::from_secs(100) });
    let script = Script::new().status(503).status(200);
    let mut world = world(breaker::Config { ramp_up, ..touchy() }, script);
    assert!(world.run_with(read(), patient(3)).is_ok(), "through the outage");

    world.run_until(world.now() + Duration::from_secs(2));
    assert!(world.run_with(read(), patient(1)).is_ok());
    assert_eq!(world.stats().waits.get(&Why::RampUp).map(|waits| waits.count), Some(1));
}

#[test]
fn an_answer_that_comes_too_slowly_opens_the_breaker_of_its_route() {
    let slow = Some(Slow { limit: Duration::from_secs(3), share: Share::ALL });
    let span = Span::Calls(NonZeroU16::MIN);
    let rates = Some(Rates { span, minimum_calls: some(1), failures: None, slow });
    let script = Script::new().latency(Duration::from_secs(4)).status(200);
    let mut world = world(breaker::Config { rates, ..touchy() }, script);
    assert!(world.run(read()).is_ok());
    assert!(world.stats().breaker.iter().any(|change| change.to == State::Open));
    assert!(world.run(read()).is_err(), "the next call is refused");
}

#[test]
fn a_breaker_opens_for_as_long_as_the_server_asked() {
    let script = Script::new().status(503).header("retry-after", "20").status(200);
    let mut world = world(touchy(), script);
    assert!(world.run_with(read(), patient(3)).is_ok());
    assert!(world.now() < at(60.0), "its own open time is not over at {:?}", world.now());
    assert!(world.now() >= at(20.0), "the server's is");
}

const ROUTE: &str = "GET /devices/v1/devices";

fn core(config: Config) -> Core {
    Core::new(config).expect("a good configuration")
}

/// The state of one breaker under its name.
fn state(core: &Core, name: &str) -> Option<State> {
    let now = at(0.0);
    core.circuit_status(now).find(|one| one.name == name).map(|one| one.status.state)
}

#[test]
fn every_breaker_is_acted_upon_by_name_even_before_its_first_request() {
    let mut core = core(config());
    for (name, control, expected) in [
        (ROUTE, Control::ForceOpen, State::Open),
        (ROUTE, Control::Reset, State::Closed),
        ("api.example", Control::OpenUntil(at(9.0)), State::Open),
        ("api.example", Control::SetMode(Mode::Disabled), State::Closed),
        ("sso.example", Control::ForceOpen, State::Open),
        ("POST token", Control::ForceOpen, State::Open),
    ] {
        core.control(name, control, at(0.0)).expect(name);
        assert_eq!(state(&core, name), Some(expected), "{name} {control:?}");
    }
}

#[test]
fn a_name_that_is_none_is_refused_and_so_is_control_where_breakers_are_off() {
    let mut on = core(config());
    for name in ["", "elsewhere.example", "devices", "GE\u{1}T /devices", "GET devices"] {
        let refused = on.control(name, Control::Reset, at(0.0)).expect_err(name);
        assert_eq!(refused.field, "circuit");
    }
    let mut off = core(Config { breaker: Guard::Off, ..config() });
    assert_eq!(off.control(ROUTE, Control::Reset, at(0.0)).unwrap_err().field, "breaker");
    let reconfigured = off.reconfigure_breakers(breaker::Config::DEFAULT, at(0.0));
    assert_eq!(reconfigured.unwrap_err().field, "breaker");
}

#[test]
fn an_isolated_route_refuses_its_calls_until_every_handle_is_dropped_and_no_other_route_does() {
    let shared = Shared::new(core(config()), None);
    let refuses = |operation: Operation| {
        use glp_core::call::{Action, CallOptions};
        let mut call = shared.start(operation, CallOptions::INTERACTIVE);
        matches!(call.poll(at(0.0)), Action::Done(Err(_)))
    };
    let (maintenance, incident) =
        (shared.isolate(ROUTE, at(0.0)).unwrap(), shared.isolate(ROUTE, at(0.0)).unwrap());
    assert!(refuses(read()));
    assert!(!refuses(Operation::get("/subscriptions/v1/subscriptions")));
    drop(maintenance);
    assert!(refuses(read()));
    drop(incident);
    assert!(!refuses(read()));
}

#[test]
fn breakers_are_reconfigured_in_flight_and_keep_their_state() {
    let mut core = core(config());
    core.control(ROUTE, Control::ForceOpen, at(0.0)).unwrap();
    core.reconfigure_breakers(touchy(), at(0.0)).unwrap();
    assert_eq!(core.config().breaker, Guard::On(touchy()));
    assert_eq!(state(&core, ROUTE), Some(State::Open));
    let lost = breaker::Config { probe_lease: Duration::from_secs(1), ..touchy() };
    let refused = core.reconfigure_breakers(lost, at(0.0)).unwrap_err();
    assert_eq!(refused.field, "breaker.probe_lease");
    assert_eq!(core.config().breaker, Guard::On(touchy()), "nothing has changed");
}

#[test]
fn however_many_paths_are_asked_for_the_breakers_are_bounded_and_an_outage_is_not_forgotten() {
    let config = Config { breaker: Guard::On(touchy()), max_circuits: some(4), ..config() };
    let outage = |request: &glp_core::exchange::Request, _| {
        let status = if request.uri().path() == "/broken" { 503 } else { 200 };
        let body = bytes::Bytes::from_static(br#"{"access_token":"t"}"#);
        let mut response = glp_core::exchange::Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        let ending = glp_core::testkit::Ending::Answer(response);
        glp_core::testkit::Exchange { after: Duration::ZERO, ending }
    };
    let mut world = World::new(config, outage).expect("a good configuration");
    world.run_with(Operation::get("/broken"), patient(1)).unwrap_err();
    for id in 0..50 {
        world.run(Operation::get(&format!("/things/{id}"))).expect("an answer");
        assert!(world.core().circuit_status(world.now()).count() <= 4);
    }
    let broken = |one: &glp_core::call::NamedStatus| one.name == "GET /broken";
    let broken = world.core().circuit_status(world.now()).find(broken).expect("still known");
    assert_eq!(broken.status.transitions, 1);
    assert_eq!(world.stats().unguarded, 0, "there was always one at rest");

    for id in 0..3 {
        let name = format!("GET /held/{id}");
        let now = world.now();
        world.core_mut().control(&name, Control::ForceOpen, now).expect("one makes room");
    }
    world.run(Operation::get("/one/more")).expect("an answer");
    assert!(world.stats().unguarded > 0, "and it is counted");
}
