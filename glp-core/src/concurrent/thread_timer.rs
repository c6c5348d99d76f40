//! What an adapter for plain threads must bring: the time, and a way to wait.

use std::thread::Thread;

use crate::time::Instant;

/// Tells the time and has a thread wait.
///
/// All counts from the same origin.
pub trait ThreadTimer {
    /// Returns the time since the origin.
    fn now(&self) -> Instant;

    /// Returns the wall time of the origin, where it is known; errors name moments by it.
    #[cfg(feature = "client")]
    fn wall_origin(&self) -> Option<crate::wall::UnixTime> {
        None
    }

    /// Blocks the thread until `until`, never less; returns at once where it has passed.
    fn sleep_until(&self, until: Instant);

    /// Blocks the thread until `until`, or until it is [unparked](Self::unpark). It may return
    /// earlier for no reason: look again.
    fn park_until(&self, until: Instant);

    /// Ends the wait of a thread that is parked; one that is not will not wait when it parks next.
    fn unpark(&self, thread: &Thread) {
        thread.unpark();
    }
}

impl<T: ThreadTimer> ThreadTimer for &T {
    fn now(&self) -> Instant {
        T::now(self)
    }

    #[cfg(feature = "client")]
    fn wall_origin(&self) -> Option<crate::wall::UnixTime> {
        T::wall_origin(self)
    }

    fn sleep_until(&self, until: Instant) {
        T::sleep_until(self, until);
    }

    fn park_until(&self, until: Instant) {
        T::park_until(self, until);
    }

    fn unpark(&self, thread: &Thread) {
        T::unpark(self, thread);
    }
}
