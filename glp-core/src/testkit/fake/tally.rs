//! What a fake service did: so that a test can tell that its rare path was reached.

use alloc::collections::BTreeMap;

use super::endpoint::Endpoint;
use super::mishap::Mishap;

/// Counts the mishaps that met a request.
///
/// A mishap that found nothing to harm is not counted: a row deleted where there is none, a page
/// distorted where the answer is no page.
///
/// # Examples
///
/// ```
/// use glp_core::testkit::{Injected, Mishap};
///
/// let injected = Injected::default();
/// assert_eq!(injected.count(|mishap| matches!(mishap, Mishap::RateLimited(_))), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Injected(BTreeMap<Mishap, u64>);

impl Injected {
    pub(super) fn note(&mut self, mishap: Mishap) {
        *self.0.entry(mishap).or_default() += 1;
    }

    /// Returns how many there were of a kind.
    pub fn count(&self, is_of_kind: impl Fn(&Mishap) -> bool) -> u64 {
        self.iter().filter(|(mishap, _)| is_of_kind(mishap)).map(|(_, count)| count).sum()
    }

    /// Returns how many there were in all.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns each mishap that came, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Mishap, u64)> {
        self.0.iter().map(|(mishap, count)| (*mishap, *count))
    }
}

/// Counts the requests to each endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(BTreeMap<Endpoint, u64>);

impl Requests {
    pub(super) fn note(&mut self, endpoint: Endpoint) {
        *self.0.entry(endpoint).or_default() += 1;
    }

    pub(super) fn count(&self, endpoint: Endpoint) -> u64 {
        self.0.get(&endpoint).copied().unwrap_or(0)
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}
