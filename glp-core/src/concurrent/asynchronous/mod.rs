//! The bodies for futures, on any runtime.

mod batcher;
pub(crate) mod bell;
mod circuit_breaker;
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

pub use batcher::ConcurrentBatcher;
pub use circuit_breaker::CircuitBreaker;
pub use default::try_or_default;
pub use fallback::{with_fallback, with_fallback_if};
pub use gather::gather_with_errors;
pub use pages::process_pages_concurrent;
pub use process::{process_concurrent, try_process_concurrent};
#[cfg(feature = "client")]
pub use retry::retry;
pub use retry_with::{AttemptError, retry_with};
pub use tasks::run_concurrent_tasks;
pub use timeout::{with_timeout, with_timeout_or};
pub use timer::{Executor, Spawned, Timer};
