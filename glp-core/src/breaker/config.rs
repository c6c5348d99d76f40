//! When a breaker opens, for how long, and what closes it.

use core::num::NonZeroU32;
use core::time::Duration;

/// Says when a breaker opens, for how long, and what closes it.
///
/// Zero failures, successes or probes cannot be expressed.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::Config;
///
/// let cautious = Config { failure_threshold: NonZeroU32::MIN, ..Config::DEFAULT };
/// assert_eq!(cautious.cool_down, Config::DEFAULT.cool_down);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Config {
    /// Consecutive failures that open it.
    pub failure_threshold: NonZeroU32,
    /// Successes of probes that close it.
    pub success_threshold: NonZeroU32,
    /// How long it stays open. Zero makes the next request a probe.
    pub cool_down: Duration,
    /// Probes that may be out at a time.
    pub max_probes: NonZeroU32,
    /// How long a probe may be out before it counts as lost. Longer than any attempt takes.
    pub probe_lease: Duration,
}

impl Config {
    /// Opens after 5 consecutive failures for 60 seconds, probes one request at a time, closes
    /// after 2 successes; a probe is lost after 120 seconds.
    ///
    /// The first three are the predecessor's; one probe at a time is ours.
    pub const DEFAULT: Self = Self {
        failure_threshold: NonZeroU32::new(5).unwrap(),
        success_threshold: NonZeroU32::new(2).unwrap(),
        cool_down: Duration::from_secs(60),
        max_probes: NonZeroU32::MIN,
        probe_lease: Duration::from_secs(120),
    };
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}
