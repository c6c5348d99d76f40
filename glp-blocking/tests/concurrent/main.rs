//! The helpers on threads. Threads wait for each other, never for the time; what waits for the
//! time does so in virtual time. K1 to K10 are the predecessor's defects; its own tests are in
//! `tests/tests/predecessor`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batcher;
mod degradation;
mod pages;
mod process;
mod retry;
mod stage;
mod tasks;

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn at_most(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// Returns the words with which `work` panics.
fn panic_of<T>(work: impl FnOnce() -> T) -> &'static str {
    let panic: Box<dyn Any + Send> = catch_unwind(AssertUnwindSafe(work)).err().unwrap();
    panic.downcast_ref::<&str>().copied().unwrap()
}
