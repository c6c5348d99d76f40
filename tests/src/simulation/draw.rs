//! Chance, all of it from the seed.

use core::time::Duration;

use glp_core::rng::SplitMix64;
use rand_core::Rng;

/// Draws from a seed. Each part of a day has a line of its own, so that a draw more in one part
/// moves nothing in another.
#[derive(Clone, Debug)]
pub(super) struct Draw(SplitMix64);

impl Draw {
    /// Makes the line called `name` of a seed.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut line = super::record::Hash::default();
        line.add(&seed.to_le_bytes());
        line.add(name.as_bytes());
        Self(SplitMix64::new(line.value()))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Draws a number below `limit`; zero where the limit is.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.number()) * u128::from(limit)) >> 64) as u64
    }

    /// Draws a number from `first` to `last`, both included.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(u64::from(last - first) + 1) as u32
    }

    /// Says yes once in so many times; never, where that is zero.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        times > 0 && self.below(times.into()) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    pub(super) fn millis(&mut self, first: u32, last: u32) -> Duration {
        Duration::from_millis(self.between(first, last).into())
    }
}
