//! One page, read against the checkpoint before it: what is new, what comes next, what moved.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::page::Page;
use crate::sync::drift::Drift;
use crate::sync::{Checkpoint, StagedRow};

/// Where a page is asked from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// From the last row read, so that the page must begin with it; see [the fence](super).
    Fence,
    /// From the first row not read: whether a page of one row was one because the listing ends.
    Beyond,
}

impl Ask {
    /// Returns the offset to ask from, in rows.
    pub(super) fn offset(self, before: &Checkpoint) -> u64 {
        match self {
            Self::Fence => before.offset.saturating_sub(1),
            Self::Beyond => before.offset,
        }
    }
}

/// What one page brought.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    ask: Ask,
    page: Arc<Page>,
    /// The rows to keep: the place in the page, and the id.
    rows: Vec<(usize, String)>,
    /// Rows behind the fence, those without an id included.
    pub(super) behind: u64,
    /// The listing after this page.
    pub(super) after: Checkpoint,
    /// Whether rows have moved.
    pub(super) drift: Option<Drift>,
}

impl Reading {
    /// Reads the page that was asked for from `ask`, when the listing stood at `before`.
    pub(super) fn new(before: &Checkpoint, ask: Ask, page: Arc<Page>) -> Self {
        let ids: Vec<Option<String>> = page.items.iter().map(|item| id(item)).collect();
        let fence = (ask == Ask::Fence && before.offset > 0).then_some(&before.last_id);
        let held = fence.is_some() && ids.first() == fence;
        let skipped = usize::from(held);
        let arrived = ids.len() as u64;

        let fallen = fence.is_some() && !held;
        let mut drift = moved(before, ask, &page).or_else(|| fallen.then_some(Drift::Fence));
        let mut after = Checkpoint {
            offset: before.offset.max(ask.offset(before) + arrived),
            total: before.total.or(page.total),
            last_id: ids.last().unwrap_or(&before.last_id).clone(),
            largest_page: before.largest_page.max(arrived),
            ..before.clone()
        };
        let mut seen = BTreeSet::new();
        let mut rows = Vec::with_capacity(ids.len());
        for (place, id) in ids.into_iter().enumerate().skip(skipped) {
            match id {
                Some(id) if seen.insert(id.clone()) => rows.push((place, id)),
                Some(_) => drift = drift.or(Some(Drift::Repeated)),
                None => after.row_errors += 1,
            }
        }
        after.drifted |= drift.is_some();
        Self { ask, rows, behind: arrived - skipped as u64, after, drift, page }
    }

    /// Returns the rows to keep, each id once.
    pub(super) fn staged_rows(&self) -> Vec<StagedRow> {
        let row = |(place, id): &(usize, String)| {
            let item = self.page.items.get(*place)?;
            Some(StagedRow { id: id.clone(), raw: item.get().into() })
        };
        self.rows.iter().filter_map(row).collect()
    }

    /// Says where to ask next; nowhere at the end of the listing.
    pub(super) fn next(&self) -> Option<Ask> {
        let after = &self.after;
        // Only this page's own total: one of an earlier page says nothing about rows come since.
        if self.page.total.is_some_and(|total| after.offset >= total) {
            None
        } else if self.behind > 0 {
            Some(Ask::Fence)
        } else {
            // Nothing behind the fence. That is the end, if the service gives two rows at all.
            (self.ask == Ask::Fence && after.largest_page == 1).then_some(Ask::Beyond)
        }
    }
}

/// Looks for movement that shows without looking at the rows.
fn moved(before: &Checkpoint, ask: Ask, page: &Page) -> Option<Drift> {
    match (before.total, page.total) {
        (Some(was), Some(is)) if was != is => Some(Drift::Total { was, is }),
        _ if ask == Ask::Beyond && !page.items.is_empty() => Some(Drift::Unfenced),
        _ => None,
    }
}

/// Returns the id of a row: a text that is not empty, or the text of a number.
fn id(row: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Row<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    // Without this, an array would be read as a row, field by field.
    if !row.get().starts_with('{') {
        return None;
    }
    let id = serde_json::from_str::<Row<'_>>(row.get()).ok()?.id.get();
    match id.as_bytes().first()? {
        b'"' => serde_json::from_str(id).ok().filter(|id: &String| !id.is_empty()),
        b'-' | b'0'..=b'9' => Some(id.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;
    use crate::greenlake::Resource;
    use crate::wall::UnixTime;

    fn before(offset: u64, last_id: &str) -> Checkpoint {
        Checkpoint {
            resource: Resource::Devices,
            scope: "scope".into(),
            pass: 1,
            offset,
            total: None,
            last_id: (offset > 0).then(|| last_id.into()),
            largest_page: offset,
            row_errors: 0,
            drifted: false,
            started_at: UnixTime::EPOCH,
        }
    }

    fn read(before: &Checkpoint, ids: &[&str], total: &str) -> Reading {
        let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        let body = format!(r#"{{"items":[{}]{total}}}"#, items.join(","));
        let page = Page::from_json(body.as_bytes()).unwrap();
        Reading::new(before, Ask::Fence, Arc::new(page))
    }

    fn kept(reading: &Reading) -> Vec<String> {
        reading.staged_rows().into_iter().map(|row| row.id).collect()
    }

    #[test]
    fn the_first_page_has_no_fence() {
        let reading = read(&before(0, ""), &["a", "b"], "");
        assert_eq!(kept(&reading), ["a", "b"]);
        assert_eq!((reading.after.offset, reading.drift), (2, None));
        assert_eq!(reading.after.last_id.as_deref(), Some("b"));
    }

    #[test]
    fn a_later_page_begins_with_the_last_row_read_which_is_not_kept_twice() {
        let reading = read(&before(2, "b"), &["b", "c", "d"], "");
        assert_eq!(kept(&reading), ["c", "d"]);
        assert_eq!((reading.after.offset, reading.drift), (4, None));
    }

    #[test]
    fn another_first_row_is_movement_and_its_rows_are_kept() {
        let reading = read(&before(2, "b"), &["c", "d"], "");
        assert_eq!((kept(&reading).len(), reading.drift), (2, Some(Drift::Fence)));
        assert!(reading.after.drifted);
    }

    #[test]
    fn an_empty_page_where_a_fence_should_be_is_movement() {
        let reading = read(&before(2, "b"), &[], "");
        assert_eq!((reading.after.offset, reading.drift), (2, Some(Drift::Fence)));
        assert_eq!(reading.next(), None);
    }

    #[test]
    fn a_row_twice_in_a_page_is_kept_once_and_is_movement() {
        let reading = read(&before(0, ""), &["a", "b", "a"], "");
        assert_eq!((kept(&reading).len(), reading.drift), (2, Some(Drift::Repeated)));
    }

    #[test]
    fn a_changed_total_is_movement_and_a_late_or_missing_one_is_not() {
        let at = |total| Checkpoint { total, ..before(2, "b") };
        let moved = read(&at(Some(5)), &["b", "c"], r#","total":4"#);
        assert_eq!(moved.drift, Some(Drift::Total { was: 5, is: 4 }));
        assert_eq!(read(&at(Some(5)), &["b", "c"], "").drift, None);
        assert_eq!(read(&at(None), &["b", "c"], r#","total":5"#).after.total, Some(5));
    }

    #[test]
    fn the_end_is_the_total_or_nothing_behind_the_fence_and_never_a_short_page() {
        let long = Checkpoint { largest_page: 9, ..before(9, "i") };
        assert_eq!(read(&long, &["i", "j"], "").next(), Some(Ask::Fence));
        assert_eq!(read(&long, &["i", "j"], r#","total":10"#).next(), None);
        let told_earlier = Checkpoint { total: Some(10), ..long.clone() };
        assert_eq!(read(&told_earlier, &["i", "j"], "").next(), Some(Ask::Fence));
        assert_eq!(read(&long, &["i"], "").next(), None);
        assert_eq!(read(&before(0, ""), &[], "").next(), None);
    }

    #[test]
    fn after_a_single_row_it_is_asked_whether_the_service_gives_two() {
        let single = before(1, "a");
        let alone = read(&single, &["a"], "");
        assert_eq!((alone.behind, alone.next()), (0, Some(Ask::Beyond)));

        let page = |body: &str| Arc::new(Page::from_json(body.as_bytes()).unwrap());
        let end = Reading::new(&single, Ask::Beyond, page(r#"{"items":[]}"#));
        assert_eq!((end.drift, end.next()), (None, None));
        let capped = Reading::new(&single, Ask::Beyond, page(r#"{"items":[{"id":"b"}]}"#));
        assert_eq!((capped.drift, capped.next()), (Some(Drift::Unfenced), Some(Ask::Fence)));
    }

    #[test]
    fn a_row_without_an_id_is_counted_and_serves_as_a_fence_all_the_same() {
        let page = |body: &str| Arc::new(Page::from_json(body.as_bytes()).unwrap());
        let first = Reading::new(&before(0, ""), Ask::Fence, page(r#"{"items":[{"id":"a"},7]}"#));
        assert_eq!((kept(&first).len(), first.after.row_errors), (1, 1));
        let second = Reading::new(&first.after, Ask::Fence, page(r#"{"items":[7,{"id":"b"}]}"#));
        assert_eq!((second.drift, second.after.row_errors, second.after.offset), (None, 1, 3));
    }

    #[test]
    fn ids_are_texts_or_numbers() {
        let id = |text: &str| id(&RawValue::from_string(text.to_string()).unwrap());
        assert_eq!(id(r#"{"x":[{"id":"no"}],"id":"a\"b"}"#).as_deref(), Some("a\"b"));
        assert_eq!(id(r#"{"id":-17}"#).as_deref(), Some("-17"));
        for none in [r#"{"id":""}"#, r#"{"id":null}"#, r#"{"id":{}}"#, "{}", r#"["a"]"#, r#""a""#] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
