//! Pages: which item is next, which page is done, when to fetch.

use alloc::collections::VecDeque;
use alloc::vec::{self, Vec};
use core::num::NonZeroUsize;

/// Gives out the items of pages in order, and keeps what came of them.
///
/// One page is read ahead: the next is asked for as soon as the last that came has begun. `on_page`
/// hears of each page once it and all before it are done, in order. A source that failed is asked
/// no more, and what it gave before is not lost.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroUsize;
/// use glp_core::concurrent::{PageJob, PageLedger};
///
/// let mut pages = [Ok(vec![1, 2]), Err("connection lost")].into_iter();
/// let mut ledger = PageLedger::new(NonZeroUsize::MIN, |_| {});
/// while let Some(job) = ledger.poll() {
///     match job {
///         PageJob::Fetch => ledger.fetched(pages.next()),
///         PageJob::Item(place, item) => ledger.ended(place, Ok::<_, ()>(item * 10)),
///     }
/// }
/// let done = ledger.finish();
/// assert_eq!((done.values, done.source_error), (vec![10, 20], Some("connection lost")));
/// ```
#[derive(Debug)]
pub struct PageLedger<I, T, E, S, C> {
    max_concurrent: NonZeroUsize,
    /// The items that are out.
    out: usize,
    source: Source<S>,
    /// The pages that came so far.
    pages: usize,
    current: vec::IntoIter<I>,
    /// Where the next item of `current` stands.
    next: Place,
    ahead: Option<Vec<I>>,
    tally: Tally<T, E, C>,
}

#[derive(Debug)]
enum Source<S> {
    Flowing,
    /// It was asked and has not answered yet.
    Asked,
    Exhausted,
    Failed(S),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageJob<I> {
    /// Ask the source for a page.
    Fetch,
    /// Process an item.
    Item(Place, I),
}

/// Where an item stands: the page, then the index in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    page: usize,
    index: usize,
}

impl<I, T, E, S, C: FnMut(PageDone)> PageLedger<I, T, E, S, C> {
    /// Opens a ledger: `max_concurrent` items at a time.
    pub fn new(max_concurrent: NonZeroUsize, on_page: C) -> Self {
        Self {
            max_concurrent,
            out: 0,
            source: Source::Flowing,
            pages: 0,
            current: Vec::new().into_iter(),
            next: Place { page: 0, index: 0 },
            ahead: None,
            tally: Tally {
                values: Vec::new(),
                errors: Vec::new(),
                open: VecDeque::new(),
                first_open: 0,
                on_page,
            },
        }
    }

    /// Says what to begin now; nothing, until something that is under way has ended.
    pub fn poll(&mut self) -> Option<PageJob<I>> {
        if self.out < self.max_concurrent.get()
            && let Some((place, item)) = self.next_item()
        {
            self.out += 1;
            return Some(PageJob::Item(place, item));
        }
        if self.ahead.is_none() && matches!(self.source, Source::Flowing) {
            self.source = Source::Asked;
            return Some(PageJob::Fetch);
        }
        None
    }

    /// Says whether a page was asked for that has not come yet.
    pub const fn is_fetching(&self) -> bool {
        matches!(self.source, Source::Asked)
    }

    /// Takes what came of a fetch; nothing is the end.
    pub fn fetched<P>(&mut self, page: Option<Result<P, S>>)
    where
        P: IntoIterator<Item = I>,
    {
        self.source = match page {
            Some(Ok(page)) => {
                let items: Vec<I> = page.into_iter().collect();
                self.pages += 1;
                self.tally.page_came(items.len());
                self.ahead = Some(items);
                Source::Flowing
            }
            Some(Err(error)) => Source::Failed(error),
            None => Source::Exhausted,
        };
    }

    /// Takes what came of the item at `place`.
    pub fn ended(&mut self, place: Place, result: Result<T, E>) {
        self.out = self.out.saturating_sub(1);
        self.tally.item_ended(place, result);
    }

    /// Returns what came of the pages.
    pub fn finish(self) -> PagesProcessed<T, E, S> {
        let source_error = match self.source {
            Source::Failed(error) => Some(error),
            Source::Flowing | Source::Asked | Source::Exhausted => None,
        };
        self.tally.finish(source_error)
    }

    fn next_item(&mut self) -> Option<(Place, I)> {
        if self.current.len() == 0 {
            self.current = self.ahead.take()?.into_iter();
            self.next = Place { page: self.pages - 1, index: 0 };
        }
        let item = self.current.next()?;
        let place = self.next;
        self.next.index += 1;
        Some((place, item))
    }
}

/// Keeps what came of the items, and reports pages in order.
#[derive(Debug)]
struct Tally<T, E, C> {
    values: Vec<(Place, T)>,
    errors: Vec<(Place, E)>,
    /// The pages of which something is still to come, in order, and the first one's number.
    open: VecDeque<OpenPage>,
    first_open: usize,
    on_page: C,
}

#[derive(Debug)]
struct OpenPage {
    left: usize,
    successes: usize,
}

impl<T, E, C: FnMut(PageDone)> Tally<T, E, C> {
    fn page_came(&mut self, items: usize) {
        self.open.push_back(OpenPage { left: items, successes: 0 });
        self.report();
    }

    fn item_ended(&mut self, place: Place, result: Result<T, E>) {
        let index = place.page.wrapping_sub(self.first_open);
        let Some(page) = self.open.get_mut(index) else { return }; // of another ledger
        page.left = page.left.saturating_sub(1);
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

    fn finish<S>(mut self, source_error: Option<S>) -> PagesProcessed<T, E, S> {
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
            source_error,
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
