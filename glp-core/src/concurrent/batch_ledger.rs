//! Batches: which item is in which, which may begin, what each came to.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::num::NonZeroUsize;

/// Puts items into batches, and keeps what each batch came to until it is asked for.
///
/// An item is in exactly one batch, and a batch begins and comes back once.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroUsize;
/// use glp_core::concurrent::{BatchFailure, BatchLedger};
///
/// let (two, one) = (NonZeroUsize::new(2).unwrap(), NonZeroUsize::MIN);
/// let mut ledger = BatchLedger::new(two, one);
/// for item in [1, 2, 3] {
///     ledger.add(item);
/// }
/// let end = ledger.cut();
/// while let Some(batch) = ledger.begin() {
///     let sum: u32 = batch.items().iter().sum();
///     ledger.end(batch, Ok::<_, BatchFailure<()>>(sum));
/// }
/// assert_eq!(ledger.take_before(end).unwrap().results, [1 + 2, 3]);
/// ```
#[derive(Debug)]
pub struct BatchLedger<T, R, E> {
    size: NonZeroUsize,
    max_concurrent: NonZeroUsize,
    /// The items that are in no batch yet.
    loose: Vec<T>,
    /// The number of the next batch.
    next: u64,
    /// The batches that wait for their turn, oldest first.
    full: VecDeque<Batch<T>>,
    /// The batches that wait or are in flight.
    open: BTreeSet<u64>,
    ended: BTreeMap<u64, Result<R, FailedBatch<T, E>>>,
}

impl<T, R, E> BatchLedger<T, R, E> {
    /// Opens a ledger: `size` items to a batch, `max_concurrent` batches at a time.
    pub fn new(size: NonZeroUsize, max_concurrent: NonZeroUsize) -> Self {
        Self {
            size,
            max_concurrent,
            loose: Vec::new(),
            next: 0,
            full: VecDeque::new(),
            open: BTreeSet::new(),
            ended: BTreeMap::new(),
        }
    }

    /// Adds an item to the batch that is being filled.
    pub fn add(&mut self, item: T) {
        self.loose.push(item);
        if self.loose.len() >= self.size.get() {
            self.cut();
        }
    }

    /// Makes a batch of the items that are in none, if there are any; returns the number of the
    /// next batch, before which everything added so far is.
    pub fn cut(&mut self) -> u64 {
        if !self.loose.is_empty() {
            let items = mem::take(&mut self.loose).into();
            self.full.push_back(Batch { number: self.next, items });
            self.open.insert(self.next);
            self.next += 1;
        }
        self.next
    }

    /// Takes the oldest full batch, if one more may be in flight.
    pub fn begin(&mut self) -> Option<Batch<T>> {
        if self.may_begin() { self.full.pop_front() } else { None }
    }

    /// Says whether a batch is full and one more may be in flight.
    pub fn may_begin(&self) -> bool {
        !self.full.is_empty() && self.in_flight() < self.max_concurrent.get()
    }

    /// Takes what a batch came to.
    pub fn end(&mut self, batch: Batch<T>, result: Result<R, BatchFailure<E>>) {
        let Batch { number, items } = batch;
        self.open.remove(&number);
        self.ended.insert(number, result.map_err(|failure| FailedBatch { items, failure }));
    }

    /// Takes what the batches before number `end` came to; nothing, until all of them have ended.
    pub fn take_before(&mut self, end: u64) -> Option<Flushed<T, R, E>> {
        if !self.ended_before(end) {
            return None;
        }
        let later = self.ended.split_off(&end);
        let mut flushed = Flushed { results: Vec::new(), failed: Vec::new() };
        for end in mem::replace(&mut self.ended, later).into_values() {
            match end {
                Ok(result) => flushed.results.push(result),
                Err(failed) => flushed.failed.push(failed),
            }
        }
        Some(flushed)
    }

    /// Says whether every batch before number `end` has ended.
    pub fn ended_before(&self, end: u64) -> bool {
        self.open.first().is_none_or(|oldest| *oldest >= end)
    }

    /// Returns the number of items that are in no batch yet.
    pub fn pending(&self) -> usize {
        self.loose.len()
    }

    /// Returns the number of full batches that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.full.len()
    }

    /// Returns the number of batches in flight.
    pub fn in_flight(&self) -> usize {
        self.open.len() - self.full.len() // who waits is open
    }
}

/// A batch that has begun, or is about to.
#[derive(Debug)]
pub struct Batch<T> {
    number: u64,
    items: Arc<[T]>,
}

impl<T> Batch<T> {
    /// Returns the items, in the order in which they were added.
    pub fn items(&self) -> &Arc<[T]> {
        &self.items
    }
}

/// What the batches came to since the last flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flushed<T, R, E> {
    /// The results, in the order in which the batches were filled.
    pub results: Vec<R>,
    /// The batches that failed, in the same order.
    pub failed: Vec<FailedBatch<T, E>>,
}

/// A batch that failed: its items, to be added again or given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedBatch<T, E> {
    /// The items, in the order in which they were added.
    pub items: Arc<[T]>,
    /// Why it failed.
    pub failure: BatchFailure<E>,
}

/// Why a batch failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFailure<E> {
    /// Its processing returned an error.
    Error(E),
    /// Its processing panicked; the panic surfaced in whoever awaited the batch.
    Panicked,
}
