//! What a caller knows of its errors, and what it wants to hear.

use core::time::Duration;

use super::{Failure, Why};

/// What a caller knows of its errors, and what it wants to hear.
///
/// A closure from the error to a [`Failure`] is a set of rules that hears nothing.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::budget::{self, Budget};
/// use glp_core::retry::{Failure, Nature, Policy, Retry, Rules, Why};
/// use glp_core::rng::SplitMix64;
/// use glp_core::time::Instant;
///
/// struct Told(Vec<String>);
///
/// impl Rules<str> for Told {
///     fn judge(&mut self, error: &str) -> Failure {
///         match error {
///             "busy" => Nature::Passing.into(),
///             _ => Nature::Permanent.into(),
///         }
///     }
///
///     fn before_wait(&mut self, error: &str, attempt: u32, _: Duration, why: Why) {
///         self.0.push(format!("attempt {attempt}: {error}, {why:?}"));
///     }
/// }
///
/// let (mut budget, mut rng) = (Budget::new(budget::Config::DEFAULT), SplitMix64::new(7));
/// let (mut told, mut retry) = (Told(Vec::new()), Retry::new(Policy::DEFAULT));
/// for error in ["busy", "gone"] {
///     _ = retry.failed_by(error, &mut told, &mut budget, &mut rng, Instant::ZERO);
/// }
/// assert_eq!(told.0, ["attempt 1: busy, Backoff"]);
/// ```
pub trait Rules<E: ?Sized> {
    /// Judges an error: may it pass, and did the server say when?
    fn judge(&mut self, error: &E) -> Failure;

    /// Hears of each wait before it begins: the error, the attempt that failed, from 1, the wait
    /// and its reason. Not called where the last attempt failed.
    fn before_wait(&mut self, error: &E, attempt: u32, delay: Duration, why: Why) {
        _ = (error, attempt, delay, why);
    }
}

impl<E: ?Sized, F: FnMut(&E) -> Failure> Rules<E> for F {
    fn judge(&mut self, error: &E) -> Failure {
        self(error)
    }
}
