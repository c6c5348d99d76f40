//! Many items, some at a time.

use alloc::vec::Vec;
use core::future::Future;
use core::num::NonZeroUsize;
use core::pin::pin;

use futures::StreamExt;
use futures::stream::{self, Stream};

use crate::concurrent::{ItemError, in_order};

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
    in_order(numbered(items, max_concurrent, process).collect().await)
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
    let mut values = Vec::new();
    let mut running = pin!(numbered(items, max_concurrent, process));
    while let Some((index, result)) = running.next().await {
        values.push((index, result.map_err(|error| ItemError { index, error })?));
    }
    Ok(in_order(values))
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
