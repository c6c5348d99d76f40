//! The values that filters compare and sorts order by.

use alloc::borrow::Cow;
use alloc::string::String;
use core::cmp::Ordering;

use crate::wall::UnixTime;

/// A row's value under one name. Values of different types sort in the order of the variants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Null,
    Flag(bool),
    Number(u64),
    Time(UnixTime),
    Text(Cow<'static, str>),
}

/// A value that a filter names.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Flag(bool),
    Number(f64),
    Text(Text),
}

/// A quoted value. What it can also be read as is found out once, not for every row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    text: String,
    number: Option<f64>,
    time: Option<UnixTime>,
}

impl Literal {
    /// Makes the value of a quoted text.
    pub(super) fn text(text: String) -> Self {
        let (number, time) = (text.parse().ok(), text.parse().ok());
        Self::Text(Text { text, number, time })
    }
}

impl Field {
    /// A field that a row may lack.
    pub(super) fn or_null(value: Option<Self>) -> Self {
        value.unwrap_or(Self::Null)
    }

    /// Compares with a literal; `None` where the two cannot be compared.
    ///
    /// A number also compares with a quoted number, because the service types quantities as text.
    pub(super) fn compare(&self, literal: &Literal) -> Option<Ordering> {
        match (self, literal) {
            (Self::Null, Literal::Null) => Some(Ordering::Equal),
            (Self::Flag(flag), Literal::Flag(other)) => Some(flag.cmp(other)),
            (Self::Number(number), Literal::Number(other)) => (*number as f64).partial_cmp(other),
            (Self::Number(number), Literal::Text(text)) => {
                (*number as f64).partial_cmp(&text.number?)
            }
            (Self::Time(time), Literal::Text(text)) => Some(time.cmp(&text.time?)),
            (Self::Text(value), Literal::Text(text)) => Some(value.as_ref().cmp(&text.text)),
            _ => None,
        }
    }
}

impl From<bool> for Field {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u64> for Field {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<UnixTime> for Field {
    fn from(time: UnixTime) -> Self {
        Self::Time(time)
    }
}

impl From<&'static str> for Field {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_compares_with_a_quoted_number() {
        let literal = Literal::text("10".into());
        assert_eq!(Field::from(9).compare(&literal), Some(Ordering::Less));
    }

    #[test]
    fn times_compare_as_times_and_not_as_texts() {
        let noon: UnixTime = "2026-11-23T12:00:00Z".parse().unwrap();
        let literal = Literal::text("2026-11-23T13:00:00+01:00".into());
        assert_eq!(Field::from(noon).compare(&literal), Some(Ordering::Equal));
    }

    #[test]
    fn what_cannot_be_compared_is_neither_less_nor_equal_nor_greater() {
        assert_eq!(Field::from(true).compare(&Literal::Number(1.0)), None);
        assert_eq!(Field::Null.compare(&Literal::text("null".into())), None);
        assert_eq!(Field::from(1).compare(&Literal::Number(f64::NAN)), None);
    }
}
