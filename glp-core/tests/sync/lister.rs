//! A service of one listing, whose rows come, change and go between pages.

use std::collections::BTreeSet;

use bytes::Bytes;
use glp_core::exchange::Response;
use glp_core::operation::Operation;

/// The places in the listing's order; each belongs to one id for ever.
pub(crate) const PLACES: usize = 24;

/// Lists the rows that are there now, in an order in which no row ever changes its place.
pub(crate) struct Lister {
    rows: Vec<Row>,
    clock: u64,
    pub(crate) cap: usize,
    pub(crate) gives_total: bool,
    /// Every row that was ever given out, byte for byte.
    pub(crate) served: BTreeSet<String>,
    /// When the pass that is being read began.
    pass_began: u64,
}

struct Row {
    id: String,
    version: u64,
    here: bool,
    /// When it last came or went.
    since: u64,
}

impl Lister {
    pub(crate) fn new(here: &[bool]) -> Self {
        let row = |(place, here): (usize, &bool)| Row {
            // The order of the ids has nothing to do with that of the places.
            id: format!("{:02}", place * 7 % PLACES),
            version: 1,
            here: *here,
            since: 0,
        };
        Self {
            rows: here.iter().enumerate().map(row).collect(),
            clock: 0,
            cap: usize::MAX,
            gives_total: true,
            served: BTreeSet::new(),
            pass_began: 0,
        }
    }

    /// A row that is there goes; one that is not comes.
    pub(crate) fn toggle(&mut self, place: usize) {
        self.clock += 1;
        let row = &mut self.rows[place];
        row.here = !row.here;
        row.since = self.clock;
    }

    pub(crate) fn update(&mut self, place: usize) {
        self.rows[place].version += 1;
    }

    pub(crate) fn answer(&mut self, operation: &Operation) -> Response {
        let query = operation.request.uri().query().expect("a page is named in the query");
        let number = |name: &str| -> usize {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name));
            value.and_then(|value| value.parse().ok()).expect("offset and limit are numbers")
        };
        let (offset, limit) = (number("offset="), number("limit="));
        if offset == 0 {
            self.pass_began = self.clock;
        }
        let now: Vec<String> = self.rows().collect();
        let page: Vec<&str> =
            now.iter().skip(offset).take(limit.min(self.cap)).map(String::as_str).collect();
        self.served.extend(page.iter().map(ToString::to_string));
        let total =
            if self.gives_total { format!(r#","total":{}"#, now.len()) } else { String::new() };
        Response::new(Bytes::from(format!(r#"{{"items":[{}]{total}}}"#, page.join(","))))
    }

    /// The rows that are there now, byte for byte.
    pub(crate) fn rows(&self) -> impl Iterator<Item = String> {
        self.rows.iter().filter(|row| row.here).map(Row::raw)
    }

    /// The ids of the rows that have been there since the pass began.
    pub(crate) fn present_throughout(&self) -> BTreeSet<&str> {
        self.unchanged(true)
    }

    /// The ids of the rows that have not been there since the pass began.
    pub(crate) fn absent_throughout(&self) -> BTreeSet<&str> {
        self.unchanged(false)
    }

    fn unchanged(&self, here: bool) -> BTreeSet<&str> {
        let unchanged = |row: &&Row| row.here == here && row.since <= self.pass_began;
        self.rows.iter().filter(unchanged).map(|row| row.id.as_str()).collect()
    }
}

impl Row {
    fn raw(&self) -> String {
        format!(r#"{{"id":"{}","version":{}}}"#, self.id, self.version)
    }
}
