//! A seed that differs from one use to the next.

use std::hash::{BuildHasher, RandomState};

/// Draws a seed from the keys that the standard library draws for its hash maps.
pub(crate) fn any_seed() -> u64 {
    RandomState::new().hash_one(())
}
