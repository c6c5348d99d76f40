//! Items from many producers, in batches.

use std::any::Any;
use std::fmt;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

use glp_core::concurrent::{BatchFailure, BatchLedger, Flushed};

/// Collects items from any number of producers and processes them in batches, some at a time.
///
/// Batches run on threads of the scope that it is given, which begin with a full batch and end
/// where none is left.
///
/// * An item is in exactly one batch, and a batch is processed once.
/// * Up to `max_concurrent` batches are in flight; a producer waits only while one more is full.
///   Processing that itself adds needs room in flight beside it.
/// * What a batch came to is kept until a flush, which returns it once. Items of a batch that
///   failed come back with the error.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use std::thread;
/// use glp_blocking::ConcurrentBatcher;
///
/// let (size, at_once) = (NonZeroUsize::new(3).unwrap(), NonZeroUsize::new(2).unwrap());
/// let sum = |items: Arc<[u32]>| Ok::<u32, &str>(items.iter().sum());
/// let sums = thread::scope(|scope| {
///     let batcher = ConcurrentBatcher::new(scope, size, at_once, sum);
///     for item in 1..=5 {
///         batcher.add(item);
///     }
///     batcher.flush().results
/// });
/// assert_eq!(sums, [1 + 2 + 3, 4 + 5]);
/// ```
pub struct ConcurrentBatcher<'scope, 'env, T, R, E> {
    scope: &'scope Scope<'scope, 'env>,
    bench: Arc<Bench<'scope, T, R, E>>,
}

impl<'scope, 'env, T, R, E> ConcurrentBatcher<'scope, 'env, T, R, E>
where
    T: Send + Sync + 'scope,
    R: Send + 'scope,
    E: Send + 'scope,
{
    /// Makes a batcher on threads of `scope`: `size` items to a batch, `max_concurrent` batches at
    /// a time.
    pub fn new(
        scope: &'scope Scope<'scope, 'env>,
        size: NonZeroUsize,
        max_concurrent: NonZeroUsize,
        process: impl Fn(Arc<[T]>) -> Result<R, E> + Send + Sync + 'scope,
    ) -> Self {
        let books = Books { ledger: BatchLedger::new(size, max_concurrent), panics: Vec::new() };
        let process = Box::new(process);
        let bench = Bench { process, books: Mutex::new(books), changed: Condvar::new() };
        Self { scope, bench: Arc::new(bench) }
    }

    /// Adds an item; returns as soon as every full batch is in flight or done.
    pub fn add(&self, item: T) {
        self.bench.open().ledger.add(item);
        self.carry_until(|books| (books.ledger.waiting() == 0).then_some(()));
    }

    /// Makes a batch of the items that are left, waits for every batch, and returns what they came
    /// to since the last flush.
    ///
    /// Items that are added meanwhile are for the next flush.
    ///
    /// # Panics
    ///
    /// Where the processing of a batch did, once, with its own words. A flush that panics has taken
    /// nothing; the next one returns the batch as [`BatchFailure::Panicked`].
    pub fn flush(&self) -> Flushed<T, R, E> {
        let end = self.bench.open().ledger.cut();
        let flushed = self.carry_until(|books| {
            if books.ledger.ended_before(end)
                && let Some(panic) = books.panics.pop()
            {
                return Some(Err(panic));
            }
            books.ledger.take_before(end).map(Ok)
        });
        flushed.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Returns the number of items that are in no batch yet.
    pub fn pending_count(&self) -> usize {
        self.bench.open().ledger.pending()
    }

    /// Returns the number of batches in flight.
    pub fn in_flight_count(&self) -> usize {
        self.bench.open().ledger.in_flight()
    }

    /// Sees to it that what may begin begins, until `look` sees what it waits for.
    fn carry_until<X>(&self, mut look: impl FnMut(&mut Books<T, R, E>) -> Option<X>) -> X {
        let may_begin = self.bench.open().ledger.may_begin();
        if may_begin {
            self.hire();
        }
        let mut books = self.bench.open();
        loop {
            if let Some(seen) = look(&mut books) {
                return seen;
            }
            books = self.bench.changed.wait(books).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Starts a thread for what may begin. Where the system has none, a batch waits for a thread
    /// that is at work; where none is, this one does it.
    fn hire(&self) {
        let bench = self.bench.clone();
        let hired = Builder::new().spawn_scoped(self.scope, move || bench.work_off());
        if hired.is_err() && self.in_flight_count() == 0 {
            self.bench.work_off();
        }
    }
}

impl<T, R, E> fmt::Debug for ConcurrentBatcher<'_, '_, T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let books = self.bench.open();
        f.debug_struct("ConcurrentBatcher")
            .field("pending", &books.ledger.pending())
            .field("in_flight", &books.ledger.in_flight())
            .finish_non_exhaustive()
    }
}

type Process<'scope, T, R, E> = dyn Fn(Arc<[T]>) -> Result<R, E> + Send + Sync + 'scope;

/// What threads and producers share. The lock is held for one entry, never while a batch is
/// processed.
struct Bench<'scope, T, R, E> {
    process: Box<Process<'scope, T, R, E>>,
    books: Mutex<Books<T, R, E>>,
    /// Told of every batch that begins or ends.
    changed: Condvar,
}

struct Books<T, R, E> {
    ledger: BatchLedger<T, R, E>,
    /// The panics that no flush has passed on yet.
    panics: Vec<Box<dyn Any + Send>>,
}

impl<T, R, E> Bench<'_, T, R, E> {
    fn open(&self) -> MutexGuard<'_, Books<T, R, E>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Processes batches for as long as one may begin. Where one ends the next begins under the
    /// same lock, so no batch is left behind by a thread that ends.
    fn work_off(&self) {
        let mut books = self.open();
        while let Some(batch) = books.ledger.begin() {
            drop(books);
            self.changed.notify_all();
            let items = batch.items().clone();
            // A flush has the panic go on, so nobody sees what it left behind.
            let ended = catch_unwind(AssertUnwindSafe(|| (self.process)(items)));
            books = self.open();
            let result = match ended {
                Ok(result) => result.map_err(BatchFailure::Error),
                Err(panic) => {
                    books.panics.push(panic);
                    Err(BatchFailure::Panicked)
                }
            };
            books.ledger.end(batch, result);
        }
        drop(books);
        self.changed.notify_all();
    }
}
