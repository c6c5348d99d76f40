//! The policies through their public face: pure state, no HTTP, no feature.

use core::num::NonZeroU32;
use core::time::Duration;

mod backoff;

/// Makes a number that cannot be zero.
#[track_caller]
fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a number above zero")
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
