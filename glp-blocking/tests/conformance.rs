//! The same scenarios in the virtual world and over loopback sockets: the record of decisions is
//! the same.
#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glp_blocking::{Client, ClientBuilder};
use glp_core::backoff::{Backoff, Jitter};
use glp_core::breaker;
use glp_core::call::{CallOptions, Guard, Patience};
use glp_core::error::{Error, ErrorKind};
use glp_core::exchange::Response;
use glp_core::greenlake::Route;
use glp_core::operation::{Operation, Replay};
use glp_core::testkit::{Ending, Script, World};
use glp_core::trace::Notice;
use support::fake;

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

fn scenarios() -> Vec<(&'static str, Script, Operation)> {
    let cut = || {
        let response = Response::new("0123456789".into());
        Script::new().ending(Ending::Truncated { response, keep: 4 })
    };
    let hint = || Script::new().status(429).header("retry-after", "0");
    let elsewhere = || Script::new().status(302).header("location", "https://elsewhere/");
    vec![
        ("an answer", Script::new().status(200), read()),
        ("two failures, then an answer", Script::new().status(503).status(500).status(200), read()),
        ("a token refused once", Script::new().status(401).status(200), read()),
        ("a token refused twice", Script::new().status(401), read()),
        ("a hint", hint().status(200), read()),
        ("a hint too long", Script::new().status(429).header("retry-after", "3600"), read()),
        ("a reset before", Script::new().ending(Ending::ResetBefore).status(200), read()),
        ("a reset after", Script::new().ending(Ending::ResetAfter).status(200), read()),
        ("a write that broke", Script::new().ending(Ending::ResetAfter), write()),
        ("a body cut short", cut().status(200), read()),
        ("a breaker that opens", Script::new().status(502).status(502).status(200), read()),
        ("failures to the end", Script::new().status(503), read()),
        ("a redirect", elsewhere(), read()),
        ("not found", Script::new().status(404), read()),
    ]
}

/// What a call came to, as far as every world can tell it.
type Outcome = Result<u16, (ErrorKind, u32)>;

fn outcome(result: Result<Response, Error>) -> Outcome {
    result
        .map(|response| response.status().as_u16())
        .map_err(|error| (error.kind(), error.attempts()))
}

/// Leaves out what depends on how long the sockets took: which waits were due.
fn untimed(notice: &Notice) -> Option<String> {
    match notice {
        Notice::Waiting { .. } => None,
        other => Some(other.to_string()),
    }
}

#[test]
fn every_decision_is_made_in_the_same_order_as_in_the_virtual_world() {
    for (name, script, operation) in scenarios() {
        let url = fake(script.clone());
        let log = Arc::new(Mutex::new(Vec::new()));
        let record = log.clone();
        let client = builder()
            .base_url(&url)
            .token_url(format!("{url}/token"))
            .observer(move |notice| record.lock().unwrap().extend(untimed(notice)))
            .build()
            .unwrap();
        let mut world = World::new(client.policy(), script).unwrap();

        let real = [(); 2].map(|()| outcome(client.call(operation.clone())));

        let expected = [(); 2].map(|()| outcome(world.run(operation.clone())));
        let order: Vec<_> = world.log().iter().filter_map(|(_, notice)| untimed(notice)).collect();
        assert_eq!((real, &*log.lock().unwrap()), (expected, &order), "{name}");
    }
}
