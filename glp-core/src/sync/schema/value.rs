//! One typed value of a row.

use alloc::string::String;
use core::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::wall::UnixTime;

/// Holds one value of a column.
///
/// Displayed as people read it in a table or a CSV file: null is empty, a time is RFC 3339.
/// Serialised as the JSON that it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A JSON text.
    Json(String),
    /// Nothing: absent, null, or not of the column's kind.
    #[default]
    Null,
    /// A finite floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// A point on the calendar.
    Time(UnixTime),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(truth) => truth.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Json(text) | Self::Text(text) => f.pad(text),
            Self::Null => f.pad(""),
            Self::Real(number) => number.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Json(text) => match serde_json::from_str::<&RawValue>(text) {
                Ok(json) => json.serialize(serializer),
                Err(_) => serializer.serialize_str(text),
            },
            Self::Null => serializer.serialize_unit(),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Time(time) => time.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_value_is_shown_plainly_and_serialised_as_json() {
        let time = UnixTime::from_secs(0);
        let cases = [
            (Value::Null, "", "null"),
            (Value::Boolean(true), "true", "true"),
            (Value::Integer(-3), "-3", "-3"),
            (Value::Text("a\"b".into()), "a\"b", r#""a\"b""#),
            (Value::Json(r#"{"a":[1]}"#.into()), r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (Value::Json("not json".into()), "not json", r#""not json""#),
            (Value::Time(time), "1970-01-01T00:00:00Z", r#""1970-01-01T00:00:00Z""#),
        ];
        for (value, shown, json) in cases {
            assert_eq!(value.to_string(), shown);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
    }
}
