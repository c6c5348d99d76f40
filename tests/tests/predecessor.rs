//! The predecessor's 36 tests, by their names, with stronger checks, for both flavours.
//!
//! Where one body serves both it is written once, over a [`Flavour`](flavour::Flavour), and the
//! macro makes a test of each: `retry::async_flavour::test_retry_succeeds_on_first_attempt` and
//! `retry::blocking_flavour::…`. Nothing sleeps and nothing looks at the time that passes: futures
//! and threads wait in virtual time, or for each other.

#[path = "predecessor/batcher.rs"]
mod batcher;
#[path = "predecessor/circuit_breaker.rs"]
mod circuit_breaker;
#[path = "predecessor/concurrent.rs"]
mod concurrent;
#[path = "predecessor/degradation.rs"]
mod degradation;
#[path = "predecessor/flavour.rs"]
mod flavour;
#[path = "predecessor/guarded.rs"]
mod guarded;
#[path = "predecessor/integration.rs"]
mod integration;
#[path = "predecessor/retry.rs"]
mod retry;
#[path = "../../glp-blocking/tests/concurrent/stage.rs"]
mod stage;

use std::num::NonZeroUsize;

use glp_core::error::{ApiKind, Error};

/// Makes a test of each function, in either flavour.
macro_rules! in_both_flavours {
    ($($test:ident),* $(,)?) => {
        mod async_flavour {
            $(#[test] fn $test() { super::$test(&crate::flavour::Polled::default()); })*
        }
        mod blocking_flavour {
            $(#[test] fn $test() { super::$test(&crate::flavour::Threads::default()); })*
        }
    };
}
pub(crate) use in_both_flavours;

fn at_most(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a bound is at least one")
}

fn server_error() -> Error {
    Error::new(ApiKind::Server, "out of order").with_status(500)
}
