//! The order of a listing.

use alloc::format;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::field::Field;
use super::refusal::Problem;
use super::row::{Read, Row, reader};

/// An order: the keys to sort by, the most significant first. Ties are ordered by id, so that
/// every order is total.
pub(super) struct Sort<R>(Vec<Key<R>>);

struct Key<R> {
    name: &'static str,
    read: Read<R>,
    direction: Direction,
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Ascending,
    Descending,
}

impl<R: Row> Sort<R> {
    /// Reads a comma list of names, each with an optional `asc` or `desc`.
    ///
    /// What follows an ascending id orders nothing, and that id itself is how ties are ordered
    /// anyway; so both are left out.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let mut keys = text.split(',').map(Key::parse).collect::<Result<Vec<_>, _>>()?;
        let by_id = |key: &Key<R>| key.name == "id" && key.direction == Direction::Ascending;
        keys.truncate(keys.iter().position(by_id).unwrap_or(keys.len()));
        Ok(Self(keys))
    }

    /// Says whether this is the order of the ids alone.
    pub(super) fn is_by_id(&self) -> bool {
        self.0.is_empty()
    }

    /// Sorts row numbers that come in the order of their ids. Each row is drawn once.
    pub(super) fn apply(&self, numbers: &mut Vec<u32>, draw: impl Fn(u32) -> R) {
        let fields = |number: u32| -> Vec<Field> {
            let row = draw(number);
            self.0.iter().map(|key| (key.read)(&row)).collect()
        };
        let mut keyed: Vec<_> = numbers.iter().map(|number| (fields(*number), *number)).collect();
        keyed.sort_by(|(one, _), (two, _)| self.compare(one, two));
        numbers.clear();
        numbers.extend(keyed.into_iter().map(|(_, number)| number));
    }

    fn compare(&self, one: &[Field], two: &[Field]) -> Ordering {
        let fields = one.iter().zip(two);
        let orders = self.0.iter().zip(fields).map(|(key, (one, two))| match key.direction {
            Direction::Ascending => one.cmp(two),
            Direction::Descending => two.cmp(one),
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

impl<R: Row> Key<R> {
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut words = text.split_whitespace();
        let problem = |what| Problem::new("sort", format!("{what} in {text:?}"));
        let word = words.next().ok_or_else(|| problem("no field"))?;
        let (name, read) = reader(word).ok_or_else(|| problem("an unknown field"))?;
        let direction = match (words.next(), words.next()) {
            (None | Some("asc"), None) => Direction::Ascending,
            (Some("desc"), None) => Direction::Descending,
            _ => return Err(problem("neither asc nor desc")),
        };
        Ok(Self { name, read, direction })
    }
}
