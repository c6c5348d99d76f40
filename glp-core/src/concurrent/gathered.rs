//! Values here, errors there, and where each came from.

use alloc::vec::Vec;

/// What came of many pieces of work, each with its index.
///
/// # Examples
///
/// It collects what ended in any order:
///
/// ```
/// use glp_core::concurrent::Gathered;
///
/// let gathered: Gathered<_, _> = [(2, Ok('c')), (1, Err("lost")), (0, Ok('a'))].into_iter().collect();
/// assert_eq!(gathered.values, [(0, 'a'), (2, 'c')]);
/// assert_eq!(gathered.errors, [(1, "lost")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered<T, E> {
    /// The values, in the order of the work.
    pub values: Vec<(usize, T)>,
    /// The errors, in the order of the work.
    pub errors: Vec<(usize, E)>,
}

impl<T, E> FromIterator<(usize, Result<T, E>)> for Gathered<T, E> {
    fn from_iter<I: IntoIterator<Item = (usize, Result<T, E>)>>(ended: I) -> Self {
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for (index, result) in ended {
            match result {
                Ok(value) => values.push((index, value)),
                Err(error) => errors.push((index, error)),
            }
        }
        values.sort_unstable_by_key(|(index, _)| *index);
        errors.sort_unstable_by_key(|(index, _)| *index);
        Self { values, errors }
    }
}
