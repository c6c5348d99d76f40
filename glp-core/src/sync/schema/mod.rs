//! The inventory's tables as data, for every store.
//!
//! A store keeps a row's raw text and, beside it, the columns named here, so that people can ask
//! for them in SQL. Which columns there are, of what kind and where in the JSON they come from is
//! said once, here; a store adds only its own dialect and its own bookkeeping.
//!
//! No column is checked against a list of values: a status that is new to us is stored as it is.
//! A value that cannot be read as its column's kind is null; the raw text keeps it.
//!
//! # Examples
//!
//! ```
//! use glp_core::greenlake::Resource;
//! use glp_core::sync::schema::{self, Value};
//!
//! let table = schema::table(Resource::Subscriptions);
//! let row = table.read(r#"{"id":"s-1","quantity":"0","tags":{"site":"Bonn"}}"#);
//!
//! let quantity = table.columns.iter().position(|column| column.name == "quantity").unwrap();
//! assert_eq!(row.values[quantity], Value::Integer(0));
//! assert_eq!(row.children[0][0], [Value::Text("site".into()), Value::Text("Bonn".into())]);
//! ```

mod tables;
mod value;

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use serde_json::Value as Json;

pub use value::Value;

use crate::greenlake::Resource;
use crate::greenlake::lenient::{Drift, Lenient};

/// Names the kind of value a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A JSON text.
    Json,
    /// A floating-point number.
    Real,
    /// A text.
    Text,
    /// A point on the calendar.
    Time,
}

/// Describes one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column's name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Where it comes from: a JSON Pointer (RFC 6901) into the row, or into the child's element.
    pub source: &'static str,
}

/// Describes the table of one resource, without the store's own bookkeeping.
///
/// Its primary key is `id`, the service's id of the row.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// The columns beside `id`.
    pub columns: &'static [Column],
    /// The tables that hold the row's lists and maps.
    pub children: &'static [Child],
}

/// Describes a table with many rows for one row of its parent.
///
/// Its primary key is `parent_id` together with its first column.
#[derive(Debug, PartialEq, Eq)]
pub struct Child {
    /// The table's name.
    pub name: &'static str,
    /// The column that holds the parent's id.
    pub parent_id: &'static str,
    /// Where the rows come from: a JSON Pointer (RFC 6901) into the parent's row.
    pub source: &'static str,
    /// What is found there.
    pub shape: Shape,
    /// The columns beside `parent_id`.
    pub columns: &'static [Column],
}

/// Names the two shapes of JSON that become a child table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// An array of objects, one row each.
    Array,
    /// An object, one row for each member: its name and its value.
    Map,
}

/// Holds the typed values of one row and of its child rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The values, in the order of [`Table::columns`].
    pub values: Vec<Value>,
    /// For each of [`Table::children`], its rows, each in the order of [`Child::columns`].
    pub children: Vec<Vec<Vec<Value>>>,
}

/// Returns the table of `resource`.
pub const fn table(resource: Resource) -> &'static Table {
    match resource {
        Resource::Devices => &tables::DEVICES,
        Resource::Subscriptions => &tables::SUBSCRIPTIONS,
    }
}

impl Table {
    /// Reads the typed values from a row's raw text.
    ///
    /// It cannot fail: what is missing or of another kind is null, and a text that is not JSON
    /// gives nothing but nulls.
    pub fn read(&self, raw: &str) -> Row {
        let json = serde_json::from_str(raw).unwrap_or(Json::Null);
        Row {
            values: values(self.columns, &json),
            children: self.children.iter().map(|child| child.read(&json)).collect(),
        }
    }
}

impl Child {
    /// Reads the rows in order; one without a key is left out, as is a key met before.
    fn read(&self, parent: &Json) -> Vec<Vec<Value>> {
        let rows = match (self.shape, parent.pointer(self.source)) {
            (Shape::Array, Some(Json::Array(items))) => {
                items.iter().map(|item| values(self.columns, item)).collect()
            }
            (Shape::Map, Some(Json::Object(members))) => members
                .iter()
                .map(|(name, value)| vec![Value::Text(name.clone()), Kind::Text.read(value)])
                .collect(),
            _ => Vec::new(),
        };
        first_of_each_key(rows)
    }
}

fn first_of_each_key(rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut kept: Vec<Vec<Value>> = Vec::with_capacity(rows.len());
    for row in rows {
        // A row has a handful of children: looking through them is cheaper than a set.
        if row.first() != Some(&Value::Null)
            && kept.iter().all(|other| other.first() != row.first())
        {
            kept.push(row);
        }
    }
    kept
}

fn values(columns: &[Column], json: &Json) -> Vec<Value> {
    columns
        .iter()
        .map(|column| {
            json.pointer(column.source).map_or(Value::Null, |value| column.kind.read(value))
        })
        .collect()
}

impl Kind {
    /// Reads `json` as this kind; what is of another kind is null.
    fn read(self, json: &Json) -> Value {
        if json.is_null() {
            return Value::Null;
        }
        match self {
            Self::Boolean => read(json, Value::Boolean),
            Self::Integer => read(json, Value::Integer),
            Self::Json => Value::Json(json.to_string()),
            Self::Real => read(json, Value::Real),
            Self::Text => read(json, Value::Text),
            Self::Time => read(json, Value::Time),
        }
    }
}

fn read<T: Lenient>(json: &Json, make: impl Fn(T) -> Value) -> Value {
    T::read(json, &mut Drift::default()).map_or(Value::Null, make)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;

    fn value(resource: Resource, raw: &str, name: &str) -> Value {
        let table = table(resource);
        let position = table.columns.iter().position(|column| column.name == name).unwrap();
        table.read(raw).values.swap_remove(position)
    }

    #[test]
    fn a_value_is_found_deep_in_the_row_and_typed() {
        let raw = r#"{"location":{"latitude":"48.1","postalCode":80331},"archived":false,
            "createdAt":"2026-01-02T03:04:05.678Z","warranty":{"country":"DE"}}"#;
        let time = "2026-01-02T03:04:05.678Z".parse().unwrap();

        let device = |name| value(Resource::Devices, raw, name);

        assert_eq!(device("location_latitude"), Value::Real(48.1));
        assert_eq!(device("location_postal_code"), Value::Text("80331".into()));
        assert_eq!(device("archived"), Value::Boolean(false));
        assert_eq!(device("created_at"), Value::Time(time));
        assert_eq!(device("warranty"), Value::Json(r#"{"country":"DE"}"#.into()));
        assert_eq!(device("serial_number"), Value::Null);
    }

    #[test]
    fn a_quantity_of_zero_is_zero_and_a_locked_subscription_is_locked() {
        let raw = r#"{"quantity":0,"subscriptionStatus":"LOCKED"}"#;
        let subscription = |name| value(Resource::Subscriptions, raw, name);
        assert_eq!(subscription("quantity"), Value::Integer(0));
        assert_eq!(subscription("available_quantity"), Value::Null);
        assert_eq!(subscription("subscription_status"), Value::Text("LOCKED".into()));
    }

    #[test]
    fn a_child_without_a_key_or_met_before_is_left_out() {
        let raw =
            r#"{"subscription":[{"id":"a","tier":"x"},{"key":"k"},{"id":"a"},"b",{"id":"c"}]}"#;
        let rows = table(Resource::Devices).read(raw).children.swap_remove(0);
        let ids: Vec<_> = rows.iter().map(|row| row[0].to_string()).collect();
        assert_eq!(ids, ["a", "c"]);
        assert_eq!(rows[0][3], Value::Text("x".into()));
    }

    #[test]
    fn column_names_are_unique_and_sources_are_pointers() {
        for resource in Resource::ALL {
            let table = table(resource);
            assert_eq!(table.name, resource.name());
            let children = table.children.iter().map(|child| child.columns);
            for columns in children.chain([table.columns]) {
                let names: BTreeSet<_> = columns.iter().map(|column| column.name).collect();
                assert_eq!(names.len(), columns.len());
            }
            assert!(table.columns.iter().all(|column| column.source.starts_with('/')));
        }
    }

    proptest! {
        /// Any text at all gives one value for each column.
        #[test]
        fn every_text_gives_a_whole_row(raw in ".{0,64}") {
            for resource in Resource::ALL {
                let row = table(resource).read(&raw);
                prop_assert_eq!(row.values.len(), table(resource).columns.len());
                prop_assert_eq!(row.children.len(), table(resource).children.len());
            }
        }

        /// A map becomes one row for each member, in order of name.
        #[test]
        fn tags_are_kept_whole(tags in prop::collection::btree_map(".{1,8}", ".{0,8}", 0..5)) {
            let raw = serde_json::json!({ "tags": tags }).to_string();
            let rows = table(Resource::Subscriptions).read(&raw).children.swap_remove(0);
            let read: Vec<(String, String)> =
                rows.iter().map(|row| (row[0].to_string(), row[1].to_string())).collect();
            prop_assert_eq!(read, tags.into_iter().collect::<Vec<_>>());
        }
    }
}
