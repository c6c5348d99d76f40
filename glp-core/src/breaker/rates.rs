//! The rates that open a breaker: how many calls fail, how many are slow.

use core::num::{NonZeroU8, NonZeroU16, NonZeroU32};
use core::time::Duration;

use crate::breaker::{Share, Tally};

/// Says which share of failed or slow calls opens a breaker, and over which calls it is taken.
///
/// # Examples
///
/// ```
/// use core::num::{NonZeroU16, NonZeroU32};
/// use core::time::Duration;
/// use glp_core::breaker::{Config, Rates, Share, Slow, Span};
///
/// let half_of_the_last_hundred = Rates {
///     span: Span::Calls(NonZeroU16::new(100).unwrap()),
///     minimum_calls: NonZeroU32::new(20).unwrap(),
///     failures: Some(Share::HALF),
///     slow: Some(Slow { limit: Duration::from_secs(10), share: Share::ALL }),
/// };
/// let config = Config { rates: Some(half_of_the_last_hundred), ..Config::DEFAULT };
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rates {
    /// The calls that count.
    pub span: Span,
    /// Calls that must be counted before a rate says anything. More than a count span holds is
    /// taken as what it holds.
    pub minimum_calls: NonZeroU32,
    /// The share of failed calls that opens; none where it does not matter.
    pub failures: Option<Share>,
    /// The share of slow calls that opens; none where it does not matter.
    pub slow: Option<Slow>,
}

/// The calls over which a rate is taken. Example: see [`Rates`].
///
/// Its size is bounded by its type, as the window is allocated whole when the breaker is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Span {
    /// The last so many calls.
    Calls(NonZeroU16),
    /// The calls of the last `length`, in buckets of equal width: what leaves it, leaves it bucket
    /// by bucket, so that up to one bucket's width less than `length` is counted.
    Time {
        /// How far it reaches back.
        length: Duration,
        /// In how many parts.
        buckets: NonZeroU8,
    },
}

/// What is slow, and how much of it opens. Example: see [`Rates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Slow {
    /// A call that takes strictly longer than this is slow.
    pub limit: Duration,
    /// The share of slow calls that opens.
    pub share: Share,
}

/// Which of the two rates is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    Failures,
    Slow,
}

impl Rates {
    /// Says which rate a tally reaches, if either.
    pub(super) fn reached(&self, tally: Tally) -> Option<Reached> {
        let minimum = match self.span {
            Span::Calls(calls) => self.minimum_calls.min(calls.into()),
            Span::Time { .. } => self.minimum_calls,
        };
        let reaches = |share: Share, part| share.is_reached(part, tally.calls);
        if tally.calls < minimum.get() {
            None
        } else if self.failures.is_some_and(|share| reaches(share, tally.failures)) {
            Some(Reached::Failures)
        } else if self.slow.is_some_and(|slow| reaches(slow.share, tally.slow)) {
            Some(Reached::Slow)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(span: Span, minimum: u32) -> Rates {
        let minimum_calls = NonZeroU32::new(minimum).unwrap();
        let slow = Some(Slow { limit: Duration::ZERO, share: Share::ALL });
        Rates { span, minimum_calls, failures: Some(Share::HALF), slow }
    }

    #[test]
    fn no_rate_is_taken_of_fewer_calls_than_the_minimum() {
        let rates = rates(Span::Calls(NonZeroU16::new(10).unwrap()), 4);
        assert_eq!(rates.reached(Tally { calls: 3, failures: 3, slow: 3 }), None);
        let enough = Tally { calls: 4, failures: 2, slow: 0 };
        assert_eq!(rates.reached(enough), Some(Reached::Failures));
        assert_eq!(rates.reached(Tally { failures: 1, slow: 4, ..enough }), Some(Reached::Slow));
        assert_eq!(rates.reached(Tally { failures: 1, slow: 3, ..enough }), None);
    }

    #[test]
    fn a_minimum_that_a_count_span_cannot_hold_is_taken_as_what_it_holds() {
        let rates = rates(Span::Calls(NonZeroU16::new(2).unwrap()), 100);
        let full = Tally { calls: 2, failures: 1, slow: 0 };
        assert_eq!(rates.reached(full), Some(Reached::Failures));
    }
}
