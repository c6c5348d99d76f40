//! How long to wait before sending again, where the server did not say.

use alloc::format;
use core::num::NonZeroU32;
use core::time::Duration;

use crate::invalid::Invalid;
use crate::rng::up_to;
use crate::time::nanos;

/// Spreads waits so that callers that failed together do not come back together.
///
/// Source: M. Brooker, *Exponential Backoff And Jitter*, 2015.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Jitter {
    /// The delay itself.
    None,
    /// From half the delay to the delay. The default: it never comes back at once.
    #[default]
    Equal,
    /// From zero to the delay.
    Full,
}

/// Grows the wait after each failure: `initial`, `initial × factor`, `initial × factor²`, … up to
/// `max_delay`; jitter only ever shortens it, so the cap holds after jitter.
///
/// All arithmetic is on whole nanoseconds and saturates: the bounds hold for every attempt up to
/// `u32::MAX` and every seed, and one seed gives one schedule on every platform.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::backoff::{Backoff, Jitter};
/// use glp_core::rng::SplitMix64;
///
/// let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
/// let mut rng = SplitMix64::new(1);
/// let seconds: Vec<u64> = (1..=8).map(|n| backoff.delay(n, &mut rng).as_secs()).collect();
/// assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub initial: Duration,
    /// What each further failure multiplies it by; 1 keeps it fixed.
    pub factor: NonZeroU32,
    /// The longest wait.
    pub max_delay: Duration,
    /// How waits are spread.
    pub jitter: Jitter,
}

impl Backoff {
    /// 1 second, doubling, at most 60 seconds, equal jitter.
    ///
    /// The first three are the predecessor's; its jitter reached over the cap.
    pub const DEFAULT: Self = Self {
        initial: Duration::from_secs(1),
        factor: NonZeroU32::new(2).unwrap(),
        max_delay: Duration::from_secs(60),
        jitter: Jitter::Equal,
    };

    /// Checks that the waits can be used.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names `initial` where it is zero (a hot loop) and `max_delay` where it is below
    /// `initial`.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.initial.is_zero() {
            return Err(Invalid::new("backoff.initial", "0 s", "more than zero"));
        }
        if self.max_delay < self.initial {
            let limit = format!("at least backoff.initial ({:?})", self.initial);
            return Err(Invalid::new("backoff.max_delay", format!("{:?}", self.max_delay), limit));
        }
        Ok(())
    }

    /// Returns the wait after `failures` failures in a row, before jitter; zero is taken as one.
    pub fn base(&self, failures: u32) -> Duration {
        let growth = u64::from(self.factor.get()).saturating_pow(failures.saturating_sub(1));
        Duration::from_nanos(nanos(self.initial).saturating_mul(growth)).min(self.max_delay)
    }

    /// Draws the wait after `failures` failures in a row.
    ///
    /// Within `[base ÷ 2, base]` for [`Jitter::Equal`] and `[0, base]` for [`Jitter::Full`].
    pub fn delay<R: rand_core::Rng + ?Sized>(&self, failures: u32, rng: &mut R) -> Duration {
        let base = self.base(failures);
        match self.jitter {
            Jitter::None => base,
            Jitter::Equal => base - up_to(rng, base / 2),
            Jitter::Full => up_to(rng, base),
        }
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng::SplitMix64;

    fn any_backoff() -> impl Strategy<Value = Backoff> {
        let jitter = prop_oneof![Just(Jitter::None), Just(Jitter::Equal), Just(Jitter::Full)];
        (1..u64::MAX, 1..u32::MAX, any::<u64>(), jitter).prop_map(
            |(initial, factor, more, jitter)| Backoff {
                initial: Duration::from_nanos(initial),
                factor: NonZeroU32::new(factor).unwrap(),
                max_delay: Duration::from_nanos(initial.saturating_add(more)),
                jitter,
            },
        )
    }

    proptest! {
        #[test]
        fn law_7_every_jittered_delay_is_within_its_stated_bound(
            backoff in any_backoff(), failures in any::<u32>(), seed in any::<u64>(),
        ) {
            let base = backoff.base(failures);
            let delay = backoff.delay(failures, &mut SplitMix64::new(seed));
            let least = match backoff.jitter {
                Jitter::None => base,
                Jitter::Equal => base - base / 2,
                Jitter::Full => Duration::ZERO,
            };
            prop_assert!(least <= delay && delay <= base && base <= backoff.max_delay);
        }

        #[test]
        fn the_base_never_shrinks(backoff in any_backoff(), failures in 0..u32::MAX) {
            prop_assert!(backoff.base(failures) <= backoff.base(failures + 1));
        }
    }

    #[test]
    fn a_cap_below_the_start_is_refused_by_name() {
        let backoff = Backoff { max_delay: Duration::from_millis(1), ..Backoff::DEFAULT };
        assert_eq!(backoff.check().unwrap_err().field, "backoff.max_delay");
    }

    #[test]
    fn a_hot_loop_is_refused_by_name() {
        let backoff = Backoff { initial: Duration::ZERO, ..Backoff::DEFAULT };
        assert_eq!(backoff.check().unwrap_err().field, "backoff.initial");
    }
}
