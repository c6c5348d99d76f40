//! How the open time grows while recovery fails.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::breaker::Share;
use crate::rng::up_to;
use crate::time::nanos;

/// Multiplies the open time by `factor` for each failed recovery, up to `cap`; a close resets it.
///
/// Jitter only ever shortens, so the cap holds after it. Whole nanoseconds, saturating.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::breaker::Growth;
///
/// let growth = Growth { spread: None, ..Growth::DEFAULT };
/// let first = Duration::from_secs(60);
/// let seconds = [0, 1, 2, 3, u32::MAX].map(|failed| growth.base(first, failed).as_secs());
/// assert_eq!(seconds, [60, 120, 240, 300, 300]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Growth {
    /// What each failed recovery multiplies the open time by; 1 keeps it.
    pub factor: NonZeroU32,
    /// The longest open time. Below the first, it is taken as the first.
    pub cap: Duration,
    /// The share of each open time that is drawn: a half opens for between half of it and all.
    pub spread: Option<Share>,
}

impl Growth {
    /// Doubles up to 5 minutes; a tenth of each open time is drawn.
    pub const DEFAULT: Self = Self {
        factor: NonZeroU32::new(2).unwrap(),
        cap: Duration::from_secs(300),
        spread: Share::percent(10),
    };

    /// Returns the open time after `failed` failed recoveries, before jitter.
    ///
    /// Example: see [`Self`].
    pub fn base(&self, first: Duration, failed: u32) -> Duration {
        let growth = u64::from(self.factor.get()).saturating_pow(failed);
        let grown = Duration::from_nanos(nanos(first).saturating_mul(growth));
        grown.min(self.cap).max(first)
    }

    /// Draws the open time after `failed` failed recoveries: the base less at most its spread.
    ///
    /// Example: see [`Self`].
    pub fn draw<R>(&self, first: Duration, failed: u32, rng: &mut R) -> Duration
    where
        R: rand_core::Rng + ?Sized,
    {
        let base = self.base(first, failed);
        match self.spread {
            Some(share) => base - up_to(rng, share.of_time(base)),
            None => base,
        }
    }
}

impl Default for Growth {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng::SplitMix64;

    proptest! {
        #[test]
        fn every_drawn_open_time_is_within_its_stated_bound(
            first in any::<u64>(), factor in 1..u32::MAX, more in any::<u64>(),
            percent in 1..=100_u8, failed in any::<u32>(), seed in any::<u64>(),
        ) {
            let cap = Duration::from_nanos(first.saturating_add(more));
            let spread = Share::percent(percent);
            let growth = Growth { factor: NonZeroU32::new(factor).unwrap(), cap, spread };
            let first = Duration::from_nanos(first);
            let base = growth.base(first, failed);
            let drawn = growth.draw(first, failed, &mut SplitMix64::new(seed));
            let least = base - spread.unwrap().of_time(base);
            prop_assert!(first <= base && base <= cap && least <= drawn && drawn <= base);
        }
    }

    #[test]
    fn the_longest_time_there_is_neither_overflows_nor_panics() {
        let growth = Growth { cap: Duration::MAX, spread: Some(Share::ALL), ..Growth::DEFAULT };
        let drawn = growth.draw(Duration::MAX, u32::MAX, &mut SplitMix64::new(7));
        assert!(drawn <= Duration::MAX);
    }
}
