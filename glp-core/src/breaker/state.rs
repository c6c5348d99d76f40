//! The states, the changes between them, and what stands in a request's way.

use core::fmt;

use crate::breaker::Tally;
use crate::time::Instant;

/// The three states of a breaker. Example: see [`Breaker`](crate::breaker::Breaker).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum State {
    /// Requests pass.
    Closed,
    /// Requests are refused.
    Open,
    /// A few probes pass.
    HalfOpen,
}

impl State {
    /// Returns the state's name: `closed`, `open`, `half_open`.
    ///
    /// Example: see [`Self`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One change of state, why it happened, and the counts that caused it.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Breaker, Config, Outcome, Reason, State};
/// use glp_core::time::Instant;
///
/// let one = NonZeroU32::MIN;
/// let mut breaker = Breaker::new(Config { failure_threshold: one, ..Config::DEFAULT });
/// let permit = breaker.try_acquire(Instant::ZERO)?;
/// let opened = breaker.report(permit, Outcome::Failure, Instant::ZERO).unwrap();
/// assert_eq!((opened.to, opened.reason, opened.failures), (State::Open, Reason::Failures, 1));
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When it happened.
    pub at: Instant,
    /// The state left.
    pub from: State,
    /// The state entered.
    pub to: State,
    /// Why.
    pub reason: Reason,
    /// Consecutive failures at that moment.
    pub failures: u32,
    /// Successes of probes in the round that ended.
    pub successes: u32,
    /// What the window of the rates held; nothing without one.
    pub window: Tally,
}

impl fmt::Display for Transition {
    /// Writes the change, its reason and the count that goes with it, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, reason, failures, successes, window, .. } = self;
        write!(f, "{from} -> {to}: {reason}")?;
        match reason {
            Reason::FailureRate => write!(f, " ({} of {} calls)", window.failures, window.calls),
            Reason::SlowRate => write!(f, " ({} of {} calls)", window.slow, window.calls),
            Reason::Recovered => write!(f, " ({successes} successes)"),
            Reason::ByHand => Ok(()),
            Reason::Failures
            | Reason::ProbesFailed
            | Reason::ProbesSpent
            | Reason::CoolDownOver => write!(f, " ({failures} in a row)"),
        }
    }
}

/// Why a breaker changed its state. Example: see [`Transition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Reason {
    /// So many failures in a row: it opened.
    Failures,
    /// Too large a share of the calls failed: it opened.
    FailureRate,
    /// Too large a share of the calls was slow: it opened.
    SlowRate,
    /// More probes failed, or were slow, than are tolerated: it opened again.
    ProbesFailed,
    /// The round admitted all its probes and none decided it: it opened again.
    ProbesSpent,
    /// The open time has passed and a request came: it went half-open.
    CoolDownOver,
    /// Enough probes succeeded: it closed.
    Recovered,
    /// Somebody said so.
    ByHand,
}

impl Reason {
    /// Every reason there is, in the order of the type.
    pub const ALL: [Self; 8] = [
        Self::Failures,
        Self::FailureRate,
        Self::SlowRate,
        Self::ProbesFailed,
        Self::ProbesSpent,
        Self::CoolDownOver,
        Self::Recovered,
        Self::ByHand,
    ];

    /// Explains the change in words that complete "the breaker changed: …".
    ///
    /// Example: see [`Self`].
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Failures => "too many failures in a row",
            Self::FailureRate => "too large a share of failures",
            Self::SlowRate => "too large a share of slow calls",
            Self::ProbesFailed => "the probes failed",
            Self::ProbesSpent => "the probes are spent without a verdict",
            Self::CoolDownOver => "the open time has passed",
            Self::Recovered => "enough probes succeeded",
            Self::ByHand => "by hand",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.explain())
    }
}

/// What stands in a request's way. Example: see [`RampUp`](crate::breaker::RampUp).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// The open time is not over.
    CoolDown,
    /// Every probe is out; one may come back before the instant named.
    ProbesOut,
    /// The load returns by and by after a close, and this instant is not among those that admit.
    RampUp,
    /// It is isolated by hand; the instant named is "never".
    Isolated,
}
