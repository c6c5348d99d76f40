//! A sync on tokio's paused clock: what reaches the store, whatever happens on the way.
#![cfg(feature = "testkit-server")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use glp_core::call::CallOptions;
use glp_core::error::{DatabaseKind, Error, ErrorKind};
use glp_core::exchange::{Request, Response};
use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Ended, HEARTBEAT, Outcome, Reply, Run, RunId, Settings, Store};
use glp_core::testkit::{Ending, Exchange, ModelStore, Server};
use glp_core::time::Instant;
use glp_core::wall::UnixTime;
use glp_tokio::{Client, InMemory, sync};
use tokio::sync::Mutex;

const ROWS: u64 = 95;
const PAGE: u32 = 10;

/// Lists [`ROWS`] rows of whatever is asked for; each answer takes `latency`.
fn listing(latency: Duration) -> impl Server + Send {
    move |request: &Request, _: Instant| {
        let body = match request.uri().query() {
            None => r#"{"access_token":"t","expires_in":7200}"#.to_owned(),
            Some(query) => page(number(query, "offset="), number(query, "limit=")),
        };
        Exchange { after: latency, ending: Ending::Answer(Response::new(Bytes::from(body))) }
    }
}

fn number(query: &str, name: &str) -> u64 {
    query.split('&').find_map(|part| part.strip_prefix(name)).unwrap().parse().unwrap()
}

fn row(index: u64) -> String {
    format!(r#"{{"id":"{index:03}","name":"row {index}"}}"#)
}

fn page(offset: u64, limit: u64) -> String {
    let items: Vec<_> = (offset..ROWS.min(offset + limit)).map(row).collect();
    format!(r#"{{"items":[{}],"total":{ROWS}}}"#, items.join(","))
}

fn client(latency: Duration) -> Client {
    Client::builder()
        .base_url("https://api.example")
        .token_url("https://sso.example/token")
        .client_id("me")
        .client_secret("hunter2".into())
        .seed(7)
        .transport(InMemory::new(listing(latency)))
        .build()
        .unwrap()
}

fn run(number: i64, client: &Client) -> Run {
    let settings = Settings::default().page_rows(Resource::Devices, PAGE).unwrap();
    let settings = settings.page_rows(Resource::Subscriptions, PAGE).unwrap();
    let started_at = client.clock().wall_now();
    Run::new(RunId(number), Resource::ALL, client.scope(), started_at, settings)
}

async fn sync_all<S: Store + Send + 'static>(client: &Client, store: &Arc<Mutex<S>>) -> Ended {
    sync(client, store, run(1, client), CallOptions::BATCH, |_| {}).await
}

fn holds_every_row(store: &ModelStore) -> bool {
    Resource::ALL
        .iter()
        .all(|&resource| store.live(resource).map(|(_, raw)| raw.to_owned()).eq((0..ROWS).map(row)))
}

#[tokio::test(start_paused = true)]
async fn every_row_reaches_the_store_and_every_step_is_seen() {
    let store = Arc::new(Mutex::new(ModelStore::default()));
    let client = client(Duration::from_millis(1));
    let mut seen = Vec::new();

    let watch = |run: &Run| seen.extend(run.progress().map(|progress| progress.rows));
    let ended = sync(&client, &store, run(1, &client), CallOptions::BATCH, watch).await;

    assert_eq!((ended.report.outcome, ended.error.is_none()), (Outcome::Complete, true));
    assert!(holds_every_row(&*store.lock().await));
    assert!(seen.contains(&0) && seen.contains(&ROWS), "{seen:?}");
}

/// Polls `future` at most `polls` times, then drops it.
async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| match left.checked_sub(1) {
        None => Poll::Ready(None),
        Some(one_less) => {
            left = one_less;
            future.as_mut().poll(context).map(Some)
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_sync_dropped_at_any_await_goes_on_where_it_stopped() {
    let mut resumed = 0;
    for polls in 0.. {
        let store = Arc::new(Mutex::new(ModelStore::default()));
        let client = client(Duration::from_millis(1));

        let first = dropped_after(polls, sync_all(&client, &store)).await;
        let second = sync(&client, &store, run(2, &client), CallOptions::BATCH, |_| {}).await;

        assert_eq!(second.report.outcome, Outcome::Complete, "dropped after {polls} polls");
        assert!(holds_every_row(&*store.lock().await), "dropped after {polls} polls");
        resumed += second.report.resources.values().filter_map(|done| done.resumed_at).count();
        if first.is_some() {
            break;
        }
    }
    assert!(resumed > 20, "one for each page at least: {resumed}");
}

/// A store whose lock another process takes after some heartbeats.
struct Held {
    model: ModelStore,
    beats: Vec<UnixTime>,
    lost_after: usize,
}

impl Held {
    fn new(lost_after: usize) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { model: ModelStore::default(), beats: Vec::new(), lost_after }))
    }
}

impl Store for Held {
    fn execute(&mut self, command: Command) -> Result<Reply, Error> {
        self.model.execute(command)
    }

    fn heartbeat(&mut self, at: UnixTime) -> Result<(), Error> {
        self.beats.push(at);
        if self.beats.len() > self.lost_after {
            return Err(Error::new(DatabaseKind::Locked, "another sync has taken over"));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_long_in_coming_is_waited_for_with_heartbeats() {
    let store = Held::new(usize::MAX);
    let client = client(3 * HEARTBEAT);

    assert_eq!(sync_all(&client, &store).await.report.outcome, Outcome::Complete);

    let beats = &store.lock().await.beats;
    assert!(beats.len() >= 40, "two while each of the twenty pages is waited for: {}", beats.len());
    assert!(beats.is_sorted() && beats.windows(2).all(|pair| pair[1].since(pair[0]) >= HEARTBEAT));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_taken_over_ends_the_run() {
    let store = Held::new(5);
    let client = client(3 * HEARTBEAT);

    let ended = sync_all(&client, &store).await;

    let error = ended.error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Database(DatabaseKind::Locked));
    assert_eq!(ended.report.outcome, Outcome::Failed);
}

#[cfg(feature = "sqlite")]
#[tokio::test(start_paused = true)]
async fn the_sqlite_store_holds_every_row_and_shows_that_its_run_is_alive() {
    use glp_blocking::store::{ListFilter, Owner, Store};

    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path().join("inventory.db")).unwrap();
    let client = client(3 * HEARTBEAT);
    let owner = Owner { pid: 1, host: "here".into(), program: "a test".into() };
    let started = store.begin_run(&owner, client.clock().wall_now()).unwrap();
    let store = Arc::new(Mutex::new(store));

    let mut beats = Vec::new();
    let watch = |_: &Run| {
        let holder = store.try_lock().unwrap().status(1).unwrap().holder.unwrap();
        beats.push(holder.heartbeat_at);
    };
    let run = run(started.run.0, &client);
    let ended = sync(&client, &store, run, CallOptions::BATCH, watch).await;

    assert_eq!(ended.report.outcome, Outcome::Complete);
    let store = store.lock().await;
    for resource in Resource::ALL {
        assert_eq!(store.list(resource, &ListFilter::default()).unwrap().len() as u64, ROWS);
    }
    beats.dedup();
    assert!(beats.len() >= 20 && beats.is_sorted(), "one for each page at least: {beats:?}");
}
