//! What must happen sometimes: a rare path that no day reached is a path that nobody tested.

use core::fmt;
use std::collections::BTreeMap;

/// Names the rare paths. Over a run each must have been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rare {
    /// A breaker opened.
    BreakerOpened,
    /// A half-open breaker opened again.
    HalfOpenFailed,
    /// A breaker closed after an outage.
    BreakerRecovered,
    /// A breaker that let the load return by and by held a call back.
    RampUpRefused,
    /// A call waited for the probes of another.
    ProbesOut,
    /// A token was refused in the middle of a listing.
    TokenExpiredMidPage,
    /// A run went on where another had been stopped.
    ResumeUsed,
    /// A checkpoint was not trusted.
    CheckpointDiscarded,
    /// The server asked for a longer wait than a call had left or was allowed.
    HintOverDeadline,
    /// The retry budget was empty.
    BudgetEmpty,
    /// Rows moved while they were listed, and it was seen.
    DriftDetected,
    /// A listing moved in every pass: it was kept, and retired nothing.
    DriftToTheEnd,
    /// The guard against mass retirement refused.
    RetirementGuardHit,
    /// A call waited for the token that another fetched.
    ParkedForToken,
    /// A call waited for the route's own pace.
    PacingWaited,
    /// A call waited because the server asked for it.
    ServerHoldWaited,
    /// A call was dropped while its request was on the wire.
    DroppedOnTheWire,
    /// A call was dropped while it waited.
    DroppedWaiting,
    /// The clock jumped over the end of an exchange.
    ClockJumped,
    /// A sync was killed between two steps.
    KilledBetweenSteps,
    /// A sync was killed in the middle of a transaction.
    KilledInTransaction,
    /// A commit reached the disk in part.
    CommitTorn,
    /// A commit reached the disk and its process never heard of it.
    CommitUnheard,
    /// Somebody read the store in the middle of a transaction.
    ReadMeanwhile,
    /// The disk refused a command.
    StoreFailed,
    /// Rows were retired.
    Retired,
    /// A retired row came back.
    Restored,
    /// A write ended with nobody knowing what became of it.
    OutcomeUnknown,
    /// One resource failed, the other was complete.
    Partial,
}

impl Rare {
    /// Every rare path, in the order of the type.
    pub const ALL: [Self; 29] = [
        Self::BreakerOpened,
        Self::HalfOpenFailed,
        Self::BreakerRecovered,
        Self::RampUpRefused,
        Self::ProbesOut,
        Self::TokenExpiredMidPage,
        Self::ResumeUsed,
        Self::CheckpointDiscarded,
        Self::HintOverDeadline,
        Self::BudgetEmpty,
        Self::DriftDetected,
        Self::DriftToTheEnd,
        Self::RetirementGuardHit,
        Self::ParkedForToken,
        Self::PacingWaited,
        Self::ServerHoldWaited,
        Self::DroppedOnTheWire,
        Self::DroppedWaiting,
        Self::ClockJumped,
        Self::KilledBetweenSteps,
        Self::KilledInTransaction,
        Self::CommitTorn,
        Self::CommitUnheard,
        Self::ReadMeanwhile,
        Self::StoreFailed,
        Self::Retired,
        Self::Restored,
        Self::OutcomeUnknown,
        Self::Partial,
    ];
}

/// Counts how often each rare path was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sometimes(BTreeMap<Rare, u64>);

impl Sometimes {
    pub(super) fn note(&mut self, rare: Rare) {
        *self.0.entry(rare).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (rare, count) in &other.0 {
            *self.0.entry(*rare).or_default() += count;
        }
    }

    /// Returns how often a path was reached.
    pub fn count(&self, rare: Rare) -> u64 {
        self.0.get(&rare).copied().unwrap_or(0)
    }

    /// Returns the paths that were never reached.
    pub fn never(&self) -> Vec<Rare> {
        Rare::ALL.into_iter().filter(|rare| self.count(*rare) == 0).collect()
    }
}

impl fmt::Display for Sometimes {
    /// Writes one path a line, with its count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rare in Rare::ALL {
            writeln!(f, "{:>12}  {rare:?}", self.count(rare))?;
        }
        Ok(())
    }
}
