//! Values here, errors there, and where each came from.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use glp_core::concurrent::Gathered;

use super::process::numbered;

/// Does every piece of work to its end and sorts what comes of it, each with the work's index.
///
/// At most `max_concurrent` run at a time; `None` sets no bound, and each has a thread of its own.
/// Both lists are in the order of the work.
///
/// # Panics
///
/// Where a piece of work does.
///
/// # Examples
///
/// ```
/// use glp_blocking::gather_with_errors;
///
/// let work = [Ok("a"), Err("lost"), Ok("c")].map(|result| move || result);
/// let gathered = gather_with_errors(work, None);
/// assert_eq!(gathered.values, [(0, "a"), (2, "c")]);
/// assert_eq!(gathered.errors, [(1, "lost")]);
/// ```
pub fn gather_with_errors<I, T, E>(work: I, max_concurrent: Option<NonZeroUsize>) -> Gathered<T, E>
where
    I: IntoIterator<Item: FnOnce() -> Result<T, E> + Send>,
    T: Send,
    E: Send,
{
    let mut ended = Vec::new();
    let max_concurrent = max_concurrent.unwrap_or(NonZeroUsize::MAX);
    numbered(
        work,
        max_concurrent,
        |work| work(),
        |index, result| {
            ended.push((index, result));
            ControlFlow::Continue(())
        },
    );
    ended.into_iter().collect()
}
