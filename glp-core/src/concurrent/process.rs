//! Many items, some at a time.

use alloc::vec::Vec;
use core::future::Future;
use core::num::NonZeroUsize;
use core::pin::pin;

use futures::StreamExt;
use futures::stream::{self, Stream};

/// Processes every item, at most `max_concurrent` at a time; returns the outputs in the order of
/// the items.
///
/// The next item begins as soon as any other ends, whichever that is, and no future is made before
/// its turn. An output may be a `Result`: an error then stands in the place of its item, and the
/// rest goes on. To stop at the first error, see [`try_process_concurrent`].
///
/// # Examples
///
/// ```
/// use core::num::NonZeroUsize;
/// use futures::FutureExt;
/// use glp_core::concurrent::process_concurrent;
///
/// let at_once = NonZeroUsize::new(2).unwrap();
/// let halves = process_concurrent([2, 3, 4], at_once, |item| async move {
///     if item % 2 == 0 { Ok(item / 2) } else { Err(item) }
/// });
/// assert_eq!(halves.now_or_never(), Some(vec![Ok(1), Err(3), Ok(2)]));
/// ```
pub async fn process_concurrent<I, F>(
    items: I,
    max_concurrent: NonZeroUsize,
    process: impl FnMut(I::Item) -> F,
) -> Vec<F::Output>
where
    I: IntoIterator,
    F: Future,
{
    let mut outputs = InOrder::new();
    let mut running = pin!(numbered(items, max_concurrent, process));
    while let Some((index, output)) = running.next().await {
        outputs.put(index, output);
    }
    outputs.into_vec()
}

/// Processes every item, at most `max_concurrent` at a time, until one fails.
///
/// On the first error the other futures are dropped, and no further item begins. Values come in
/// the order of the items.
///
/// # Errors
///
/// [`ItemError`]: the first error, and the index of its item.
pub async fn try_process_concurrent<I, F, T, E>(
    items: I,
    max_concurrent: NonZeroUsize,
    process: impl FnMut(I::Item) -> F,
) -> Result<Vec<T>, ItemError<E>>
where
    I: IntoIterator,
    F: Future<Output = Result<T, E>>,
{
    let mut values = InOrder::new();
    let mut running = pin!(numbered(items, max_concurrent, process));
    while let Some((index, result)) = running.next().await {
        values.put(index, result.map_err(|error| ItemError { index, error })?);
    }
    Ok(values.into_vec())
}

/// Runs the futures of the items, at most `max_concurrent` at a time, as they end.
pub(super) fn numbered<I, F>(
    items: I,
    max_concurrent: NonZeroUsize,
    mut process: impl FnMut(I::Item) -> F,
) -> impl Stream<Item = (usize, F::Output)>
where
    I: IntoIterator,
    F: Future,
{
    stream::iter(items.into_iter().enumerate())
        .map(move |(index, item)| {
            let work = process(item);
            async move { (index, work.await) }
        })
        .buffer_unordered(max_concurrent.get())
}

/// Names the item that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("item {index}: {error}")]
pub struct ItemError<E> {
    /// The item's index, from 0.
    pub index: usize,
    /// Why it failed.
    pub error: E,
}

/// Puts what ends in any order back into the order in which it began.
struct InOrder<T>(Vec<Option<T>>);

impl<T> InOrder<T> {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn put(&mut self, index: usize, value: T) {
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(value); // just made long enough
    }

    fn into_vec(self) -> Vec<T> {
        self.0.into_iter().flatten().collect()
    }
}
