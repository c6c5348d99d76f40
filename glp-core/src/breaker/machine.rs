//! The breaker itself: pure, `&mut self`, and told the time.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::breaker::{Barrier, Config, State, Status, Transition};
use crate::time::Instant;

/// How an admitted request went, as far as the breaker is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is guarded works.
    Success,
    /// What is guarded does not work.
    Failure,
    /// The result says nothing about it; a probe is given back and decides nothing.
    Ignore,
}

/// Allows one request; hand it back with [`Breaker::report`] or [`Breaker::release`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is never reported holds its probe until the lease expires"]
pub struct Permit {
    epoch: u32,
    probe: Option<NonZeroU32>,
}

impl Permit {
    /// Says whether the request is a probe: one of the few that a half-open breaker lets out.
    pub const fn is_probe(&self) -> bool {
        self.probe.is_some()
    }
}

/// Refuses one request, and says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The earliest instant at which asking again can succeed, if nothing happens before.
    pub retry_at: Instant,
    /// What stands in the way.
    pub barrier: Barrier,
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.barrier {
            Barrier::CoolDown => write!(f, "the breaker is open until {:?}", self.retry_at),
            Barrier::ProbesOut => write!(f, "probes are out, at most until {:?}", self.retry_at),
        }
    }
}

impl core::error::Error for Refused {}

/// Guards one thing that may fail: a host, or an endpoint.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Breaker, Config, Outcome, State};
/// use glp_core::time::Instant;
///
/// let config = Config { failure_threshold: NonZeroU32::MIN, ..Config::DEFAULT };
/// let mut breaker = Breaker::new(config);
/// let start = Instant::ZERO;
///
/// let permit = breaker.try_acquire(start)?;
/// breaker.report(permit, Outcome::Failure, start); // one failure opens it
///
/// let refused = breaker.try_acquire(start).unwrap_err();
/// assert_eq!(refused.retry_at, start + config.cool_down);
///
/// let probe = breaker.try_acquire(refused.retry_at)?;
/// assert_eq!(breaker.status(refused.retry_at).state, State::HalfOpen);
/// breaker.release(probe); // never sent: decides nothing
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
///
/// Source: M. Nygard, *Release It!*, 2nd ed., ch. 5; epochs and leases are ours (see the module).
#[derive(Clone, Debug)]
pub struct Breaker {
    config: Config,
    phase: Phase,
    epoch: u32,
    latest: Instant,
    last_failure_at: Option<Instant>,
    admitted: u64,
    rejected: u64,
    transitions: u64,
    last_transition: Option<Transition>,
}

#[derive(Clone, Debug)]
enum Phase {
    Closed { failures: u32 },
    Open { until: Instant, failures: u32 },
    HalfOpen { successes: u32, failures: u32, leases: Vec<Lease>, next: NonZeroU32 },
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    probe: NonZeroU32,
    expires: Instant,
}

impl Breaker {
    /// Makes a closed breaker.
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            phase: Phase::Closed { failures: 0 },
            epoch: 0,
            latest: Instant::ZERO,
            last_failure_at: None,
            admitted: 0,
            rejected: 0,
            transitions: 0,
            last_transition: None,
        }
    }

    /// Says whether a request would be admitted now, without admitting it.
    ///
    /// # Errors
    ///
    /// [`Refused`], as [`try_acquire`](Self::try_acquire) would answer.
    pub fn peek(&self, now: Instant) -> Result<(), Refused> {
        let now = now.max(self.latest);
        match &self.phase {
            Phase::Closed { .. } => Ok(()),
            Phase::Open { until, .. } if now >= *until => Ok(()),
            Phase::Open { until, .. } => {
                Err(Refused { retry_at: *until, barrier: Barrier::CoolDown })
            }
            Phase::HalfOpen { leases, .. } => self.probe_free(leases, now),
        }
    }

    /// Asks leave to send one request.
    ///
    /// Closed: always granted, in constant time and without allocating. Open: refused until the
    /// cool-down ends; the first request after it becomes a probe. Half-open: granted to at most
    /// [`Config::max_probes`] requests at a time.
    ///
    /// `now` is nanoseconds since the caller's own origin. It may stand still; if it runs
    /// backwards the breaker behaves as if it had stood still.
    ///
    /// # Errors
    ///
    /// [`Refused`] carries the earliest instant at which asking again can succeed. It is a plain
    /// value: refusing is the cheap path.
    pub fn try_acquire(&mut self, now: Instant) -> Result<Permit, Refused> {
        let now = self.advance(now);
        if let Err(refused) = self.peek(now) {
            self.rejected += 1;
            return Err(refused);
        }
        if let Phase::Open { failures, .. } = self.phase {
            let (leases, next) = (Vec::new(), NonZeroU32::MIN);
            self.change(Phase::HalfOpen { successes: 0, failures, leases, next }, now);
        }
        self.admitted += 1;
        let expires = now + self.config.probe_lease;
        let probe = match &mut self.phase {
            Phase::HalfOpen { leases, next, .. } => {
                let probe = *next;
                *next = next.checked_add(1).unwrap_or(NonZeroU32::MIN);
                leases.retain(|lease| lease.expires > now);
                leases.push(Lease { probe, expires });
                Some(probe)
            }
            Phase::Closed { .. } | Phase::Open { .. } => None,
        };
        Ok(Permit { epoch: self.epoch, probe })
    }

    /// Hands a permit back with the result of its request, and returns the transition it caused.
    ///
    /// A permit of an earlier epoch, or a probe whose lease has expired, changes nothing.
    pub fn report(&mut self, permit: Permit, outcome: Outcome, now: Instant) -> Option<Transition> {
        let now = self.advance(now);
        if permit.epoch != self.epoch || !self.take_lease(&permit, now) {
            return None;
        }
        match outcome {
            Outcome::Success => self.succeed(now),
            Outcome::Failure => self.fail(now),
            Outcome::Ignore => None,
        }
    }

    /// Hands a permit back unused: the request was dropped, or never sent.
    ///
    /// Takes no time, so that it can run where a future is dropped. Decides nothing.
    pub fn release(&mut self, permit: Permit) {
        if permit.epoch == self.epoch {
            self.take_lease(&permit, self.latest);
        }
    }

    /// Closes the breaker by hand; results that are still out are of an earlier epoch and ignored.
    pub fn reset(&mut self, now: Instant) -> Option<Transition> {
        let now = self.advance(now);
        self.last_failure_at = None;
        match self.phase {
            Phase::Closed { .. } => {
                self.phase = Phase::Closed { failures: 0 };
                self.epoch = self.epoch.wrapping_add(1);
                None
            }
            _ => Some(self.change(Phase::Closed { failures: 0 }, now)),
        }
    }

    /// Shows the breaker as it is at `now`.
    pub fn status(&self, now: Instant) -> Status {
        let now = now.max(self.latest);
        let (failure_count, success_count, probes_out) = match &self.phase {
            Phase::Closed { failures } | Phase::Open { failures, .. } => (*failures, 0, 0),
            Phase::HalfOpen { failures, successes, leases, .. } => {
                let out = leases.iter().filter(|lease| lease.expires > now).count();
                (*failures, *successes, u32::try_from(out).unwrap_or(u32::MAX))
            }
        };
        Status {
            state: self.state(now),
            failure_count,
            success_count,
            failure_threshold: self.config.failure_threshold.get(),
            timeout_seconds: self.config.cool_down.as_secs_f64(),
            last_failure_at: self.last_failure_at,
            success_threshold: self.config.success_threshold.get(),
            next_permitted_at: self.peek(now).err().map(|refused| refused.retry_at),
            probes_out,
            admitted: self.admitted,
            rejected: self.rejected,
            transitions: self.transitions,
        }
    }

    /// Returns the state that a request would meet at `now`.
    pub fn state(&self, now: Instant) -> State {
        match &self.phase {
            Phase::Open { until, .. } if now.max(self.latest) >= *until => State::HalfOpen,
            phase => phase.state(),
        }
    }

    /// Returns the number of changes of state so far.
    pub const fn transitions(&self) -> u64 {
        self.transitions
    }

    /// Returns the latest change of state.
    pub const fn last_transition(&self) -> Option<Transition> {
        self.last_transition
    }

    fn advance(&mut self, now: Instant) -> Instant {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn probe_free(&self, leases: &[Lease], now: Instant) -> Result<(), Refused> {
        let out = leases.iter().filter(|lease| lease.expires > now);
        if out.clone().count() < self.config.max_probes.get() as usize {
            return Ok(());
        }
        let retry_at = out.map(|lease| lease.expires).min().unwrap_or(now);
        Err(Refused { retry_at, barrier: Barrier::ProbesOut })
    }

    /// Takes a probe's lease back; says whether its result may count.
    fn take_lease(&mut self, permit: &Permit, now: Instant) -> bool {
        let Phase::HalfOpen { leases, .. } = &mut self.phase else {
            return permit.probe.is_none();
        };
        let found = leases.iter().position(|lease| Some(lease.probe) == permit.probe);
        found.is_some_and(|index| leases.swap_remove(index).expires > now)
    }

    fn succeed(&mut self, now: Instant) -> Option<Transition> {
        match &mut self.phase {
            Phase::Closed { failures } => *failures = 0,
            Phase::Open { .. } => {}
            Phase::HalfOpen { successes, .. } => {
                *successes += 1;
                if *successes >= self.config.success_threshold.get() {
                    return Some(self.change(Phase::Closed { failures: 0 }, now));
                }
            }
        }
        None
    }

    fn fail(&mut self, now: Instant) -> Option<Transition> {
        self.last_failure_at = Some(now);
        let until = now + self.config.cool_down;
        match &mut self.phase {
            Phase::Closed { failures } => {
                *failures = failures.saturating_add(1);
                let failures = *failures;
                (failures >= self.config.failure_threshold.get())
                    .then(|| self.change(Phase::Open { until, failures }, now))
            }
            Phase::HalfOpen { failures, .. } => {
                let failures = failures.saturating_add(1);
                Some(self.change(Phase::Open { until, failures }, now))
            }
            Phase::Open { .. } => None,
        }
    }

    fn change(&mut self, phase: Phase, at: Instant) -> Transition {
        let from = self.phase.state();
        // Whichever of the two knows of failures: those that opened it, or those it recovers from.
        let failures = self.phase.failures().max(phase.failures());
        let transition = Transition { at, from, to: phase.state(), failures };
        self.phase = phase;
        self.epoch = self.epoch.wrapping_add(1);
        self.transitions += 1;
        self.last_transition = Some(transition);
        transition
    }
}

impl Phase {
    const fn state(&self) -> State {
        match self {
            Self::Closed { .. } => State::Closed,
            Self::Open { .. } => State::Open,
            Self::HalfOpen { .. } => State::HalfOpen,
        }
    }

    const fn failures(&self) -> u32 {
        match self {
            Self::Closed { failures }
            | Self::Open { failures, .. }
            | Self::HalfOpen { failures, .. } => *failures,
        }
    }
}
