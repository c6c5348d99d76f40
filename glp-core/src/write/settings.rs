//! How patient a write is.

use core::num::NonZeroUsize;
use core::time::Duration;

use crate::invalid::Invalid;

/// Says how patient a write is, and how much of it is under way at once.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::write::Settings;
///
/// let hasty = Settings { settle: Duration::from_secs(5), ..Settings::DEFAULT };
/// assert_eq!(
///     hasty.check().unwrap_err().to_string(),
///     "settle is 5s: it must be at least 120s, or resends 0",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many requests' rows are under way at the service at once.
    pub at_once: NonZeroUsize,
    /// How long one asynchronous operation is followed.
    pub give_up_after: Duration,
    /// How often rows may be sent again that were looked for and are not there.
    pub resends: u32,
    /// How long rows are looked for before they count as not there.
    pub settle: Duration,
}

impl Settings {
    /// Four requests at once, each followed for up to 15 minutes; what is not there after two and a
    /// half minutes is sent again once.
    pub const DEFAULT: Self = Self {
        at_once: NonZeroUsize::new(4).unwrap(),
        give_up_after: Duration::from_secs(900),
        resends: 1,
        settle: Duration::from_secs(150),
    };

    /// How long the service is seen to give its operations: a request whose answer was lost may
    /// take effect for so long.
    pub const OPERATION_TIME: Duration = Duration::from_secs(120);

    /// Refuses settings that cannot be used.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where rows would be sent again that may still come by themselves.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.resends > 0 && self.settle < Self::OPERATION_TIME {
            let limit = format_args!("at least {:?}, or resends 0", Self::OPERATION_TIME);
            return Err(Invalid::new("settle", format_args!("{:?}", self.settle), limit));
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}
