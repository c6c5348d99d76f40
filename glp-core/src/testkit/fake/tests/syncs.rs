//! The fake and the machines together: a whole sync on a bad day, in virtual time.

use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::client::settings;
use crate::call::{CallOptions, Config, Credentials};
use crate::greenlake::Resource;
use crate::sync::{self, Ended, Outcome, Run, RunId};
use crate::testkit::{Distortion, Endpoint, Faults, Level, Mishap, ModelStore, Service, World};
use crate::testkit::{ErrorBody, ServerStatus, Settings};

const PAGE_ROWS: u32 = 5;

fn world(settings: Settings) -> World<Service> {
    let mut credentials = Credentials::for_workspace(
        settings.workspace_id(),
        settings.client_id(),
        settings.client_secret().clone(),
    );
    credentials.token_url = "http://localhost/as/token.oauth2".into();
    let config = Config::new("http://localhost", credentials).unwrap();
    World::new(config, Service::new(settings)).unwrap()
}

fn sync(world: &mut World<Service>, store: &mut ModelStore) -> Ended {
    let settings =
        Resource::ALL.into_iter().fold(sync::Settings::default(), |settings, resource| {
            settings.page_rows(resource, PAGE_ROWS).unwrap()
        });
    let mut run = Run::new(RunId(1), Resource::ALL, "test", Settings::ORIGIN, settings);
    world.sync(&mut run, CallOptions::BATCH, store)
}

fn stored(store: &ModelStore, resource: Resource) -> Vec<(String, String)> {
    store.live(resource).map(|(id, raw)| (id.into(), raw.into())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_harsh_day_ends_with_the_very_rows_of_the_service(seed: u64) {
        let mut world = world(settings().with_seed(seed).with_faults(Faults::level(Level::Harsh)));
        let mut store = ModelStore::default();
        let ended = sync(&mut world, &mut store);
        prop_assert_eq!(ended.report.outcome, Outcome::Complete, "{:?}", ended);
        for resource in Resource::ALL {
            let truth: Vec<_> = world.server().truth(resource).collect();
            prop_assert_eq!(stored(&store, resource), truth);
        }
    }
}

#[test]
fn a_broken_endpoint_leaves_the_other_resource_complete() {
    let (status, body) = (ServerStatus::Unavailable, ErrorBody::Html);
    let broken = Mishap::ServerError { status, body, hint: None };
    let faults = Faults::none().always(Endpoint::ListSubscriptions, broken);
    let mut world = world(settings().with_faults(faults));
    let mut store = ModelStore::default();
    let report = sync(&mut world, &mut store).report;
    assert_eq!(report.outcome, Outcome::Partial);
    assert_eq!(report.resources[&Resource::Devices].outcome, Outcome::Complete);
    assert!(stored(&store, Resource::Subscriptions).is_empty());
}

#[test]
fn no_distorted_page_ends_as_complete_with_rows_missing() {
    for distortion in [
        Distortion::CutAt(100),
        Distortion::DuplicateRow,
        Distortion::Empty,
        Distortion::ErrorEnvelope,
        Distortion::Html,
        Distortion::NotAnObject,
        Distortion::WrongTotal,
        Distortion::WrongType,
    ] {
        let faults = Faults::none().on_request(3, Mishap::Page(distortion));
        let mut world = world(settings().with_faults(faults));
        let mut store = ModelStore::default();
        let report = sync(&mut world, &mut store).report;
        assert_eq!(world.server().injected().total(), 1, "{distortion:?}");
        if report.resources[&Resource::Devices].outcome == Outcome::Complete {
            let truth: Vec<_> = world.server().truth(Resource::Devices).collect();
            assert_eq!(stored(&store, Resource::Devices), truth, "{distortion:?}");
        }
    }
}
