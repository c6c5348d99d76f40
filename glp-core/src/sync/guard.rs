//! The guard against mass retirement.

use alloc::format;
use alloc::string::String;

use crate::invalid::Invalid;
use crate::sync::Measure;

/// Refuses to retire much of an inventory at once.
///
/// A listing can be complete and wrong all the same: credentials that now see less, a service that
/// answers from a half-restored backup. So a publication that would retire more than `percent` of
/// the live rows, and more than `floor` of them, retires none; nor does an empty listing.
///
/// # Examples
///
/// ```
/// use glp_core::sync::Guard;
///
/// assert_eq!(Guard::default(), Guard::new(10, 20)?);
/// assert_eq!(Guard::new(101, 0).unwrap_err().field, "max_retire");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    percent: u8,
    floor: u64,
}

/// What the guard says of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allow,
    /// With the reason, and how to allow it.
    Refuse(String),
}

impl Guard {
    /// The share that may be retired unless told otherwise, in percent of the live rows.
    pub const DEFAULT_PERCENT: u8 = 10;
    /// The number of rows that may always be retired unless told otherwise.
    pub const DEFAULT_FLOOR: u64 = 20;
    /// Retires whatever a complete listing does not hold, even if that is everything.
    pub const OFF: Self = Self { percent: 100, floor: 0 };

    /// Lets a publication retire up to `percent` of the live rows, or up to `floor` rows.
    /// 100 percent switches the guard [off](Self::OFF).
    ///
    /// # Errors
    ///
    /// [`Invalid`] for more than 100 percent.
    pub fn new(percent: u8, floor: u64) -> Result<Self, Invalid> {
        if percent > 100 {
            return Err(Invalid::new("max_retire", format_args!("{percent} %"), "0 to 100 %"));
        }
        Ok(Self { percent, floor })
    }

    /// Judges the complete publication of a listing that holds `listed` rows.
    pub(super) fn judge(self, listed: u64, Measure { live, missing }: Measure) -> Verdict {
        if self.percent == Self::OFF.percent {
            return Verdict::Allow;
        }
        let over_share = u128::from(missing) * 100 > u128::from(live) * u128::from(self.percent);
        if (listed > 0 || live == 0) && (missing <= self.floor || !over_share) {
            return Verdict::Allow;
        }
        let Self { percent, floor } = self;
        Verdict::Refuse(format!(
            "{missing} of {live} live rows are not listed any more; so many are retired only if \
             max_retire, now {percent} % and {floor} rows, is raised (100 % allows anything)"
        ))
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self { percent: Self::DEFAULT_PERCENT, floor: Self::DEFAULT_FLOOR }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(guard: Guard, live: u64, missing: u64) -> bool {
        guard.judge(live - missing, Measure { live, missing }) == Verdict::Allow
    }

    #[test]
    fn it_takes_both_too_large_a_share_and_too_many_rows_to_refuse() {
        let guard = Guard::default();
        assert!(allows(guard, 30, 20), "a large share of few rows");
        assert!(allows(guard, 1_000, 100), "many rows, and just the share");
        assert!(!allows(guard, 1_000, 101));
        assert!(!allows(guard, 30, 21));
    }

    #[test]
    fn an_empty_listing_retires_nothing_however_few_rows_are_live() {
        assert!(!allows(Guard::default(), 1, 1));
        assert!(allows(Guard::default(), 0, 0));
    }

    #[test]
    fn switched_off_it_allows_anything() {
        assert!(allows(Guard::OFF, 1_000, 1_000));
    }

    #[test]
    fn the_refusal_tells_how_to_allow_it() {
        let refusal = Guard::default().judge(0, Measure { live: 50, missing: 50 });
        let Verdict::Refuse(reason) = refusal else { panic!("allowed") };
        assert!(reason.starts_with("50 of 50 live rows"), "{reason}");
        assert!(reason.contains("max_retire, now 10 % and 20 rows"), "{reason}");
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        assert!(!allows(Guard::default(), u64::MAX, u64::MAX));
    }
}
