//! Many items, some at a time.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use glp_core::concurrent::{ItemError, in_order};

use super::Cancellation;
use super::crew::with_crew;

/// Processes every item, at most `max_concurrent` at a time; returns the outputs in the order of
/// the items.
///
/// The next item begins as soon as any other ends, whichever that is, and is not even taken before
/// its turn. An output may be a `Result`: an error then stands in the place of its item, and the
/// rest goes on. To stop at the first error, see [`try_process_concurrent`].
///
/// # Panics
///
/// Where `process` does: then nothing more begins, and what runs is awaited.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
/// use glp_blocking::process_concurrent;
///
/// let at_once = NonZeroUsize::new(2).unwrap();
/// let halves = process_concurrent([2, 3, 4], at_once, |item| {
///     if item % 2 == 0 { Ok(item / 2) } else { Err(item) }
/// });
/// assert_eq!(halves, [Ok(1), Err(3), Ok(2)]);
/// ```
pub fn process_concurrent<I, T>(
    items: I,
    max_concurrent: NonZeroUsize,
    process: impl Fn(I::Item) -> T + Sync,
) -> Vec<T>
where
    I: IntoIterator<Item: Send>,
    T: Send,
{
    let mut outputs = Vec::new();
    numbered(items, max_concurrent, process, |index, output| {
        outputs.push((index, output));
        ControlFlow::Continue(())
    });
    in_order(outputs)
}

/// Processes every item, at most `max_concurrent` at a time, until one fails.
///
/// On the first error no further item begins, and those that run are told by their
/// [`Cancellation`]; what they come to is dropped, but awaited. Values come in the order of the
/// items.
///
/// # Errors
///
/// [`ItemError`]: the first error, and the index of its item.
///
/// # Panics
///
/// Where `process` does: then nothing more begins, and what runs is told and awaited.
pub fn try_process_concurrent<I, T, E>(
    items: I,
    max_concurrent: NonZeroUsize,
    process: impl Fn(I::Item, &Cancellation<'_>) -> Result<T, E> + Sync,
) -> Result<Vec<T>, ItemError<E>>
where
    I: IntoIterator<Item: Send>,
    T: Send,
    E: Send,
{
    let (mut values, mut first_error) = (Vec::new(), None);
    let failed = AtomicBool::new(false);
    let process = |item| process(item, &Cancellation::new(&failed));
    numbered(items, max_concurrent, process, |index, result| match result {
        Ok(value) => {
            values.push((index, value));
            ControlFlow::Continue(())
        }
        Err(error) => {
            failed.store(true, Ordering::Release);
            first_error.get_or_insert(ItemError { index, error });
            ControlFlow::Break(())
        }
    });
    first_error.map_or_else(|| Ok(in_order(values)), Err)
}

/// Works on the items, at most `max_concurrent` at a time; `hear` is told, on this thread, what each
/// came to as it ends. After a break no further item begins.
pub(super) fn numbered<I, O>(
    items: I,
    max_concurrent: NonZeroUsize,
    work: impl Fn(I::Item) -> O + Sync,
    mut hear: impl FnMut(usize, O) -> ControlFlow<()>,
) where
    I: IntoIterator<Item: Send>,
    O: Send,
{
    let mut items = items.into_iter().enumerate().fuse();
    let mut flow = ControlFlow::Continue(());
    with_crew(
        |(index, item)| (index, work(item)),
        |crew| {
            loop {
                while flow.is_continue()
                    && crew.busy() < max_concurrent.get()
                    && let Some(job) = items.next()
                {
                    crew.begin(job);
                }
                let Some((index, output)) = crew.next_ended() else { return };
                if hear(index, output).is_break() {
                    flow = ControlFlow::Break(());
                }
            }
        },
    );
}
