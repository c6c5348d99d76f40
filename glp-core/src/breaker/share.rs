//! A part of a whole, in percent.

use core::num::NonZeroU8;
use core::time::Duration;

use crate::invalid::Invalid;
use crate::time::nanos;

/// States a part of a whole, from 1 % to 100 %; nothing else can be expressed.
///
/// All arithmetic with it is on whole numbers, so one configuration decides alike on every platform.
///
/// # Examples
///
/// ```
/// use glp_core::breaker::Share;
///
/// assert_eq!(Share::percent(50), Some(Share::HALF));
/// assert_eq!(Share::percent(0), None);
/// assert_eq!(Share::percent(101), None);
/// assert!(Share::try_from(120).unwrap_err().to_string().contains("from 1 to 100"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u8", into = "u8"))]
pub struct Share(NonZeroU8);

impl Share {
    /// One half.
    pub const HALF: Self = Self(NonZeroU8::new(50).unwrap());
    /// The whole.
    pub const ALL: Self = Self(NonZeroU8::new(100).unwrap());

    /// Makes a share from whole percents; nothing outside 1 to 100.
    ///
    /// Example: see [`Self`].
    pub const fn percent(percent: u8) -> Option<Self> {
        match NonZeroU8::new(percent) {
            Some(some) if percent <= 100 => Some(Self(some)),
            _ => None,
        }
    }

    /// Returns the share in percent.
    ///
    /// Example: see [`Self`].
    pub const fn get(self) -> u8 {
        self.0.get()
    }

    /// Says whether `part` is at least this share of `whole`.
    pub(super) fn is_reached(self, part: u32, whole: u32) -> bool {
        u64::from(part) * 100 >= u64::from(self.get()) * u64::from(whole)
    }

    /// Returns the smallest count that is at least this share of `whole`.
    pub(super) fn of_count(self, whole: u32) -> u32 {
        let count = (u64::from(self.get()) * u64::from(whole)).div_ceil(100);
        u32::try_from(count).unwrap_or(whole) // at most `whole`: the share is at most 100 %
    }

    /// Returns this share of `whole`, rounded down; saturates at 584 years.
    pub(super) fn of_time(self, whole: Duration) -> Duration {
        let part = u128::from(nanos(whole)) * u128::from(self.get()) / 100;
        Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

impl TryFrom<u8> for Share {
    type Error = Invalid;

    /// Makes a share from whole percents.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where it is not from 1 to 100.
    fn try_from(percent: u8) -> Result<Self, Invalid> {
        Self::percent(percent)
            .ok_or_else(|| Invalid::new("share", percent, "from 1 to 100 percent"))
    }
}

impl From<Share> for u8 {
    fn from(share: Share) -> Self {
        share.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_reached_exactly_and_not_one_below() {
        assert!(Share::HALF.is_reached(5, 10));
        assert_eq!(u8::from(Share::HALF), 50);
        assert_eq!((Share::percent(0), Share::percent(101)), (None, None));
        assert!(!Share::HALF.is_reached(4, 9));
        assert!(Share::ALL.is_reached(u32::MAX, u32::MAX));
        assert!(!Share::ALL.is_reached(u32::MAX - 1, u32::MAX));
    }

    #[test]
    fn the_count_of_a_share_is_rounded_up() {
        assert_eq!(Share::HALF.of_count(5), 3);
        assert_eq!(Share::ALL.of_count(u32::MAX), u32::MAX);
        assert_eq!(Share::percent(1).unwrap().of_count(1), 1);
    }

    #[test]
    fn the_time_of_a_share_saturates() {
        assert_eq!(Share::HALF.of_time(Duration::from_secs(3)), Duration::from_millis(1_500));
        assert_eq!(Share::ALL.of_time(Duration::MAX), Duration::from_nanos(u64::MAX));
    }
}
