//! What is made once for many scripts.

use std::thread::LocalKey;

use crate::suite::scenario::{MAX_BODY, Scenario};
use crate::suite::server::Server;

/// Returns what sends: the `usual` one, or one that `make` makes of a body limit and an authority,
/// where a script wants another. Making one reads all the authorities of the system, which takes
/// longer than most scripts.
pub(crate) fn kept<T: Clone>(
    usual: &'static LocalKey<T>,
    make: fn(usize, Option<Vec<u8>>) -> T,
    scenario: &Scenario,
    server: &Server,
) -> T {
    match (scenario.max_body, server.extra_ca.clone()) {
        (MAX_BODY, None) => usual.with(T::clone),
        (max_body, extra_ca) => make(max_body, extra_ca),
    }
}
