//! A plain listing, page after page: by offset, or by the service's cursor.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use core::num::NonZeroU32;

use serde_json::value::RawValue;

use crate::error::{ApiKind, Error, SyncKind};
use crate::exchange::Response;
use crate::greenlake::List;
use crate::operation::Operation;
use crate::page::{Cursor, Page};

/// Walks a listing from its first page to its last.
///
/// Send what [`poll`](Self::poll) gives; hand each page to [`arrived`](Self::arrived). The walk goes
/// on by what arrived and not by what was asked for: a service may give fewer rows than it was
/// asked for, on every page, and a short page is no end. Where the service gives no `total`, the
/// end is an empty page.
///
/// It always ends: after [`MAX_ROWS`](Self::MAX_ROWS) rows, after [`MAX_PAGES`](Self::MAX_PAGES)
/// pages, or at a page that brings the walk no further.
///
/// Rows that come and go meanwhile can appear twice or not at all. The [sync](crate::sync) machine
/// proves that none was skipped; this one does not.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{List, Resource};
/// use glp_core::page::Page;
/// use glp_core::pager::{End, Pager};
///
/// let mut pager = Pager::by_offset(List::of(Resource::Devices));
/// let first = pager.poll().expect("a walk begins with a request");
/// assert!(first.request.uri().query().unwrap().ends_with("offset=0&limit=2000"));
///
/// pager.arrived(&Page::from_json(br#"{"items": [{"id": "a"}], "total": 1}"#).unwrap());
/// assert!(pager.poll().is_none());
/// assert_eq!(pager.end(), Some(End::Reached));
/// ```
#[derive(Clone, Debug)]
pub struct Pager {
    list: List,
    limit: NonZeroU32,
    place: Place,
    rows: u64,
    pages: u64,
    /// The first row of the page before.
    first: Option<Box<RawValue>>,
    end: Option<End>,
}

#[derive(Clone, Debug)]
enum Place {
    Offset,
    Cursor(Option<Cursor>),
}

/// Why a walk is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The listing was walked to its end.
    Reached,
    /// A page brought the walk no further: it was empty before the end, or the page before again.
    NoProgress,
    /// The listing has more rows, or pages, than a pager walks.
    TooLong,
}

impl Pager {
    /// The most rows that are walked.
    pub const MAX_ROWS: u64 = 10_000_000;
    /// The most pages that are walked.
    pub const MAX_PAGES: u64 = 1_000_000;

    /// Walks by `offset` and `limit`.
    pub fn by_offset(list: List) -> Self {
        Self::new(list, Place::Offset)
    }

    /// Walks by the cursor that each page gives for the next one.
    pub fn by_cursor(list: List) -> Self {
        Self::new(list, Place::Cursor(None))
    }

    fn new(list: List, place: Place) -> Self {
        let limit = list.max_rows();
        Self { list, limit, place, rows: 0, pages: 0, first: None, end: None }
    }

    /// Asks for up to `limit` rows at a time, but never for more than the listing allows.
    #[must_use]
    pub fn limit(mut self, limit: NonZeroU32) -> Self {
        self.limit = limit.min(self.list.max_rows());
        self
    }

    /// Returns the request for the next page; nothing once the walk is over. Asking twice gives the
    /// same answer.
    pub fn poll(&self) -> Option<Operation> {
        if self.end.is_some() {
            return None;
        }
        Some(match &self.place {
            Place::Offset => self.list.page(self.rows, self.limit),
            Place::Cursor(cursor) => self.list.at_cursor(cursor.as_ref(), self.limit),
        })
    }

    /// Says why the walk is over, once it is.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Says whether the listing was read to its end, once the walk is over.
    ///
    /// # Errors
    ///
    /// [`SyncKind::Partial`] where the walk ended before the listing did.
    pub fn outcome(&self) -> Result<(), Error> {
        let reason = match self.end {
            Some(End::NoProgress) => "a page brought it no further",
            Some(End::TooLong) => "it has more rows than a walk may have",
            Some(End::Reached) | None => return Ok(()),
        };
        Err(Error::new(SyncKind::Partial, format!("The listing was not read to its end: {reason}")))
    }

    /// Takes the answer that was asked for, and returns the page in it.
    ///
    /// # Errors
    ///
    /// [`ApiKind::Decode`] for an answer in which nobody looked for a page.
    pub fn answered(&mut self, response: &Response) -> Result<Arc<Page>, Error> {
        let page = Page::take(response)
            .ok_or_else(|| Error::new(ApiKind::Decode, "a listing was answered without a page"))?;
        self.arrived(&page);
        Ok(page)
    }

    /// Takes the page that was asked for. After the end it changes nothing.
    pub fn arrived(&mut self, page: &Page) {
        if self.end.is_some() {
            return;
        }
        self.rows = self.rows.saturating_add(page.items.len() as u64);
        self.pages += 1;
        self.end = match self.place {
            Place::Offset => self.offset_end(page),
            Place::Cursor(ref mut cursor) => cursor_end(cursor, page),
        };
        if self.end.is_none() && (self.rows >= Self::MAX_ROWS || self.pages >= Self::MAX_PAGES) {
            self.end = Some(End::TooLong);
        }
    }

    fn offset_end(&mut self, page: &Page) -> Option<End> {
        let whole = page.total.is_none_or(|total| self.rows >= total);
        let Some(first) = page.items.first() else {
            return Some(if whole { End::Reached } else { End::NoProgress });
        };
        if page.total.is_some() && whole {
            return Some(End::Reached);
        }
        let before = self.first.replace(first.clone());
        let again = before.is_some_and(|before| before.get() == first.get());
        again.then_some(End::NoProgress)
    }
}

/// Steps to the next cursor. A page without rows is no end while the cursors go on.
fn cursor_end(cursor: &mut Option<Cursor>, page: &Page) -> Option<End> {
    match &page.next {
        None => Some(End::Reached),
        next if next == cursor => Some(End::NoProgress),
        next => {
            cursor.clone_from(next);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use http::Method;

    use super::*;
    use crate::greenlake::Route;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn list() -> List {
        List::on(Route::new(&Method::GET, "/users", NonZeroU32::MIN), TEN).unwrap()
    }

    fn page(body: &str) -> Page {
        Page::from_json(body.as_bytes()).unwrap()
    }

    /// Walks a service that holds `rows` rows and gives at most `cap` at once.
    fn walk(rows: u64, cap: u64, total: &str) -> (End, Vec<u64>) {
        let mut pager = Pager::by_offset(list());
        let mut seen = Vec::new();
        while let Some(operation) = pager.poll() {
            let query = operation.request.uri().query().unwrap();
            let offset = query.strip_prefix("offset=").unwrap().strip_suffix("&limit=10").unwrap();
            let offset: u64 = offset.parse().unwrap();
            let items: Vec<u64> = (offset..rows.min(offset + cap.min(10))).collect();
            pager.arrived(&page(&format!(r#"{{"items":{items:?}{total}}}"#)));
            seen.extend(items);
        }
        (pager.end().unwrap(), seen)
    }

    #[test]
    fn p2_a_missing_total_does_not_end_the_walk_early() {
        for rows in [0, 1, 9, 10, 11, 20, 25] {
            assert_eq!(walk(rows, 10, ""), (End::Reached, (0..rows).collect()), "{rows} rows");
        }
    }

    #[test]
    fn p3_a_capped_limit_does_not_end_the_walk_early() {
        for cap in 1..10 {
            assert_eq!(walk(25, cap, r#","total":25"#), (End::Reached, (0..25).collect()));
            assert_eq!(walk(25, cap, ""), (End::Reached, (0..25).collect()));
        }
    }

    #[test]
    fn p4_an_empty_page_before_the_total_ends_the_walk_and_says_so() {
        assert_eq!(walk(25, 10, r#","total":30"#), (End::NoProgress, (0..25).collect()));
    }

    #[test]
    fn a_service_that_ignores_the_offset_ends_the_walk() {
        let mut pager = Pager::by_offset(list());
        pager.arrived(&page(r#"{"items":[1,2]}"#));
        pager.arrived(&page(r#"{"items":[1,2]}"#));
        assert_eq!(pager.end(), Some(End::NoProgress));
    }

    #[test]
    fn cursors_are_followed_past_empty_pages_until_there_is_none() {
        let mut pager = Pager::by_cursor(list()).limit(NonZeroU32::MIN);
        let mut asked = vec![];
        for body in
            [r#"{"items":[1],"next":"a&"}"#, r#"{"items":[],"next":"b"}"#, r#"{"items":[2]}"#]
        {
            let operation = pager.poll().unwrap();
            asked.push(format!("{}", operation.request.uri()));
            pager.arrived(&page(body));
        }
        assert_eq!(asked, ["/users?limit=1", "/users?next=a%26&limit=1", "/users?next=b&limit=1"]);
        assert_eq!(pager.end(), Some(End::Reached));
    }

    #[test]
    fn a_cursor_that_leads_to_itself_ends_the_walk() {
        let mut pager = Pager::by_cursor(list());
        pager.arrived(&page(r#"{"items":[1],"next":"a"}"#));
        pager.arrived(&page(r#"{"items":[2],"next":"a"}"#));
        assert_eq!(pager.end(), Some(End::NoProgress));
    }

    #[test]
    fn a_walk_is_bounded_in_rows_and_in_pages() {
        let mut pager = Pager { rows: Pager::MAX_ROWS - 1, ..Pager::by_offset(list()) };
        pager.arrived(&page(r#"{"items":[1]}"#));
        assert_eq!(pager.end(), Some(End::TooLong));

        let mut pager = Pager { pages: Pager::MAX_PAGES - 1, ..Pager::by_cursor(list()) };
        pager.arrived(&page(r#"{"items":[],"next":"a"}"#));
        assert_eq!(pager.end(), Some(End::TooLong));
    }
}
