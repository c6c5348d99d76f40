//! What the reference does not tell of a row, and a client must bear.

/// What is odd about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    None,
    /// A field that no reference names.
    UnknownField,
    /// A type that no reference names.
    UnknownType,
}

/// One row in so many is odd.
const ONE_IN: u32 = 97;
/// Which one that is.
const FIRST: u32 = 13;

impl Oddity {
    /// Says what is odd about row `number`: by turns its type and a field.
    pub(super) const fn of(number: u32) -> Self {
        match (number % ONE_IN, number / ONE_IN % 2) {
            (FIRST, 0) => Self::UnknownType,
            (FIRST, _) => Self::UnknownField,
            _ => Self::None,
        }
    }
}
