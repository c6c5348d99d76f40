//! Resilience for the HPE GreenLake Platform API, as pure state machines.
//!
//! Every decision (admit, refuse, wait, retry, give up, refresh the token, ask for the next page,
//! retire a row) is a function of the configuration, a seed, the inputs so far and `now`. This
//! crate performs no I/O, starts no thread, reads no clock and draws no randomness that was not
//! handed to it. The adapter crates carry bytes and wait.
//!
//! # In scope
//!
//! * policies, `no_std` with `alloc`: [`retry`], [`backoff`], [`budget`], [`breaker`],
//!   [`limiter`], [`hint`], [`rng`], [`time`];
//! * feature `client` (default): classification, the call machine, the token slot, the pager, the
//!   API's models and routes, and the machines that sync and write;
//! * feature `gzip`: a response's body, unpacked as it arrives and limited before and after;
//! * feature `std` (default): `concurrent`, what helpers for work of your own have in common; with
//!   the feature `futures`, their async bodies, for any runtime, and the async client;
//! * feature `testkit`: a world in virtual time and a fake GreenLake service.
//!
//! # Out of scope
//!
//! Sockets, runtimes, clocks, databases. Those live in `glp-tokio`, `glp-async-std` and
//! `glp-blocking`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod backoff;
pub mod breaker;
pub mod budget;
pub mod hint;
pub mod invalid;
pub mod limiter;
pub mod retry;
pub mod rng;
pub mod time;

#[cfg(feature = "std")]
mod mutex;

#[cfg(feature = "gzip")]
pub mod body;
#[cfg(feature = "client")]
pub mod call;
#[cfg(feature = "client")]
pub mod classify;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "std")]
pub mod concurrent;
#[cfg(feature = "client")]
pub mod drive;
#[cfg(feature = "client")]
pub mod error;
#[cfg(feature = "client")]
pub mod exchange;
#[cfg(feature = "client")]
pub mod greenlake;
#[cfg(feature = "client")]
pub mod operation;
#[cfg(feature = "client")]
pub mod page;
#[cfg(feature = "client")]
pub mod pager;
#[cfg(feature = "client")]
pub mod redact;
#[cfg(feature = "client")]
pub mod sync;
#[cfg(feature = "client")]
pub mod token;
#[cfg(feature = "client")]
pub mod trace;
#[cfg(feature = "client")]
pub mod transport;
#[cfg(feature = "client")]
pub mod wall;
#[cfg(feature = "client")]
pub mod write;

#[cfg(feature = "testkit")]
pub mod testkit;
