//! Pacing: keep to a quota before the server has to insist, and stay calm when it does.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::time::{Instant, nanos};

/// How many requests a route takes per window, and how many of them at once.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::limiter::Pace;
///
/// let pace = Pace::per_minute(NonZeroU32::new(160).unwrap());
/// assert_eq!(pace.burst.get(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pace {
    /// Requests per window, in any window of that length.
    pub quota: NonZeroU32,
    /// The length of the window.
    pub window: Duration,
    /// Requests that may go out at once; more than `quota` is taken as `quota`.
    pub burst: NonZeroU32,
}

/// The share of a quota that may go out at once: one in ten.
const BURST_SHARE: u32 = 10;

impl Pace {
    /// Paces to `quota` requests per minute, a tenth of them (at least one) at once.
    pub const fn per_minute(quota: NonZeroU32) -> Self {
        let burst = match NonZeroU32::new(quota.get() / BURST_SHARE) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { quota, window: Duration::from_secs(60), burst }
    }

    fn burst(&self) -> u64 {
        u64::from(self.burst.get().min(self.quota.get()))
    }

    /// The spacing that keeps any window within the quota, the burst included:
    /// `burst + ⌈window ÷ spacing⌉ − 1 ≤ quota`.
    fn spacing(&self) -> Duration {
        let steady = u64::from(self.quota.get()) - self.burst() + 1;
        Duration::from_nanos(nanos(self.window).div_ceil(steady))
    }
}

/// Why a request must wait for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The quota would be exceeded.
    Pacing,
    /// The server asked for calm.
    Held,
}

/// Tells a request to come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// The earliest instant at which asking again can succeed.
    pub retry_at: Instant,
    /// Why.
    pub turn: Turn,
}

/// Paces one route, by the generic cell rate algorithm.
///
/// Two words of state: the theoretical arrival time of the next request, and the instant before
/// which the server asked not to be disturbed. A refused request takes nothing.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use core::time::Duration;
/// use glp_core::limiter::{Limiter, Pace};
/// use glp_core::time::Instant;
///
/// let two = NonZeroU32::new(2).unwrap();
/// let mut limiter = Limiter::new(Pace { quota: two, window: Duration::from_secs(1), burst: two });
/// assert!(limiter.take(Instant::ZERO).is_ok());
/// assert!(limiter.take(Instant::ZERO).is_ok());
/// let later = limiter.take(Instant::ZERO).unwrap_err();
/// assert!(limiter.take(later.retry_at).is_ok());
/// ```
///
/// Source: ITU-T I.371, annex A (virtual scheduling); the spacing that counts the burst against
/// the window is ours.
#[derive(Clone, Debug)]
pub struct Limiter {
    spacing: Duration,
    /// How far ahead of its theoretical time a request may come: `(burst − 1) × spacing`.
    slack: Duration,
    theoretical: Instant,
    not_before: Instant,
    latest: Instant,
}

impl Limiter {
    /// Makes a limiter with its whole burst available.
    pub fn new(pace: Pace) -> Self {
        let spacing = pace.spacing();
        let slack = Duration::from_nanos(nanos(spacing).saturating_mul(pace.burst() - 1));
        Self {
            spacing,
            slack,
            theoretical: Instant::ZERO,
            not_before: Instant::ZERO,
            latest: Instant::ZERO,
        }
    }

    /// Says whether a request may go out now, without counting it.
    ///
    /// # Errors
    ///
    /// [`Later`] says when to come back, and why.
    pub fn check(&self, now: Instant) -> Result<(), Later> {
        let now = now.max(self.latest);
        let paced =
            Instant::from_nanos(self.theoretical.as_nanos().saturating_sub(nanos(self.slack)));
        if now < self.not_before && self.not_before >= paced {
            Err(Later { retry_at: self.not_before, turn: Turn::Held })
        } else if now < paced {
            Err(Later { retry_at: paced, turn: Turn::Pacing })
        } else {
            Ok(())
        }
    }

    /// Counts one request, which goes out now.
    ///
    /// # Errors
    ///
    /// [`Later`] says when to come back, and why; nothing is counted.
    pub fn take(&mut self, now: Instant) -> Result<(), Later> {
        self.latest = self.latest.max(now);
        self.check(self.latest)?;
        self.theoretical = self.theoretical.max(self.latest) + self.spacing;
        Ok(())
    }

    /// Holds every request of this route until `until`; an earlier hold is never shortened.
    pub fn hold(&mut self, until: Instant) {
        self.not_before = self.not_before.max(until);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn law_9_no_window_sees_more_requests_than_the_quota(
            quota in 1..50_u32, burst in 1..60_u32, window in 1..10_000_u64,
            steps in prop::collection::vec(0..500_u64, 1..400),
        ) {
            let window = Duration::from_nanos(window);
            let pace = Pace {
                quota: NonZeroU32::new(quota).unwrap(), window, burst: NonZeroU32::new(burst).unwrap(),
            };
            let mut limiter = Limiter::new(pace);
            let mut now = Instant::ZERO;
            let mut sent: Vec<Instant> = Vec::new();
            for step in steps {
                now = now + Duration::from_nanos(step);
                while sent.len() < 2_000 && limiter.take(now).is_ok() {
                    sent.push(now);
                }
            }
            for (index, first) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|at| at.since(*first) < window).count();
                prop_assert!(within <= quota as usize, "{within} in one window");
            }
        }

        #[test]
        fn law_10_a_clock_that_runs_backwards_admits_nothing_early(
            moves in prop::collection::vec((any::<bool>(), 0..2_000_000_000_u64), 1..200),
        ) {
            let mut limiter = Limiter::new(Pace::per_minute(NonZeroU32::new(60).unwrap()));
            let mut model = limiter.clone();
            let (mut now, mut latest) = (Instant::ZERO, Instant::ZERO);
            for (back, by) in moves {
                let by = Duration::from_nanos(by);
                now = if back { Instant::ZERO + now.since(Instant::ZERO + by) } else { now + by };
                latest = latest.max(now);
                prop_assert_eq!(limiter.take(now), model.take(latest));
            }
        }
    }

    #[test]
    fn a_hold_outlasts_the_pace_and_is_never_shortened() {
        let mut limiter = Limiter::new(Pace::per_minute(NonZeroU32::new(600).unwrap()));
        let until = Instant::ZERO + Duration::from_secs(7);
        limiter.hold(until);
        limiter.hold(Instant::ZERO + Duration::from_secs(1));
        let later = limiter.take(Instant::ZERO).unwrap_err();
        assert_eq!(later, Later { retry_at: until, turn: Turn::Held });
        assert!(limiter.take(until).is_ok());
    }
}
