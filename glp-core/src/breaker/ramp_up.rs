//! The way back to full load after a close.

use core::time::Duration;

use crate::breaker::Share;
use crate::time::{Instant, nanos};

/// Lets the load return by and by: the admitted share grows from `start` to all over a stated time.
///
/// The time is cut into a hundred steps, and each step admits every request or none. The steps
/// that admit are spread so that their share of the time grows evenly: of requests that come evenly,
/// just that share is admitted. What a request is told depends on the time alone: asking changes
/// nothing, nobody can take another's turn, and a request that comes back when it was told to is
/// admitted.
///
/// Those who come back to one step come together; a limiter or a jitter of their own spreads them.
///
/// Source: ours; the spreading is J. Bresenham's, *Algorithm for computer control of a digital
/// plotter*, 1965, over a growing slope.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use core::time::Duration;
/// use glp_core::breaker::{Barrier, Breaker, Config, Outcome, RampUp, Share};
/// use glp_core::time::Instant;
///
/// let one = NonZeroU32::MIN;
/// let ramp_up = RampUp { start: Share::percent(10).unwrap(), over: Duration::from_secs(100) };
/// let config = Config { failure_threshold: one, success_threshold: one, ramp_up: Some(ramp_up),
///     ..Config::DEFAULT };
/// let mut breaker = Breaker::new(config);
/// let permit = breaker.try_acquire(Instant::ZERO)?;
/// breaker.report(permit, Outcome::Failure, Instant::ZERO);
/// let closed_at = Instant::ZERO + config.cool_down;
/// let probe = breaker.try_acquire(closed_at)?;
/// breaker.report(probe, Outcome::Success, closed_at);
///
/// let refused = breaker.try_acquire(closed_at + Duration::from_secs(1)).unwrap_err();
/// assert_eq!(refused.barrier, Barrier::RampUp);
/// assert!(breaker.try_acquire(refused.retry_at).is_ok());
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RampUp {
    /// The share that is admitted at first.
    pub start: Share,
    /// How long it takes until all is admitted.
    pub over: Duration,
}

/// The steps of a ramp-up; fewer where it is shorter than so many nanoseconds.
const STEPS: u64 = 100;

impl RampUp {
    /// Returns the first instant from `now` on at which requests are admitted, on a ramp-up that
    /// ends at `ends`: `now` itself where they are admitted now.
    pub(super) fn next_admission(&self, ends: Instant, now: Instant) -> Instant {
        let (over, left) = (nanos(self.over), nanos(ends.since(now)));
        if left == 0 || over == 0 {
            return now;
        }
        let steps = over.min(STEPS);
        let elapsed = over.saturating_sub(left);
        let step = narrow(u128::from(elapsed) * u128::from(steps) / u128::from(over));
        if self.admits(step, steps) {
            return now;
        }
        let next = (step + 1..steps).find(|step| self.admits(*step, steps)).unwrap_or(steps);
        let begins = narrow((u128::from(next) * u128::from(over)).div_ceil(u128::from(steps)));
        now + Duration::from_nanos(begins - elapsed)
    }

    fn admits(&self, step: u64, steps: u64) -> bool {
        self.admitting(step + 1, steps) > self.admitting(step, steps)
    }

    /// Counts the steps that admit among the first `count` of `steps`: the sum of their shares,
    /// rounded up. Step `i` has the share `start + (100 − start) × i ÷ steps` percent.
    fn admitting(&self, count: u64, steps: u64) -> u64 {
        let start = u64::from(self.start.get());
        let grown = (100 - start) * (count * count.saturating_sub(1) / 2);
        (start * steps * count + grown).div_ceil(100 * steps)
    }
}

/// Both callers divide by more than they multiplied with, so the value fits.
fn narrow(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ramp_up(percent: u8, over: u64) -> RampUp {
        RampUp { start: Share::percent(percent).unwrap(), over: Duration::from_nanos(over) }
    }

    #[test]
    fn the_admitted_share_grows_evenly_from_the_start_share_to_all() {
        let ramp_up = ramp_up(10, 1_000);
        let ends = Instant::from_nanos(1_000);
        let admitted = |tenth: u64| {
            let instants = (tenth * 100..(tenth + 1) * 100).map(Instant::from_nanos);
            instants.filter(|now| ramp_up.next_admission(ends, *now) == *now).count()
        };
        let shares: [usize; 10] = core::array::from_fn(|tenth| admitted(tenth as u64));
        // Due after each tenth, in steps: 1.4, 3.7, 6.9, 11.0…, each rounded up to a whole step of ten.
        assert_eq!(shares, [20, 20, 30, 50, 50, 50, 70, 80, 90, 90]);
        assert_eq!(shares.iter().sum::<usize>(), 550, "the mean of 10 % and 100 %");
    }

    #[test]
    fn a_ramp_that_starts_with_all_refuses_nothing() {
        let ramp_up = ramp_up(100, 1_000);
        let ends = Instant::from_nanos(1_000);
        assert!(
            (0..1_000).map(Instant::from_nanos).all(|now| ramp_up.next_admission(ends, now) == now)
        );
    }

    proptest! {
        #[test]
        fn whoever_comes_back_when_told_to_is_admitted_and_nobody_could_have_come_earlier(
            percent in 1..=100_u8, over in prop_oneof![0..150_u64, 0..5_000_u64], begun in 0..1_000_u64, now in 0..7_000_u64,
        ) {
            let ramp_up = ramp_up(percent, over);
            let (ends, now) = (Instant::from_nanos(begun + over), Instant::from_nanos(begun + now));
            let next = ramp_up.next_admission(ends, now);
            prop_assert_eq!(ramp_up.next_admission(ends, next), next);
            prop_assert!(next == now || next <= ends);
            for between in now.as_nanos()..next.as_nanos() {
                prop_assert_eq!(ramp_up.next_admission(ends, Instant::from_nanos(between)), next);
            }
        }

        #[test]
        fn no_length_of_time_overflows(
            percent in 1..=100_u8, over in any::<u64>(), ends in any::<u64>(), now in any::<u64>(),
        ) {
            let now = Instant::from_nanos(now);
            let next = ramp_up(percent, over).next_admission(Instant::from_nanos(ends), now);
            prop_assert!(next >= now);
        }
    }
}
