//! Async helpers for any runtime: work at once, work in time, work after a failure.
//!
//! Nothing here starts a task or reads a clock. The caller polls, and a runtime's [`Timer`] waits;
//! `glp-tokio` brings one. Every bound is a [`NonZeroUsize`](core::num::NonZeroUsize), so "none at
//! all" cannot be said. Dropping a helper's future drops the work that it began.
//!
//! | helper | what it does |
//! |---|---|
//! | [`retry`], [`retry_with`] | tries again after a wait |
//! | [`with_fallback`], [`with_fallback_if`] | does something else where the first failed |
//! | [`with_timeout`], [`with_timeout_or`] | ends work that takes too long |
//! | [`try_or_default`] | puts a value in the place of an error |
//! | [`process_concurrent`], [`try_process_concurrent`] | works on many items, some at a time |
//! | [`process_pages_concurrent`] | the same, on pages that are still being fetched |
//! | [`gather_with_errors`] | sorts what came of futures into values and errors |
//! | [`run_concurrent_tasks`] | runs tasks that have names |
//! | [`ConcurrentBatcher`] | collects items from many producers and works on batches of them |

mod batcher;
pub(crate) mod bell;
mod default;
mod fallback;
mod gather;
mod pages;
mod process;
#[cfg(feature = "client")]
mod retry;
mod retry_with;
mod tasks;
mod timeout;
mod timer;

pub use batcher::{BatchFailure, ConcurrentBatcher, FailedBatch, Flushed};
pub use default::try_or_default;
pub use fallback::{FallbackError, with_fallback, with_fallback_if};
pub use gather::{Gathered, gather_with_errors};
pub use pages::{PageDone, PageError, PagesProcessed, process_pages_concurrent};
pub use process::{ItemError, process_concurrent, try_process_concurrent};
#[cfg(feature = "client")]
pub use retry::retry;
pub use retry_with::{AttemptError, GaveUp, Retrying, retry_with};
pub use tasks::{OnFailure, TaskEnd, run_concurrent_tasks};
pub use timeout::{TimedOut, with_timeout, with_timeout_or};
pub use timer::{Executor, Spawned, Timer};
