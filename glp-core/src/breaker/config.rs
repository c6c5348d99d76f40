//! When a breaker opens, for how long, and what closes it.

use alloc::format;
use core::num::NonZeroU32;
use core::time::Duration;

use crate::breaker::recovery::Verdict;
use crate::breaker::{Growth, RampUp, Rates, Recovery, Span};
use crate::invalid::Invalid;
use crate::rng::SplitMix64;

/// Says when a breaker opens, for how long, and what closes it.
///
/// Zero failures, successes or probes cannot be expressed. What the types still allow and nobody
/// can mean, [`check`](Self::check) refuses; a breaker made without that check takes the nearest
/// usable value, as each field says.
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
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Config {
    /// Consecutive failures that open it; [`Config::NEVER`] where a run of failures alone should not.
    pub failure_threshold: NonZeroU32,
    /// Successes of probes that close it.
    pub success_threshold: NonZeroU32,
    /// How long it stays open, the first time. Zero makes the next request a probe.
    pub cool_down: Duration,
    /// Probes that may be out at a time.
    pub max_probes: NonZeroU32,
    /// How long a probe may be out before it counts as lost. Longer than any attempt takes.
    pub probe_lease: Duration,
    /// The rates of failed and slow calls that open it, beside a run of failures.
    pub rates: Option<Rates>,
    /// How the open time grows while recovery fails; none keeps it at [`cool_down`](Self::cool_down).
    pub growth: Option<Growth>,
    /// The longest that a server's hint may keep it open; a hint of zero is no hint, and zero here
    /// ignores them all.
    pub max_server_wait: Duration,
    /// What the probes must show.
    pub recovery: Recovery,
    /// Probes admitted in one half-open round, those included that decided nothing. When they are
    /// spent without a verdict it opens again. Fewer than the verdict needs are taken as that many.
    pub probes_per_round: NonZeroU32,
    /// How the load returns after a close; none admits all at once.
    pub ramp_up: Option<RampUp>,
}

impl Config {
    /// Opens after 5 consecutive failures for 60 seconds, or for as long as the server asked, up to
    /// 5 minutes; probes one request at a time, at most 10 in a round, and closes after 2 successes;
    /// a probe is lost after 120 seconds. No rates, no growth, no ramp-up.
    ///
    /// The thresholds and the open time are the predecessor's; the rest is ours.
    pub const DEFAULT: Self = Self {
        failure_threshold: NonZeroU32::new(5).unwrap(),
        success_threshold: NonZeroU32::new(2).unwrap(),
        cool_down: Duration::from_secs(60),
        max_probes: NonZeroU32::MIN,
        probe_lease: Duration::from_secs(120),
        rates: None,
        growth: None,
        max_server_wait: Duration::from_secs(300),
        recovery: Recovery::Successes,
        probes_per_round: NonZeroU32::new(10).unwrap(),
        ramp_up: None,
    };

    /// A failure threshold that no run of failures reaches: the rates alone decide.
    pub const NEVER: NonZeroU32 = NonZeroU32::MAX;

    /// Checks what the types cannot.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the first field that cannot be meant: a lease or a ramp-up of no time, a
    /// cap below the open time, rates of nothing or over no time, a minimum of calls that the span
    /// cannot hold, or fewer probes than the verdict needs.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use glp_core::breaker::Config;
    ///
    /// let config = Config { probes_per_round: NonZeroU32::MIN, ..Config::DEFAULT };
    /// assert_eq!(config.check().unwrap_err().field, "breaker.probes_per_round");
    /// ```
    pub fn check(&self) -> Result<(), Invalid> {
        if self.probe_lease.is_zero() {
            return Err(Invalid::new("breaker.probe_lease", "0 s", "more than zero"));
        }
        if self.ramp_up.is_some_and(|ramp_up| ramp_up.over.is_zero()) {
            return Err(Invalid::new("breaker.ramp_up.over", "0 s", "more than zero"));
        }
        if let Some(growth) = self.growth.filter(|growth| growth.cap < self.cool_down) {
            let limit = format!("at least breaker.cool_down ({:?})", self.cool_down);
            return Err(Invalid::new("breaker.growth.cap", format!("{:?}", growth.cap), limit));
        }
        let needed = self.verdict().results();
        if self.probes_per_round.get() < needed {
            let limit = format!("at least the {needed} that the verdict needs");
            return Err(Invalid::new("breaker.probes_per_round", self.probes_per_round, limit));
        }
        self.rates.map_or(Ok(()), |rates| rates.check())
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.recovery.verdict(self.success_threshold)
    }

    /// The probes that one round admits.
    pub(super) fn round_bound(&self) -> u32 {
        self.probes_per_round.get().max(self.verdict().results())
    }

    /// How long it opens: as the server asked, or by its own time after `failed` failed recoveries.
    pub(super) fn open_for(
        &self,
        asked: Option<Duration>,
        failed: u32,
        rng: &mut SplitMix64,
    ) -> Duration {
        let asked = asked.map(|asked| asked.min(self.max_server_wait));
        match (asked.filter(|asked| !asked.is_zero()), self.growth) {
            (Some(asked), _) => asked,
            (None, Some(growth)) => growth.draw(self.cool_down, failed, rng),
            (None, None) => self.cool_down,
        }
    }

    /// The longest that it can be open unless somebody says so by hand.
    pub(super) fn longest_open(&self) -> Duration {
        let own = self.growth.map_or(self.cool_down, |growth| growth.cap.max(self.cool_down));
        own.max(self.max_server_wait)
    }
}

impl Rates {
    fn check(&self) -> Result<(), Invalid> {
        if self.failures.is_none() && self.slow.is_none() {
            let limit = "a rate of failures, of slow calls, or both";
            return Err(Invalid::new("breaker.rates", "neither", limit));
        }
        match self.span {
            Span::Time { length, .. } if length.is_zero() => {
                Err(Invalid::new("breaker.rates.span.length", "0 s", "more than zero"))
            }
            Span::Calls(calls) if self.minimum_calls > calls.into() => {
                let limit = format!("at most the {calls} calls of the span");
                Err(Invalid::new("breaker.rates.minimum_calls", self.minimum_calls, limit))
            }
            Span::Time { .. } | Span::Calls(_) => Ok(()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use core::num::{NonZeroU8, NonZeroU16};

    use super::*;
    use crate::breaker::Share;

    #[test]
    fn what_nobody_can_mean_is_refused_by_name() {
        let rates = Rates {
            span: Span::Calls(NonZeroU16::MIN),
            minimum_calls: NonZeroU32::MIN,
            failures: Some(Share::HALF),
            slow: None,
        };
        let no_time = Span::Time { length: Duration::ZERO, buckets: NonZeroU8::MIN };
        let low_cap = Growth { cap: Duration::from_secs(59), ..Growth::DEFAULT };
        let ramp_up = RampUp { start: Share::HALF, over: Duration::ZERO };
        let config = Config { rates: Some(rates), ..Config::DEFAULT };
        let just = Growth { cap: config.cool_down, ..Growth::DEFAULT };
        let of_time = Span::Time { length: Duration::from_secs(1), buckets: NonZeroU8::MIN };
        for good in [
            config,
            Config { growth: Some(just), ..config },
            Config { probes_per_round: config.success_threshold, ..config },
            Config { rates: Some(Rates { span: of_time, ..rates }), ..config },
        ] {
            assert_eq!(good.check(), Ok(()));
        }
        let with = |rates| Config { rates: Some(rates), ..Config::DEFAULT };
        let cases = [
            (Config { probe_lease: Duration::ZERO, ..config }, "breaker.probe_lease"),
            (Config { ramp_up: Some(ramp_up), ..config }, "breaker.ramp_up.over"),
            (Config { growth: Some(low_cap), ..config }, "breaker.growth.cap"),
            (Config { probes_per_round: NonZeroU32::MIN, ..config }, "breaker.probes_per_round"),
            (with(Rates { failures: None, ..rates }), "breaker.rates"),
            (with(Rates { span: no_time, ..rates }), "breaker.rates.span.length"),
            (with(Rates { minimum_calls: Config::NEVER, ..rates }), "breaker.rates.minimum_calls"),
        ];
        for (config, field) in cases {
            assert_eq!(config.check().unwrap_err().field, field);
        }
    }
}
