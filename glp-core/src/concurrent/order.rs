//! The order in which items began.

use alloc::vec::Vec;

/// Puts what ended in any order back into the order in which it began.
///
/// # Examples
///
/// ```
/// use glp_core::concurrent::in_order;
///
/// assert_eq!(in_order(vec![(2, 'c'), (0, 'a'), (1, 'b')]), ['a', 'b', 'c']);
/// ```
pub fn in_order<T>(mut ended: Vec<(usize, T)>) -> Vec<T> {
    ended.sort_unstable_by_key(|(index, _)| *index);
    ended.into_iter().map(|(_, output)| output).collect()
}

/// Names the item that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("item {index}: {error}")]
pub struct ItemError<E> {
    /// The item's index, from 0.
    pub index: usize,
    /// Why it failed.
    pub error: E,
}
