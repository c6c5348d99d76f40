//! The scripts, by what they are about.

pub(crate) mod answers;
pub(crate) mod breakers;
pub(crate) mod connections;
pub(crate) mod hints;
pub(crate) mod listings;
pub(crate) mod sharing;
pub(crate) mod tokens;

use crate::suite::scenario::Scenario;

/// Returns every script there is.
pub(crate) fn all() -> Vec<Scenario> {
    let groups = [
        answers::all(),
        breakers::all(),
        connections::all(),
        hints::all(),
        listings::all(),
        sharing::all(),
        tokens::all(),
    ];
    groups.into_iter().flatten().collect()
}
