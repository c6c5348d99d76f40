//! What a breaker's newer answers mean to whole calls, in virtual time.

use core::num::NonZeroU16;
use core::time::Duration;

use glp_core::breaker::{self, RampUp, Rates, Share, Slow, Span, State};
use glp_core::call::{Config, Guard};
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
