//! What a runtime must bring: the time, and a way to wait.

use core::future::Future;

use crate::time::Instant;

/// Tells the time and waits, as one runtime does it.
///
/// Both count from the same origin. A sleep that is dropped costs nothing more.
pub trait Timer {
    /// Returns the time since the origin.
    fn now(&self) -> Instant;

    /// Waits until `until`, never less; at once where it has passed.
    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send;
}

impl<T: Timer> Timer for &T {
    fn now(&self) -> Instant {
        T::now(self)
    }

    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send {
        T::sleep_until(self, until)
    }
}
