//! The registry: on demand, bounded, and no outage forgotten.

use std::collections::BTreeMap;

use glp_core::breaker::{Breaker, Config, Full, Mode, Outcome, RampUp, Registry, Share, State};
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::{at, opened, seconds, send, some, touchy};

fn registry(capacity: u32) -> Registry<&'static str> {
    Registry::new(touchy(), some(capacity), 0)
}

fn fail(registry: &mut Registry<&'static str>, key: &'static str, now: Instant) {
    send(registry.obtain(&key, now).expect("there is room"), Outcome::Failure, now);
}

fn keys(registry: &Registry<&'static str>) -> Vec<&'static str> {
    registry.iter().map(|(key, _)| *key).collect()
}

#[test]
fn a_breaker_is_made_when_its_key_is_first_asked_for_and_is_that_keys_alone() {
    let mut registry = registry(8);
    assert!(registry.is_empty() && registry.get(&"devices").is_none());
    fail(&mut registry, "devices", at(0));
    registry.obtain(&"subscriptions", at(0)).expect("there is room");
    assert!(!registry.is_empty());
    let state = |key| registry.get(&key).map(|breaker| breaker.state(at(0)));
    assert_eq!(state("devices"), Some(State::Open));
    assert_eq!(state("subscriptions"), Some(State::Closed));
}

#[test]
fn the_one_that_was_longest_not_asked_for_makes_room() {
    let mut registry = registry(2);
    for (key, second) in [("a", 0), ("b", 1), ("a", 2), ("c", 3)] {
        registry.obtain(&key, at(second)).expect("there is room");
    }
    assert_eq!(keys(&registry), ["a", "c"]);
}

#[test]
fn only_closed_and_clean_breakers_in_nobodys_hand_are_evicted() {
    let spoil: [fn(&mut Breaker); 5] = [
        |breaker| _ = send(breaker, Outcome::Failure, at(0)),
        |breaker| {
            let strict = Config { failure_threshold: some(2), ..touchy() };
            breaker.reconfigure(strict, at(0));
            send(breaker, Outcome::Failure, at(0));
        },
        |breaker| _ = breaker.isolate(),
        |breaker| breaker.set_mode(Mode::Disabled),
        |breaker| {
            breaker.force_open(at(0));
            _ = breaker.try_acquire(at(10)).expect("a probe, which leaks");
        },
    ];
    for spoil in spoil {
        let mut registry = registry(1);
        spoil(registry.obtain(&"kept", at(0)).expect("there is room"));
        let full = registry.obtain(&"refused", at(10)).expect_err("nothing is at rest");
        assert_eq!(full, Full { capacity: some(1) });
        assert_eq!(registry.evict_idle(seconds(0), at(10)), 0);
        assert_eq!(keys(&registry), ["kept"]);
        registry.get_mut(&"kept").expect("kept").reset(at(10));
    }
}

#[test]
fn idle_breakers_are_let_go_after_a_time_that_the_caller_states() {
    let mut registry = registry(8);
    registry.obtain(&"old", at(0)).expect("there is room");
    registry.obtain(&"new", at(50)).expect("there is room");
    fail(&mut registry, "open", at(0));
    assert_eq!(registry.evict_idle(seconds(60), at(60)), 1);
    assert_eq!(keys(&registry), ["new", "open"]);
}

#[test]
fn a_breaker_whose_load_still_returns_is_not_at_rest() {
    let ramp_up = RampUp { start: Share::HALF, over: seconds(60) };
    let mut breaker = opened(Config { ramp_up: Some(ramp_up), ..touchy() });
    send(&mut breaker, Outcome::Success, at(10)).expect("it closes");
    assert!(!breaker.is_at_rest(at(69)));
    assert!(breaker.is_at_rest(at(70)));
}

#[test]
fn a_permit_from_before_an_outage_never_changes_the_breaker_that_follows_it() {
    let evict: [fn(&mut Registry<&'static str>); 2] = [
        |registry| _ = registry.obtain(&"b", at(30)).expect("in the place of a"),
        |registry| _ = registry.evict_idle(seconds(0), at(30)),
    ];
    let close: [fn(&mut Breaker, Instant); 2] = [
        |open, now| _ = open.reset(now).expect("it closes"),
        |open, now| _ = send(open, Outcome::Success, now).expect("it closes"),
    ];
    for (evict, close) in evict.iter().flat_map(|evict| close.map(|close| (evict, close))) {
        let mut registry = registry(1);
        let first = registry.obtain(&"a", at(0)).expect("there is room");
        send(first, Outcome::Failure, at(0)).expect("it opens");
        send(first, Outcome::Success, at(10)).expect("it closes");
        let late = [(); 9].map(|()| first.try_acquire(at(20)).expect("it admits"));
        evict(&mut registry);
        let again = registry.obtain(&"a", at(40)).expect("there is room, or b makes it");
        for (late, second) in late.into_iter().zip((40..).step_by(10)) {
            assert_eq!(again.report(late, Outcome::Failure, at(second)), None);
            assert_eq!(again.state(at(second)), State::Closed);
            again.force_open(at(second)).expect("it was closed");
            close(again, at(second + 10));
        }
    }
}

#[test]
fn a_full_registry_says_so_in_words() {
    let words = Full { capacity: some(7) }.to_string();
    assert_eq!(words, "none of the 7 breakers is at rest, so that none makes room for another");
}

#[test]
fn a_permit_of_an_evicted_breaker_changes_nothing_in_the_one_that_follows_it() {
    let mut registry = registry(1);
    let first = registry.obtain(&"a", at(0)).expect("there is room");
    let late = first.try_acquire(at(0)).expect("a new breaker admits");
    registry.obtain(&"b", at(1)).expect("in the place of a");
    let again = registry.obtain(&"a", at(2)).expect("in the place of b");
    assert_eq!(again.report(late, Outcome::Failure, at(2)), None);
    assert_eq!(again.status(at(2)).failure_count, 0);
}

#[test]
fn every_breaker_can_be_seen_and_acted_upon_and_reconfigured_with_those_to_come() {
    let mut registry = registry(8);
    fail(&mut registry, "a", at(0));
    fail(&mut registry, "b", at(0));
    registry.iter_mut().for_each(|(_, breaker)| _ = breaker.reset(at(1)));
    assert!(registry.iter().all(|(_, breaker)| breaker.state(at(1)) == State::Closed));
    let patient = Config { failure_threshold: some(9), ..touchy() };
    registry.reconfigure(patient, at(1));
    fail(&mut registry, "a", at(1));
    fail(&mut registry, "c", at(1));
    assert!(registry.iter().all(|(_, breaker)| breaker.state(at(1)) == State::Closed));
    assert_eq!(registry.config(), &patient);
}

proptest! {
    /// The law: never above capacity, and what is not at rest is never lost.
    #[test]
    fn it_never_grows_beyond_its_bound_and_never_loses_a_breaker_that_is_not_at_rest(
        capacity in 1..5_u32, steps in prop::collection::vec((0..9_u8, any::<bool>(), 0..20_u64), 1..80),
    ) {
        let mut registry = Registry::new(touchy(), some(capacity), 0);
        let (mut now, mut open) = (at(0), BTreeMap::new());
        for (key, fails, later) in steps {
            now = now + seconds(later);
            match registry.obtain(&key, now) {
                Ok(breaker) => {
                    if fails && breaker.try_acquire(now).is_ok_and(|permit| {
                        breaker.report(permit, Outcome::Failure, now).is_some()
                    }) {
                        open.insert(key, breaker.transitions());
                    }
                }
                Err(Full { .. }) => prop_assert!(open.len() >= capacity as usize),
            }
            prop_assert!(registry.len() <= capacity as usize);
            for (key, transitions) in &open {
                let kept = registry.get(key).map(Breaker::transitions);
                prop_assert_eq!(kept, Some(*transitions));
            }
        }
    }
}
