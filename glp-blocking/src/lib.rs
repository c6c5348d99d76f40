//! GreenLake for plain threads: the client, and the inventory store.
//!
//! Every decision is made in [`glp_core`]; this crate carries bytes and waits. It needs no async
//! runtime and starts none; it may be used within one, on a thread that may block.
//!
//! # In scope
//!
//! * feature `http` (default): [`Client`], calls that are retried, paced and guarded, under
//!   timeouts; [`HttpTransport`], ureq with rustls and ring, and [`Transport`] for one of your own;
//!   [`sync`](fn@sync), the inventory into any [`Store`](glp_core::sync::Store);
//! * [`retry`], [`with_timeout`], [`with_fallback`], [`process_concurrent`],
//!   [`process_pages_concurrent`], [`ConcurrentBatcher`] and more: helpers for work of your own, in
//!   [`concurrent`];
//! * feature `tls`: [`tls`], whom to trust and what a fault of TLS means, for any client;
//! * feature `sqlite` (default): [`store`], the inventory in one SQLite file. It needs no HTTP
//!   client; the async adapters drive it through their blocking pools.
//!
//! # Out of scope
//!
//! Decisions: policies, classification, paging, the rules of a sync. They are made in
//! [`glp_core`], behave the same on every runtime, and every store answers its commands alike.
//!
//! # The way of a call
//!
//! 1. [`Client::call`] hands an operation to the call machine.
//! 2. The loop in `drive` asks the machine what to do now, does it, and reports what came of it.
//! 3. The transport sends one request and brings one whole answer, or says why there is none. It
//!    is told how long that may take: a thread that blocks cannot be called back.
//! 4. The clock waits. A thread that waits for another call is woken by it.
//!
//! A call is over when its function returns. Where it panics, its permits, its turn and its token
//! flight are given back at once.

#[cfg(feature = "http")]
mod adapter;
#[cfg(feature = "http")]
mod client;
mod clock;
pub mod concurrent;
#[cfg(feature = "http")]
mod connector;
#[cfg(feature = "http")]
mod control;
#[cfg(feature = "http")]
mod drive;
#[cfg(feature = "http")]
mod failure;
#[cfg(feature = "http")]
mod fetcher;
mod helpers;
#[cfg(feature = "http")]
mod http_transport;
#[cfg(feature = "http")]
mod leash;
#[cfg(feature = "http")]
mod pages;
mod seed;
#[cfg(feature = "sqlite")]
pub mod store;
#[cfg(feature = "http")]
mod sync;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "http")]
mod tls_connector;
#[cfg(feature = "http")]
mod transport;
#[cfg(feature = "http")]
mod under_way;
#[cfg(feature = "http")]
mod write;

#[cfg(feature = "http")]
pub use adapter::ClientBuilder;
#[cfg(feature = "http")]
pub use client::Client;
pub use clock::{Clock, Time};
pub use concurrent::{
    Cancellation, CircuitBreaker, ConcurrentBatcher, TimeLeft, gather_with_errors,
    process_concurrent, process_pages_concurrent, retry_with, run_concurrent_tasks, try_or_default,
    try_process_concurrent, with_fallback, with_fallback_if,
};
#[cfg(feature = "http")]
pub use glp_core::client::{HttpSettings, Proxy};
pub use glp_core::concurrent::{
    BatchFailure, CallError, Circuit, CircuitOpen, FailedBatch, FallbackError, Flushed, Gathered,
    GaveUp, ItemError, OnFailure, PageDone, PageError, PagesProcessed, Retrying, TaskEnd, TimedOut,
};
pub use helpers::{retry, with_timeout, with_timeout_or};
#[cfg(feature = "http")]
pub use http_transport::HttpTransport;
#[cfg(feature = "http")]
pub use pages::Pages;
#[cfg(feature = "http")]
pub use sync::sync;
#[cfg(feature = "http")]
pub use transport::{AnyTransport, Transport};
