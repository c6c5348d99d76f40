//! What a breaker answers to a request that asks for leave.

use crate::breaker::machine::Phase;
use crate::breaker::permit::Grant;
use crate::breaker::round::Round;
use crate::breaker::{Barrier, Breaker, Mode, Permit, Reason, Refused};
use crate::time::Instant;

impl Breaker {
    /// Says whether a request would be admitted now, without admitting it.
    ///
    /// Example: see [`Self`].
    ///
    /// # Errors
    ///
    /// [`Refused`], as [`try_acquire`](Self::try_acquire) would answer.
    pub fn peek(&self, now: Instant) -> Result<(), Refused> {
        if self.isolations > 0 {
            return Err(Refused { retry_at: Instant::MAX, barrier: Barrier::Isolated });
        }
        match self.mode {
            Mode::Enforce => self.judge(now),
            Mode::Observe | Mode::Disabled => Ok(()),
        }
    }

    /// Asks leave to send one request.
    ///
    /// Example: see [`Self`].
    ///
    /// Closed: granted in constant time and without allocating, save during a ramp-up. Open: refused
    /// until the open time has passed; the first request after it becomes a probe. Half-open: granted
    /// to at most `max_probes` requests at a time and `probes_per_round` in all.
    ///
    /// `now` is nanoseconds since the caller's own origin. It may stand still; where it runs backwards
    /// the breaker behaves as if it had stood still at the last thing that left a trace: a probe, a
    /// failure, a change. (A closed breaker's admission and the success after it leave none.)
    ///
    /// # Errors
    ///
    /// [`Refused`] carries the earliest instant at which asking again can succeed. It is a plain
    /// value: refusing is the cheap path.
    #[inline]
    pub fn try_acquire(&mut self, now: Instant) -> Result<Permit, Refused> {
        // Asked at once and not one after the other: nearly always both hold.
        if (self.isolations == 0) & (self.mode == Mode::Enforce) {
            match self.phase {
                Phase::Closed { ramp_ends: None } => {
                    self.admitted += 1;
                    return Ok(Permit::new(self.epoch, Grant::PLAIN));
                }
                Phase::Open { until } if now.max(self.latest) < until => {
                    self.rejected += 1;
                    return Err(Refused { retry_at: until, barrier: Barrier::CoolDown });
                }
                Phase::Closed { .. } | Phase::Open { .. } | Phase::HalfOpen(_) => {}
            }
        }
        self.acquire_in_full(now)
    }

    /// Answers as [`try_acquire`](Self::try_acquire) does, where more than a look at the state is needed.
    #[cold]
    fn acquire_in_full(&mut self, now: Instant) -> Result<Permit, Refused> {
        let now = self.settle(now);
        if let Err(refused) = self.peek(now) {
            self.rejected += 1;
            return Err(refused);
        }
        let grant = match self.mode {
            Mode::Disabled => {
                self.admitted += 1;
                Grant::UNCOUNTED
            }
            Mode::Observe if self.judge(now).is_err() => {
                self.rejected += 1;
                Grant::UNCOUNTED
            }
            Mode::Enforce | Mode::Observe => self.grant(now),
        };
        Ok(Permit::new(self.epoch, grant))
    }

    /// Says what a guarding breaker answers at `now`.
    fn judge(&self, now: Instant) -> Result<(), Refused> {
        let now = now.max(self.latest);
        let (retry_at, barrier) = match &self.phase {
            Phase::Closed { ramp_ends } => match (self.config.ramp_up, ramp_ends) {
                (Some(ramp_up), Some(ends)) => {
                    (ramp_up.next_admission(*ends, now), Barrier::RampUp)
                }
                _ => return Ok(()),
            },
            Phase::Open { until } => (*until, Barrier::CoolDown),
            Phase::HalfOpen(round) => match round.spent_at(self.config.round_bound()) {
                Some(over) if over <= now => (self.reopened_until(over), Barrier::CoolDown),
                Some(over) => (self.reopened_until(over), Barrier::ProbesOut),
                None if round.out(now) < self.config.max_probes.get() => return Ok(()),
                None => (round.first_expiry(now).unwrap_or(now), Barrier::ProbesOut),
            },
        };
        if retry_at <= now { Ok(()) } else { Err(Refused { retry_at, barrier }) }
    }

    /// Admits what [`judge`](Self::judge) admits.
    fn grant(&mut self, now: Instant) -> Grant {
        self.admitted += 1;
        if let Phase::Open { .. } = self.phase {
            self.change(Phase::HalfOpen(Round::begin(now)), Reason::CoolDownOver, now);
        }
        let expires = now + self.config.probe_lease;
        match &mut self.phase {
            Phase::HalfOpen(round) => {
                self.latest = now;
                Grant::probe(round.lend(now, expires))
            }
            Phase::Closed { .. } | Phase::Open { .. } => Grant::PLAIN,
        }
    }
}
