//! What the probes of a half-open breaker must show.

use core::num::NonZeroU32;

use crate::breaker::Share;

/// Says what the probes must show for the breaker to close, and what makes it open again.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Config, Recovery, Share};
///
/// let four_of_five = Recovery::Ratio {
///     probes: NonZeroU32::new(5).unwrap(),
///     share: Share::percent(80).unwrap(),
/// };
/// let config = Config { recovery: four_of_five, ..Config::DEFAULT };
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Recovery {
    /// [`Config::success_threshold`](crate::breaker::Config::success_threshold) successes close;
    /// the first failure opens.
    #[default]
    Successes,
    /// A share of a number of probes must succeed. The verdict falls as soon as it is certain: when
    /// enough succeeded, or so many failed that no longer enough can.
    Ratio {
        /// The probes over which the share is taken.
        probes: NonZeroU32,
        /// The share that must succeed.
        share: Share,
    },
}

/// What decides a round of probes: so many successes, or more than so many failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) successes: u32,
    pub(super) tolerated_failures: u32,
}

impl Verdict {
    /// The most results that a round can need until it is decided.
    pub(super) fn results(self) -> u32 {
        self.successes.saturating_add(self.tolerated_failures)
    }
}

impl Recovery {
    pub(super) fn verdict(self, success_threshold: NonZeroU32) -> Verdict {
        match self {
            Self::Successes => {
                Verdict { successes: success_threshold.get(), tolerated_failures: 0 }
            }
            Self::Ratio { probes, share } => {
                let successes = share.of_count(probes.get());
                Verdict { successes, tolerated_failures: probes.get() - successes }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_of_five_tolerate_one_failure() {
        let recovery = Recovery::Ratio {
            probes: NonZeroU32::new(5).unwrap(),
            share: Share::percent(80).unwrap(),
        };
        let verdict = recovery.verdict(NonZeroU32::MIN);
        assert_eq!(verdict, Verdict { successes: 4, tolerated_failures: 1 });
        assert_eq!(verdict.results(), 5);
    }
}
