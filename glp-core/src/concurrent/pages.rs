//! Pages: the next is fetched while the items of the last are processed.

use alloc::collections::VecDeque;
use alloc::vec::{self, Vec};
use core::future::{Future, poll_fn};
use core::num::NonZeroUsize;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use futures::StreamExt;
use futures::stream::{FuturesUnordered, Stream};

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
    let mut reader = Reader::new();
    let mut tally = Tally::new(on_page);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < max_concurrent.get()
            && let Some((place, item)) = reader.next_item()
        {
            let work = process(item);
            running.push(async move { (place, work.await) });
        }
        match poll_fn(|context| next(&reader, pages.as_mut(), &mut running, context)).await {
            Event::Page(Some(Ok(page))) => tally.page_came(reader.page_came(page)),
            Event::Page(Some(Err(error))) => reader.source = Source::Failed(error),
            Event::Page(None) => reader.source = Source::Exhausted,
            Event::Item(place, result) => tally.item_ended(place, result),
            Event::NothingLeft => return tally.finish(reader.source),
        }
    }
}

/// Waits for a page, if one is wanted, and for an item, whichever comes first.
fn next<I, S, T, F>(
    reader: &Reader<I::Item, S>,
    pages: Pin<&mut impl Stream<Item = Result<I, S>>>,
    running: &mut FuturesUnordered<F>,
    context: &mut Context<'_>,
) -> Poll<Event<I, S, T>>
where
    I: IntoIterator,
    F: Future<Output = (Place, T)>,
{
    if reader.wants_page()
        && let Poll::Ready(page) = pages.poll_next(context)
    {
        return Poll::Ready(Event::Page(page));
    }
    match running.poll_next_unpin(context) {
        Poll::Ready(Some((place, result))) => Poll::Ready(Event::Item(place, result)),
        Poll::Ready(None) if !reader.wants_page() => Poll::Ready(Event::NothingLeft),
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    }
}

enum Event<P, S, T> {
    Page(Option<Result<P, S>>),
    Item(Place, T),
    NothingLeft,
}

/// Where an item stands: the page, then the index in it, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    page: usize,
    index: usize,
}

/// Gives out items in order, and holds at most one page that has not begun.
struct Reader<I, S> {
    source: Source<S>,
    /// The pages that came so far.
    pages: usize,
    current: vec::IntoIter<I>,
    /// Where the next item of `current` stands.
    place: Place,
    ahead: Option<Vec<I>>,
}

enum Source<S> {
    Flowing,
    Exhausted,
    Failed(S),
}

impl<I, S> Reader<I, S> {
    fn new() -> Self {
        Self {
            source: Source::Flowing,
            pages: 0,
            current: Vec::new().into_iter(),
            place: Place { page: 0, index: 0 },
            ahead: None,
        }
    }

    fn wants_page(&self) -> bool {
        self.ahead.is_none() && matches!(self.source, Source::Flowing)
    }

    /// Takes a page; returns how many items it has.
    fn page_came(&mut self, page: impl IntoIterator<Item = I>) -> usize {
        let items: Vec<I> = page.into_iter().collect();
        let count = items.len();
        self.pages += 1;
        self.ahead = Some(items);
        count
    }

    fn next_item(&mut self) -> Option<(Place, I)> {
        if self.current.len() == 0 {
            self.current = self.ahead.take()?.into_iter();
            self.place = Place { page: self.pages - 1, index: 0 };
        }
        let item = self.current.next()?;
        let place = self.place;
        self.place.index += 1;
        Some((place, item))
    }
}

/// Keeps what came of the items, and reports pages in order.
struct Tally<T, E, C> {
    values: Vec<(Place, T)>,
    errors: Vec<(Place, E)>,
    /// The pages of which something is still to come, in order, and the first one's number.
    open: VecDeque<OpenPage>,
    first_open: usize,
    on_page: C,
}

struct OpenPage {
    left: usize,
    successes: usize,
}

impl<T, E, C: FnMut(PageDone)> Tally<T, E, C> {
    fn new(on_page: C) -> Self {
        let (values, errors, open) = (Vec::new(), Vec::new(), VecDeque::new());
        Self { values, errors, open, first_open: 0, on_page }
    }

    fn page_came(&mut self, items: usize) {
        self.open.push_back(OpenPage { left: items, successes: 0 });
        self.report();
    }

    fn item_ended(&mut self, place: Place, result: Result<T, E>) {
        let page = &mut self.open[place.page - self.first_open]; // open while an item of it is out
        page.left -= 1;
        match result {
            Ok(value) => {
                page.successes += 1;
                self.values.push((place, value));
            }
            Err(error) => self.errors.push((place, error)),
        }
        self.report();
    }

    /// Reports the pages that are done, up to the first that is not.
    fn report(&mut self) {
        while let Some(OpenPage { left: 0, successes }) = self.open.front() {
            let successes = *successes;
            self.open.pop_front();
            self.first_open += 1;
            (self.on_page)(PageDone { page: self.first_open, successes });
        }
    }

    fn finish<S>(mut self, source: Source<S>) -> PagesProcessed<T, E, S> {
        self.values.sort_unstable_by_key(|(place, _)| *place);
        self.errors.sort_unstable_by_key(|(place, _)| *place);
        let error = |(place, error): (Place, E)| PageError {
            page: place.page + 1,
            index: place.index,
            error,
        };
        PagesProcessed {
            values: self.values.into_iter().map(|(_, value)| value).collect(),
            errors: self.errors.into_iter().map(error).collect(),
            source_error: match source {
                Source::Failed(error) => Some(error),
                Source::Flowing | Source::Exhausted => None,
            },
        }
    }
}

/// Tells that a page, and every one before it, is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageDone {
    /// The page's number, from 1.
    pub page: usize,
    /// How many of its items succeeded.
    pub successes: usize,
}

/// What came of the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagesProcessed<T, E, S> {
    /// The values, in the order of pages and items.
    pub values: Vec<T>,
    /// The items that failed, in the same order.
    pub errors: Vec<PageError<E>>,
    /// Why the source gave no more pages; `None` where it came to its end.
    pub source_error: Option<S>,
}

/// Names the item that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page {page}, item {index}: {error}")]
pub struct PageError<E> {
    /// The page's number, from 1.
    pub page: usize,
    /// The item's index in its page, from 0.
    pub index: usize,
    /// Why it failed.
    pub error: E,
}
