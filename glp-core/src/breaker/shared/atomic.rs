//! The atomics of the machine, or those of the model checker.

#[cfg(not(loom))]
pub(super) use core::sync::atomic::{AtomicU64, Ordering};
#[cfg(loom)]
pub(super) use loom::sync::atomic::{AtomicU64, Ordering};

/// A word that threads load and then exchange.
#[cfg(not(loom))]
pub(super) use core::sync::atomic::AtomicU64 as Contended;

/// A word that threads load and then exchange.
///
/// The model checker takes two accesses for dependent by looking at the last one before; the load
/// of a thread so hides, from the exchange that follows, what others did before it. Here every
/// access is also an exchange of a word beside it, which orders nothing and hides nothing.
#[cfg(loom)]
pub(super) struct Contended {
    word: AtomicU64,
    accesses: AtomicU64,
}

#[cfg(loom)]
impl Contended {
    pub(super) fn new(word: u64) -> Self {
        Self { word: AtomicU64::new(word), accesses: AtomicU64::new(0) }
    }

    pub(super) fn load(&self, ordering: Ordering) -> u64 {
        self.accesses.fetch_add(1, Ordering::Relaxed);
        self.word.load(ordering)
    }

    pub(super) fn compare_exchange(
        &self,
        old: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.accesses.fetch_add(1, Ordering::Relaxed);
        self.word.compare_exchange(old, new, success, failure)
    }

    pub(super) fn fetch_and(&self, with: u64, ordering: Ordering) -> u64 {
        self.accesses.fetch_add(1, Ordering::Relaxed);
        self.word.fetch_and(with, ordering)
    }
}

/// Gives way while another thread finishes what is in the way.
pub(super) fn give_way() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    core::hint::spin_loop();
}
