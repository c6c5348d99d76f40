//! Where threads meet: each says how far it is, and waits for how far the others are.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A thread that waits longer for another would wait for ever. No test that passes gets there.
const STUCK: Duration = Duration::from_secs(20);

#[derive(Debug, Default)]
pub(crate) struct Stage<T> {
    state: Mutex<T>,
    changed: Condvar,
}

impl<T> Stage<T> {
    pub(crate) fn change<X>(&self, change: impl FnOnce(&mut T) -> X) -> X {
        let changed = change(&mut self.state());
        self.changed.notify_all();
        changed
    }

    pub(crate) fn look<X>(&self, look: impl FnOnce(&T) -> X) -> X {
        look(&self.state())
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, seen: impl Fn(&T) -> bool) {
        let waiting = self.changed.wait_timeout_while(self.state(), STUCK, |state| !seen(state));
        let timed_out = waiting.unwrap_or_else(PoisonError::into_inner).1.timed_out();
        assert!(!timed_out, "nobody did what this thread waits for");
    }

    fn state(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much work is under way, was at most, has begun and has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct House {
    pub(crate) inside: usize,
    pub(crate) most: usize,
    pub(crate) begun: usize,
    pub(crate) ended: usize,
}

impl Stage<House> {
    /// Counts one piece of work, until the guard is dropped.
    pub(crate) fn enter(&self) -> Inside<'_> {
        self.change(|house| {
            house.inside += 1;
            house.begun += 1;
            house.most = house.most.max(house.inside);
        });
        Inside(self)
    }

    /// Stays inside until the house is as full as it can be: `limit`, or what is left of `total`.
    #[track_caller]
    pub(crate) fn stay_until_full(&self, limit: usize, total: usize) {
        let _inside = self.enter();
        self.wait_for(|house| house.inside == limit.min(total - house.ended));
    }
}

pub(crate) struct Inside<'a>(&'a Stage<House>);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.change(|house| {
            house.inside -= 1;
            house.ended += 1;
        });
    }
}
