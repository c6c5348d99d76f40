//! How long to wait before sending again, where the server did not say.
//!
//! A wait is grown, then spread. [`Growth`] says what it is after so many failures, [`Jitter`]
//! names the range around it, and one random number picks a point of that range:
//!
//! | jitter | range of a wait that has grown to `base` |
//! |---|---|
//! | none | `base` |
//! | equal | `base ÷ 2` to `base` |
//! | full | zero to `base` |
//! | decorrelated | `initial` to three times the wait before, at most `max_delay` |
//! | proportional | `base` less or more a share of it, at most `max_delay` |
//!
//! The cap is part of the range, so it holds after jitter, and waits do not pile up on it.

mod jitter;
mod progress;
mod schedule;

use alloc::format;
use core::fmt;
use core::num::NonZeroU32;
use core::ops::RangeInclusive;
use core::time::Duration;

use crate::invalid::Invalid;
use crate::time::nanos;

pub use self::jitter::Jitter;
pub(crate) use self::progress::Progress;
pub use self::schedule::Schedule;

/// Says what a wait is after so many failures in a row, before the cap and the jitter.
///
/// Example: see [`Backoff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Growth {
    /// Always `initial`.
    Fixed,
    /// `initial`, then `step` more after each further failure.
    Linear {
        /// What each further failure adds.
        step: Duration,
    },
    /// `initial`, then `factor` times as much after each further failure.
    Exponential {
        /// What each further failure multiplies the wait by; 1 keeps it fixed.
        factor: NonZeroU32,
    },
    /// `initial`, then these, one after the other; the last is kept. Code can say it, a
    /// configuration file cannot.
    #[cfg_attr(feature = "serde", serde(skip_deserializing))]
    Custom(&'static [Duration]),
}

/// Grows the wait after each failure up to `max_delay`, and spreads it.
///
/// All arithmetic is on whole nanoseconds and saturates: the bounds of the [module](self) hold for
/// every attempt up to `u32::MAX` and every seed, and one seed gives one schedule on every
/// platform.
///
/// A factor below one, or one that is no number, cannot be expressed. What the types still allow and
/// nobody can mean, [`check`](Self::check) refuses; where that was never asked, `max_delay` prevails
/// over a longer `initial`.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::backoff::{Backoff, Growth, Jitter};
///
/// let exponential = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
/// assert_eq!(exponential.schedule(1).to_string(), "1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, …");
///
/// let linear = Growth::Linear { step: Duration::from_secs(5) };
/// let linear = Backoff { growth: linear, ..exponential };
/// assert_eq!(linear.schedule(1).to_string(), "1s, 6s, 11s, 16s, 21s, 26s, 31s, 36s, …");
///
/// const LATER: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// let custom = Backoff { growth: Growth::Custom(&LATER), ..exponential };
/// assert_eq!(format!("{:.4}", custom.schedule(1)), "1s, 10s, 30s, 30s, …");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub initial: Duration,
    /// How waits grow from there.
    pub growth: Growth,
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
        growth: Growth::Exponential { factor: NonZeroU32::new(2).unwrap() },
        max_delay: Duration::from_secs(60),
        jitter: Jitter::Equal,
    };

    /// Checks that the waits can be used.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names `initial` or `growth` where a wait is zero (a hot loop), `max_delay` where
    /// it is below `initial`, and `jitter` where its share is not within 1 to 100 percent.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use glp_core::backoff::Backoff;
    ///
    /// let hot = Backoff { initial: Duration::ZERO, ..Backoff::DEFAULT };
    /// assert_eq!(hot.check().unwrap_err().field, "backoff.initial");
    /// ```
    pub fn check(&self) -> Result<(), Invalid> {
        if self.initial.is_zero() {
            return Err(Invalid::new("backoff.initial", "0 s", "more than zero"));
        }
        if let Growth::Custom(waits) = self.growth
            && waits.iter().any(Duration::is_zero)
        {
            return Err(Invalid::new("backoff.growth", "0 s", "more than zero in every place"));
        }
        if self.max_delay < self.initial {
            let limit = format!("at least backoff.initial ({:?})", self.initial);
            return Err(Invalid::new("backoff.max_delay", format!("{:?}", self.max_delay), limit));
        }
        self.jitter.check()
    }

    /// Returns the wait after `failures` failures in a row, before jitter; zero is taken as one.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use glp_core::backoff::Backoff;
    ///
    /// assert_eq!(Backoff::DEFAULT.base(3), Duration::from_secs(4));
    /// assert_eq!(Backoff::DEFAULT.base(u32::MAX), Duration::from_secs(60));
    /// ```
    pub fn base(&self, failures: u32) -> Duration {
        Duration::from_nanos(self.base_nanos(failures))
    }

    /// Does what [`base`](Self::base) does, in nanoseconds: durations are for those who ask, since
    /// to take one apart and put it together takes longer than all the rest.
    #[inline]
    fn base_nanos(&self, failures: u32) -> u64 {
        let further = failures.saturating_sub(1);
        let initial = nanos(self.initial);
        let grown = match self.growth {
            Growth::Fixed => initial,
            Growth::Linear { step } => {
                initial.saturating_add(nanos(step).saturating_mul(u64::from(further)))
            }
            Growth::Exponential { factor } => initial.saturating_mul(power(factor, further)),
            Growth::Custom(waits) => match waits.get(..further as usize).unwrap_or(waits).last() {
                Some(wait) => nanos(*wait),
                None => initial,
            },
        };
        grown.min(nanos(self.max_delay))
    }

    /// Returns the bounds, both included, of the wait after `failures` failures in a row, of which
    /// the last was followed by a wait of `previous`.
    ///
    /// Only [`Jitter::Decorrelated`] looks at `previous`. Never above `max_delay`.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use glp_core::backoff::{Backoff, Jitter};
    ///
    /// let seconds = Duration::from_secs;
    /// assert_eq!(Backoff::DEFAULT.range(3, seconds(1)), seconds(2)..=seconds(4));
    ///
    /// let wandering = Backoff { jitter: Jitter::Decorrelated, ..Backoff::DEFAULT };
    /// assert_eq!(wandering.range(3, seconds(5)), seconds(1)..=seconds(15));
    /// ```
    pub fn range(&self, failures: u32, previous: Duration) -> RangeInclusive<Duration> {
        let (shortest, longest) = self.bounds(failures, nanos(previous));
        Duration::from_nanos(shortest)..=Duration::from_nanos(longest)
    }

    #[inline]
    fn bounds(&self, failures: u32, previous: u64) -> (u64, u64) {
        let longest = nanos(self.max_delay);
        let initial = nanos(self.initial).min(longest);
        self.jitter.bounds(self.base_nanos(failures), initial, previous, longest)
    }

    /// Draws the wait after `failures` failures in a row and a last wait of `previous`.
    ///
    /// Within [`range`](Self::range). Without jitter it draws nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use glp_core::backoff::Backoff;
    /// use glp_core::rng::SplitMix64;
    ///
    /// let (mut rng, previous) = (SplitMix64::new(7), Duration::from_secs(2));
    /// let delay = Backoff::DEFAULT.delay_after(3, previous, &mut rng);
    /// assert!(Backoff::DEFAULT.range(3, previous).contains(&delay));
    /// ```
    pub fn delay_after<R: rand_core::Rng + ?Sized>(
        &self,
        failures: u32,
        previous: Duration,
        rng: &mut R,
    ) -> Duration {
        Duration::from_nanos(self.nanos_after(failures, nanos(previous), rng))
    }

    /// Does what [`delay_after`](Self::delay_after) does, in nanoseconds.
    #[inline]
    fn nanos_after<R: rand_core::Rng + ?Sized>(
        &self,
        failures: u32,
        previous: u64,
        rng: &mut R,
    ) -> u64 {
        self.jitter.draw(self.bounds(failures, previous), rng)
    }

    /// Lists the waits that follow one failure after another: an iterator without an end, which
    /// prints its next eight waits (`{:.3}`: three).
    ///
    /// Example: see [`Schedule`].
    pub fn schedule(&self, seed: u64) -> Schedule {
        Schedule::new(self, seed)
    }
}

/// Returns `factor` to the power of `exponent`; saturates. Of a power of two it is a shift.
#[inline]
fn power(factor: NonZeroU32, exponent: u32) -> u64 {
    if !factor.is_power_of_two() {
        return u64::from(factor.get()).saturating_pow(exponent);
    }
    let shift = exponent.saturating_mul(factor.trailing_zeros());
    1_u64.checked_shl(shift).unwrap_or(u64::MAX)
}

impl Default for Backoff {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Says the waits in a line: `1s x 2, at most 60s, equal jitter`.
impl fmt::Display for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.initial)?;
        match self.growth {
            Growth::Fixed => {}
            Growth::Linear { step } => write!(f, " + {step:?}")?,
            Growth::Exponential { factor } => write!(f, " x {factor}")?,
            Growth::Custom(waits) => waits.iter().try_for_each(|wait| write!(f, ", {wait:?}"))?,
        }
        write!(f, ", at most {:?}, {} jitter", self.max_delay, self.jitter)
    }
}
