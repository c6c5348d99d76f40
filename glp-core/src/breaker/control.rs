//! The breaker in human hands: reset, force open, isolate, observe, disable, reconfigure.

use crate::breaker::machine::Phase;
use crate::breaker::window::Window;
use crate::breaker::{Breaker, Config, Reason, Transition};
use crate::time::Instant;

/// Whether a breaker guards.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Breaker, Config, Mode, Outcome, State};
/// use glp_core::time::Instant;
///
/// let one = NonZeroU32::MIN;
/// let mut breaker = Breaker::new(Config { failure_threshold: one, ..Config::DEFAULT });
/// breaker.set_mode(Mode::Observe);
/// let permit = breaker.try_acquire(Instant::ZERO)?;
/// breaker.report(permit, Outcome::Failure, Instant::ZERO);
///
/// assert_eq!(breaker.state(Instant::ZERO), State::Open);
/// let sent_nevertheless = breaker.try_acquire(Instant::ZERO)?;
/// assert_eq!(breaker.status(Instant::ZERO).rejected, Some(1));
/// # breaker.release(sent_nevertheless);
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Mode {
    /// It refuses what it should.
    #[default]
    Enforce,
    /// It counts and changes its state as if it guarded, but refuses nothing: for trying a
    /// configuration out. A request that would have been refused is sent and not counted.
    Observe,
    /// It admits everything and counts no result.
    Disabled,
}

/// Holds a breaker isolated until it is handed to [`Breaker::lift`]. Example: see there.
///
/// Forgotten, it isolates for ever: that is for a human to end, not for a clock.
#[derive(Debug)]
#[must_use = "the breaker stays isolated until this is handed to `lift`"]
pub struct Isolation(());

#[cfg(feature = "std")]
impl Isolation {
    /// The handle that a shared breaker keeps as a count.
    pub(super) const fn again() -> Self {
        Self(())
    }
}

impl Breaker {
    /// Closes the breaker by hand; results that are still out are of an earlier epoch and ignored.
    ///
    /// Example: see [`Self`].
    ///
    /// All load returns at once, without a ramp-up. Isolations and the mode stay.
    pub fn reset(&mut self, now: Instant) -> Option<Transition> {
        let now = self.stand_at(now);
        let before = self.transitions;
        self.last_failure_at = None;
        match self.phase {
            Phase::Closed { .. } => {
                self.phase = Phase::CLOSED;
                self.failures = 0;
                self.begin_epoch();
            }
            Phase::Open { .. } | Phase::HalfOpen(_) => {
                self.change(Phase::CLOSED, Reason::ByHand, now);
            }
        }
        self.since(before).last()
    }

    /// Opens the breaker by hand, for its own open time; then it recovers as from any other trip.
    ///
    /// To keep it open until somebody says otherwise, [`isolate`](Self::isolate) it.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::breaker::{Breaker, Config};
    /// use glp_core::time::Instant;
    ///
    /// let mut breaker = Breaker::new(Config::DEFAULT);
    /// breaker.force_open(Instant::ZERO);
    /// let refused = breaker.try_acquire(Instant::ZERO).unwrap_err();
    /// assert_eq!(refused.retry_at, Instant::ZERO + Config::DEFAULT.cool_down);
    /// ```
    pub fn force_open(&mut self, now: Instant) -> Option<Transition> {
        let now = self.stand_at(now);
        self.open_until(now + self.open_for(self.failed_recoveries, None), now)
    }

    /// Opens the breaker by hand until a given instant, a maintenance window's end for example.
    ///
    /// Example: see [`Self`].
    ///
    /// Of a breaker that is open already it moves the end, sooner or later, and returns nothing.
    pub fn open_until(&mut self, until: Instant, now: Instant) -> Option<Transition> {
        let now = self.stand_at(now);
        let before = self.transitions;
        match &mut self.phase {
            Phase::Open { until: end } => *end = until,
            Phase::Closed { .. } | Phase::HalfOpen(_) => {
                self.change(Phase::Open { until }, Reason::ByHand, now);
            }
        }
        self.since(before).last()
    }

    /// Refuses every request until the handle is [lifted](Self::lift).
    ///
    /// Example: see [`Self`].
    ///
    /// Isolations add up: isolated twice, it takes two lifts. Beneath them the breaker lives on:
    /// results that come in still count, and time passes.
    pub fn isolate(&mut self) -> Isolation {
        self.isolations = self.isolations.saturating_add(1);
        Isolation(())
    }

    /// Ends one isolation.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::breaker::{Barrier, Breaker, Config};
    /// use glp_core::time::Instant;
    ///
    /// let mut breaker = Breaker::new(Config::DEFAULT);
    /// let (maintenance, incident) = (breaker.isolate(), breaker.isolate());
    /// breaker.lift(maintenance);
    /// assert_eq!(breaker.peek(Instant::ZERO).unwrap_err().barrier, Barrier::Isolated);
    /// breaker.lift(incident);
    /// assert!(breaker.peek(Instant::ZERO).is_ok());
    /// ```
    pub fn lift(&mut self, isolation: Isolation) {
        let Isolation(()) = isolation;
        self.isolations = self.isolations.saturating_sub(1);
    }

    /// Makes the breaker guard, observe, or do nothing. Its state and its counts stay.
    ///
    /// Example: see [`Self`].
    ///
    /// A result that comes back while it is disabled does not count.
    pub const fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// Puts another configuration in force and keeps the state, the counts and the permits.
    ///
    /// What is under way ends as it began: an open time, a lease. What begins afterwards follows
    /// the new configuration; thresholds are compared at the next result. The window of the rates is
    /// kept where its span is the same, and begins anew where it is not. A ramp-up under way ends at
    /// the latest when a new one would.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use glp_core::breaker::{Breaker, Config, Outcome, State};
    /// use glp_core::time::Instant;
    ///
    /// let mut breaker = Breaker::new(Config::DEFAULT);
    /// let (one, two) = (breaker.try_acquire(Instant::ZERO)?, breaker.try_acquire(Instant::ZERO)?);
    /// breaker.report(one, Outcome::Failure, Instant::ZERO);
    /// let stricter = Config { failure_threshold: NonZeroU32::new(2).unwrap(), ..Config::DEFAULT };
    /// breaker.reconfigure(stricter, Instant::ZERO);
    /// breaker.report(two, Outcome::Failure, Instant::ZERO);
    /// assert_eq!(breaker.state(Instant::ZERO), State::Open);
    /// # Ok::<(), glp_core::breaker::Refused>(())
    /// ```
    pub fn reconfigure(&mut self, config: Config, now: Instant) {
        let now = self.stand_at(now);
        self.config = config;
        let kept = self.window.take();
        self.window = config.rates.map(|rates| match kept {
            Some(window) if window.span() == rates.span => window,
            _ => Window::new(rates.span),
        });
        if let Phase::Closed { ramp_ends } = &mut self.phase {
            *ramp_ends = match (config.ramp_up, *ramp_ends) {
                (Some(ramp_up), Some(ends)) => Some(ends.min(now + ramp_up.over)),
                _ => None,
            };
        }
    }

    /// Draws the consequences of the time, and leaves a trace of it.
    fn stand_at(&mut self, now: Instant) -> Instant {
        self.latest = self.settle(now);
        self.latest
    }
}
