//! What a caller knows of its errors, and what it wants to hear.

use core::time::Duration;

use super::{Failure, Why};

/// What a caller knows of its errors, and what it wants to hear.
///
/// A closure from the error to a [`Failure`] is a set of rules that hears nothing.
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
