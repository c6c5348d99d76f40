//! How many retries all calls of a client may send together.
//!
//! Retries that help one call multiply the load of a service that fails them all. A budget lets
//! through the retries that a few failures need and refuses those of an outage. Two kinds, and off:
//!
//! | | what fills it | what a retry costs | when it is empty |
//! |---|---|---|---|
//! | [`Tokens`] | successes | 5 of 500 tokens, 10 after a timeout; given back if it helps | after 100 retries that did not help |
//! | [`Share`] | calls, and time | one retry | over a fifth of the calls, and 10 a second |
//!
//! An empty budget ends a call; it never makes one wait less. The decision of
//! [`Retry`](crate::retry::Retry) then tells the wait that would have been.

mod share;
mod tokens;

use alloc::boxed::Box;
use core::fmt;

use crate::invalid::Invalid;
use crate::time::Instant;

pub use self::share::Share;
pub use self::tokens::Tokens;

/// Which budget is in force.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::budget::{Config, Tokens};
///
/// let text = "500 tokens: 5 a retry, 10 after a timeout, 1 back from a success";
/// assert_eq!(Config::DEFAULT.to_string(), text);
///
/// let seven = NonZeroU32::new(7).unwrap();
/// let small = Config::Tokens(Tokens { capacity: seven, ..Tokens::DEFAULT });
/// assert_eq!(small.check().unwrap_err().field, "budget.after_timeout");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Config {
    /// A bucket of tokens that successes fill.
    Tokens(Tokens),
    /// A share of the calls, and a floor per second.
    Share(Share),
    /// None: every retry is let through.
    Off,
}

impl Config {
    /// The bucket of [`Tokens::DEFAULT`].
    pub const DEFAULT: Self = Self::Tokens(Tokens::DEFAULT);

    /// Checks that the budget can be used.
    ///
    /// Example: see [`Config`].
    ///
    /// # Errors
    ///
    /// [`Invalid`] names a cost that is above the capacity, or a window shorter than a second.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Tokens(tokens) => tokens.check(),
            Self::Share(share) => share.check(),
            Self::Off => Ok(()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Says the budget in a line: `500 tokens: 5 a retry, 10 after a timeout, 1 back from a success`.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(Tokens { capacity, retry, after_timeout, success }) => write!(
                f,
                "{capacity} tokens: {retry} a retry, {after_timeout} after a timeout, {success} \
                 back from a success"
            ),
            Self::Share(Share { percent, floor_per_second, window }) => write!(
                f,
                "{percent} retries per 100 calls and {floor_per_second} a second, over {window:?}"
            ),
            Self::Off => f.write_str("off"),
        }
    }
}

/// What kind of failure a retry follows.
///
/// Example: see [`Budget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// An answer came, or none could be sent for.
    Retry,
    /// No answer came in time: somebody was kept busy for nothing, so it costs more.
    AfterTimeout,
}

/// Says that no further retry can be paid for.
///
/// Example: see [`Budget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the retry budget is empty")]
pub struct Empty;

/// The receipt of one retry: what a success gives back. It cannot be copied.
///
/// Example: see [`Budget`].
#[derive(Debug, PartialEq, Eq)]
pub struct Charge(u32);

/// Pays for the retries of all calls of a client.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::budget::{Budget, Config, Cost, Tokens};
/// use glp_core::time::Instant;
///
/// let ten = NonZeroU32::new(10).unwrap();
/// let mut budget = Budget::new(Config::Tokens(Tokens { capacity: ten, ..Tokens::DEFAULT }));
/// let now = Instant::ZERO;
///
/// let first = budget.withdraw(Cost::Retry, now)?;
/// let second = budget.withdraw(Cost::Retry, now)?;
/// assert!(budget.withdraw(Cost::Retry, now).is_err());
///
/// budget.succeeded(Some(second));
/// assert_eq!(budget.affordable(now), 1);
/// # let _ = first;
/// # Ok::<(), glp_core::budget::Empty>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Tokens(tokens::Bucket),
    Share(Box<share::Ledger>),
    Off,
}

impl Budget {
    /// Makes a full budget.
    ///
    /// Example: see [`Budget`].
    pub fn new(config: Config) -> Self {
        Self(match config {
            Config::Tokens(tokens) => Kind::Tokens(tokens::Bucket::new(tokens)),
            Config::Share(share) => Kind::Share(Box::new(share::Ledger::new(share))),
            Config::Off => Kind::Off,
        })
    }

    /// Counts a call that begins.
    ///
    /// Example: see [`Share`].
    pub fn began(&mut self, now: Instant) {
        if let Kind::Share(ledger) = &mut self.0 {
            ledger.began(now);
        }
    }

    /// Pays for one retry.
    ///
    /// Example: see [`Budget`].
    ///
    /// # Errors
    ///
    /// [`Empty`] where it cannot be paid for; nothing is taken.
    pub fn withdraw(&mut self, cost: Cost, now: Instant) -> Result<Charge, Empty> {
        match &mut self.0 {
            Kind::Tokens(bucket) => bucket.withdraw(cost).map(Charge),
            Kind::Share(ledger) => ledger.withdraw(now).map(|()| Charge(0)),
            Kind::Off => Ok(Charge(0)),
        }
    }

    /// Counts a call that succeeded: `last` is the receipt of its last retry, if it had one.
    ///
    /// Example: see [`Budget`].
    pub fn succeeded(&mut self, last: Option<Charge>) {
        if let Kind::Tokens(bucket) = &mut self.0 {
            bucket.succeeded(last.map(|Charge(cost)| cost));
        }
    }

    /// Says whether a call that begins and one that succeeds without a retry leave no trace.
    #[cfg(feature = "std")]
    pub(crate) const fn is_unmoved_by_success(&self) -> bool {
        match &self.0 {
            Kind::Tokens(bucket) => bucket.is_full(),
            Kind::Share(_) => false,
            Kind::Off => true,
        }
    }

    /// Returns how many ordinary retries can be paid for at `now`.
    ///
    /// Example: see [`Budget`].
    pub fn affordable(&self, now: Instant) -> u32 {
        match &self.0 {
            Kind::Tokens(bucket) => bucket.affordable(),
            Kind::Share(ledger) => ledger.affordable(now),
            Kind::Off => u32::MAX,
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn a_success_moves_a_bucket_that_is_not_full_and_every_share_and_nothing_else() {
        let moves = |budget: &Budget| !budget.is_unmoved_by_success();
        let mut bucket = Budget::new(Config::DEFAULT);
        assert!(!moves(&bucket));
        bucket.withdraw(Cost::Retry, Instant::ZERO).expect("it is full");
        assert!(moves(&bucket), "it fills again");
        assert!(moves(&Budget::new(Config::Share(Share::DEFAULT))), "it counts what begins");
        assert!(!moves(&Budget::new(Config::Off)));
    }
}
