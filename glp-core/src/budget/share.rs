//! A share of the calls, and a floor per second.

use core::num::NonZeroU32;
use core::time::Duration;

use super::Empty;
use crate::invalid::Invalid;
use crate::time::{Instant, nanos};

/// How many slices a window is kept in: the oldest is forgotten as a whole.
const SLICES: usize = 10;

/// The shortest window; below it a slice would be finer than the timing of calls.
const SHORTEST_WINDOW: Duration = Duration::from_secs(1);

/// Lets through as many retries as a share of the calls that began within the window, and a floor
/// so that a client with few calls may retry as well.
///
/// # Examples
///
/// ```
/// use glp_core::budget::{Budget, Config, Share};
/// use glp_core::time::Instant;
///
/// let mut budget = Budget::new(Config::Share(Share { floor_per_second: 0, ..Share::DEFAULT }));
/// assert_eq!(budget.affordable(Instant::ZERO), 0);
/// for _ in 0..10 {
///     budget.began(Instant::ZERO);
/// }
/// assert_eq!(budget.affordable(Instant::ZERO), 2);
/// ```
///
/// Source: the retry budget of Finagle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Share {
    /// Retries per hundred calls; it may be above 100.
    pub percent: NonZeroU32,
    /// Retries per second that are let through in any case.
    pub floor_per_second: u32,
    /// How long calls and retries are remembered, to a tenth of it.
    pub window: Duration,
}

impl Share {
    /// 20 retries per hundred calls and 10 a second, over 10 seconds.
    pub const DEFAULT: Self = Self {
        percent: NonZeroU32::new(20).unwrap(),
        floor_per_second: 10,
        window: Duration::from_secs(10),
    };

    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self.window < SHORTEST_WINDOW {
            let (value, limit) = (alloc::format!("{:?}", self.window), "at least 1 s");
            return Err(Invalid::new("budget.window", value, limit));
        }
        Ok(())
    }

    /// How many retries a window with `began` calls may have.
    fn allows(&self, began: u64) -> u64 {
        let of_calls = u128::from(began) * u128::from(self.percent.get()) * NANOS_PER_SECOND;
        let of_time = u128::from(self.floor_per_second) * u128::from(nanos(self.window)) * 100;
        u64::try_from((of_calls + of_time) / (100 * NANOS_PER_SECOND)).unwrap_or(u64::MAX)
    }
}

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// What happened in one slice of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slice {
    /// Which slice since the clock's origin.
    number: u64,
    began: u64,
    retried: u64,
}

/// The calls and retries of the window; a clock that runs backwards stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ledger {
    share: Share,
    slices: [Slice; SLICES],
    latest: Instant,
}

impl Ledger {
    pub(super) fn new(share: Share) -> Self {
        Self { share, slices: [Slice::default(); SLICES], latest: Instant::ZERO }
    }

    pub(super) fn began(&mut self, now: Instant) {
        let slice = self.slice(now);
        slice.began = slice.began.saturating_add(1);
    }

    pub(super) fn withdraw(&mut self, now: Instant) -> Result<(), Empty> {
        self.latest = self.latest.max(now);
        if self.affordable(now) == 0 {
            return Err(Empty);
        }
        self.slice(now).retried += 1;
        Ok(())
    }

    pub(super) fn affordable(&self, now: Instant) -> u32 {
        let number = self.number(now);
        let in_window = |slice: &&Slice| slice.number + SLICES as u64 > number;
        let (began, retried) =
            self.slices.iter().filter(in_window).fold((0_u64, 0), |sum, slice| {
                (sum.0.saturating_add(slice.began), sum.1 + slice.retried)
            });
        u32::try_from(self.share.allows(began).saturating_sub(retried)).unwrap_or(u32::MAX)
    }

    /// Returns which slice `now` falls in.
    fn number(&self, now: Instant) -> u64 {
        let length = nanos(self.share.window) / SLICES as u64;
        now.max(self.latest).as_nanos() / length.max(1)
    }

    /// Returns the slice of `now`, empty where what it held is out of the window.
    fn slice(&mut self, now: Instant) -> &mut Slice {
        let number = self.number(now);
        self.latest = self.latest.max(now);
        let slice = &mut self.slices[(number % SLICES as u64) as usize];
        if slice.number != number {
            *slice = Slice { number, ..Slice::default() };
        }
        slice
    }
}
