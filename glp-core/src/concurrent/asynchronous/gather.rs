//! Values here, errors there, and where each came from.

use alloc::vec::Vec;
use core::future::Future;
use core::num::NonZeroUsize;

use futures::StreamExt;

use super::process::numbered;
use crate::concurrent::Gathered;

/// Runs every future to its end and sorts what comes of them, each with the future's index.
///
/// At most `max_concurrent` run at a time; `None` sets no bound. Both lists are in the order of
/// the futures.
///
/// # Examples
///
/// ```
/// use core::future::ready;
/// use futures::FutureExt;
/// use glp_core::concurrent::gather_with_errors;
///
/// let work = [ready(Ok("a")), ready(Err("lost")), ready(Ok("c"))];
/// let gathered = gather_with_errors(work, None).now_or_never().unwrap();
/// assert_eq!(gathered.values, [(0, "a"), (2, "c")]);
/// assert_eq!(gathered.errors, [(1, "lost")]);
/// ```
pub async fn gather_with_errors<I, T, E>(
    futures: I,
    max_concurrent: Option<NonZeroUsize>,
) -> Gathered<T, E>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    let max_concurrent = max_concurrent.unwrap_or(NonZeroUsize::MAX);
    let ended: Vec<_> = numbered(futures, max_concurrent, |future| future).collect().await;
    ended.into_iter().collect()
}
