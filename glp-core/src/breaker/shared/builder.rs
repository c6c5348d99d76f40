//! Making a shared breaker.

use alloc::boxed::Box;
use core::fmt;

use crate::breaker::shared::breaker::Counts;
use crate::breaker::shared::herald::Herald;
use crate::breaker::{Breaker, Config, SharedBreaker, Snapshot, Transition};
use crate::time::Instant;

/// Makes a [`SharedBreaker`] with more than a configuration.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use glp_core::breaker::{Config, SharedBreaker, State};
/// use glp_core::time::Instant;
///
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let sink = seen.clone();
/// let breaker = SharedBreaker::builder(Config::DEFAULT)
///     .seed(7)
///     .counting()
///     .observer(move |change| sink.lock().unwrap().push(change.to))
///     .build();
/// breaker.force_open(Instant::ZERO);
/// breaker.try_acquire(Instant::ZERO).unwrap_err();
///
/// assert_eq!(breaker.status(Instant::ZERO).rejected, Some(1));
/// assert_eq!(*seen.lock().unwrap(), [State::Open]);
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct SharedBreakerBuilder {
    config: Config,
    seed: u64,
    counting: Counting,
    observer: Option<Observer>,
    restored: Option<(Snapshot, Instant)>,
}

/// Whether requests are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    No,
    Yes,
}

/// Is told of every change of state, in order.
pub(super) type Observer = Box<dyn Fn(&Transition) + Send + Sync>;

impl SharedBreakerBuilder {
    pub(super) const fn new(config: Config) -> Self {
        Self { config, seed: 0, counting: Counting::No, observer: None, restored: None }
    }

    /// Sets what decides the breaker's jitter; 0 without it. A snapshot brings its own.
    ///
    /// Example: see [`Self`].
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Counts the requests admitted and refused, at the cost of a shared write for each.
    ///
    /// Example: see [`Self`].
    pub fn counting(self) -> Self {
        Self { counting: Counting::Yes, ..self }
    }

    /// Tells `observer` of every change of state: in order, each once, and never under a lock, so
    /// that it may look at the breaker and even change it. It may lag behind the state; it runs on
    /// the thread that caused this change or an earlier one.
    ///
    /// Example: see [`Self`].
    pub fn observer(self, observer: impl Fn(&Transition) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..self }
    }

    /// Goes on where a snapshot was taken, as [`Breaker::restore`] does.
    ///
    /// Example: see [`Self`].
    pub fn restore(self, snapshot: Snapshot, now: Instant) -> Self {
        Self { restored: Some((snapshot, now)), ..self }
    }

    /// Makes the breaker.
    ///
    /// Example: see [`Self`].
    pub fn build(self) -> SharedBreaker {
        let first = match self.restored {
            Some((snapshot, now)) => Breaker::restore(snapshot, self.config, now),
            None => Breaker::seeded(self.config, self.seed),
        };
        let herald = self.observer.map(|observer| Herald::new(observer, first.transitions));
        let counts = (self.counting == Counting::Yes).then(|| Counts::of(&first));
        SharedBreaker::assemble(&first, counts, herald)
    }
}

impl fmt::Debug for SharedBreakerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBreakerBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
