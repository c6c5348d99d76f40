//! How much of a quota is left.

use core::cmp::Reverse;
use core::time::Duration;

use super::value::digits;

/// How much of a route's quota is left.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::hint::Quota;
///
/// let quota = Quota { remaining: 12, reset: Duration::from_secs(30) };
/// assert_eq!(Quota::parse(r#""minute";r=12;t=30, "day";r=900;t=50000"#), Some(quota));
/// assert_eq!(Quota::parse("100"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests left in this window.
    pub remaining: u64,
    /// The time until the window ends, from the moment of the response.
    pub reset: Duration,
}

impl Quota {
    /// Reads the value of `RateLimit`: of several policies the one with the fewest requests left,
    /// and of those the one that lasts longest. A policy without both numbers says nothing.
    ///
    /// Example: see [`Quota`].
    ///
    /// Source: the IETF's draft *RateLimit header fields for HTTP*, as of its tenth version.
    pub fn parse(value: &str) -> Option<Self> {
        value.split(',').filter_map(policy).min_by_key(Self::tightness)
    }

    /// Orders quotas: the tightest first.
    pub(super) fn tightness(&self) -> (u64, Reverse<Duration>) {
        (self.remaining, Reverse(self.reset))
    }
}

/// Reads one policy: a name, then `r`, the requests left, and `t`, the seconds to the reset.
fn policy(item: &str) -> Option<Quota> {
    let number = |key: &str| {
        let mut parameters = item.split(';').skip(1).map(str::trim);
        parameters.find_map(|parameter| digits(parameter.strip_prefix(key)?))
    };
    Some(Quota { remaining: number("r=")?, reset: Duration::from_secs(number("t=")?) })
}
