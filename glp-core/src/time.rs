//! Time as the machines see it: a number that the caller hands in.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

/// Marks a point in time: nanoseconds since the caller's own origin.
///
/// The origin is arbitrary (process start, first request, zero in a test); only differences and
/// order matter. Arithmetic saturates, so no input can make it panic: 2⁶⁴ nanoseconds are 584
/// years. An instant may stand still. Where time runs backwards, the machines of this crate behave
/// as if it had stood still.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::time::Instant;
///
/// let start = Instant::ZERO;
/// let later = start + Duration::from_millis(1_500);
/// assert_eq!(later.since(start), Duration::from_millis(1_500));
/// assert_eq!(start.since(later), Duration::ZERO);
/// assert_eq!(Instant::from_nanos(later.as_nanos()), later);
/// assert_eq!(Instant::MAX + Duration::from_secs(1), Instant::MAX);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Instant(u64);

impl Instant {
    /// The caller's origin.
    pub const ZERO: Self = Self(0);
    /// The last instant there is; "never".
    pub const MAX: Self = Self(u64::MAX);

    /// Makes an instant from nanoseconds since the origin.
    ///
    /// Example: see [`Instant`].
    pub const fn from_nanos(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }

    /// Returns the nanoseconds since the origin.
    ///
    /// Example: see [`Instant`].
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the time since `earlier`, or zero where `earlier` is later.
    ///
    /// Example: see [`Instant`].
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Returns `duration` in nanoseconds, saturating at 2⁶⁴ − 1 (584 years).
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::time::nanos;
///
/// assert_eq!(nanos(Duration::from_micros(3)), 3_000);
/// assert_eq!(nanos(Duration::MAX), u64::MAX);
/// ```
#[inline]
pub const fn nanos(duration: Duration) -> u64 {
    let whole = duration.as_secs().saturating_mul(NANOS_PER_SECOND);
    whole.saturating_add(duration.subsec_nanos() as u64)
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}s", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let second = Duration::from_secs(1);
        assert_eq!(Instant::MAX + second, Instant::MAX);
        assert_eq!(Instant::ZERO + Duration::MAX, Instant::MAX);
        assert_eq!(Instant::ZERO.since(Instant::MAX), Duration::ZERO);
        assert_eq!(Instant::MAX.since(Instant::ZERO), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn a_duration_is_its_nanoseconds_up_to_the_most_that_64_bits_hold() {
        let most = Duration::from_nanos(u64::MAX);
        assert_eq!(nanos(most), u64::MAX);
        assert_eq!(nanos(most - Duration::from_nanos(1)), u64::MAX - 1);
        assert_eq!(nanos(most + Duration::from_nanos(1)), u64::MAX);
        assert_eq!(nanos(Duration::MAX), u64::MAX);
    }

    #[test]
    fn an_instant_prints_itself_in_seconds() {
        let instant = Instant::from_nanos(1_000_000_007);
        assert_eq!(
            (format!("{instant:?}"), instant.as_nanos()),
            ("1.000000007s".into(), 1_000_000_007)
        );
    }
}
