//! A permit that comes back by itself.

use core::mem::ManuallyDrop;

use crate::breaker::{Outcome, Permit, Report, SharedBreaker, Transition};
use crate::time::Instant;

/// Allows one request; report what came of it, or drop it to give it back unused.
///
/// Example: see [`SharedBreaker`].
#[derive(Debug)]
#[must_use = "dropped, it is given back unused"]
pub struct SharedPermit<'a> {
    breaker: &'a SharedBreaker,
    permit: Permit,
    granted_at: Instant,
}

impl<'a> SharedPermit<'a> {
    #[inline]
    pub(super) const fn new(
        breaker: &'a SharedBreaker,
        permit: Permit,
        granted_at: Instant,
    ) -> Self {
        Self { breaker, permit, granted_at }
    }

    /// Says whether the request is a probe: one of the few that a half-open breaker lets out.
    ///
    /// Example: see [`Self`].
    pub const fn is_probe(&self) -> bool {
        self.permit.is_probe()
    }

    /// Hands it back with the result of its request, and returns the transition it caused.
    ///
    /// Example: see [`Self`].
    ///
    /// The result is an [`Outcome`], or a [`Report`] with its duration and the server's hint; without
    /// a duration, the time since the permit was granted counts.
    #[inline]
    pub fn report(self, report: impl Into<Report>, now: Instant) -> Option<Transition> {
        let Self { breaker, ref permit, granted_at } = *ManuallyDrop::new(self);
        let report = report.into();
        if report.outcome == Outcome::Success && breaker.is_unmoved_by_success() {
            return None;
        }
        let took = report.took.unwrap_or_else(|| now.since(granted_at));
        breaker.report_in_full(permit.again(), report.took(took), now)
    }
}

impl Drop for SharedPermit<'_> {
    #[inline]
    fn drop(&mut self) {
        // Only a probe takes something that must come back.
        if self.is_probe() {
            self.breaker.step(|breaker| breaker.release(self.permit.again()));
        }
    }
}
