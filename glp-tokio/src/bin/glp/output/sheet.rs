//! Rows and columns, before they are given a form.

use std::borrow::Cow;

use glp_core::sync::schema::Value;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// Holds rows under named columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// The names, as JSON keys and CSV headers spell them.
    pub(crate) columns: Vec<Cow<'static, str>>,
    /// The rows; each has one value per column.
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Sheet {
    /// Makes a sheet without rows.
    pub(crate) fn new(columns: &[&'static str]) -> Self {
        Self {
            columns: columns.iter().map(|name| Cow::Borrowed(*name)).collect(),
            rows: Vec::new(),
        }
    }

    /// Keeps only the columns named, in that order; names that are not there are left out.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let kept: Vec<usize> = names
            .iter()
            .filter_map(|name| self.columns.iter().position(|column| column == name))
            .collect();
        let pick = |row: &Vec<Value>| kept.iter().map(|&at| row[at].clone()).collect();
        Self {
            columns: kept.iter().map(|&at| self.columns[at].clone()).collect(),
            rows: self.rows.iter().map(pick).collect(),
        }
    }
}

/// Makes a value of a text.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// Makes a value of a count, which never comes near the limit of a whole number.
pub(crate) fn count(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// An array of objects, with the keys in the order of the columns.
impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.rows.len()))?;
        for values in &self.rows {
            rows.serialize_element(&Object { columns: &self.columns, values })?;
        }
        rows.end()
    }
}

struct Object<'a> {
    columns: &'a [Cow<'static, str>],
    values: &'a [Value],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, value) in self.columns.iter().zip(self.values) {
            object.serialize_entry(column, value)?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&["name", "left", "tags"]);
        let tags = Value::Json(r#"{"b":1,"a":2}"#.into());
        sheet.rows.push(vec![text("one"), count(3), tags]);
        sheet.rows.push(vec![Value::Null, Value::Real(0.5), Value::Boolean(true)]);
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
