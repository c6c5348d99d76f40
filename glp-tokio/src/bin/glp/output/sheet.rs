//! Rows and columns, before they are given a form.

use std::borrow::Cow;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Holds rows under named columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// The names, as JSON keys and CSV headers spell them.
    pub(crate) columns: Vec<Cow<'static, str>>,
    /// The rows; each has one cell per column.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// No value.
    Empty,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Real(f64),
    /// A text.
    Text(String),
    /// A JSON value, kept as it came.
    Json(Box<RawValue>),
}

impl Sheet {
    /// Makes a sheet without rows.
    pub(crate) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.iter().map(|name| Cow::Borrowed(*name)).collect(), rows: Vec::new() }
    }

    /// Keeps only the columns named, in that order; names that are not there are left out.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let kept: Vec<usize> = names
            .iter()
            .filter_map(|name| self.columns.iter().position(|column| column == name))
            .collect();
        Self {
            columns: kept.iter().map(|&at| self.columns[at].clone()).collect(),
            rows: self.rows.iter().map(|row| kept.iter().map(|&at| row[at].clone()).collect()).collect(),
        }
    }
}

impl Cell {
    /// Returns the text of the cell, as tables and CSV show it.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Integer(value) => Cow::Owned(value.to_string()),
            Self::Real(value) => Cow::Owned(value.to_string()),
            Self::Text(value) => Cow::Borrowed(value),
            Self::Json(value) => Cow::Borrowed(value.get()),
        }
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Text(value.to_string()), Self::Integer)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// An array of objects, with the keys in the order of the columns.
impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.rows.len()))?;
        for cells in &self.rows {
            rows.serialize_element(&Object { columns: &self.columns, cells })?;
        }
        rows.end()
    }
}

struct Object<'a> {
    columns: &'a [Cow<'static, str>],
    cells: &'a [Cell],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            object.serialize_entry(column, cell)?;
        }
        object.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Real(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&["name", "left", "tags"]);
        let tags = RawValue::from_string(r#"{"b":1,"a":2}"#.into()).unwrap();
        sheet.rows.push(vec!["one".into(), Cell::Integer(3), Cell::Json(tags)]);
        sheet.rows.push(vec![Cell::Empty, Cell::Real(0.5), Cell::Boolean(true)]);
        sheet
    }

    #[test]
    fn json_keeps_the_order_of_the_columns_and_nested_json_as_it_came() {
        assert_eq!(
            serde_json::to_string(&sheet()).unwrap(),
            r#"[{"name":"one","left":3,"tags":{"b":1,"a":2}},{"name":null,"left":0.5,"tags":true}]"#
        );
    }

    #[test]
    fn columns_are_chosen_by_name() {
        let chosen = sheet().only(&["left", "nowhere", "name"]);

        assert_eq!(
            serde_json::to_string(&chosen).unwrap(),
            r#"[{"left":3,"name":"one"},{"left":0.5,"name":null}]"#
        );
    }
}
