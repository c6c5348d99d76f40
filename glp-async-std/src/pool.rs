//! Connections at rest, by where they lead.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use glp_core::time::Instant;

use crate::origin::Origin;

/// How long a connection may rest: servers close theirs after a minute or two, and a request that
/// meets the end of a connection is lost.
const MAX_REST: Duration = Duration::from_secs(90);

/// The most connections that rest for one origin; those beyond it are closed.
const MAX_PER_ORIGIN: usize = 32;

/// Holds connections between two requests. Those that rested too long go at the next look.
#[derive(Debug)]
pub(crate) struct Pool<C> {
    resting: Mutex<HashMap<Origin, Vec<Resting<C>>>>,
}

#[derive(Debug)]
struct Resting<C> {
    connection: C,
    since: Instant,
}

impl<C> Pool<C> {
    /// Makes an empty pool.
    pub(crate) fn new() -> Self {
        Self { resting: Mutex::new(HashMap::new()) }
    }

    /// Takes the connection to `origin` that was used last.
    pub(crate) fn take(&self, origin: &Origin, now: Instant) -> Option<C> {
        self.with(now, |resting| Some(resting.get_mut(origin)?.pop()?.connection))
    }

    /// Lays a connection to `origin` to rest.
    pub(crate) fn put(&self, origin: Origin, connection: C, now: Instant) {
        self.with(now, |resting| {
            let here = resting.entry(origin).or_default();
            if here.len() < MAX_PER_ORIGIN {
                here.push(Resting { connection, since: now });
            }
        });
    }

    fn with<T>(
        &self,
        now: Instant,
        work: impl FnOnce(&mut HashMap<Origin, Vec<Resting<C>>>) -> T,
    ) -> T {
        // A panic leaves plain data behind; the other calls go on.
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, here| {
            here.retain(|resting| now.since(resting.since) < MAX_REST);
            !here.is_empty()
        });
        work(&mut resting)
    }
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    fn origin(url: &'static str) -> Origin {
        Origin::of(&Uri::from_static(url)).unwrap()
    }

    #[test]
    fn the_connection_used_last_is_taken_first_and_only_once() {
        let pool = Pool::new();
        let here = origin("https://here");
        pool.put(here.clone(), 1, Instant::ZERO);
        pool.put(here.clone(), 2, Instant::ZERO);

        assert_eq!(pool.take(&origin("https://elsewhere"), Instant::ZERO), None);
        assert_eq!(pool.take(&here, Instant::ZERO), Some(2));
        assert_eq!(pool.take(&here, Instant::ZERO), Some(1));
        assert_eq!(pool.take(&here, Instant::ZERO), None);
    }

    #[test]
    fn a_connection_that_rested_too_long_is_closed_whoever_looks() {
        let pool = Pool::new();
        let (here, closed) = (origin("https://here"), std::sync::Arc::new(()));
        pool.put(here.clone(), closed.clone(), Instant::ZERO);

        assert!(pool.take(&origin("https://elsewhere"), Instant::ZERO + MAX_REST).is_none());

        assert_eq!(std::sync::Arc::strong_count(&closed), 1);
        assert!(pool.take(&here, Instant::ZERO).is_none());
    }

    #[test]
    fn no_more_rest_than_the_limit() {
        let pool = Pool::new();
        let here = origin("https://here");
        for connection in 0..=MAX_PER_ORIGIN {
            pool.put(here.clone(), connection, Instant::ZERO);
        }

        let kept = std::iter::from_fn(|| pool.take(&here, Instant::ZERO)).count();

        assert_eq!(kept, MAX_PER_ORIGIN);
    }
}
