//! The GreenLake client for tokio.
//!
//! Every decision is made in [`glp_core`]; this crate carries bytes and waits.
//!
//! # In scope
//!
//! * [`Client`]: calls that are retried, paced and guarded, under timeouts; [`ClientBuilder`];
//! * [`HttpTransport`]: reqwest with rustls and ring, and [`Transport`] for one of your own;
//! * [`sync`]: the inventory into any [`Store`](glp_core::sync::Store), through the blocking pool;
//! * [`retry`], [`with_timeout`], [`with_fallback`], [`process_concurrent`],
//!   [`process_pages_concurrent`], [`ConcurrentBatcher`] and more: async helpers for work of your
//!   own, in [`glp_core::concurrent`];
//! * feature `testkit-server`: any fake service behind a real listener, [`FakeServer`], or without
//!   a network, [`InMemory`].
//!
//! # Out of scope
//!
//! Policies, classification, paging, the rules of a sync: those are in `glp-core`, and behave the
//! same on every runtime.
//!
//! # The way of a call
//!
//! 1. [`Client::call`] hands an operation to the call machine.
//! 2. The loop of [`glp_core::client`] asks the machine what to do now, does it, and reports what
//!    came of it.
//! 3. The transport sends one request and brings one whole answer, or says why there is none.
//! 4. The clock waits. Tests that pause tokio's time rule over it.

mod adapter;
mod clock;
mod failure;
mod helpers;
mod http_transport;
#[cfg(feature = "testkit-server")]
mod in_memory;
#[cfg(feature = "testkit-server")]
mod listener;
mod sync;

pub use adapter::{Client, ClientBuilder, Pages};
pub use clock::Clock;
pub use glp_core::client::{HttpSettings, Proxy};
pub use glp_core::concurrent::{
    AttemptError, BatchFailure, CallError, Circuit, CircuitBreaker, CircuitOpen, ConcurrentBatcher,
    FailedBatch, FallbackError, Flushed, Gathered, GaveUp, ItemError, OnFailure, PageDone,
    PageError, PagesProcessed, Retrying, TaskEnd, TimedOut, gather_with_errors, process_concurrent,
    process_pages_concurrent, retry_with, run_concurrent_tasks, try_or_default,
    try_process_concurrent, with_fallback, with_fallback_if,
};
pub use glp_core::transport::Transport;
pub use helpers::{retry, with_timeout, with_timeout_or};
pub use http_transport::HttpTransport;
#[cfg(feature = "testkit-server")]
pub use in_memory::InMemory;
#[cfg(feature = "testkit-server")]
pub use listener::FakeServer;
pub use sync::sync;
