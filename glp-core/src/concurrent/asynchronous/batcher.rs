//! Items from many producers, in batches.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt;
use core::future::{Future, poll_fn};
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use super::bell::Bell;
use crate::concurrent::{Batch, BatchFailure, BatchLedger, Flushed};

/// How often in a row one poll may carry the batches forward for others who knocked.
const TURNS: usize = 2;

type Process<'a, T, R, E> = dyn Fn(Arc<[T]>) -> BoxFuture<'a, Result<R, E>> + Send + Sync + 'a;

/// Collects items from any number of producers and processes them in batches, some at a time.
///
/// It starts no task: batches go on while somebody awaits [`add`](Self::add),
/// [`flush`](Self::flush) or [`drive`](Self::drive). Whoever waits carries all of them forward.
///
/// * An item is in exactly one batch, and a batch is processed once.
/// * Up to `max_concurrent` batches are in flight; a producer waits only while one more is full.
/// * What a batch came to is kept until a flush, which returns it once. Items of a batch that
///   failed come back with the error.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroUsize;
/// use futures::FutureExt;
/// use glp_core::concurrent::ConcurrentBatcher;
///
/// let (size, at_once) = (NonZeroUsize::new(3).unwrap(), NonZeroUsize::new(2).unwrap());
/// let batcher = ConcurrentBatcher::new(size, at_once, |items| async move {
///     Ok::<u32, &str>(items.iter().sum())
/// });
/// let sums = async {
///     for item in 1..=5 {
///         batcher.add(item).await;
///     }
///     batcher.flush().await.results
/// };
/// assert_eq!(sums.now_or_never(), Some(vec![1 + 2 + 3, 4 + 5]));
/// ```
pub struct ConcurrentBatcher<'a, T, R, E> {
    process: Arc<Process<'a, T, R, E>>,
    books: Arc<Books<T, R, E>>,
    /// Held only by whoever polls the batches; never waited for.
    running: Mutex<FuturesUnordered<BoxFuture<'a, ()>>>,
    /// Set by whoever comes to poll: if `running` is held, the holder takes another turn.
    knocked: AtomicBool,
}

impl<'a, T, R, E> ConcurrentBatcher<'a, T, R, E>
where
    T: Send + Sync + 'a,
    R: Send + 'a,
    E: Send + 'a,
{
    /// Makes a batcher: `size` items to a batch, `max_concurrent` batches at a time.
    pub fn new<F>(
        size: NonZeroUsize,
        max_concurrent: NonZeroUsize,
        process: impl Fn(Arc<[T]>) -> F + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<R, E>> + Send + 'a,
    {
        let ledger = Mutex::new(BatchLedger::new(size, max_concurrent));
        Self {
            process: Arc::new(move |items| Box::pin(process(items))),
            books: Arc::new(Books { bell: Arc::default(), ledger }),
            running: Mutex::new(FuturesUnordered::new()),
            knocked: AtomicBool::new(false),
        }
    }

    /// Adds an item; the future is ready as soon as every full batch is in flight or done.
    ///
    /// The item is in when this returns, awaited or not, and stays in when the future is dropped.
    /// Await it all the same: else nothing keeps the producer from running away.
    pub fn add(&self, item: T) -> impl Future<Output = ()> + Send {
        let may_begin = {
            let mut ledger = self.books.open();
            ledger.add(item);
            ledger.may_begin()
        };
        if may_begin {
            self.books.bell.ring(); // the future may never be awaited
        }
        self.carry_until(|ledger| (ledger.waiting() == 0).then_some(()))
    }

    /// Makes a batch of the items that are left, waits for every batch, and returns what they came
    /// to since the last flush.
    ///
    /// Items that are added meanwhile are for the next flush. A flush that is dropped has taken
    /// nothing.
    pub async fn flush(&self) -> Flushed<T, R, E> {
        let end = self.books.open().cut();
        self.carry_until(|ledger| ledger.take_before(end)).await
    }

    /// Carries batches forward for as long as it is polled: hand it to a task of its own where
    /// producers are often busy elsewhere.
    pub async fn drive(&self) -> Infallible {
        self.carry_until(|_| None).await
    }

    /// Returns the number of items that are in no batch yet.
    pub fn pending_count(&self) -> usize {
        self.books.open().pending()
    }

    /// Returns the number of batches in flight.
    pub fn in_flight_count(&self) -> usize {
        self.books.open().in_flight()
    }

    /// Carries batches forward until `look` sees what it waits for.
    fn carry_until<X>(
        &self,
        mut look: impl FnMut(&mut BatchLedger<T, R, E>) -> Option<X> + Send,
    ) -> impl Future<Output = X> + Send {
        poll_fn(move |context| {
            self.books.bell.join(context.waker());
            self.carry();
            match look(&mut self.books.open()) {
                Some(seen) => Poll::Ready(seen),
                None => Poll::Pending,
            }
        })
    }

    /// Polls the batches, unless somebody else is just doing so: then that one takes another turn.
    ///
    /// After its last turn it wakes all who wait instead: a batch that spins must not keep it here.
    fn carry(&self) {
        self.knocked.store(true, Ordering::SeqCst);
        for _ in 0..TURNS {
            let mut running = match self.running.try_lock() {
                Ok(running) => running,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            self.knocked.store(false, Ordering::SeqCst);
            let turn = catch_unwind(AssertUnwindSafe(|| self.turn(&mut running)));
            drop(running);
            if let Err(panic) = turn {
                self.books.bell.ring(); // for those who knocked in vain
                resume_unwind(panic);
            }
            if !self.knocked.load(Ordering::SeqCst) {
                return;
            }
        }
        self.books.bell.ring();
    }

    /// Begins what may begin and polls what runs, until neither leads further.
    fn turn(&self, running: &mut FuturesUnordered<BoxFuture<'a, ()>>) {
        let waker = Waker::from(self.books.bell.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            while let Some(batch) = self.begin() {
                running.push(batch);
            }
            match running.poll_next_unpin(&mut context) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// Takes the oldest full batch, if one more may be in flight.
    fn begin(&self) -> Option<BoxFuture<'a, ()>> {
        let batch = self.books.open().begin()?;
        self.books.bell.ring(); // producers wait for this
        let (books, process) = (self.books.clone(), self.process.clone());
        let items = batch.items().clone();
        let mut in_flight =
            InFlight { books, batch: Some(batch), result: Err(BatchFailure::Panicked) };
        Some(Box::pin(async move {
            in_flight.returned(process(items).await);
        }))
    }
}

impl<T, R, E> fmt::Debug for ConcurrentBatcher<'_, T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ledger = self.books.open();
        f.debug_struct("ConcurrentBatcher")
            .field("pending", &ledger.pending())
            .field("in_flight", &ledger.in_flight())
            .finish_non_exhaustive()
    }
}

/// A batch in flight. However it ends, by a panic or a drop too, its end is entered in the books.
struct InFlight<T, R, E> {
    books: Arc<Books<T, R, E>>,
    /// Something, until it is dropped.
    batch: Option<Batch<T>>,
    result: Result<R, BatchFailure<E>>,
}

impl<T, R, E> InFlight<T, R, E> {
    fn returned(&mut self, result: Result<R, E>) {
        self.result = result.map_err(BatchFailure::Error);
    }
}

impl<T, R, E> Drop for InFlight<T, R, E> {
    fn drop(&mut self) {
        if let Some(batch) = self.batch.take() {
            let result = core::mem::replace(&mut self.result, Err(BatchFailure::Panicked));
            self.books.open().end(batch, result);
            self.books.bell.ring();
        }
    }
}

/// Where every item stands. The lock is held for one entry, never while a batch is polled.
struct Books<T, R, E> {
    bell: Arc<Bell>,
    ledger: Mutex<BatchLedger<T, R, E>>,
}

impl<T, R, E> Books<T, R, E> {
    fn open(&self) -> MutexGuard<'_, BatchLedger<T, R, E>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
