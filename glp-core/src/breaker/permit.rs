//! Leave to send one request, or its refusal.

use core::fmt;
use core::num::NonZeroU32;

use crate::breaker::Barrier;
use crate::time::Instant;

/// Allows one request; hand it back with [`Breaker::report`] or [`Breaker::release`].
///
/// Example: see [`Breaker`].
///
/// [`Breaker`]: crate::breaker::Breaker
/// [`Breaker::report`]: crate::breaker::Breaker::report
/// [`Breaker::release`]: crate::breaker::Breaker::release
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is never reported holds its probe until the lease expires"]
pub struct Permit(u64);

/// As what a request was admitted, in half a word: the epoch is the other half of a permit, so that
/// a permit or its refusal fits in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grant(u32);

impl Grant {
    /// A closed breaker's.
    pub(super) const PLAIN: Self = Self(0);
    /// Sent although the breaker would have refused it, or does not guard: its result is not counted.
    pub(super) const UNCOUNTED: Self = Self(u32::MAX);

    /// A half-open breaker's, by the number of its lease; [`Round`](super::round::Round) lends none
    /// that means something else here.
    pub(super) const fn probe(lease: NonZeroU32) -> Self {
        Self(lease.get())
    }

    /// Returns the number of the lease, where it is a probe's.
    pub(super) const fn lease(self) -> Option<NonZeroU32> {
        match self {
            Self::UNCOUNTED => None,
            Self(number) => NonZeroU32::new(number),
        }
    }
}

impl Permit {
    #[inline]
    pub(super) const fn new(epoch: u32, grant: Grant) -> Self {
        Self((grant.0 as u64) << 32 | epoch as u64)
    }

    #[inline]
    pub(super) const fn epoch(&self) -> u32 {
        self.0 as u32
    }

    #[inline]
    pub(super) const fn grant(&self) -> Grant {
        Grant((self.0 >> 32) as u32)
    }

    /// The same permit, for one more try at one step of a shared breaker.
    #[cfg(feature = "std")]
    #[inline]
    pub(super) const fn again(&self) -> Self {
        Self(self.0)
    }

    /// Says whether the request is a probe: one of the few that a half-open breaker lets out.
    ///
    /// Example: see [`Self`].
    pub const fn is_probe(&self) -> bool {
        self.grant().lease().is_some()
    }
}

/// Refuses one request, and says when to come back. Example: see [`Breaker`](crate::breaker::Breaker).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The earliest instant at which asking again can succeed, if nothing happens before.
    pub retry_at: Instant,
    /// What stands in the way.
    pub barrier: Barrier,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.barrier {
            Barrier::CoolDown => write!(f, "the breaker is open until {:?}", self.retry_at),
            Barrier::ProbesOut => write!(f, "probes are out, at most until {:?}", self.retry_at),
            Barrier::RampUp => write!(f, "the load is ramped up; come back at {:?}", self.retry_at),
            Barrier::Isolated => f.write_str("the breaker is isolated by hand"),
        }
    }
}

impl core::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_or_its_refusal_takes_two_words() {
        assert_eq!(size_of::<Result<Permit, Refused>>(), 16);
    }

    #[test]
    fn only_a_lease_makes_a_probe() {
        let permit = |grant| Permit::new(u32::MAX, grant);
        assert!(permit(Grant::probe(NonZeroU32::MIN)).is_probe());
        assert!(!permit(Grant::PLAIN).is_probe());
        assert!(!permit(Grant::UNCOUNTED).is_probe());
    }
}
