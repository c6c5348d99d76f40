//! Pages: the next is fetched while the items of the last are processed.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use glp_core::concurrent::{PageDone, PageJob, PageLedger, PagesProcessed, Place};

use super::crew::with_crew;

/// Processes the items of every page, at most `max_concurrent` at a time, while fetching goes on,
/// on a thread beside them.
///
/// One page is read ahead: the source is asked for the next as soon as the last one it gave has
/// begun. A slow item keeps neither its page nor the next one waiting. `on_page` hears of each page
/// once it and all before it are done, in order, on the caller's thread.
///
/// A source that fails is asked no more; what it gave is processed to the end and returned, beside
/// its error. So is every item that failed, beside the values of the others.
///
/// # Panics
///
/// Where the source or `process` does: then nothing more begins, and what runs is awaited.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
/// use glp_blocking::process_pages_concurrent;
///
/// let pages = [Ok(vec![1, 2]), Err("connection lost")];
/// let at_once = NonZeroUsize::new(10).unwrap();
/// let process = |item| if item > 1 { Err("too big") } else { Ok(item) };
///
/// let done = process_pages_concurrent(pages, at_once, process, |_| {});
///
/// assert_eq!(done.values, [1]);
/// assert_eq!(done.errors[0].to_string(), "page 1, item 1: too big");
/// assert_eq!(done.source_error, Some("connection lost"));
/// ```
pub fn process_pages_concurrent<P, T, E, S>(
    pages: impl IntoIterator<IntoIter: Send, Item = Result<P, S>>,
    max_concurrent: NonZeroUsize,
    process: impl Fn(P::Item) -> Result<T, E> + Sync,
    on_page: impl FnMut(PageDone),
) -> PagesProcessed<T, E, S>
where
    P: IntoIterator<Item: Send> + Send,
    T: Send,
    E: Send,
    S: Send,
{
    let pages = Mutex::new(pages.into_iter());
    // Asked by one at a time, so the lock is never waited for.
    let fetch = || pages.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = |job| match job {
        PageJob::Fetch => Ended::Page(fetch()),
        PageJob::Item(place, item) => Ended::Item(place, process(item)),
    };
    with_crew(work, |crew| {
        let mut ledger = PageLedger::new(max_concurrent, on_page);
        loop {
            while let Some(job) = ledger.poll() {
                crew.begin(job);
            }
            match crew.next_ended() {
                Some(Ended::Page(page)) => ledger.fetched(page),
                Some(Ended::Item(place, result)) => ledger.ended(place, result),
                None => return ledger.finish(),
            }
        }
    })
}

enum Ended<P, S, T> {
    Page(Option<Result<P, S>>),
    Item(Place, T),
}
