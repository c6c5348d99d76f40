//! What a breaker tells of itself.

use crate::breaker::State;
use crate::time::Instant;

/// Shows a breaker at one instant.
///
/// The first six fields are the predecessor's, under its names. The state is the one a request
/// would meet: a breaker whose cool-down has passed says `half_open`, though no probe went out yet.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Status {
    /// The state that a request would meet now.
    pub state: State,
    /// Consecutive failures.
    pub failure_count: u32,
    /// Successes of probes in this half-open round.
    pub success_count: u32,
    /// Consecutive failures that open it.
    pub failure_threshold: u32,
    /// How long it stays open, in seconds.
    pub timeout_seconds: f64,
    /// The last failure counted.
    pub last_failure_at: Option<Instant>,
    /// Successes of probes that close it.
    pub success_threshold: u32,
    /// The earliest instant at which a request is admitted, where one would be refused now.
    pub next_permitted_at: Option<Instant>,
    /// Probes that are out.
    pub probes_out: u32,
    /// Requests admitted so far.
    pub admitted: u64,
    /// Requests refused so far.
    pub rejected: u64,
    /// Changes of state so far.
    pub transitions: u64,
}
