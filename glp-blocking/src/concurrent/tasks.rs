//! Tasks that have names.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use glp_core::concurrent::{OnFailure, TaskEnd};

use super::Cancellation;
use super::process::numbered;

/// Runs every task at once, each on a thread; returns how each ended, in the order of the tasks.
///
/// Every name is there, whatever happens. Under [`OnFailure::CancelSiblings`] the first error
/// requests the [`Cancellation`] of the others. A task that asks it, hears so and returns without a
/// value is cancelled, and so is one that had no thread yet; one that does not ask runs to its end,
/// and that is what it came to. All are awaited. Tasks of different types are boxed first.
///
/// # Panics
///
/// Where a task does: then the others are told and awaited.
///
/// # Examples
///
/// ```
/// use glp_blocking::{Cancellation, OnFailure, TaskEnd, run_concurrent_tasks};
///
/// type Sync = Box<dyn FnOnce(&Cancellation<'_>) -> Result<u32, &'static str> + Send>;
/// let endless = |cancellation: &Cancellation<'_>| loop {
///     if cancellation.is_requested() {
///         return Err("stopped half-way");
///     }
///     std::thread::yield_now(); // one step of the work
/// };
/// let tasks: [(&str, Sync); 2] =
///     [("devices", Box::new(endless)), ("subscriptions", Box::new(|_| Err("refused")))];
///
/// let ends = run_concurrent_tasks(tasks, OnFailure::CancelSiblings);
/// assert_eq!(
///     ends,
///     [("devices", TaskEnd::Cancelled), ("subscriptions", TaskEnd::Error("refused"))]
/// );
/// ```
pub fn run_concurrent_tasks<N, F, T, E>(
    tasks: impl IntoIterator<Item = (N, F)>,
    on_failure: OnFailure,
) -> Vec<(N, TaskEnd<T, E>)>
where
    F: FnOnce(&Cancellation<'_>) -> Result<T, E> + Send,
    T: Send,
    E: Send,
{
    let (names, tasks): (Vec<N>, Vec<F>) = tasks.into_iter().unzip();
    let mut ends: Vec<_> = names.into_iter().map(|name| (name, TaskEnd::Cancelled)).collect();
    let requested = AtomicBool::new(false);
    numbered(
        tasks,
        NonZeroUsize::MAX,
        |task| run(task, &requested),
        |index, end| {
            if matches!(end, TaskEnd::Error(_)) && on_failure == OnFailure::CancelSiblings {
                requested.store(true, Ordering::Release);
            }
            // One end for each task: an index of a task is an index of an end.
            ends[index].1 = end;
            ControlFlow::Continue(())
        },
    );
    ends
}

fn run<T, E>(
    task: impl FnOnce(&Cancellation<'_>) -> Result<T, E>,
    requested: &AtomicBool,
) -> TaskEnd<T, E> {
    let before = Cancellation::new(requested);
    if before.is_requested() {
        return TaskEnd::Cancelled;
    }
    let cancellation = Cancellation::new(requested);
    match task(&cancellation) {
        Err(_) if cancellation.was_heard() => TaskEnd::Cancelled,
        result => result.into(),
    }
}
