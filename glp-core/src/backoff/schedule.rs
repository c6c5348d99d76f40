//! The waits of one caller, one after another.

use core::fmt;
use core::time::Duration;

use super::{Backoff, Progress};
use crate::rng::SplitMix64;

/// How many waits are printed where the format does not say.
const PRINTED: usize = 8;

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
    progress: Progress,
    rng: SplitMix64,
}

impl Schedule {
    pub(super) fn new(backoff: &Backoff, seed: u64) -> Self {
        Self { progress: Progress::begin(backoff), rng: SplitMix64::new(seed) }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    #[inline]
    fn next(&mut self) -> Option<Duration> {
        Some(self.progress.next(&mut self.rng))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printed = f.precision().unwrap_or(PRINTED);
        self.clone().take(printed).try_for_each(|wait| write!(f, "{wait:?}, "))?;
        f.write_str("…")
    }
}
