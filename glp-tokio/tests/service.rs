//! The main job: a sync of the fake service, on a bad day in virtual time and over real sockets.
#![cfg(feature = "testkit-server")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::call::{CallOptions, Config};
use glp_core::exchange::Request;
use glp_core::greenlake::Resource;
use glp_core::sync::{Ended, Outcome, Run, RunId};
use glp_core::testkit::{Faults, Level, Mishap, ModelStore, Server, Service, Settings};
use glp_core::time::Instant;
use glp_tokio::{Client, ClientBuilder, FakeServer, InMemory, sync};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;

/// The seed of the rows over loopback.
const SEED: u64 = 7;

/// The runs within which a harsh day's sync has to be complete.
const MAX_RUNS: i64 = 10;

type Shared = Arc<std::sync::Mutex<Service>>;

fn service(devices: u32, subscriptions: u32, seed: u64, faults: Faults) -> Shared {
    let settings = Settings::default()
        .with_devices(devices)
        .and_then(|settings| settings.with_subscriptions(subscriptions))
        .unwrap();
    let settings = settings.with_seed(seed).with_faults(faults);
    Arc::new(std::sync::Mutex::new(Service::new(settings)))
}

/// Lets a test look at the service while it serves.
fn server(service: &Shared) -> impl Server + Send + use<> {
    let service = service.clone();
    move |request: &Request, now: Instant| {
        service.lock().unwrap_or_else(PoisonError::into_inner).handle(request, now)
    }
}

/// Starts to build a client of `service`, which is found at `url`.
fn client(service: &Shared, url: &str) -> ClientBuilder {
    let service = service.lock().unwrap();
    let settings = service.settings();
    let token_path = format!("/authorization/v2/oauth2/{}/token", settings.workspace_id());
    Client::builder()
        .base_url(url)
        .token_url(format!("{url}{token_path}"))
        .workspace_id(settings.workspace_id())
        .client_id(settings.client_id())
        .client_secret(settings.client_secret().expose_secret().into())
}

async fn sync_all(client: &Client, store: &Arc<Mutex<ModelStore>>, number: i64) -> Ended {
    let settings = glp_core::sync::Settings::default().page_rows(Resource::Devices, 500).unwrap();
    let started_at = client.clock().wall_now();
    let run = Run::new(RunId(number), Resource::ALL, client.scope(), started_at, settings);
    sync(client, store, run, CallOptions::BATCH, |_| {}).await
}

/// Compares row for row, byte for byte.
fn assert_equal(store: &ModelStore, service: &Shared, seed: u64) {
    for resource in Resource::ALL {
        let truth: BTreeMap<_, _> = service.lock().unwrap().truth(resource).collect();
        let live = store.live(resource).map(|(id, raw)| (id.to_owned(), raw.to_owned()));
        assert_eq!(live.collect::<BTreeMap<_, _>>(), truth, "{resource}, seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sync_survives_a_harsh_day_in_virtual_time() {
    for seed in 0..4 {
        let service = service(6_000, 600, seed, Faults::level(Level::Harsh));
        let transport = InMemory::new(server(&service));
        let client = client(&service, Config::GREENLAKE).transport(transport).seed(seed);
        let client = client.build().unwrap();
        let store = Arc::new(Mutex::new(ModelStore::default()));

        // A row that comes or goes in the last pass makes a run partial, and says so. Changes are
        // bounded, so a later run is complete.
        let mut runs = 1..=MAX_RUNS;
        loop {
            let run = runs.next().unwrap_or_else(|| panic!("seed {seed}: never complete"));
            if sync_all(&client, &store, run).await.report.outcome == Outcome::Complete {
                break;
            }
        }

        assert_equal(&*store.lock().await, &service, seed);
        assert!(service.lock().unwrap().injected().total() > 0, "seed {seed}");
    }
}

#[tokio::test]
async fn a_sync_over_loopback_meets_every_way_of_breaking_and_ends_equal() {
    let faults = Faults::none()
        .on_request(2, Mishap::ResetBefore)
        .on_request(4, Mishap::Truncated)
        .on_request(6, Mishap::Revoked)
        .on_request(8, Mishap::ResetAfter);
    let service = service(3_000, 300, SEED, faults);
    let listener = FakeServer::start("127.0.0.1:0".parse().unwrap(), server(&service)).await;
    let listener = listener.unwrap();
    let quick =
        Backoff { initial: Duration::from_millis(1), jitter: Jitter::None, ..Backoff::DEFAULT };
    let client = client(&service, &listener.url()).backoff(quick).build().unwrap();
    let store = Arc::new(Mutex::new(ModelStore::default()));

    let ended = sync_all(&client, &store, 1).await;

    assert_eq!(ended.report.outcome, Outcome::Complete);
    assert_equal(&*store.lock().await, &service, SEED);
    assert_eq!(service.lock().unwrap().injected().total(), 4);
    assert_eq!(client.stats().token_fetches, 2, "one was revoked");
}
