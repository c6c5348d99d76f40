//! The range in which a wait may fall.

use core::fmt;

use rand_core::Rng;

use crate::invalid::Invalid;
use crate::rng::nanos_up_to;

/// How much longer than the wait before a decorrelated one may be.
const DECORRELATED_GROWTH: u64 = 3;

/// Spreads waits so that callers that failed together do not come back together.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::backoff::{Backoff, Jitter};
///
/// let full = Backoff { jitter: Jitter::Full, ..Backoff::DEFAULT };
/// assert_eq!(full.range(1, Duration::ZERO), Duration::ZERO..=Duration::from_secs(1));
/// assert_eq!(full.to_string(), "1s x 2, at most 60s, full jitter");
/// ```
///
/// Source: M. Brooker, *Exponential Backoff And Jitter*, 2015, for all but the last, which is
/// common; that it is cut to the cap as a range, and not as a value, is ours.
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
    /// From the initial delay to three times the wait before. It grows by itself: what the growth
    /// says is not asked.
    Decorrelated,
    /// From the delay less a share of it to the delay and a share of it.
    Proportional {
        /// The share, from 1 to 100.
        percent: u8,
    },
}

impl Jitter {
    pub(super) fn check(self) -> Result<(), Invalid> {
        match self {
            Self::Proportional { percent } if !(1..=100).contains(&percent) => {
                Err(Invalid::new("backoff.jitter.percent", percent, "from 1 to 100"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the bounds of a wait that has grown to `base`, within `longest`; all in nanoseconds.
    #[inline]
    pub(super) fn bounds(self, base: u64, initial: u64, previous: u64, longest: u64) -> (u64, u64) {
        match self {
            Self::None => (base, base),
            Self::Equal => (base - base / 2, base),
            Self::Full => (0, base),
            Self::Decorrelated => {
                let most = previous.saturating_mul(DECORRELATED_GROWTH);
                (initial, most.min(longest).max(initial))
            }
            Self::Proportional { percent } => {
                let share = u128::from(base) * u128::from(percent.min(100)) / 100;
                // A share of a number of 64 bits, at most all of it, fits in 64 bits.
                let share = share as u64;
                (base - share, base.saturating_add(share).min(longest))
            }
        }
    }

    /// Draws a wait between the bounds, both included; without jitter it draws nothing.
    #[inline]
    pub(super) fn draw<R: Rng + ?Sized>(self, (shortest, longest): (u64, u64), rng: &mut R) -> u64 {
        match self {
            Self::None => longest,
            _ => longest - nanos_up_to(rng, longest - shortest),
        }
    }
}

impl fmt::Display for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no"),
            Self::Equal => f.write_str("equal"),
            Self::Full => f.write_str("full"),
            Self::Decorrelated => f.write_str("decorrelated"),
            Self::Proportional { percent } => write!(f, "{percent} %"),
        }
    }
}
