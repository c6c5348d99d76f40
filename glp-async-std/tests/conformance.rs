//! The same scenarios in the virtual world, in hurried time and over loopback sockets: the record of
//! decisions is the same.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hurried;
mod in_memory;
mod loopback;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glp_async_std::{AsyncStd, Client, ClientBuilder, Clock, Runtime};
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
use hurried::Hurried;
use in_memory::InMemory;
use loopback::Loopback;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Gives `builder` waits of a few milliseconds: real ones, over loopback, of whose length nothing is
/// asserted.
fn hasty<R: Runtime>(builder: ClientBuilder<R>, url: &str) -> ClientBuilder<R> {
    let breaker = breaker::Config {
        failure_threshold: NonZeroU32::new(2).unwrap(),
        cool_down: 5 * MILLISECOND,
        ..breaker::Config::DEFAULT
    };
    builder
        .base_url(url)
        .token_url(format!("{url}/token"))
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
fn virtually<R: Runtime>(
    client: &Client<R>,
    script: Script,
    operation: &Operation,
) -> (Vec<Outcome>, Log) {
    let mut world = World::new(client.policy(), script).unwrap();
    let outcomes = [(); 2].map(|()| outcome(world.run(operation.clone())));
    (outcomes.into(), world.log().to_vec())
}

/// Runs `operation` twice with the client, and hands over what it recorded meanwhile.
async fn really<R: Runtime>(
    client: &Client<R>,
    log: &Mutex<Log>,
    operation: &Operation,
) -> (Vec<Outcome>, Log) {
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        outcomes.push(outcome(client.call(operation.clone()).await));
    }
    (outcomes, log.lock().unwrap().clone())
}

/// Makes a client that records every notice with its time.
fn recorded<R: Runtime>(runtime: R, builder: ClientBuilder<R>) -> (Client<R>, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(Log::new()));
    let (record, clock) = (log.clone(), Clock::of(runtime));
    let observer =
        move |notice: &Notice| record.lock().unwrap().push((clock.now(), notice.clone()));
    (builder.observer(observer).build().unwrap(), log)
}

#[async_std::test]
async fn in_hurried_time_every_decision_is_made_at_the_same_time() {
    for (name, script, operation) in quick().into_iter().chain(slow()) {
        let runtime = Hurried::start();
        let transport = InMemory::new(script.clone(), runtime.clone());
        let builder = hasty(ClientBuilder::on(runtime.clone()), "https://api.example");
        let (client, log) = recorded(runtime, builder.transport(transport));

        let real = really(&client, &log, &operation).await;

        assert_eq!(real, virtually(&client, script, &operation), "{name}");
    }
}

#[async_std::test]
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
        let server = Loopback::start(script.clone()).await;
        let (client, log) = recorded(AsyncStd, hasty(Client::builder(), server.url()));

        let real = really(&client, &log, &operation).await;

        let expected = virtually(&client, script, &operation);
        assert_eq!(order(real), order(expected), "{name}");
        server.stop().await;
    }
}
