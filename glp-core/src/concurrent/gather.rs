//! Values here, errors there, and where each came from.

use alloc::vec::Vec;
use core::future::Future;
use core::num::NonZeroUsize;
use core::pin::pin;

use futures::StreamExt;

use super::process::numbered;

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
    let mut gathered = Gathered { values: Vec::new(), errors: Vec::new() };
    let max_concurrent = max_concurrent.unwrap_or(NonZeroUsize::MAX);
    let mut running = pin!(numbered(futures, max_concurrent, |future| future));
    while let Some((index, result)) = running.next().await {
        match result {
            Ok(value) => gathered.values.push((index, value)),
            Err(error) => gathered.errors.push((index, error)),
        }
    }
    gathered.values.sort_unstable_by_key(|(index, _)| *index);
    gathered.errors.sort_unstable_by_key(|(index, _)| *index);
    gathered
}

/// What came of the futures, each with its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered<T, E> {
    /// The values, in the order of the futures.
    pub values: Vec<(usize, T)>,
    /// The errors, in the order of the futures.
    pub errors: Vec<(usize, E)>,
}
