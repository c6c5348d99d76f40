//! Pages: the next is fetched while the items of the last are processed.

use core::future::{Future, poll_fn};
use core::num::NonZeroUsize;
use core::pin::{Pin, pin};
use core::task::Poll;

use futures::StreamExt;
use futures::stream::{FuturesUnordered, Stream};

use crate::concurrent::{PageDone, PageJob, PageLedger, PagesProcessed, Place};

/// Processes the items of every page, at most `max_concurrent` at a time, while fetching goes on.
///
/// One page is read ahead: the source is asked for the next as soon as the last one it gave has
/// begun. A slow item keeps neither its page nor the next one waiting. `on_page` hears of each page
/// once it and all before it are done, in order.
///
/// A source that fails is asked no more; what it gave is processed to the end and returned, beside
/// its error. So is every item that failed, beside the values of the others.
///
/// # Examples
///
/// ```
/// use core::future::ready;
/// use core::num::NonZeroUsize;
/// use futures::{FutureExt, stream};
/// use glp_core::concurrent::process_pages_concurrent;
///
/// let pages = stream::iter([Ok(vec![1, 2]), Err("connection lost")]);
/// let at_once = NonZeroUsize::new(10).unwrap();
/// let process = |item| ready(if item > 1 { Err("too big") } else { Ok(item) });
///
/// let done = process_pages_concurrent(pages, at_once, process, |_| {}).now_or_never().unwrap();
///
/// assert_eq!(done.values, [1]);
/// assert_eq!(done.errors[0].to_string(), "page 1, item 1: too big");
/// assert_eq!(done.source_error, Some("connection lost"));
/// ```
pub async fn process_pages_concurrent<P, F, T, E, S>(
    pages: impl Stream<Item = Result<P, S>>,
    max_concurrent: NonZeroUsize,
    mut process: impl FnMut(P::Item) -> F,
    on_page: impl FnMut(PageDone),
) -> PagesProcessed<T, E, S>
where
    P: IntoIterator,
    F: Future<Output = Result<T, E>>,
{
    let mut pages = pin!(pages);
    let mut ledger = PageLedger::new(max_concurrent, on_page);
    let mut running = FuturesUnordered::new();
    loop {
        while let Some(job) = ledger.poll() {
            if let PageJob::Item(place, item) = job {
                let work = process(item);
                running.push(async move { (place, work.await) });
            }
        }
        let source = ledger.is_fetching().then_some(pages.as_mut());
        match next(source, &mut running).await {
            Event::Page(page) => ledger.fetched(page),
            Event::Item(place, result) => ledger.ended(place, result),
            Event::NothingLeft => return ledger.finish(),
        }
    }
}

/// Waits for a page, if there is a source to wait for, and for an item, whichever comes first.
async fn next<P, S, T, F>(
    mut source: Option<Pin<&mut impl Stream<Item = Result<P, S>>>>,
    running: &mut FuturesUnordered<F>,
) -> Event<P, S, T>
where
    F: Future<Output = (Place, T)>,
{
    poll_fn(|context| {
        if let Some(pages) = &mut source
            && let Poll::Ready(page) = pages.as_mut().poll_next(context)
        {
            return Poll::Ready(Event::Page(page));
        }
        match running.poll_next_unpin(context) {
            Poll::Ready(Some((place, result))) => Poll::Ready(Event::Item(place, result)),
            Poll::Ready(None) if source.is_none() => Poll::Ready(Event::NothingLeft),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}

enum Event<P, S, T> {
    Page(Option<Result<P, S>>),
    Item(Place, T),
    NothingLeft,
}
