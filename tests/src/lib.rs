//! What the tests across the workspace share: a configuration and a few words to write scenarios in.

pub mod program;
pub mod sabotage;
pub mod simulation;

use core::num::NonZeroU32;
use core::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::breaker;
use glp_core::call::{CallOptions, Config, Credentials, Guard, Patience};
use glp_core::exchange::Request;
use glp_core::operation::{Operation, Replay};
use glp_core::testkit::World;
use glp_core::time::Instant;
use glp_core::trace::{Notice, Why};

/// Makes a number that cannot be zero.
///
/// # Panics
///
/// Where it is zero.
#[track_caller]
pub fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a number above zero")
}

/// Returns the instant `seconds` after the origin.
pub fn at(seconds: f64) -> Instant {
    Instant::ZERO + Duration::from_secs_f64(seconds)
}

/// Makes a configuration without jitter, so that waits can be stated exactly.
///
/// # Panics
///
/// Never: the addresses are good ones.
pub fn config() -> Config {
    let credentials = Credentials {
        token_url: "https://sso.example/as/token".into(),
        client_id: "client".into(),
        client_secret: "s3cr3t-canary".into(),
    };
    let mut config = Config::new("https://api.example", credentials).expect("a good configuration");
    config.backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    config
}

/// Makes a configuration whose breakers open after `failures` and stay open for `seconds`.
pub fn guarded(failures: u32, seconds: u64) -> Config {
    let guard = breaker::Config {
        failure_threshold: some(failures),
        cool_down: Duration::from_secs(seconds),
        ..breaker::Config::DEFAULT
    };
    Config { breaker: Guard::On(guard), ..config() }
}

/// Allows `attempts` sends within an hour, waiting at open breakers.
pub fn patient(attempts: u32) -> CallOptions {
    CallOptions {
        attempts: some(attempts),
        operation_timeout: Duration::from_secs(3_600),
        max_server_wait: Duration::from_secs(600),
        patience: Patience::Wait,
        ..CallOptions::INTERACTIVE
    }
}

/// Makes a request that reads.
pub fn read() -> Operation {
    Operation::get("/devices/v1/devices?limit=1")
}

/// Makes a request that must not be sent twice.
pub fn write() -> Operation {
    Operation { replay: Replay::Once, ..read() }
}

/// Says whether a request asks for a token, by the address of [`config`].
pub fn is_token_request(request: &Request) -> bool {
    request.uri().path().starts_with("/as/token")
}

/// Lists the waits of a world, in seconds, with their reasons.
pub fn waits<S>(world: &World<S>) -> Vec<(f64, Why)>
where
    S: glp_core::testkit::Server,
{
    let wait = |(_, notice): &(Instant, Notice)| match notice {
        Notice::Waiting { delay, why, .. } => Some((delay.as_secs_f64(), *why)),
        _ => None,
    };
    world.log().iter().filter_map(wait).collect()
}

/// Lists the requests of a world: when, which route, which attempt.
pub fn sends<S>(world: &World<S>) -> Vec<(f64, String, u32)>
where
    S: glp_core::testkit::Server,
{
    let send = |(at, notice): &(Instant, Notice)| match notice {
        Notice::Sent { route, attempt, .. } => {
            Some((at.since(Instant::ZERO).as_secs_f64(), route.clone(), *attempt))
        }
        _ => None,
    };
    world.log().iter().filter_map(send).collect()
}

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
