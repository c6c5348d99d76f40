//! The breaker through its public face: a model, the laws, and what it promises.

mod by_hand;
mod laws;
mod model;
mod moves;
mod opening;
mod predecessor;
mod probing;
mod registry;
#[cfg(feature = "std")]
mod shared;
mod snapshots;

use core::num::NonZeroU32;
use core::time::Duration;

use glp_core::breaker::{Breaker, Config, Outcome, Permit, Report, Transition};
use glp_core::time::Instant;

/// Makes a number that cannot be zero.
fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a number above zero")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The instant so many seconds after the origin.
fn at(second: u64) -> Instant {
    Instant::ZERO + seconds(second)
}

/// Opens at the first failure, for ten seconds; one success closes it.
fn touchy() -> Config {
    Config {
        failure_threshold: some(1),
        success_threshold: some(1),
        cool_down: seconds(10),
        ..Config::DEFAULT
    }
}

#[track_caller]
fn admitted(breaker: &mut Breaker, now: Instant) -> Permit {
    breaker.try_acquire(now).expect("the breaker admits")
}

/// Sends one request and reports on it at once.
#[track_caller]
fn send(breaker: &mut Breaker, report: impl Into<Report>, now: Instant) -> Option<Transition> {
    let permit = admitted(breaker, now);
    breaker.report(permit, report, now)
}

/// A breaker that one failure has opened at the origin.
fn opened(config: Config) -> Breaker {
    let mut breaker = Breaker::new(config);
    send(&mut breaker, Outcome::Failure, Instant::ZERO).expect("one failure opens it");
    breaker
}
