//! How fast a route may be asked.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::invalid::Invalid;
use crate::time::nanos;

/// How many requests a route takes per window, and how many of them at once.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::limiter::Pace;
///
/// let pace = Pace::per_minute(NonZeroU32::new(160).unwrap());
/// assert_eq!(pace.burst.get(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pace {
    /// Requests per window, in any window of that length.
    pub quota: NonZeroU32,
    /// The length of the window.
    pub window: Duration,
    /// Requests that may go out at once; more than `quota` is taken as `quota`.
    pub burst: NonZeroU32,
}

/// The share of a quota that may go out at once: one in ten.
const BURST_SHARE: u32 = 10;

impl Pace {
    /// Paces to `quota` requests per minute, a tenth of them (at least one) at once.
    ///
    /// Example: see [`Pace`].
    pub const fn per_minute(quota: NonZeroU32) -> Self {
        let burst = match NonZeroU32::new(quota.get() / BURST_SHARE) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { quota, window: Duration::from_secs(60), burst }
    }

    /// Checks that the pace can be used.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names `window` where it is zero: that would be no pace at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use core::time::Duration;
    /// use glp_core::limiter::Pace;
    ///
    /// let endless = Pace { window: Duration::ZERO, ..Pace::per_minute(NonZeroU32::MIN) };
    /// assert_eq!(endless.check().unwrap_err().field, "pace.window");
    /// ```
    pub fn check(&self) -> Result<(), Invalid> {
        match self.window.is_zero() {
            true => Err(Invalid::new("pace.window", "0 s", "more than zero")),
            false => Ok(()),
        }
    }

    pub(super) fn burst(&self) -> u64 {
        u64::from(self.burst.get().min(self.quota.get()))
    }

    /// The spacing that keeps any window within the quota, the burst included:
    /// `burst + ⌈window ÷ spacing⌉ − 1 ≤ quota`. In nanoseconds.
    pub(super) fn spacing(&self) -> u64 {
        let steady = u64::from(self.quota.get()) - self.burst() + 1;
        nanos(self.window).div_ceil(steady)
    }
}
