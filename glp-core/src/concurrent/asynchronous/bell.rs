//! One waker that wakes many.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::task::Waker;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Wakes everybody who has joined since it last rang.
///
/// A set of futures remembers one waker only. Where many tasks take turns at polling the set, they
/// join the bell, and the set is given the bell.
#[derive(Debug, Default)]
pub(crate) struct Bell(Mutex<Vec<Waker>>);

impl Bell {
    /// Asks to be woken at the next ring.
    pub(crate) fn join(&self, waker: &Waker) {
        let mut waiting = self.waiting();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }

    /// Wakes everybody who joined, outside the lock.
    pub(crate) fn ring(&self) {
        let waiting = core::mem::take(&mut *self.waiting());
        waiting.into_iter().for_each(Waker::wake);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_ring_wakes_everybody_who_joined_once_and_forgets_them() {
        let counters = [Arc::new(Counter::default()), Arc::new(Counter::default())];
        let bell = Arc::new(Bell::default());
        for counter in &counters {
            let waker = Waker::from(counter.clone());
            bell.join(&waker);
            bell.join(&waker);
        }

        Waker::from(bell.clone()).wake();
        bell.ring();

        let woken = counters.each_ref().map(|counter| counter.0.load(Ordering::SeqCst));
        assert_eq!(woken, [1, 1]);
    }
}
