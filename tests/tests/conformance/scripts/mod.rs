//! The scripts, by what they are about.

pub(crate) mod answers;
pub(crate) mod breakers;
pub(crate) mod connections;
pub(crate) mod hints;
pub(crate) mod listings;
pub(crate) mod sharing;
pub(crate) mod tokens;
