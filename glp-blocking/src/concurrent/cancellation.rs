//! The word that work is called off, for threads, which cannot be dropped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Tells work that it is called off, because another piece of work failed or panicked. Ask it
/// between steps, and return where it says so.
///
/// Example: see [`run_concurrent_tasks`](super::run_concurrent_tasks).
#[derive(Debug)]
pub struct Cancellation<'a> {
    requested: &'a AtomicBool,
    heard: AtomicBool,
}

impl<'a> Cancellation<'a> {
    pub(super) fn new(requested: &'a AtomicBool) -> Self {
        Self { requested, heard: AtomicBool::new(false) }
    }

    /// Says whether the work is called off.
    pub fn is_requested(&self) -> bool {
        let requested = self.requested.load(Ordering::Acquire);
        self.heard.fetch_or(requested, Ordering::Relaxed);
        requested
    }

    /// Says whether the work has asked and was told to stop.
    pub(super) fn was_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }
}

/// Work that panics calls the others off: what they come to is not asked for any more.
impl Drop for Cancellation<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.requested.store(true, Ordering::Release);
        }
    }
}
