//! The GreenLake client for async-std.
//!
//! async-std has been discontinued upstream ([RUSTSEC-2025-0052]); its authors point to smol. This
//! crate is for programs that still run on it. New ones are better served by `glp-tokio`.
//!
//! Every decision is made in [`glp_core`]; this crate carries bytes and waits.
//!
//! # In scope
//!
//! * [`Client`]: calls that are retried, paced and guarded, under timeouts; [`ClientBuilder`];
//! * [`HttpTransport`]: HTTP/1.1 with rustls and ring, and [`Transport`] for one of your own;
//! * [`sync`]: the inventory into any [`Store`](glp_core::sync::Store), through the blocking pool;
//! * [`retry`], [`with_timeout`], [`with_fallback`], [`process_concurrent`],
//!   [`process_pages_concurrent`], [`ConcurrentBatcher`] and more: async helpers for work of your
//!   own, in [`glp_core::concurrent`];
//! * [`Runtime`]: what all this needs of a runtime, in five functions and a sixth to read ahead with. [`AsyncStd`] is the one that
//!   ships; one for smol is a few lines more.
//!
//! # Out of scope
//!
//! * Policies, classification, paging, the rules of a sync: those are in `glp-core`, and behave the same on every
//!   runtime.
//! * Proxies and HTTP/2. `glp-tokio` has both.
//!
//! # The way of a call
//!
//! 1. [`Client::call`] hands an operation to the call machine.
//! 2. The loop of [`glp_core::client`] asks the machine what to do now, does it, and reports what
//!    came of it.
//! 3. The transport takes a connection out of the pool, or has the connector make one, and turns it
//!    until the whole answer is there. No task runs beside it; a page that is read ahead is such a
//!    call within a task.
//! 4. The clock waits.
//!
//! # What is in the tree
//!
//! No tokio runtime. hyper brings the crate `tokio` with its feature `sync` alone, which is
//! channels: no executor, no timer, no sockets. That is why this crate keeps its own small pool, and
//! does without the client of hyper-util, which switches `rt`, `time` and `net` on.
//!
//! [RUSTSEC-2025-0052]: https://rustsec.org/advisories/RUSTSEC-2025-0052.html

mod adapter;
mod alarm;
mod clock;
mod connection;
mod connector;
mod failure;
mod helpers;
mod http_transport;
mod origin;
mod pool;
mod runtime;
mod stream;
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
pub use runtime::{AsyncStd, Runtime};
pub use sync::sync;
