//! One half-open round: its probes, and what they showed so far.

use alloc::vec::Vec;
use core::num::NonZeroU32;

#[cfg(feature = "std")]
use crate::breaker::shared::{Words, halves};
use crate::time::Instant;

/// One half-open round: from the first probe to the verdict.
#[derive(Clone, Debug)]
pub(super) struct Round {
    pub(super) successes: u32,
    pub(super) failures: u32,
    /// Probes admitted, whatever came of them.
    granted: u32,
    leases: Vec<Lease>,
    next: NonZeroU32,
    /// When the latest probe came back or was lost.
    last_back: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    probe: NonZeroU32,
    expires: Instant,
}

/// Whether the result of a probe may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lent {
    /// It came back in time.
    InTime,
    /// Its lease had expired, or it is not of this round.
    Lost,
}

impl Round {
    pub(super) const fn begin(now: Instant) -> Self {
        Self::resume(0, 0, now)
    }

    /// Continues a round of which only the results are left: the probes that were out are forgotten.
    pub(super) const fn resume(successes: u32, failures: u32, now: Instant) -> Self {
        let granted = successes.saturating_add(failures);
        let next = NonZeroU32::MIN;
        Self { successes, failures, granted, leases: Vec::new(), next, last_back: now }
    }

    /// Lends one probe until `expires`.
    pub(super) fn lend(&mut self, now: Instant, expires: Instant) -> NonZeroU32 {
        let probe = self.next;
        self.next =
            probe.checked_add(1).filter(|next| *next != NonZeroU32::MAX).unwrap_or(NonZeroU32::MIN);
        self.granted = self.granted.saturating_add(1);
        self.leases.retain(|lease| lease.expires > now);
        self.leases.push(Lease { probe, expires });
        probe
    }

    /// Takes a probe back.
    pub(super) fn take_back(&mut self, probe: NonZeroU32, now: Instant) -> Lent {
        let Some(index) = self.leases.iter().position(|lease| lease.probe == probe) else {
            return Lent::Lost;
        };
        let expires = self.leases.swap_remove(index).expires;
        self.last_back = self.last_back.max(now.min(expires));
        if expires > now { Lent::InTime } else { Lent::Lost }
    }

    /// Counts the probes that are out.
    pub(super) fn out(&self, now: Instant) -> u32 {
        let out = self.leases.iter().filter(|lease| lease.expires > now).count();
        u32::try_from(out).unwrap_or(u32::MAX)
    }

    /// Returns when the first of the probes that are out is lost at the latest.
    pub(super) fn first_expiry(&self, now: Instant) -> Option<Instant> {
        self.leases.iter().map(|lease| lease.expires).filter(|expires| *expires > now).min()
    }

    /// Returns when a round that may admit only `bound` probes is over at the latest, where it has
    /// admitted them all.
    pub(super) fn spent_at(&self, bound: u32) -> Option<Instant> {
        let last_lost = self.leases.iter().map(|lease| lease.expires).max();
        (self.granted >= bound).then(|| last_lost.unwrap_or(self.last_back).max(self.last_back))
    }
}

#[cfg(feature = "std")]
impl Round {
    /// Writes it as words for the shared breaker: the last one back, results, admitted, leases.
    pub(super) fn write(&self, words: &mut Vec<u64>) {
        words.push(self.last_back.as_nanos());
        words.push(halves(self.failures, self.successes));
        words.push(halves(self.next.get(), self.granted));
        words.push(self.leases.len() as u64);
        for lease in &self.leases {
            words.extend([u64::from(lease.probe.get()), lease.expires.as_nanos()]);
        }
    }

    /// Reads what [`write`](Self::write) wrote.
    pub(super) fn read(words: &mut Words<'_>) -> Self {
        let last_back = Instant::from_nanos(words.next());
        let (failures, successes) = words.halves();
        let (next, granted) = words.halves();
        let leases = (0..words.next()).map(|_| Lease {
            probe: NonZeroU32::new(words.next() as u32).unwrap_or(NonZeroU32::MIN),
            expires: Instant::from_nanos(words.next()),
        });
        let leases = leases.collect();
        let next = NonZeroU32::new(next).unwrap_or(NonZeroU32::MIN);
        Self { successes, failures, granted, leases, next, last_back }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(nanoseconds: u64) -> Instant {
        Instant::from_nanos(nanoseconds)
    }

    #[test]
    fn a_lost_probe_is_out_no_longer_and_counts_no_longer() {
        let mut round = Round::begin(at(0));
        let probe = round.lend(at(0), at(10));
        assert_eq!((round.out(at(9)), round.out(at(10))), (1, 0));
        _ = round.lend(at(10), at(20));
        assert_eq!(round.leases.len(), 1, "nor is it kept");
        assert_eq!(round.take_back(probe, at(10)), Lent::Lost);
    }

    #[test]
    fn a_spent_round_is_over_when_its_last_probe_is_back_or_lost() {
        let mut round = Round::begin(at(0));
        let (first, _leaked) = (round.lend(at(0), at(10)), round.lend(at(5), at(15)));
        assert_eq!(round.spent_at(3), None);
        assert_eq!(round.spent_at(2), Some(at(15)));
        assert_eq!(round.take_back(first, at(20)), Lent::Lost);
        assert_eq!(round.spent_at(2), Some(at(15)), "however late a lost probe comes back");
    }

    #[test]
    fn the_numbers_of_probes_wrap_and_leave_out_the_two_that_are_no_lease() {
        let last = NonZeroU32::new(u32::MAX - 1).unwrap();
        let mut round = Round { next: last, ..Round::begin(at(0)) };
        assert_eq!(round.lend(at(0), at(1)), last);
        assert_eq!(round.lend(at(0), at(1)), NonZeroU32::MIN);
    }
}
