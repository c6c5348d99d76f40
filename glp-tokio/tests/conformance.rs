//! The same scenarios in the virtual world, on tokio's paused clock and over loopback sockets: the
//! record of decisions is the same.
#![cfg(feature = "testkit-server")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::breaker;
use glp_core::call::{CallOptions, Guard, Patience};
use glp_core::error::{Error, ErrorKind};
use glp_core::exchange::Response;
use glp_core::greenlake::Route;
use glp_core::operation::{Operation, Replay};
use glp_core::testkit::{Ending, Script, World};
use glp_core::time::Instant;
use glp_core::trace::Notice;
use glp_tokio::{Client, ClientBuilder, Clock, FakeServer, InMemory};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Makes clients whose own waits are a few milliseconds: real ones, over loopback, of whose length
/// nothing is asserted.
fn builder() -> ClientBuilder {
    let breaker = breaker::Config {
        failure_threshold: NonZeroU32::new(2).unwrap(),
        cool_down: 5 * MILLISECOND,
        ..breaker::Config::DEFAULT
    };
    Client::builder()
        .client_id("me")
        .client_secret("hunter2".into())
        .call_options(CallOptions { patience: Patience::Wait, ..CallOptions::INTERACTIVE })
        .attempts(NonZeroU32::new(4).unwrap())
        .breaker(Guard::On(breaker))
        .backoff(Backoff { initial: MILLISECOND, jitter: Jitter::None, ..Backoff::DEFAULT })
        .seed(7)
}

fn read() -> Operation {
    Operation { route: Route::LIST_DEVICES, ..Operation::get("/devices/v1/devices?limit=1") }
}

fn write() -> Operation {
    Operation { replay: Replay::Once, ..read() }
}

/// The scenarios whose waits are ours alone, so that real time can bear them.
fn quick() -> Vec<(&'static str, Script, Operation)> {
    let cut = || {
        let response = Response::new("0123456789".into());
        Script::new().ending(Ending::Truncated { response, keep: 4 })
    };
    vec![
        ("an answer", Script::new().status(200), read()),
        ("two failures, then an answer", Script::new().status(503).status(500).status(200), read()),
        ("a token refused once", Script::new().status(401).status(200), read()),
        ("a token refused twice", Script::new().status(401), read()),
        ("a reset before", Script::new().ending(Ending::ResetBefore).status(200), read()),
        ("a reset after", Script::new().ending(Ending::ResetAfter).status(200), read()),
        ("a write that broke", Script::new().ending(Ending::ResetAfter), write()),
        ("a body cut short", cut().status(200), read()),
        (
            "a breaker that opens and closes",
            Script::new().status(502).status(502).status(200),
            read(),
        ),
        ("failures to the end", Script::new().status(503), read()),
        ("a redirect", Script::new().status(302).header("location", "https://elsewhere/"), read()),
        ("not found", Script::new().status(404), read()),
    ]
}

/// The scenarios that take seconds or minutes of time.
fn slow() -> Vec<(&'static str, Script, Operation)> {
    let slow = || Script::new().latency(Duration::from_secs(2));
    vec![
        ("a hint", slow().status(429).header("retry-after", "37").status(200), read()),
        ("a hint too long", slow().status(429).header("retry-after", "3600"), read()),
        ("a server that never answers", slow().ending(Ending::Silence).status(200), read()),
        ("silence for ever", slow().ending(Ending::Silence), read()),
    ]
}

type Log = Vec<(Instant, Notice)>;

/// What a call came to, as far as every world can tell it.
type Outcome = Result<u16, (ErrorKind, u32)>;

fn outcome(result: Result<Response, Error>) -> Outcome {
    result
        .map(|response| response.status().as_u16())
        .map_err(|error| (error.kind(), error.attempts()))
}

/// Runs `operation` twice in the virtual world, under the client's own configuration.
fn virtually(client: &Client, script: Script, operation: &Operation) -> (Vec<Outcome>, Log) {
    let mut world = World::new(client.policy(), script).unwrap();
    let outcomes = [(); 2].map(|()| outcome(world.run(operation.clone())));
    (outcomes.into(), world.log().to_vec())
}

/// Runs `operation` twice with the client, and hands over what it recorded meanwhile.
async fn really(client: &Client, log: &Mutex<Log>, operation: &Operation) -> (Vec<Outcome>, Log) {
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        outcomes.push(outcome(client.call(operation.clone()).await));
    }
    (outcomes, log.lock().unwrap().clone())
}

/// Makes a client that records every notice with its time.
fn recorded(builder: ClientBuilder) -> (Client, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(Log::new()));
    let (record, clock) = (log.clone(), Clock::start());
    let observer =
        move |notice: &Notice| record.lock().unwrap().push((clock.now(), notice.clone()));
    (builder.observer(observer).build().unwrap(), log)
}

fn in_memory(script: Script) -> (Client, Arc<Mutex<Log>>) {
    let builder = builder().base_url("https://api.example").token_url("https://sso.example/token");
    recorded(builder.transport(InMemory::new(script)))
}

#[tokio::test(start_paused = true)]
async fn on_the_paused_clock_every_decision_is_made_at_the_same_time() {
    /// Rounds up to the millisecond, as tokio's timers do.
    fn ticks((outcomes, mut log): (Vec<Outcome>, Log)) -> (Vec<Outcome>, Log) {
        for (at, _) in &mut log {
            *at = Instant::from_nanos(at.as_nanos().next_multiple_of(1_000_000));
        }
        (outcomes, log)
    }
    for (name, script, operation) in quick().into_iter().chain(slow()) {
        let (client, log) = in_memory(script.clone());

        let real = really(&client, &log, &operation).await;

        let expected = virtually(&client, script, &operation);
        assert_eq!(ticks(real), ticks(expected), "{name}");
    }
}

#[tokio::test]
async fn over_loopback_every_decision_is_made_in_the_same_order() {
    /// Leaves out what depends on how long the sockets took: the times, and which waits were due.
    fn order((outcomes, log): (Vec<Outcome>, Log)) -> (Vec<Outcome>, Vec<String>) {
        let untimed = |(_, notice): &(Instant, Notice)| match notice {
            Notice::Waiting { .. } => None,
            other => Some(other.to_string()),
        };
        (outcomes, log.iter().filter_map(untimed).collect())
    }
    for (name, script, operation) in quick() {
        let server = FakeServer::start("127.0.0.1:0".parse().unwrap(), script.clone()).await;
        let url = server.as_ref().unwrap().url();
        let (client, log) = recorded(builder().token_url(format!("{url}/token")).base_url(url));

        let real = really(&client, &log, &operation).await;

        let expected = virtually(&client, script, &operation);
        assert_eq!(order(real), order(expected), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_calls_share_one_token() {
    let (client, _) = in_memory(Script::new().latency(MILLISECOND).status(200));

    let calls: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(read()).await })
        })
        .collect();

    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    assert_eq!(client.stats().token_fetches, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let (client, _) = in_memory(Script::new().latency(Duration::from_secs(1)).status(200));
    let half_way = client.clock().now() + Duration::from_millis(500);

    let dropped = client.clock().within(half_way, client.call(read())).await;
    let next = client.call(read()).await;

    assert!(dropped.is_none(), "it was fetching the token");
    assert!(next.is_ok(), "the next one fetches it anew, and does not wait for the one dropped");
    assert_eq!(client.clock().now(), half_way + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_path_that_is_none_is_refused_before_anything_is_sent() {
    let (client, log) = in_memory(Script::new());

    for path in ["devices", "//\u{0}", "https://elsewhere/", ""] {
        let error = client.get(path).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration(_)), "{path:?}: {error}");
    }
    assert!(log.lock().unwrap().is_empty());
}
