//! The waits of one caller, one after another.

use core::fmt;
use core::time::Duration;

use rand_core::Rng;

use super::Backoff;
use crate::rng::SplitMix64;

/// How many waits are printed where the format does not say.
const PRINTED: usize = 8;

/// Where a caller stands in its waits: how many there were, and the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    failures: u32,
    /// In nanoseconds.
    previous: u64,
}

impl Progress {
    /// Draws the wait after one more failure.
    #[inline]
    pub(crate) fn next<R: Rng + ?Sized>(&mut self, backoff: &Backoff, rng: &mut R) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let previous = self.previous.max(backoff.base_nanos(1));
        self.previous = backoff.nanos_after(self.failures, previous, rng);
        Duration::from_nanos(self.previous)
    }
}

/// The waits of one [`Backoff`] under one seed: an iterator without an end.
///
/// Printing it does not use it up.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::backoff::{Backoff, Jitter};
///
/// let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
/// let total: Duration = backoff.schedule(7).take(3).sum();
/// assert_eq!(total, Duration::from_secs(1 + 2 + 4));
/// assert_eq!(format!("{:.3}", backoff.schedule(7)), "1s, 2s, 4s, …");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    backoff: Backoff,
    rng: SplitMix64,
    progress: Progress,
}

impl Schedule {
    pub(super) fn new(backoff: Backoff, seed: u64) -> Self {
        Self { backoff, rng: SplitMix64::new(seed), progress: Progress::default() }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    #[inline]
    fn next(&mut self) -> Option<Duration> {
        Some(self.progress.next(&self.backoff, &mut self.rng))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printed = f.precision().unwrap_or(PRINTED);
        self.clone().take(printed).try_for_each(|wait| write!(f, "{wait:?}, "))?;
        f.write_str("…")
    }
}
