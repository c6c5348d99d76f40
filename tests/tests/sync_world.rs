//! Whole syncs in virtual time: the real client against the fake service on its bad days.

use std::collections::BTreeMap;
use std::time::Duration;

use glp_core::breaker;
use glp_core::call::{CallOptions, Config, Credentials, Guard};
use glp_core::error::{AuthenticationKind, ErrorKind};
use glp_core::greenlake::Resource;
use glp_core::sync::{Ended, Outcome, Run, RunId, Settings};
use glp_core::testkit::{
    Change, Distortion, Endpoint, ErrorBody, Faults, Level, Mishap, ModelStore, Outage, Quota,
    ServerStatus, Service, Settings as Fake, World,
};
use glp_core::trace::Why;
use proptest::prelude::*;
use tests::some;

const ALWAYS_DOWN: Mishap =
    Mishap::ServerError { status: ServerStatus::Unavailable, body: ErrorBody::Json, hint: None };

fn fake(devices: u32, subscriptions: u32, seed: u64, faults: Faults) -> Fake {
    let fake = Fake::default().with_devices(devices).expect("few enough");
    let fake = fake.with_subscriptions(subscriptions).expect("few enough").with_seed(seed);
    fake.with_latency(Duration::from_millis(20)).with_faults(faults)
}

fn world(fake: Fake, secret: &str) -> World<Service> {
    let credentials = Credentials {
        token_url: "https://sso.example/as/token.oauth2".into(),
        client_id: fake.client_id().into(),
        client_secret: secret.into(),
    };
    let mut config = Config::new("https://api.example", credentials).expect("good addresses");
    config.seed = 7;
    config.breaker = Guard::On(breaker::Config {
        cool_down: Duration::from_secs(30),
        ..breaker::Config::DEFAULT
    });
    World::new(config, Service::new(fake)).expect("a good configuration")
}

fn settings() -> Settings {
    let settings = Settings::default().page_rows(Resource::Devices, 50).expect("allowed");
    settings.page_rows(Resource::Subscriptions, 20).expect("allowed")
}

fn sync(world: &mut World<Service>, store: &mut ModelStore, number: i64) -> Ended {
    let started = world.core().wall(world.now());
    let mut run = Run::new(RunId(number), Resource::ALL, "here", started, settings());
    world.sync(&mut run, CallOptions::BATCH, store)
}

/// The service's rows as they are now.
fn truth(world: &World<Service>, resource: Resource) -> BTreeMap<String, String> {
    world.server().truth(resource).collect()
}

fn live(store: &ModelStore, resource: Resource) -> BTreeMap<String, String> {
    store.live(resource).map(|(id, raw)| (id.into(), raw.into())).collect()
}

#[test]
fn an_outage_opens_the_breaker_and_the_sync_waits_and_completes() {
    let outage = Outage::after_requests(5, Duration::from_secs(60));
    let mut world = world(fake(1_000, 100, 1, Faults::none().outage(outage)), "fake-secret");
    let mut store = ModelStore::default();

    let ended = sync(&mut world, &mut store, 1);

    assert_eq!(ended.report.outcome, Outcome::Complete);
    assert_eq!(live(&store, Resource::Devices), truth(&world, Resource::Devices));
    assert!(world.stats().waits.contains_key(&Why::BreakerOpen));
    let last = world.stats().breaker.last().map(|change| change.to);
    assert_eq!(last, Some(breaker::State::Closed));
}

#[test]
fn i10_a_second_run_without_a_change_writes_no_row_change() {
    let mut world = world(fake(300, 70, 2, Faults::none()), "fake-secret");
    let mut store = ModelStore::default();
    sync(&mut world, &mut store, 1);

    let again = sync(&mut world, &mut store, 2).report;

    for (resource, listed) in [(Resource::Devices, 300), (Resource::Subscriptions, 70)] {
        let report = &again.resources[&resource];
        assert_eq!((report.listed, report.counts.unchanged), (listed, listed));
        let counts = report.counts;
        assert_eq!(
            (counts.inserted, counts.updated, counts.retired, counts.restored),
            (0, 0, 0, 0)
        );
    }
}

#[test]
fn subscriptions_that_answer_503_for_ever_leave_the_devices_complete_and_retire_nothing() {
    let down = Faults::none().always(Endpoint::list(Resource::Subscriptions), ALWAYS_DOWN);
    let mut world = world(fake(300, 70, 3, Faults::none()), "fake-secret");
    let mut store = ModelStore::default();
    sync(&mut world, &mut store, 1);
    let before = live(&store, Resource::Subscriptions);
    world.server_mut().set_faults(down);

    let ended = sync(&mut world, &mut store, 2);

    assert_eq!(ended.report.outcome, Outcome::Partial);
    assert_eq!(ended.report.resources[&Resource::Devices].outcome, Outcome::Complete);
    let failed = &ended.report.resources[&Resource::Subscriptions];
    assert_eq!((failed.outcome, failed.counts.retired), (Outcome::Failed, 0));
    assert_eq!(live(&store, Resource::Subscriptions), before);
}

#[test]
fn wrong_credentials_end_the_run_at_once() {
    let mut world = world(fake(300, 70, 4, Faults::none()), "not-the-secret");
    let ended = sync(&mut world, &mut ModelStore::default(), 1);
    let kind = ended.error.map(|error| error.kind());
    let wrong = AuthenticationKind::InvalidCredentials;
    assert_eq!(kind, Some(ErrorKind::Authentication(wrong)));
    assert_eq!(world.stats().requests, 1);
}

#[test]
fn a_token_that_is_revoked_mid_listing_is_renewed_once() {
    let faults = Faults::none().on_request(4, Mishap::Revoked);
    let mut world = world(fake(500, 0, 5, faults), "fake-secret");
    let ended = sync(&mut world, &mut ModelStore::default(), 1);
    assert_eq!(ended.report.outcome, Outcome::Complete);
    assert_eq!(world.stats().token_fetches, 2);
}

#[test]
fn a_malformed_page_says_route_offset_and_byte_and_keeps_what_was_stored() {
    let faults = Faults::none().on_request(3, Mishap::Page(Distortion::CutAt(700)));
    let mut world = world(fake(500, 0, 6, faults), "fake-secret");
    let mut store = ModelStore::default();
    let mut run =
        Run::new(RunId(1), [Resource::Devices], "here", world.core().wall(world.now()), settings());

    let ended = world.sync(&mut run, CallOptions::BATCH, &mut store);

    let report = &ended.report.resources[&Resource::Devices];
    let reason = report.reason.clone().unwrap_or_default();
    assert_eq!(report.error_code.as_deref(), Some("DECODE_ERROR"));
    for word in ["/devices/v1/devices", "offset=98", "at byte 700"] {
        assert!(reason.contains(word), "{word} in {reason}");
    }
    let kept = store.checkpoint(Resource::Devices).map(|checkpoint| checkpoint.offset);
    assert_eq!(kept, Some(99), "two pages of 50 that share a row");

    let resumed = sync(&mut world, &mut store, 2).report;
    assert_eq!(resumed.resources[&Resource::Devices].resumed_at, Some(99));
    assert_eq!(live(&store, Resource::Devices), truth(&world, Resource::Devices));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn i1_i3_i6_i9_a_harsh_day_ends_complete_and_row_for_row_equal(
        seed in any::<u64>(), devices in 0..900_u32, subscriptions in 0..200_u32,
    ) {
        let faults = Faults::level(Level::Harsh).cap_limit(some(40));
        let fake = fake(devices, subscriptions, seed, faults).with_quotas(Quota::Off);
        let mut world = world(fake, "fake-secret");
        let mut store = ModelStore::default();
        let mut outcomes = Vec::new();
        for number in 1..=4 {
            let before = Resource::ALL.map(|resource| live(&store, resource));
            let ended = sync(&mut world, &mut store, number);
            prop_assert!(ended.error.is_none(), "{:?}", ended.error);
            outcomes.push(ended.report.outcome);
            for (resource, before) in Resource::ALL.into_iter().zip(before) {
                let report = &ended.report.resources[&resource];
                let held = live(&store, resource);
                let gone = before.keys().filter(|id| !held.contains_key(*id)).count() as u64;
                prop_assert_eq!(gone, report.counts.retired, "what is retired is what is gone");
                if report.outcome != Outcome::Complete {
                    prop_assert_eq!(gone, 0, "an incomplete listing retires nothing");
                }
            }
            if ended.report.outcome == Outcome::Complete {
                break;
            }
        }
        // The last complete listing found the rows at rest: changes by chance are bounded.
        prop_assert_eq!(outcomes.last(), Some(&Outcome::Complete), "{:?}", outcomes);
        let again = sync(&mut world, &mut store, 9);
        if again.report.outcome == Outcome::Complete {
            for resource in Resource::ALL {
                prop_assert_eq!(live(&store, resource), truth(&world, resource));
            }
        }
    }
}

#[test]
fn rows_that_come_and_go_between_pages_are_neither_lost_nor_falsely_retired() {
    let mut world = world(fake(500, 0, 8, Faults::none()), "fake-secret");
    let mut store = ModelStore::default();
    sync(&mut world, &mut store, 1);
    let lists = Resource::ALL.map(|resource| world.server().requests(Endpoint::list(resource)));
    let so_far: u64 = lists.into_iter().sum();
    let faults = Faults::none()
        .on_request(so_far + 3, Mishap::Change(Change::Delete))
        .on_request(so_far + 5, Mishap::Change(Change::Insert));
    world.server_mut().set_faults(faults);

    let moved = sync(&mut world, &mut store, 2).report;

    let report = &moved.resources[&Resource::Devices];
    assert_eq!(report.outcome, Outcome::Complete);
    assert!(report.passes > 1, "drift was seen and the listing read again");
    assert_eq!((report.counts.inserted, report.counts.retired), (1, 1));
    assert_eq!(live(&store, Resource::Devices), truth(&world, Resource::Devices));
}
