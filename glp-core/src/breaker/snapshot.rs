//! A breaker that outlives its process.

use core::time::Duration;

use crate::breaker::machine::Phase;
use crate::breaker::round::Round;
use crate::breaker::{Breaker, Config, Mode, Reason};
use crate::time::Instant;

/// Holds what of a breaker survives a restart.
///
/// Times are relative to the moment it was taken, as an [`Instant`] means nothing to another
/// process. The permits that were out, the handles of isolations and the window of the rates are
/// not in it: their holders are gone, and the window's calls are the past.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::breaker::{Breaker, Config, State};
/// use glp_core::time::Instant;
///
/// let minute = Duration::from_secs(60);
/// let mut breaker = Breaker::new(Config::DEFAULT);
/// breaker.force_open(Instant::ZERO + minute);
/// let snapshot = breaker.snapshot(Instant::ZERO + minute);
///
/// let down_for = Duration::from_secs(20); // if it is known how long
/// let restored = Breaker::restore(snapshot.aged(down_for), Config::DEFAULT, Instant::ZERO);
/// let refused = restored.peek(Instant::ZERO).unwrap_err();
/// assert_eq!(refused.retry_at, Instant::ZERO + Duration::from_secs(40));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    phase: Left,
    failures: u32,
    failed_recoveries: u32,
    mode: Mode,
    seed: u64,
    epoch: u32,
    last_failure_ago: Option<Duration>,
    admitted: u64,
    rejected: u64,
    transitions: u64,
    last_reason: Option<Reason>,
}

/// A phase, and what is left of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
enum Left {
    Closed { ramp_up: Option<Duration> },
    Open { time: Duration },
    HalfOpen { successes: u32, failures: u32 },
}

impl Snapshot {
    /// Lets the time pass that it lay on a disk: what was left of an open time shrinks by `by`.
    ///
    /// Example: see [`Self`].
    #[must_use]
    pub fn aged(self, by: Duration) -> Self {
        let phase = match self.phase {
            Left::Closed { ramp_up } => {
                Left::Closed { ramp_up: ramp_up.map(|left| left.saturating_sub(by)) }
            }
            Left::Open { time } => Left::Open { time: time.saturating_sub(by) },
            half_open @ Left::HalfOpen { .. } => half_open,
        };
        let last_failure_ago = self.last_failure_ago.map(|ago| ago.saturating_add(by));
        Self { phase, last_failure_ago, ..self }
    }
}

impl Breaker {
    /// Takes down what survives a restart, as it is at `now`. Example: see [`Snapshot`].
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let mut settled = self.clone();
        let now = settled.settle(now);
        let phase = match &settled.phase {
            Phase::Closed { ramp_ends } => {
                Left::Closed { ramp_up: ramp_ends.map(|ends| ends.since(now)) }
            }
            Phase::Open { until } => Left::Open { time: until.since(now) },
            Phase::HalfOpen(round) => {
                Left::HalfOpen { successes: round.successes, failures: round.failures }
            }
        };
        Snapshot {
            phase,
            failures: settled.failures,
            failed_recoveries: settled.failed_recoveries,
            mode: settled.mode,
            seed: settled.seed,
            epoch: settled.epoch,
            last_failure_ago: settled.last_failure_at.map(|at| now.since(at)),
            admitted: settled.admitted,
            rejected: settled.rejected,
            transitions: settled.transitions,
            last_reason: settled.last_reason,
        }
    }

    /// Makes a breaker that goes on where a snapshot was taken.
    ///
    /// Example: see [`Self`].
    ///
    /// Open, it stays open for what was left, though never longer than `config` allows. Half-open, it
    /// keeps what its probes showed and can probe at once. A last failure from before the origin
    /// of time is put at the origin. Permits from before are of an earlier epoch.
    pub fn restore(snapshot: Snapshot, config: Config, now: Instant) -> Self {
        let phase = match snapshot.phase {
            Left::Closed { ramp_up: left } => {
                let ramp_up = left.zip(config.ramp_up);
                let ramp_ends = ramp_up.map(|(left, ramp_up)| now + left.min(ramp_up.over));
                Phase::Closed { ramp_ends }
            }
            Left::Open { time } => Phase::Open { until: now + time.min(config.longest_open()) },
            // Results that would have decided the round under `config` are of another one: begin anew.
            Left::HalfOpen { successes, failures }
                if successes.saturating_add(failures) >= config.round_bound() =>
            {
                Phase::HalfOpen(Round::begin(now))
            }
            Left::HalfOpen { successes, failures } => {
                Phase::HalfOpen(Round::resume(successes, failures, now))
            }
        };
        let ago = |ago: Duration| Instant::ZERO + now.since(Instant::ZERO).saturating_sub(ago);
        Self {
            phase,
            failures: snapshot.failures,
            failed_recoveries: snapshot.failed_recoveries,
            mode: snapshot.mode,
            epoch: snapshot.epoch.wrapping_add(1),
            latest: now,
            last_failure_at: snapshot.last_failure_ago.map(ago),
            admitted: snapshot.admitted,
            rejected: snapshot.rejected,
            transitions: snapshot.transitions,
            last_reason: snapshot.last_reason,
            ..Self::seeded(config, snapshot.seed)
        }
    }
}
