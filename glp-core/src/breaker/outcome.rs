//! How an admitted request went.

use core::time::Duration;

/// How an admitted request went, as far as the breaker is concerned.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::breaker::{Breaker, Config, Outcome};
/// use glp_core::time::Instant;
///
/// let mut breaker = Breaker::new(Config::DEFAULT);
/// let permit = breaker.try_acquire(Instant::ZERO)?;
/// let report = Outcome::Failure.took(Duration::from_secs(3)).retry_after(Duration::from_secs(90));
/// breaker.report(permit, report, Instant::ZERO);
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is guarded works.
    Success,
    /// What is guarded does not work.
    Failure,
    /// The result says nothing about it; a probe is given back and decides nothing.
    Ignore,
}

impl Outcome {
    /// Says how long the request took, for the rate of slow calls.
    ///
    /// Example: see [`Self`].
    pub const fn took(self, duration: Duration) -> Report {
        Report { outcome: self, took: Some(duration), retry_after: None }
    }

    /// Says how long the server asked to be left alone.
    ///
    /// Example: see [`Self`].
    pub const fn retry_after(self, hint: Duration) -> Report {
        Report { outcome: self, took: None, retry_after: Some(hint) }
    }
}

/// An outcome with what else is known of the request. Example: see [`Outcome`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// How the request went.
    pub outcome: Outcome,
    /// How long it took. Without it a request is not slow: [`Breaker`](crate::breaker::Breaker) keeps
    /// no clock, while a [`SharedBreaker`](crate::breaker::SharedBreaker)'s permit measures by itself.
    pub took: Option<Duration>,
    /// How long the server asked to be left alone. Where this request opens the breaker, it opens for
    /// just that long, up to [`Config::max_server_wait`](crate::breaker::Config::max_server_wait).
    pub retry_after: Option<Duration>,
}

impl Report {
    /// Adds how long the request took.
    ///
    /// Example: see [`Self`].
    pub const fn took(self, duration: Duration) -> Self {
        Self { took: Some(duration), ..self }
    }

    /// Adds how long the server asked to be left alone.
    ///
    /// Example: see [`Self`].
    pub const fn retry_after(self, hint: Duration) -> Self {
        Self { retry_after: Some(hint), ..self }
    }
}

impl From<Outcome> for Report {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, took: None, retry_after: None }
    }
}
