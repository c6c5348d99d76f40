//! Helpers on plain threads: work at once, work in time, work after a failure.
//!
//! They are the async helpers of [`glp_core::concurrent`] under the same names, with the same
//! results and errors. What runs at once runs on scoped threads, so it may borrow; no thread
//! outlives the helper that began it, but for work that [`with_timeout`] gave up. Where the system
//! has no thread left, less runs at once: the caller's own thread helps out.
//!
//! | helper | what it does |
//! |---|---|
//! | [`retry`], [`retry_with`] | tries again after a wait |
//! | [`with_fallback`], [`with_fallback_if`] | does something else where the first failed |
//! | [`with_timeout`], [`with_timeout_or`] | stops waiting for work that takes too long |
//! | [`try_or_default`] | puts a value in the place of an error |
//! | [`process_concurrent`], [`try_process_concurrent`] | works on many items, some at a time |
//! | [`process_pages_concurrent`] | the same, on pages that are still being fetched |
//! | [`gather_with_errors`] | sorts what came of work into values and errors |
//! | [`run_concurrent_tasks`] | runs tasks that have names |
//! | [`ConcurrentBatcher`] | collects items from many producers and works on batches of them |
//!
//! # What a thread cannot do
//!
//! A future is dropped; a thread cannot be stopped from without. So work that may be called off is
//! given something to ask: the [`TimeLeft`] it has, or the [`Cancellation`] that a sibling's
//! failure caused. What has not begun does not begin any more; what runs is awaited, except under
//! [`with_timeout`].
//!
//! Work that panics panics in the caller, with its own words, once what runs beside it has ended.

mod batcher;
mod cancellation;
mod circuit_breaker;
mod crew;
mod default;
mod fallback;
mod gather;
mod pages;
mod process;
mod retry;
mod retry_with;
mod tasks;
mod time_left;
mod timeout;

pub use batcher::ConcurrentBatcher;
pub use cancellation::Cancellation;
pub use circuit_breaker::CircuitBreaker;
pub use default::try_or_default;
pub use fallback::{with_fallback, with_fallback_if};
pub use gather::gather_with_errors;
pub use pages::process_pages_concurrent;
pub use process::{process_concurrent, try_process_concurrent};
pub use retry::retry;
pub use retry_with::retry_with;
pub use tasks::run_concurrent_tasks;
pub use time_left::TimeLeft;
pub use timeout::{with_timeout, with_timeout_or};
