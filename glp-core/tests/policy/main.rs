//! The policies through their public face: pure state, no HTTP, no feature. With `client` also the
//! hints of whole responses, with `testkit` all of it as calls see them.

use core::num::NonZeroU32;
use core::time::Duration;

use glp_core::time::Instant;
use proptest::prelude::*;

mod backoff;
mod budget;
#[cfg(feature = "testkit")]
mod call;
#[cfg(feature = "client")]
mod configuration;
mod hint;
mod limiter;
#[cfg(feature = "testkit")]
mod paced_call;
#[cfg(feature = "client")]
mod response;
mod retry;

/// Makes a number that cannot be zero.
#[track_caller]
fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a number above zero")
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns the instant `seconds` after the origin.
fn at(seconds: u64) -> Instant {
    Instant::ZERO + secs(seconds)
}

/// What a clock does between two looks at it.
#[derive(Clone, Copy, Debug)]
enum Clock {
    Stands,
    Runs(u64),
    Jumps(u64),
    RunsBack(u64),
}

impl Clock {
    /// Returns what the clock shows after it showed `now`.
    fn from(self, now: Instant) -> Instant {
        match self {
            Self::Stands => now,
            Self::Runs(millis) | Self::Jumps(millis) => now + Duration::from_millis(millis),
            Self::RunsBack(millis) => {
                Instant::ZERO + now.since(Instant::ZERO + Duration::from_millis(millis))
            }
        }
    }
}

fn clocks() -> impl Strategy<Value = Clock> {
    prop_oneof![
        4 => Just(Clock::Stands),
        8 => (0..500_u64).prop_map(Clock::Runs),
        1 => (0..1_000_000_u64).prop_map(Clock::Jumps),
        2 => (0..20_000_u64).prop_map(Clock::RunsBack),
    ]
}
