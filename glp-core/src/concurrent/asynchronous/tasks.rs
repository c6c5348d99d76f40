//! Tasks that have names.

use alloc::vec::Vec;
use core::future::Future;
use core::num::NonZeroUsize;
use core::pin::pin;

use futures::StreamExt;

use super::process::numbered;
use crate::concurrent::{OnFailure, TaskEnd};

/// Runs every task at once; returns how each ended, in the order of the tasks.
///
/// Every name is there, whatever happens. Under [`OnFailure::CancelSiblings`] the first error drops
/// the tasks that still run; the caller itself goes on and learns of all of them. Tasks of
/// different types are boxed first.
///
/// # Examples
///
/// ```
/// use core::future::{Future, pending, ready};
/// use core::pin::Pin;
/// use futures::FutureExt;
/// use glp_core::concurrent::{OnFailure, TaskEnd, run_concurrent_tasks};
///
/// type Sync = Pin<Box<dyn Future<Output = Result<u32, &'static str>>>>;
/// let tasks: [(&str, Sync); 2] =
///     [("devices", Box::pin(pending())), ("subscriptions", Box::pin(ready(Err("refused"))))];
///
/// let ends = run_concurrent_tasks(tasks, OnFailure::CancelSiblings).now_or_never().unwrap();
/// assert_eq!(
///     ends,
///     [("devices", TaskEnd::Cancelled), ("subscriptions", TaskEnd::Error("refused"))]
/// );
/// ```
pub async fn run_concurrent_tasks<N, F, T, E>(
    tasks: impl IntoIterator<Item = (N, F)>,
    on_failure: OnFailure,
) -> Vec<(N, TaskEnd<T, E>)>
where
    F: Future<Output = Result<T, E>>,
{
    let (names, futures): (Vec<N>, Vec<F>) = tasks.into_iter().unzip();
    let mut ends: Vec<_> = names.into_iter().map(|name| (name, TaskEnd::Cancelled)).collect();
    let mut running = pin!(numbered(futures, NonZeroUsize::MAX, |future| future));
    while let Some((index, result)) = running.next().await {
        let failed = result.is_err();
        // One end for each task: an index of a future is an index of an end.
        ends[index].1 = result.into();
        if failed && on_failure == OnFailure::CancelSiblings {
            break;
        }
    }
    ends
}
