//! Filters, orders and selections, escaped by type: no value can become syntax.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use crate::invalid::Invalid;
use crate::wall::UnixTime;

/// Names a property of a row; a nested one is spelled with `/`, as in `location/country`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field(Cow<'static, str>);

impl Field {
    /// When the row was made.
    pub const CREATED_AT: Self = Self(Cow::Borrowed("createdAt"));
    /// The service's id of the row.
    pub const ID: Self = Self(Cow::Borrowed("id"));
    /// A subscription's key.
    pub const KEY: Self = Self(Cow::Borrowed("key"));
    /// A device's serial number.
    pub const SERIAL_NUMBER: Self = Self(Cow::Borrowed("serialNumber"));
    /// When the row last changed.
    pub const UPDATED_AT: Self = Self(Cow::Borrowed("updatedAt"));

    /// The longest name that is accepted, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// Takes a name of ASCII letters, digits, `_` and `/`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for an empty or too long name, and for any other character.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, Invalid> {
        let name = name.into();
        let clean = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/');
        if name.is_empty() || name.len() > Self::MAX_LENGTH || !name.chars().all(clean) {
            let limit =
                format_args!("1 to {} ASCII letters, digits, `_` and `/`", Self::MAX_LENGTH);
            return Err(Invalid::new("field", format_args!("{name:?}"), limit));
        }
        Ok(Self(name))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Holds a value to compare with; its type decides how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// No value.
    Null,
    /// A text: quoted, its own quotes doubled.
    Text(String),
    /// A time: quoted RFC 3339, as the service's own examples have it.
    Time(UnixTime),
}

macro_rules! into_literal {
    ($($kind:ident($from:ty)),*) => {$(
        impl From<$from> for Literal {
            fn from(value: $from) -> Self {
                Self::$kind(value.into())
            }
        }
    )*};
}

into_literal!(Boolean(bool), Integer(i64), Text(&str), Text(String), Time(UnixTime));

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Null => f.write_str("null"),
            Self::Text(value) => write!(f, "'{}'", value.replace('\'', "''")),
            Self::Time(value) => write!(f, "'{value}'"),
        }
    }
}

/// The comparisons that the service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal to.
    Equal,
    /// Greater than or equal to.
    AtLeast,
    /// Less than or equal to.
    AtMost,
    /// Greater than.
    Greater,
    /// Less than.
    Less,
    /// Not equal to.
    NotEqual,
}

impl Comparison {
    const fn word(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::AtLeast => "ge",
            Self::AtMost => "le",
            Self::Greater => "gt",
            Self::Less => "lt",
            Self::NotEqual => "ne",
        }
    }
}

/// Selects rows by their properties, in the service's OData-like language.
///
/// A text cannot leave its quotes: they are doubled, as OData has it. The service's own reference
/// does not say how to escape a quote; that it doubles them is what clients rely on.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{Comparison, Field, Filter};
///
/// let mine = Filter::equal(Field::SERIAL_NUMBER, "O'Hara");
/// let recent = Filter::compare(Field::new("archived")?, Comparison::NotEqual, true);
/// let one = Filter::any_of(Field::ID, ["a", "b"])?;
/// assert_eq!(
///     mine.and(recent).and(one).to_string(),
///     "serialNumber eq 'O''Hara' and archived ne true and (id eq 'a' or id eq 'b')"
/// );
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Expression);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Compare(Field, Comparison, Literal),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

impl Filter {
    /// Takes the rows whose `field` compares with `literal` as said.
    pub fn compare(field: Field, comparison: Comparison, literal: impl Into<Literal>) -> Self {
        Self(Expression::Compare(field, comparison, literal.into()))
    }

    /// Takes the rows whose `field` equals `literal`.
    pub fn equal(field: Field, literal: impl Into<Literal>) -> Self {
        Self::compare(field, Comparison::Equal, literal)
    }

    /// Takes the rows whose `field` equals one of `literals`.
    ///
    /// Written as a chain of `or`: of the service's `in` two spellings are documented.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when there is no literal.
    pub fn any_of<L: Into<Literal>>(
        field: Field,
        literals: impl IntoIterator<Item = L>,
    ) -> Result<Self, Invalid> {
        literals
            .into_iter()
            .map(|literal| Self::equal(field.clone(), literal))
            .reduce(Self::or)
            .ok_or_else(|| Invalid::new("filter", "any_of nothing", "any_of at least one literal"))
    }

    /// Takes the rows that both filters take.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut all = match self.0 {
            Expression::All(all) => all,
            one => vec![one],
        };
        all.push(other.0);
        Self(Expression::All(all))
    }

    /// Takes the rows that either filter takes.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut any = match self.0 {
            Expression::Any(any) => any,
            one => vec![one],
        };
        any.push(other.0);
        Self(Expression::Any(any))
    }

    /// Takes the rows that the filter does not take.
    #[must_use]
    pub fn negate(self) -> Self {
        Self(Expression::Not(Box::new(self.0)))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(field, comparison, literal) => {
                write!(f, "{field} {} {literal}", comparison.word())
            }
            Self::All(all) => chain(f, all, " and "),
            Self::Any(any) => chain(f, any, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
        }
    }
}

/// Joins expressions; a compound one gets parentheses, so that no precedence is relied upon.
fn chain(f: &mut fmt::Formatter<'_>, parts: &[Expression], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match part {
            Expression::Compare(..) | Expression::Not(_) => write!(f, "{part}")?,
            Expression::All(_) | Expression::Any(_) => write!(f, "({part})")?,
        }
    }
    Ok(())
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Orders rows by one property, then by the next.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{Direction, Field, Sort};
///
/// assert_eq!(Sort::stable().to_string(), "createdAt asc,id asc");
/// let newest = Sort::by(Field::UPDATED_AT, Direction::Descending);
/// assert_eq!(newest.to_string(), "updatedAt desc");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort(Vec<(Field, Direction)>);

impl Sort {
    /// Orders by `field`.
    pub fn by(field: Field, direction: Direction) -> Self {
        Self(vec![(field, direction)])
    }

    /// Orders rows that are equal so far by `field`.
    #[must_use]
    pub fn then(mut self, field: Field, direction: Direction) -> Self {
        self.0.push((field, direction));
        self
    }

    /// The order in which listings are read: neither property of a row ever changes, the second
    /// one is unique, and new rows come last.
    ///
    /// That the service sorts by both is an assumption: its reference names `sort` and not what
    /// may be sorted by. Where it does not hold, the sync machine sees rows shift and retires none.
    pub fn stable() -> Self {
        Self::by(Field::CREATED_AT, Direction::Ascending).then(Field::ID, Direction::Ascending)
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, direction)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let direction = match direction {
                Direction::Ascending => "asc",
                Direction::Descending => "desc",
            };
            write!(f, "{comma}{field} {direction}")?;
        }
        Ok(())
    }
}

/// Percent-encodes everything but RFC 3986 §2.3's unreserved characters.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Undoes [`encode`], written on its own.
    pub(crate) fn decode(encoded: &str) -> String {
        let mut parts = encoded.split('%');
        let mut bytes = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn literals_are_written_by_type() {
        let written = |literal: Literal| Filter::equal(Field::ID, literal).to_string();
        assert_eq!(written(7.into()), "id eq 7");
        assert_eq!(written(true.into()), "id eq true");
        assert_eq!(written(Literal::Null), "id eq null");
        assert_eq!(written("".into()), "id eq ''");
        assert_eq!(written(UnixTime::EPOCH.into()), "id eq '1970-01-01T00:00:00Z'");
    }

    #[test]
    fn compound_filters_rely_on_no_precedence() {
        let one = |value: i64| Filter::equal(Field::ID, value);
        let filter = one(1).and(one(2)).or(one(3).or(one(4)).negate());
        assert_eq!(filter.to_string(), "(id eq 1 and id eq 2) or not (id eq 3 or id eq 4)");
    }

    #[test]
    fn any_of_nothing_is_refused() {
        let none: [i64; 0] = [];
        assert_eq!(Filter::any_of(Field::ID, none).unwrap_err().field, "filter");
    }

    #[test]
    fn c10_a_field_cannot_carry_syntax() {
        for name in ["", "id eq 1 or id", "id'", "a&b", "a%20b", "größe", &"x".repeat(129)] {
            assert_eq!(Field::new(String::from(name)).unwrap_err().field, "field", "{name}");
        }
        assert_eq!(Field::new("location/country").unwrap().to_string(), "location/country");
    }

    proptest! {
        #[test]
        fn c10_any_text_survives_quoting_and_encoding(text in any::<String>()) {
            let encoded = encode(&Filter::equal(Field::ID, text.as_str()).to_string());
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));

            let decoded = decode(&encoded);
            let quoted = decoded.strip_prefix("id eq '").unwrap().strip_suffix('\'').unwrap();
            prop_assert_eq!(quoted.replace("''", "'"), text);
        }

        #[test]
        fn c10_no_text_closes_its_quotes(text in any::<String>()) {
            let literal = Literal::from(text.as_str()).to_string();
            let inside = &literal[1..literal.len() - 1];
            prop_assert!(inside.split("''").all(|part| !part.contains('\'')));
        }
    }
}
