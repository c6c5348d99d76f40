//! Breakers by key: made on demand, bounded in number, and let go when idle.

use alloc::collections::BTreeMap;
use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;

use rand_core::Rng;

use crate::breaker::{Breaker, Config};
use crate::rng::SplitMix64;
use crate::time::Instant;

/// Keeps one breaker for each key: a host, a route, a tenant.
///
/// A breaker is made when its key is first asked for. When there are as many as there may be, the
/// one that was longest not asked for makes room, if it is [at rest](Breaker::is_at_rest): closed,
/// without a failure in memory, in nobody's hand. No other is ever let go, so an outage is not
/// forgotten and an isolation not lost because many keys came.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Config, Outcome, Registry, State};
/// use glp_core::time::Instant;
///
/// let (one, now) = (NonZeroU32::MIN, Instant::ZERO);
/// let config = Config { failure_threshold: one, ..Config::DEFAULT };
/// let mut registry = Registry::new(config, NonZeroU32::new(2).unwrap(), 0);
///
/// let bad = registry.obtain(&"bad", now)?;
/// let permit = bad.try_acquire(now).expect("a new breaker admits");
/// bad.report(permit, Outcome::Failure, now);
/// registry.obtain(&"good", now)?;
/// registry.obtain(&"better", now)?; // in the place of "good"
///
/// assert_eq!(registry.get(&"bad").unwrap().state(now), State::Open);
/// assert!(registry.get(&"good").is_none());
/// # Ok::<(), glp_core::breaker::Full>(())
/// ```
///
/// Source: ours; that only clean breakers may be evicted is what users of registries without that
/// rule have asked for.
#[derive(Clone, Debug)]
pub struct Registry<K> {
    config: Config,
    capacity: NonZeroU32,
    seeds: SplitMix64,
    entries: BTreeMap<K, Entry>,
    /// The first epoch of the next breaker: later than that of any permit that is out.
    epoch: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    breaker: Breaker,
    asked_for: Instant,
}

/// Says that no breaker could be made: as many as there may be are not at rest.
///
/// Example: see [`Registry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The number of breakers that there may be.
    pub capacity: NonZeroU32,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capacity } = self;
        write!(f, "none of the {capacity} breakers is at rest, so that none makes room for another")
    }
}

impl core::error::Error for Full {}

impl<K: Ord + Clone> Registry<K> {
    /// Makes a registry without breakers. Each one's jitter is drawn from `seed` and the order in
    /// which they are made, so that they do not all open for the same time.
    ///
    /// Example: see [`Self`].
    pub const fn new(config: Config, capacity: NonZeroU32, seed: u64) -> Self {
        let entries = BTreeMap::new();
        Self { config, capacity, seeds: SplitMix64::new(seed), entries, epoch: 0 }
    }

    /// Returns the breaker of a key; makes it where there is none.
    ///
    /// Example: see [`Self`].
    ///
    /// # Errors
    ///
    /// [`Full`] where there are as many as there may be and none is at rest.
    pub fn obtain(&mut self, key: &K, now: Instant) -> Result<&mut Breaker, Full> {
        if !self.entries.contains_key(key) {
            self.make_room(now)?;
            let seed = self.seeds.next_u64();
            let breaker = Breaker::seeded(self.config, seed).beginning_with(self.epoch);
            self.entries.insert(key.clone(), Entry { breaker, asked_for: now });
        }
        let Some(entry) = self.entries.get_mut(key) else {
            return Err(Full { capacity: self.capacity }); // it was put there just now
        };
        entry.asked_for = entry.asked_for.max(now);
        Ok(&mut entry.breaker)
    }

    /// Returns the breaker of a key, if there is one. It does not count as asked for.
    ///
    /// Example: see [`Self`].
    pub fn get(&self, key: &K) -> Option<&Breaker> {
        self.entries.get(key).map(|entry| &entry.breaker)
    }

    /// Returns the breaker of a key to act upon, if there is one. It does not count as asked for.
    ///
    /// Example: see [`Self`].
    pub fn get_mut(&mut self, key: &K) -> Option<&mut Breaker> {
        self.entries.get_mut(key).map(|entry| &mut entry.breaker)
    }

    /// Shows every breaker, in the order of the keys.
    ///
    /// Example: see [`Self`].
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Breaker)> {
        self.entries.iter().map(|(key, entry)| (key, &entry.breaker))
    }

    /// Hands out every breaker to act upon, in the order of the keys.
    ///
    /// Example: see [`Self`].
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut Breaker)> {
        self.entries.iter_mut().map(|(key, entry)| (key, &mut entry.breaker))
    }

    /// Returns the number of breakers there are.
    ///
    /// Example: see [`Self`].
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether there are none.
    ///
    /// Example: see [`Self`].
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the configuration of the breakers to come.
    ///
    /// Example: see [`Self`].
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Puts another configuration in force for every breaker, those to come included; each keeps its
    /// state, as [`Breaker::reconfigure`] says.
    ///
    /// Example: see [`Self`].
    pub fn reconfigure(&mut self, config: Config, now: Instant) {
        self.config = config;
        self.iter_mut().for_each(|(_, breaker)| breaker.reconfigure(config, now));
    }

    /// Lets go of the breakers at rest that nobody asked for in the last `idle`; returns how many.
    ///
    /// Example: see [`Self`].
    pub fn evict_idle(&mut self, idle: Duration, now: Instant) -> usize {
        let before = self.len();
        let epoch = &mut self.epoch;
        self.entries.retain(|_, entry| {
            let kept = now.since(entry.asked_for) < idle || !entry.breaker.is_at_rest(now);
            if !kept {
                *epoch = (*epoch).max(entry.breaker.next_epoch());
            }
            kept
        });
        before - self.len()
    }

    /// Lets go of the breaker at rest that was longest not asked for, where there are too many.
    fn make_room(&mut self, now: Instant) -> Result<(), Full> {
        let full = Full { capacity: self.capacity };
        if self.entries.len() < self.capacity.get() as usize {
            return Ok(());
        }
        let at_rest = self.entries.iter().filter(|(_, entry)| entry.breaker.is_at_rest(now));
        let longest_idle = at_rest.min_by_key(|(_, entry)| entry.asked_for);
        let key = longest_idle.map(|(key, _)| key.clone()).ok_or(full)?;
        if let Some(entry) = self.entries.remove(&key) {
            self.epoch = self.epoch.max(entry.breaker.next_epoch());
        }
        Ok(())
    }
}
