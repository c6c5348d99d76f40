//! The time that work has, for threads, which cannot be dropped.

use std::time::Duration;

use glp_core::concurrent::ThreadTimer;
use glp_core::time::Instant;

/// Tells work how long it may still take. Ask it between steps, hand it to what has a timeout of
/// its own, and return where it is up.
///
/// Examples: see [`retry`](super::retry) and [`with_timeout`](super::with_timeout).
#[derive(Clone, Copy, Debug)]
pub struct TimeLeft<T> {
    timer: T,
    until: Instant,
}

impl<T: ThreadTimer> TimeLeft<T> {
    pub(super) fn new(timer: T, until: Instant) -> Self {
        Self { timer, until }
    }

    /// Returns the time that is left: zero where it is up.
    pub fn left(&self) -> Duration {
        self.until.since(self.timer.now())
    }

    /// Says whether the time is up.
    pub fn is_up(&self) -> bool {
        self.left().is_zero()
    }

    /// Returns the end of the time, as the timer counts.
    pub fn until(&self) -> Instant {
        self.until
    }
}
