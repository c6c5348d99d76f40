//! A breaker that outlives its process.

use glp_core::breaker::{
    Breaker, Config, Growth, Mode, Outcome, RampUp, Reason, Recovery, Share, State,
};

use crate::{admitted, at, opened, seconds, send, some, touchy};

const OK: Outcome = Outcome::Success;
const BAD: Outcome = Outcome::Failure;

#[test]
fn an_open_breaker_stays_open_for_what_was_left_whatever_the_new_clock_says() {
    let breaker = opened(touchy());
    let snapshot = breaker.snapshot(at(4));
    let restored = Breaker::restore(snapshot, touchy(), at(1_000));
    assert_eq!(restored.peek(at(1_000)).unwrap_err().retry_at, at(1_006));
    let aged = Breaker::restore(snapshot.aged(seconds(5)), touchy(), at(0));
    assert_eq!(aged.peek(at(0)).unwrap_err().retry_at, at(1));
    let later = Breaker::restore(snapshot.aged(seconds(5)), touchy(), at(100));
    assert_eq!(later.status(at(100)).last_failure_at, Some(at(91)), "nine seconds ago");
    let long_ago = Breaker::restore(snapshot.aged(core::time::Duration::MAX), touchy(), at(100));
    assert!(long_ago.peek(at(100)).is_ok());
    assert!(long_ago.peek(at(90)).is_ok(), "though the clock runs back");
}

#[test]
fn a_restored_half_open_breaker_can_probe_at_once_and_keeps_its_successes() {
    let config = Config { success_threshold: some(2), ..touchy() };
    let mut breaker = opened(config);
    send(&mut breaker, OK, at(10));
    let out = admitted(&mut breaker, at(10));
    assert!(breaker.peek(at(10)).is_err(), "the one probe is out");

    let mut restored = Breaker::restore(breaker.snapshot(at(10)), config, at(0));
    assert_eq!(restored.status(at(0)).success_count, 1);
    assert_eq!(restored.report(out, BAD, at(0)), None, "it is of an earlier epoch");
    assert_eq!(send(&mut restored, OK, at(0)).unwrap().reason, Reason::Recovered);
}

#[test]
fn a_permit_from_before_a_restart_decides_nothing_after_it() {
    let mut breaker = Breaker::new(touchy());
    let out = admitted(&mut breaker, at(0));
    let mut restored = Breaker::restore(breaker.snapshot(at(0)), touchy(), at(0));
    assert_eq!(restored.report(out, BAD, at(0)), None);
    assert_eq!(restored.state(at(0)), State::Closed);
}

#[test]
fn a_half_open_round_that_another_configuration_would_have_decided_begins_anew() {
    let recovery = Recovery::Ratio { probes: some(9), share: Share::percent(60).unwrap() };
    let mut breaker = opened(Config { recovery, ..touchy() });
    for outcome in [OK, OK, OK, BAD, BAD] {
        send(&mut breaker, outcome, at(10));
    }
    let strict = Config { success_threshold: some(2), probes_per_round: some(2), ..touchy() };
    let mut restored = Breaker::restore(breaker.snapshot(at(10)), strict, at(0));
    assert_eq!(restored.status(at(0)).success_count, 0);
    assert_eq!(send(&mut restored, OK, at(0)), None);
    assert_eq!(send(&mut restored, OK, at(0)).unwrap().to, State::Closed);
}

#[test]
fn counts_growth_and_mode_survive_and_the_open_time_is_capped_anew() {
    let growth = Growth { spread: None, ..Growth::DEFAULT };
    let config = Config { growth: Some(growth), ..touchy() };
    let mut breaker = opened(config);
    send(&mut breaker, BAD, at(10));
    breaker.try_acquire(at(10)).expect_err("it is open again");
    breaker.set_mode(Mode::Observe);
    let snapshot = breaker.snapshot(at(10));
    let restored = Breaker::restore(snapshot, config, at(100));
    let (old, new) = (breaker.status(at(10)), restored.status(at(100)));
    assert_eq!((new.failed_recoveries, new.failure_count), (1, 2));
    assert_eq!((new.admitted, new.transitions), (old.admitted, old.transitions));
    assert_eq!((new.rejected, old.rejected), (Some(1), Some(1)));
    assert_eq!((new.mode, new.last_reason), (Mode::Observe, Some(Reason::ProbesFailed)));
    assert_eq!(new.last_failure_at, Some(at(100)));

    let short = Config { max_server_wait: seconds(0), cool_down: seconds(3), ..touchy() };
    let mut capped = Breaker::restore(snapshot, short, at(0));
    capped.set_mode(Mode::Enforce);
    assert_eq!(capped.peek(at(0)).unwrap_err().retry_at, at(3));
}

#[test]
fn a_ramp_up_goes_on_where_it_was() {
    let start = Share::percent(1).unwrap();
    let config = Config { ramp_up: Some(RampUp { start, over: seconds(100) }), ..touchy() };
    let mut breaker = opened(config);
    send(&mut breaker, OK, at(10)).expect("it closes");
    let restored = Breaker::restore(breaker.snapshot(at(60)), config, at(0));
    for second in 0..100 {
        let (old, new) = (breaker.peek(at(60 + second)), restored.peek(at(second)));
        assert_eq!(old.is_ok(), new.is_ok(), "second {second}");
    }
    let shorter = Config { ramp_up: Some(RampUp { start, over: seconds(10) }), ..touchy() };
    let restored = Breaker::restore(breaker.snapshot(at(60)), shorter, at(0));
    assert!(restored.peek(at(10)).is_ok(), "and ends at the latest when a new one would");
}

#[cfg(feature = "client")]
#[test]
fn a_snapshot_and_a_configuration_survive_json_and_a_share_of_nothing_does_not() {
    let config = Config { growth: Some(Growth::DEFAULT), ..touchy() };
    let snapshot = opened(config).snapshot(at(3));
    let json = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<glp_core::breaker::Snapshot>(&json).unwrap(), snapshot);
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config);
    assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::DEFAULT);

    let error = serde_json::from_str::<Share>("0").unwrap_err().to_string();
    assert!(error.starts_with("share is 0: it must be from 1 to 100 percent"), "{error}");
}
