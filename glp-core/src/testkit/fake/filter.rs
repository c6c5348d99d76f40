//! Filters: which rows a listing takes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::field::Literal;
use super::row::Read;

/// A filter, read by [`Filter::parse`].
///
/// Source: the service's own guide, "OData-like": `eq ne gt ge lt le in`, `and or not`.
pub(super) enum Filter<R> {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Compare { read: Read<R>, comparison: Comparison, literal: Literal },
    In { read: Read<R>, literals: Vec<Literal> },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    /// Reads an operator.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// Says whether it holds; of two values that cannot be compared only "not equal" does.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
        }
    }
}

impl<R> Filter<R> {
    /// Says whether the filter takes a row.
    pub(super) fn takes(&self, row: &R) -> bool {
        match self {
            Self::And(one, two) => one.takes(row) && two.takes(row),
            Self::Or(one, two) => one.takes(row) || two.takes(row),
            Self::Not(filter) => !filter.takes(row),
            Self::Compare { read, comparison, literal } => {
                comparison.holds(read(row).compare(literal))
            }
            Self::In { read, literals } => {
                let field = read(row);
                literals.iter().any(|literal| field.compare(literal) == Some(Ordering::Equal))
            }
        }
    }
}
