//! Seeds that once found something.

use super::day::Keeping;

/// The seeds that found a fault, each with what it found. They are lived through in every run.
pub const REGRESSIONS: &[(u64, Keeping, &str)] = &[];
