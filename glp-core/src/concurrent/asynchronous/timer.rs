//! What a runtime must bring: the time, a way to wait, and somebody who polls.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;

use crate::time::Instant;

/// Tells the time and waits, as one runtime does it.
///
/// Both count from the same origin. A sleep that is dropped costs nothing more.
pub trait Timer {
    /// Returns the time since the origin.
    fn now(&self) -> Instant;

    /// Returns the wall time of the origin, where it is known; errors name moments by it.
    #[cfg(feature = "client")]
    fn wall_origin(&self) -> Option<crate::wall::UnixTime> {
        None
    }

    /// Waits until `until`, never less; at once where it has passed.
    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send;

    /// Runs `future`, but not past `until`: then it is dropped and the result is `None`.
    ///
    /// A future that is ready wins over a time that is up. A runtime that can do better than to
    /// poll the one, then the other, does so here.
    fn within<F>(&self, until: Instant, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        Self: Sync,
        F: Future + Send,
        F::Output: Send,
    {
        async move { race(pin!(future), pin!(None), || self.sleep_until(until)).await }
    }
}

impl<T: Timer> Timer for &T {
    fn now(&self) -> Instant {
        T::now(self)
    }

    #[cfg(feature = "client")]
    fn wall_origin(&self) -> Option<crate::wall::UnixTime> {
        T::wall_origin(self)
    }

    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send {
        T::sleep_until(self, until)
    }
}

/// Has work go on while nobody waits for it, as one runtime does it. Clones share one time.
pub trait Executor: Timer + Clone + Send + Sync + 'static {
    /// Polls `task` to its end, beside the caller; drops it where it cannot.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Spawned;
}

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spawned {
    /// There is nobody to poll it.
    Dropped,
    /// It is polled to its end.
    Running,
}

/// Runs `work` until the time is up; work that is ready wins, and the `wait` for the time only begins
/// with work that is not. It takes both where they stand: to move them would cost more than the rest.
pub(super) fn race<F: Future, S: Future>(
    mut work: Pin<&mut F>,
    mut wait: Pin<&mut Option<S>>,
    time_is_up: impl Fn() -> S,
) -> impl Future<Output = Option<F::Output>> {
    poll_fn(move |context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if wait.is_none() {
            wait.set(Some(time_is_up()));
        }
        match wait.as_mut().as_pin_mut() {
            Some(wait) => wait.poll(context).map(|_| None),
            None => Poll::Pending, // it was set just now
        }
    })
}
