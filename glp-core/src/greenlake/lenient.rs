//! Reading JSON that does not keep to its own specification.
//!
//! The service documents a quantity as a string and sends a number, and a date as a string and
//! sends an integer. A row is never lost over that: a value is read as what it plainly means, and
//! where it means nothing the field is left out and named in the row's drift.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use crate::operation::Malformed;
use crate::wall::UnixTime;

/// Integers from here on are milliseconds since 1970, below it seconds: the year 5138 in the one
/// reading, 1973 in the other.
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// Reads a value in any of the shapes in which the service may send it.
pub(crate) trait Lenient: Sized {
    /// Reads `value`, which is not null; `None` says that it is of another type.
    ///
    /// What is wrong deeper inside is noted in `drift` and left out.
    fn read(value: &Value, drift: &mut Drift) -> Option<Self>;
}

/// Gathers the names of the fields whose type is not the documented one.
#[derive(Debug, Default)]
pub(crate) struct Drift {
    path: String,
    found: Vec<String>,
}

impl Drift {
    /// Returns the paths found, in the order of reading: `location.latitude`, `subscription[0]`.
    pub(crate) fn into_found(self) -> Vec<String> {
        self.found
    }

    /// Reads `value` one level deeper, and notes the path where it is of another type.
    fn descend<T: Lenient>(&mut self, step: &str, value: &Value) -> Option<T> {
        let outer = self.path.len();
        self.path.push_str(step);
        let read = T::read(value, self);
        if read.is_none() {
            self.found.push(self.path.clone());
        }
        self.path.truncate(outer);
        read
    }
}

/// Reads the field `name` of `object`; absent and null are the same.
pub(crate) fn field<T: Lenient>(
    object: &Map<String, Value>,
    name: &str,
    drift: &mut Drift,
) -> Option<T> {
    let value = object.get(name).filter(|value| !value.is_null())?;
    if drift.path.is_empty() {
        drift.descend(name, value)
    } else {
        drift.descend(&format!(".{name}"), value)
    }
}

/// Reads the whole of a row: a JSON object with an `id`.
pub(crate) fn row(raw: &str) -> Result<(String, Map<String, Value>), Malformed> {
    let object: Map<String, Value> =
        serde_json::from_str(raw).map_err(|error| malformed(raw, &error))?;
    match field::<String>(&object, "id", &mut Drift::default()) {
        Some(id) if !id.is_empty() => Ok((id, object)),
        _ => Err(Malformed { at: 0, problem: "an object without an id".to_string() }),
    }
}

/// Says where `text` stops being the JSON it should be, without quoting it.
fn malformed(text: &str, error: &serde_json::Error) -> Malformed {
    use serde_json::error::Category;

    let before_line: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let problem = match error.classify() {
        Category::Eof => "the JSON ends early",
        Category::Data => "not a JSON object",
        Category::Io | Category::Syntax => "not JSON",
    };
    Malformed {
        at: (before_line + error.column().saturating_sub(1)).min(text.len()),
        problem: problem.to_string(),
    }
}

impl Lenient for String {
    fn read(value: &Value, _: &mut Drift) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl Lenient for bool {
    fn read(value: &Value, _: &mut Drift) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

impl Lenient for f64 {
    fn read(value: &Value, _: &mut Drift) -> Option<Self> {
        let number = match value {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }
}

impl Lenient for i64 {
    fn read(value: &Value, drift: &mut Drift) -> Option<Self> {
        let exact = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        exact.or_else(|| whole(f64::read(value, drift)?))
    }
}

/// Returns `number` as an integer where it is one, as 5.0 is, and small enough to be exact.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2⁵³
    // A float of at most 2⁵³ without a fraction is an i64: nothing is cut.
    (number % 1.0 == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

impl Lenient for UnixTime {
    /// Reads RFC 3339, or an integer of seconds or milliseconds since 1970.
    fn read(value: &Value, drift: &mut Drift) -> Option<Self> {
        if let Some(time) = value.as_str().and_then(|text| text.trim().parse().ok()) {
            return Some(time);
        }
        let count = u64::try_from(i64::read(value, drift)?).ok()?;
        if count < FIRST_MILLISECOND {
            return Some(Self::from_secs(count));
        }
        count.checked_mul(1_000_000).map(Self::from_nanos)
    }
}

impl<T: Lenient> Lenient for Vec<T> {
    fn read(value: &Value, drift: &mut Drift) -> Option<Self> {
        let items = value.as_array()?.iter().enumerate();
        Some(items.filter_map(|(n, item)| drift.descend(&format!("[{n}]"), item)).collect())
    }
}

impl Lenient for BTreeMap<String, String> {
    /// Reads a map of texts; an entry that is null is kept as the empty text, as the service
    /// does with a tag that has no value.
    fn read(value: &Value, drift: &mut Drift) -> Option<Self> {
        let mut map = Self::new();
        for (key, value) in value.as_object()? {
            let text = match value {
                Value::Null => Some(String::new()),
                value => drift.descend(&format!(".{key}"), value),
            };
            map.extend(text.map(|text| (key.clone(), text)));
        }
        Some(map)
    }
}

/// Declares an enum of the values known today, which takes any other as `Other`.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
            /// A value that is not known to this version, as the service spells it.
            Other(String),
        }

        impl $name {
            /// Every value known today.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the value as the service spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::greenlake::lenient::Lenient for $name {
            fn read(
                value: &serde_json::Value,
                _: &mut $crate::greenlake::lenient::Drift,
            ) -> Option<Self> {
                value.as_str().map(Self::from)
            }
        }
    };
}

/// Declares a struct of optional fields, each with the name it has in the service's JSON.
///
/// With `row`, the struct is one row of a listing: it also has its id, its drift and its raw
/// text, and is read by `from_json`.
macro_rules! model {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $json:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)+
        }

        impl $crate::greenlake::lenient::Lenient for $name {
            fn read(
                value: &serde_json::Value,
                drift: &mut $crate::greenlake::lenient::Drift,
            ) -> Option<Self> {
                let object = value.as_object()?;
                Some(Self {
                    $($field: $crate::greenlake::lenient::field(object, $json, drift),)+
                })
            }
        }
    };
    ($(#[$doc:meta])* row $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $json:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            /// The service's id; the only field that is always there.
            pub id: String,
            $($(#[$field_doc])* pub $field: Option<$type>,)+
            /// The fields whose type is not the documented one; each of them is `None`.
            pub drift: Vec<String>,
            /// The row as the service gave it, byte for byte, unknown fields included.
            pub raw: String,
        }

        impl $name {
            /// Reads one row of a listing.
            ///
            /// Unknown fields are accepted, and a field of a wrong type is left out and named in
            /// `drift`.
            ///
            /// # Errors
            ///
            /// [`Malformed`](crate::operation::Malformed) where `raw` is not a JSON object, or
            /// has no id.
            pub fn from_json(raw: &str) -> Result<Self, $crate::operation::Malformed> {
                let (id, object) = $crate::greenlake::lenient::row(raw)?;
                let mut drift = $crate::greenlake::lenient::Drift::default();
                Ok(Self {
                    id,
                    $($field: $crate::greenlake::lenient::field(&object, $json, &mut drift),)+
                    drift: drift.into_found(),
                    raw: raw.into(),
                })
            }
        }
    };
}

pub(crate) use {model, open_enum};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read<T: Lenient>(value: Value) -> Option<T> {
        T::read(&value, &mut Drift::default())
    }

    #[test]
    fn numbers_come_as_strings_and_strings_as_numbers() {
        assert_eq!(read(json!("12")), Some(12_i64));
        assert_eq!(read(json!(12)), Some(12_i64));
        assert_eq!(read(json!(12.0)), Some(12_i64));
        assert_eq!(read(json!("0")), Some(0_i64));
        assert_eq!(read::<i64>(json!(12.5)), None);
        assert_eq!(read::<i64>(json!("many")), None);
        assert_eq!(read(json!(77494)), Some("77494".to_string()));
        assert_eq!(read(json!("48.13")), Some(48.13));
        assert_eq!(read::<f64>(json!("NaN")), None);
        assert_eq!(read(json!("TRUE")), Some(true));
    }

    #[test]
    fn a_time_is_a_text_or_seconds_or_milliseconds() {
        let time = Some(UnixTime::from_secs(1_795_420_800));
        assert_eq!(read(json!("2026-11-23T08:00:00.000Z")), time);
        assert_eq!(read(json!(1_795_420_800)), time);
        assert_eq!(read(json!(1_795_420_800_000_u64)), time);
        assert_eq!(read(json!("1795420800")), time);
        assert_eq!(read::<UnixTime>(json!(-1)), None);
        assert_eq!(read::<UnixTime>(json!("0001-01-01T00:00:00Z")), None);
    }

    #[test]
    fn a_malformed_row_names_the_byte_and_quotes_nothing() {
        let error = row("{\n\"id\": secret}").unwrap_err();
        assert_eq!((error.at, error.problem.as_str()), (8, "not JSON"));
        assert_eq!(row("[1]").unwrap_err().problem, "not a JSON object");
        assert_eq!(row("{\"id\":").unwrap_err().problem, "the JSON ends early");
        assert_eq!(row("{\"id\":null}").unwrap_err().problem, "an object without an id");
        assert_eq!(row("{\"id\":7}").unwrap().0, "7");
    }

    proptest! {
        /// Any text is read or refused at a place within it; none panics.
        #[test]
        fn every_text_is_answered(text in ".{0,64}") {
            if let Err(error) = row(&text) {
                prop_assert!(error.at <= text.len());
            }
        }
    }
}
