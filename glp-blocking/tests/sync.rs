//! A sync on plain threads: what reaches the store.
#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use glp_blocking::{Client, Transport, sync};
use glp_core::call::CallOptions;
use glp_core::error::{ApiKind, ErrorKind};
use glp_core::exchange::{Failure, Request, Response};
use glp_core::greenlake::Resource;
use glp_core::sync::{Outcome, Run, RunId, Settings};
use glp_core::testkit::ModelStore;
use http::StatusCode;

const ROWS: u64 = 95;
const PAGE: u32 = 10;

/// Lists [`ROWS`] rows of whatever is asked for, up to a number of pages; then it is forbidden.
struct Listing {
    pages: AtomicUsize,
}

impl Transport for Listing {
    fn send(&self, request: Request, _: Duration) -> Result<Response, Failure> {
        let Some(query) = request.uri().query() else {
            return Ok(Response::new(r#"{"access_token":"t","expires_in":7200}"#.into()));
        };
        let mut response = Response::new(page(number(query, "offset="), number(query, "limit=")));
        let left =
            self.pages.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            *response.status_mut() = StatusCode::FORBIDDEN;
        }
        Ok(response)
    }
}

fn number(query: &str, name: &str) -> u64 {
    query.split('&').find_map(|part| part.strip_prefix(name)).unwrap().parse().unwrap()
}

fn row(index: u64) -> String {
    format!(r#"{{"id":"{index:03}","name":"row {index}"}}"#)
}

fn page(offset: u64, limit: u64) -> Bytes {
    let items: Vec<_> = (offset..ROWS.min(offset + limit)).map(row).collect();
    format!(r#"{{"items":[{}],"total":{ROWS}}}"#, items.join(",")).into()
}

fn client(pages: usize) -> Client {
    Client::builder()
        .base_url("https://api.example")
        .token_url("https://sso.example/token")
        .client_id("me")
        .client_secret("hunter2".into())
        .seed(7)
        .transport(Listing { pages: pages.into() })
        .build()
        .unwrap()
}

/// A run over the devices: the quota of one minute is enough for its pages.
fn run(number: i64, client: &Client) -> Run {
    let settings = Settings::default().page_rows(Resource::Devices, PAGE).unwrap();
    let started_at = client.clock().wall_now();
    Run::new(RunId(number), [Resource::Devices], client.scope(), started_at, settings)
}

fn holds_every_row(store: &ModelStore) -> bool {
    store.live(Resource::Devices).map(|(_, raw)| raw.to_owned()).eq((0..ROWS).map(row))
}

#[test]
fn every_row_reaches_the_store_and_every_step_is_seen() {
    let (client, mut store, mut seen) = (client(usize::MAX), ModelStore::default(), Vec::new());

    let watch = |run: &Run| seen.extend(run.progress().map(|progress| progress.rows));
    let ended = sync(&client, &mut store, run(1, &client), CallOptions::BATCH, watch);

    assert_eq!((ended.report.outcome, ended.error.is_none()), (Outcome::Complete, true));
    assert!(holds_every_row(&store));
    assert!(seen.contains(&0) && seen.contains(&ROWS), "{seen:?}");
}

#[test]
fn a_listing_that_broke_off_is_resumed_by_the_next_run() {
    let (broken, whole, mut store) = (client(3), client(usize::MAX), ModelStore::default());

    let first = sync(&broken, &mut store, run(1, &broken), CallOptions::BATCH, |_| {});
    let second = sync(&whole, &mut store, run(2, &whole), CallOptions::BATCH, |_| {});

    let failed = &first.failures[&Resource::Devices];
    assert_eq!(failed.kind(), ErrorKind::Api(ApiKind::Forbidden));
    assert_eq!(second.report.outcome, Outcome::Complete);
    assert!(second.report.resources[&Resource::Devices].resumed_at.is_some());
    assert!(holds_every_row(&store));
}

#[cfg(feature = "sqlite")]
#[test]
fn the_sqlite_store_holds_every_row() {
    use glp_blocking::store::{ListFilter, Owner, Store};

    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path().join("inventory.db")).unwrap();
    let client = client(usize::MAX);
    let owner = Owner { pid: 1, host: "here".into(), program: "a test".into() };
    let started = store.begin_run(&owner, client.clock().wall_now()).unwrap();

    let run = run(started.run.0, &client);
    let ended = sync(&client, &mut store, run, CallOptions::BATCH, |_| {});

    assert_eq!(ended.report.outcome, Outcome::Complete);
    let rows = store.list(Resource::Devices, &ListFilter::default()).unwrap();
    assert_eq!(rows.len() as u64, ROWS);
}
