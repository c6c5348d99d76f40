//! The shared breaker in human hands.

use crate::breaker::{Config, Isolation, Mode, SharedBreaker, Transition};
use crate::time::Instant;

/// Holds a shared breaker isolated until it is dropped.
///
/// # Examples
///
/// ```
/// use glp_core::breaker::{Barrier, Config, SharedBreaker};
/// use glp_core::time::Instant;
///
/// let breaker = SharedBreaker::new(Config::DEFAULT);
/// let (maintenance, incident) = (breaker.isolate(), breaker.isolate());
/// drop(maintenance);
/// assert_eq!(breaker.peek(Instant::ZERO).unwrap_err().barrier, Barrier::Isolated);
/// drop(incident);
/// assert!(breaker.peek(Instant::ZERO).is_ok());
/// ```
#[derive(Debug)]
#[must_use = "the breaker is isolated only as long as this is kept"]
pub struct Isolated(SharedBreaker);

impl Drop for Isolated {
    fn drop(&mut self) {
        self.0.step(|breaker| breaker.lift(Isolation::again()));
    }
}

impl SharedBreaker {
    /// Closes the breaker by hand; see [`Breaker::reset`](crate::breaker::Breaker::reset).
    ///
    /// Example: see [`Self`].
    pub fn reset(&self, now: Instant) -> Option<Transition> {
        self.step(|breaker| breaker.reset(now))
    }

    /// Opens the breaker by hand; see [`Breaker::force_open`](crate::breaker::Breaker::force_open).
    ///
    /// Example: see [`Self`].
    pub fn force_open(&self, now: Instant) -> Option<Transition> {
        self.step(|breaker| breaker.force_open(now))
    }

    /// Opens the breaker by hand until a given instant; see
    /// [`Breaker::open_until`](crate::breaker::Breaker::open_until).
    ///
    /// Example: see [`Self`].
    pub fn open_until(&self, until: Instant, now: Instant) -> Option<Transition> {
        self.step(|breaker| breaker.open_until(until, now))
    }

    /// Refuses every request until the handle is dropped. Isolations add up. Example: see
    /// [`Isolated`].
    pub fn isolate(&self) -> Isolated {
        self.step(|breaker| {
            let Isolation { .. } = breaker.isolate();
        });
        Isolated(self.clone())
    }

    /// Makes the breaker guard, observe, or do nothing; see
    /// [`Breaker::set_mode`](crate::breaker::Breaker::set_mode).
    ///
    /// Example: see [`Self`].
    pub fn set_mode(&self, mode: Mode) {
        self.step(|breaker| breaker.set_mode(mode));
    }

    /// Puts another configuration in force and keeps the state; see
    /// [`Breaker::reconfigure`](crate::breaker::Breaker::reconfigure).
    ///
    /// Example: see [`Self`].
    pub fn reconfigure(&self, config: Config, now: Instant) {
        self.step(|breaker| breaker.reconfigure(config, now));
    }
}
