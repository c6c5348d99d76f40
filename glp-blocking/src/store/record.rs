//! One row on its way to a table, a JSON document or a CSV file.

use std::sync::LazyLock;

use glp_core::greenlake::Resource;
use glp_core::sync::schema::{self, Kind, Value};
use rusqlite::Row;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::value::cell;

/// The store's own columns, after those of the schema.
const BOOKKEEPING: [(&str, Kind); 5] = [
    ("generation", Kind::Integer),
    ("first_seen_run", Kind::Integer),
    ("synced_at", Kind::Time),
    ("retired_at", Kind::Time),
    ("retired_by_run", Kind::Integer),
];

/// The column of the row's own text; the last, and left out of lists.
const RAW: &str = "raw_data";

/// Holds one row: its columns by name, and their values.
///
/// Serialised as one JSON object, in the order of the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The names, the same for every record of one list.
    pub columns: &'static [&'static str],
    /// The values, one for each name.
    pub values: Vec<Value>,
}

impl Record {
    /// Returns the value of `column`, or `None` where there is no such column.
    pub fn value(&self, column: &str) -> Option<&Value> {
        let position = self.columns.iter().position(|name| *name == column)?;
        self.values.get(position)
    }

    /// Reads a record whose columns are those of `layout`, the first of them at 0.
    pub(super) fn read(layout: Layout, row: &Row<'_>) -> rusqlite::Result<Self> {
        let cells = layout.kinds.iter().enumerate();
        let values =
            cells.map(|(index, kind)| cell(row, index, *kind)).collect::<Result<_, _>>()?;
        Ok(Self { columns: layout.names, values })
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len()))?;
        for (name, value) in self.columns.iter().zip(&self.values) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The columns of a kind of record.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Their names.
    pub(super) names: &'static [&'static str],
    kinds: &'static [Kind],
}

type Columns = (Vec<&'static str>, Vec<Kind>);

static DEVICES: LazyLock<Columns> = LazyLock::new(|| columns(Resource::Devices));
static SUBSCRIPTIONS: LazyLock<Columns> = LazyLock::new(|| columns(Resource::Subscriptions));

fn columns(resource: Resource) -> Columns {
    let typed = schema::table(resource).columns.iter().map(|column| (column.name, column.kind));
    [("id", Kind::Text)]
        .into_iter()
        .chain(typed)
        .chain(BOOKKEEPING)
        .chain([(RAW, Kind::Json)])
        .unzip()
}

impl Layout {
    /// Every column of `resource`, the raw text included.
    pub(super) fn whole(resource: Resource) -> Self {
        let (names, kinds) = match resource {
            Resource::Devices => &*DEVICES,
            Resource::Subscriptions => &*SUBSCRIPTIONS,
        };
        Self { names, kinds }
    }

    /// Every column of `resource` but the raw text.
    pub(super) fn typed(resource: Resource) -> Self {
        let Self { names, kinds } = Self::whole(resource);
        let but_raw = names.len().saturating_sub(1);
        Self { names: names.split_at(but_raw).0, kinds: kinds.split_at(but_raw).0 }
    }

    /// Returns the kind of the column `name`.
    pub(super) fn kind(self, name: &str) -> Option<Kind> {
        let position = self.names.iter().position(|known| *known == name)?;
        self.kinds.get(position).copied()
    }
}
