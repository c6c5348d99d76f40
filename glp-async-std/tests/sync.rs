//! The main job: a sync of the fake service on a bad day, in hurried time.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hurried;
mod in_memory;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_std::sync::Mutex;
use glp_async_std::{Client, ClientBuilder, sync};
use glp_core::call::CallOptions;
use glp_core::error::{DatabaseKind, Error, ErrorKind};
use glp_core::exchange::Request;
use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Ended, Outcome, Reply, Run, RunId, Settings, Store};
use glp_core::testkit::{Faults, Level, ModelStore, Service};
use glp_core::time::Instant;
use hurried::Hurried;
use in_memory::InMemory;
use secrecy::ExposeSecret;

/// The runs within which a harsh day's sync has to be complete.
const MAX_RUNS: i64 = 10;

type Shared = Arc<std::sync::Mutex<Service>>;

fn harsh(seed: u64) -> Shared {
    let settings = glp_core::testkit::Settings::default()
        .with_devices(6_000)
        .and_then(|settings| settings.with_subscriptions(600))
        .unwrap();
    let settings = settings.with_seed(seed).with_faults(Faults::level(Level::Harsh));
    Arc::new(std::sync::Mutex::new(Service::new(settings)))
}

fn client(service: &Shared, seed: u64) -> Client<Hurried> {
    let server = {
        let service = service.clone();
        move |request: &Request, now: Instant| service.lock().unwrap().handle(request, now)
    };
    let runtime = Hurried::start();
    let service = service.lock().unwrap();
    let settings = service.settings();
    ClientBuilder::on(runtime.clone())
        .workspace_id(settings.workspace_id())
        .client_id(settings.client_id())
        .client_secret(settings.client_secret().expose_secret().into())
        .transport(InMemory::new(server, runtime))
        .seed(seed)
        .build()
        .unwrap()
}

async fn sync_all<S>(client: &Client<Hurried>, store: &Arc<Mutex<S>>, number: i64) -> Ended
where
    S: Store + Send + 'static,
{
    let settings = Settings::default().page_rows(Resource::Devices, 500).unwrap();
    let started_at = client.clock().wall_now();
    let run = Run::new(RunId(number), Resource::ALL, client.scope(), started_at, settings);
    sync(client, store, run, CallOptions::BATCH, |_| {}).await
}

#[async_std::test]
async fn a_sync_survives_a_harsh_day() {
    for seed in 0..2 {
        let service = harsh(seed);
        let client = client(&service, seed);
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

        let (store, service) = (store.lock().await, service.lock().unwrap());
        for resource in Resource::ALL {
            let truth: BTreeMap<_, _> = service.truth(resource).collect();
            let live = store.live(resource).map(|(id, raw)| (id.to_owned(), raw.to_owned()));
            assert_eq!(live.collect::<BTreeMap<_, _>>(), truth, "{resource}, seed {seed}");
        }
        assert!(service.injected().total() > 0, "seed {seed}");
    }
}

/// A store with a fault of its own.
struct Panics;

impl Store for Panics {
    fn execute(&mut self, _command: Command) -> Result<Reply, Error> {
        panic!("as the test says")
    }
}

#[async_std::test]
async fn a_store_that_panics_ends_the_run_and_not_the_program() {
    let ended = sync_all(&client(&harsh(0), 0), &Arc::new(Mutex::new(Panics)), 1).await;

    let error = ended.error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Database(DatabaseKind::General), "{error}");
}
