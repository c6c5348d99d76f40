//! Where a caller stands in its waits. All in nanoseconds: durations are taken apart once, for to do
//! so for every wait would take longer than all the rest.

use core::time::Duration;

use rand_core::Rng;

use super::{Backoff, Growth, Jitter};
use crate::time::nanos;

/// Leads from each wait of a [`Backoff`] to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The next wait, before jitter.
    base: u64,
    /// The last one, after jitter; `initial` at first.
    previous: u64,
    rise: Rise,
    initial: u64,
    longest: u64,
    jitter: Jitter,
}

/// What a [`Growth`] says, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rise {
    /// So many times as much as before, and so much more.
    By { factor: u64, step: u64 },
    /// These, one after the other; the last is kept.
    Along(&'static [Duration]),
}

impl Progress {
    #[inline]
    pub(crate) fn begin(backoff: &Backoff) -> Self {
        let rise = match backoff.growth {
            Growth::Fixed => Rise::By { factor: 1, step: 0 },
            Growth::Linear { step } => Rise::By { factor: 1, step: nanos(step) },
            Growth::Exponential { factor } => Rise::By { factor: factor.get().into(), step: 0 },
            Growth::Custom(waits) => Rise::Along(waits),
        };
        let longest = nanos(backoff.max_delay);
        let initial = nanos(backoff.initial).min(longest);
        let jitter = backoff.jitter;
        Self { base: initial, previous: initial, rise, initial, longest, jitter }
    }

    /// Draws the wait after one more failure.
    #[inline]
    pub(crate) fn next<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Duration {
        let base = self.base;
        self.base = self.rise.after(base).min(self.longest);
        let bounds = self.jitter.bounds(base, self.initial, self.previous, self.longest);
        self.previous = self.jitter.draw(bounds, rng);
        Duration::from_nanos(self.previous)
    }
}

impl Rise {
    #[inline]
    fn after(&mut self, base: u64) -> u64 {
        match self {
            Self::By { factor, step } => base.saturating_mul(*factor).saturating_add(*step),
            Self::Along(waits) => match waits.split_first() {
                Some((next, later)) => {
                    *waits = later;
                    nanos(*next)
                }
                None => base,
            },
        }
    }
}
