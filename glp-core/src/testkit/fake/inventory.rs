//! The rows of one resource, and the listings of them.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::filter::Filter;
use super::ledger::Ledger;
use super::row::{Genesis, Row};
use super::row_cache::RowCache;
use super::sort::Sort;

/// The rows of one resource.
pub(super) struct Inventory<R: Row> {
    genesis: Genesis,
    pub(super) ledger: Ledger,
    /// What writes have changed, by the numbers of the rows.
    edits: BTreeMap<u32, R::Edits>,
    /// The rows that the last listing with a filter or an order of its own selected.
    selection: Option<Selection>,
    cache: RowCache,
    kind: PhantomData<R>,
}

/// Which rows a listing asks for, and in which order.
pub(super) struct Query<R> {
    /// The filter, and its text, by which the same filter is known again.
    pub(super) filter: Option<(String, Filter<R>)>,
    /// The order, and its text; the order of the ids where there is none.
    pub(super) sort: Option<(String, Sort<R>)>,
}

struct Selection {
    filter: Option<String>,
    sort: Option<String>,
    /// The state of the ledger that it was made from.
    mutations: u64,
    numbers: Vec<u32>,
}

impl<R: Row> Inventory<R> {
    pub(super) fn new(genesis: Genesis, rows: u32) -> Self {
        let ledger = Ledger::new(genesis.stream(R::KIND), rows);
        let edits = BTreeMap::new();
        let (selection, cache) = (None, RowCache::default());
        Self { genesis, ledger, edits, selection, cache, kind: PhantomData }
    }

    /// Appends a row as JSON.
    pub(super) fn write(&self, number: u32, out: &mut String) {
        self.draw(number).write(out);
    }

    /// Appends a row as JSON, and keeps that for the next time.
    pub(super) fn write_cached(&mut self, number: u32, out: &mut String) {
        let version = self.ledger.version(number);
        if let Some(json) = self.cache.get(number, version) {
            return out.push_str(json);
        }
        let start = out.len();
        self.write(number, out);
        self.cache.keep(number, version, out.get(start..).unwrap_or_default());
    }

    fn draw(&self, number: u32) -> R {
        let mut row = R::draw(&self.genesis, number, self.ledger.version(number));
        if let Some(edits) = self.edits.get(&number) {
            row.edit(edits, &self.genesis);
        }
        row
    }

    /// Returns the first live row that is as asked for.
    pub(super) fn find(&self, is_it: impl Fn(&R) -> bool) -> Option<u32> {
        self.ledger.numbers().iter().copied().find(|number| is_it(&self.draw(*number)))
    }

    /// Returns what writes have changed of a row, to change more of it.
    pub(super) fn edits(&mut self, number: u32) -> &mut R::Edits {
        self.ledger.touch();
        self.cache.forget(number);
        self.edits.entry(number).or_default()
    }

    /// Returns the numbers of the rows that a query selects, in its order.
    ///
    /// A listing asks the same for each of its pages, so the last selection is kept.
    pub(super) fn select(&mut self, query: &Query<R>) -> &[u32] {
        if query.filter.is_none() && query.sort.is_none() {
            return self.ledger.numbers();
        }
        let kept = self.selection.take().filter(|kept| kept.answers(query, &self.ledger));
        let selection = kept.unwrap_or_else(|| self.select_anew(query));
        &self.selection.insert(selection).numbers
    }

    fn select_anew(&self, query: &Query<R>) -> Selection {
        let filter = query.filter.as_ref();
        let taken =
            |number: &u32| filter.is_none_or(|(_, filter)| filter.takes(&self.draw(*number)));
        let mut numbers: Vec<u32> = self.ledger.numbers().iter().copied().filter(taken).collect();
        if let Some((_, sort)) = &query.sort {
            sort.apply(&mut numbers, |number| self.draw(number));
        }
        Selection {
            filter: filter.map(|(text, _)| text.clone()),
            sort: query.sort.as_ref().map(|(text, _)| text.clone()),
            mutations: self.ledger.mutations(),
            numbers,
        }
    }
}

impl Selection {
    fn answers<R>(&self, query: &Query<R>, ledger: &Ledger) -> bool {
        self.mutations == ledger.mutations()
            && self.filter.as_ref() == query.filter.as_ref().map(|(text, _)| text)
            && self.sort.as_ref() == query.sort.as_ref().map(|(text, _)| text)
    }
}
