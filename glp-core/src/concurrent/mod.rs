//! Helpers for work of your own: at once, in time, after a failure.
//!
//! What a helper decides and reports is the same whether the work is a future or a function on a
//! thread, and is written here once. The async bodies come with the feature `futures`; those on
//! threads are `glp_blocking::concurrent`. Every bound is a
//! [`NonZeroUsize`](core::num::NonZeroUsize), so "none at all" cannot be said.
//!
//! | helper | what it does |
//! |---|---|
//! | `retry`, `retry_with` | tries again after a wait |
//! | `CircuitBreaker` | does not do what keeps failing, for a while |
//! | `with_fallback`, `with_fallback_if` | does something else where the first failed |
//! | `with_timeout`, `with_timeout_or` | ends work that takes too long |
//! | `try_or_default` | puts a value in the place of an error |
//! | `process_concurrent`, `try_process_concurrent` | works on many items, some at a time |
//! | `process_pages_concurrent` | the same, on pages that are still being fetched |
//! | `gather_with_errors` | sorts what came of work into values and errors |
//! | `run_concurrent_tasks` | runs tasks that have names |
//! | `ConcurrentBatcher` | collects items from many producers and works on batches of them |
//!
//! # The async bodies
//!
//! They start no task and read no clock. The caller polls, and a runtime's `Timer` waits;
//! `glp-tokio` brings one. Dropping a helper's future drops the work that it began.
//!
//! # For whoever writes bodies
//!
//! [`Attempts`], [`PageLedger`], [`BatchLedger`] and [`in_order`] hold what the bodies have in
//! common: each says what to do next and takes what came of it.

#[cfg(feature = "futures")]
pub(crate) mod asynchronous;
mod attempts;
mod batch_ledger;
mod circuit;
mod fallback_error;
mod gathered;
mod order;
mod page_ledger;
mod task_end;
mod thread_timer;
mod timed_out;

#[cfg(all(feature = "futures", feature = "client"))]
pub use asynchronous::retry;
#[cfg(feature = "futures")]
pub use asynchronous::{
    AttemptError, CircuitBreaker, ConcurrentBatcher, Executor, Spawned, Timer, gather_with_errors,
    process_concurrent, process_pages_concurrent, retry_with, run_concurrent_tasks, try_or_default,
    try_process_concurrent, with_fallback, with_fallback_if, with_timeout, with_timeout_or,
};
pub use attempts::{Attempts, GaveUp, Retrying};
pub use batch_ledger::{Batch, BatchFailure, BatchLedger, FailedBatch, Flushed};
#[cfg(feature = "client")]
pub use circuit::judge;
pub use circuit::{CallError, Circuit, CircuitOpen};
pub use fallback_error::FallbackError;
pub use gathered::Gathered;
pub use order::{ItemError, in_order};
pub use page_ledger::{PageDone, PageError, PageJob, PageLedger, PagesProcessed, Place};
pub use task_end::{OnFailure, TaskEnd};
pub use thread_timer::ThreadTimer;
pub use timed_out::TimedOut;
