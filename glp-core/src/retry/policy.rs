//! How often, how long and how far apart to try.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::backoff::Backoff;
use crate::invalid::Invalid;
use crate::time::Instant;

/// How often, how long and how far apart to try.
///
/// Zero attempts cannot be expressed. What the types still allow and nobody can mean,
/// [`check`](Self::check) refuses: clients check the policy where they are built, and a call's own
/// where it begins. Under one that was never checked, a timeout of zero ends the operation at its
/// first failure.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use core::time::Duration;
/// use glp_core::retry::Policy;
///
/// let hasty = Policy { attempts: NonZeroU32::MIN, ..Policy::DEFAULT };
/// assert!(hasty.check().is_ok());
///
/// let endless = Policy { attempt_timeout: Duration::ZERO, ..Policy::DEFAULT };
/// let text = "attempt_timeout is 0 s: it must be more than zero";
/// assert_eq!(endless.check().unwrap_err().to_string(), text);
/// ```
///
/// No attempt at all is not a policy, and does not compile:
///
/// ```compile_fail,E0308
/// use glp_core::retry::Policy;
///
/// let never = Policy { attempts: 0, ..Policy::DEFAULT };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Policy {
    /// How often to try, the first time included.
    pub attempts: NonZeroU32,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How long all of them may take, waits included.
    pub operation_timeout: Duration,
    /// The longest wait that a server may ask for; beyond it the answer is no.
    pub max_server_wait: Duration,
    /// How long to wait where the server does not say.
    pub backoff: Backoff,
}

impl Policy {
    /// 3 attempts of 30 seconds within 2 minutes, [`Backoff::DEFAULT`], a minute for the server.
    pub const DEFAULT: Self = Self {
        attempts: NonZeroU32::new(3).unwrap(),
        attempt_timeout: Duration::from_secs(30),
        operation_timeout: Duration::from_secs(120),
        max_server_wait: Duration::from_secs(60),
        backoff: Backoff::DEFAULT,
    };

    /// Checks that the policy can be used.
    ///
    /// Example: see [`Policy`].
    ///
    /// # Errors
    ///
    /// [`Invalid`] names a timeout that is zero, or the field of the backoff that cannot be used.
    pub fn check(&self) -> Result<(), Invalid> {
        let fields = [
            ("attempt_timeout", self.attempt_timeout),
            ("operation_timeout", self.operation_timeout),
        ];
        match fields.into_iter().find(|(_, duration)| duration.is_zero()) {
            Some((field, _)) => Err(Invalid::new(field, "0 s", "more than zero")),
            None => self.backoff.check(),
        }
    }

    /// Returns when to give up an attempt that begins at `now`, of an operation that began then: after
    /// its own timeout, or at the deadline.
    #[inline]
    pub(crate) fn give_up_at(&self, begun: Instant, now: Instant) -> Instant {
        (now.max(begun) + self.attempt_timeout).min(begun + self.operation_timeout)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
