//! Collects the errors of many parts into one error of the whole.

use alloc::format;
use alloc::vec::Vec;

use serde_json::Value;

use super::Error;
use super::class::SAMPLES;

/// One collected error, and where it happened.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The error.
    pub error: Error,
    /// Where it happened, in the caller's own terms; null where nothing was said.
    pub context: Value,
}

/// Collects errors while work goes on: keeps the first ones, counts them all.
///
/// # Examples
///
/// ```
/// use glp_core::error::{Error, ErrorCollector};
/// use serde_json::json;
///
/// let mut errors = ErrorCollector::new(1);
/// assert!(errors.to_error(10).is_none());
///
/// errors.add(Error::integrity("serial_number"), json!({"row": 3}));
/// errors.add(Error::integrity("serial_number"), json!({"row": 7}));
/// assert_eq!((errors.kept().len(), errors.dropped(), errors.count()), (1, 1, 2));
/// assert_eq!(errors.to_error(8).unwrap().message(), "2 error(s) occurred during operation");
/// ```
#[derive(Clone, Debug)]
pub struct ErrorCollector {
    max_errors: usize,
    kept: Vec<Collected>,
    dropped: u64,
}

impl Default for ErrorCollector {
    fn default() -> Self {
        Self::new(Self::DEFAULT_MAX_ERRORS)
    }
}

impl ErrorCollector {
    /// The errors that a collector keeps unless told otherwise.
    pub const DEFAULT_MAX_ERRORS: usize = 100;

    /// Makes a collector that keeps the first `max_errors` errors; zero keeps none and counts all.
    pub const fn new(max_errors: usize) -> Self {
        Self { max_errors, kept: Vec::new(), dropped: 0 }
    }

    /// Adds an error and where it happened; [`Value::Null`] says nothing of that.
    pub fn add(&mut self, error: Error, context: Value) {
        if self.kept.len() < self.max_errors {
            self.kept.push(Collected { error, context });
        } else {
            self.dropped += 1;
        }
    }

    /// Says whether any error was added.
    pub fn has_errors(&self) -> bool {
        self.count() > 0
    }

    /// Returns how many errors were added, the dropped ones included.
    pub fn count(&self) -> u64 {
        self.kept.len() as u64 + self.dropped
    }

    /// Returns how many errors were counted but not kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns the errors that were kept, in order.
    pub fn kept(&self) -> &[Collected] {
        &self.kept
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.dropped = 0;
    }

    /// Makes one [`Partial`](super::SyncKind::Partial) error of all; `None` where none was added.
    ///
    /// `failed` counts every error; `dropped` those of which nothing but the count is left. The
    /// contexts of the quoted errors are beside them in `sample_contexts`.
    pub fn to_error(&self, succeeded: u64) -> Option<Error> {
        if !self.has_errors() {
            return None;
        }
        let failed = self.count();
        let message = format!("{failed} error(s) occurred during operation");
        let errors = self.kept.iter().map(|collected| &collected.error);
        let error = Error::partial_sync(message, succeeded, failed, errors);

        let contexts: Vec<Value> =
            self.kept.iter().take(SAMPLES).map(|collected| collected.context.clone()).collect();
        let error = match contexts.iter().all(Value::is_null) {
            true => error,
            false => error.with_detail("sample_contexts", contexts),
        };
        Some(match self.dropped {
            0 => error,
            dropped => error.with_detail("dropped", dropped),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::{ErrorKind, SyncKind};

    fn detail<'a>(error: &'a Error, key: &str) -> Option<&'a Value> {
        error.details().iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    #[test]
    fn e1_what_is_dropped_is_counted() {
        let mut errors = ErrorCollector::default();
        for _ in 0..250 {
            errors.add(Error::integrity("serial_number"), Value::Null);
        }
        assert_eq!((errors.count(), errors.kept().len(), errors.dropped()), (250, 100, 150));

        let error = errors.to_error(750).unwrap();
        assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::Partial));
        assert_eq!(error.message(), "250 error(s) occurred during operation");
        assert_eq!(detail(&error, "succeeded"), Some(&json!(750)));
        assert_eq!(detail(&error, "failed"), Some(&json!(250)));
        assert_eq!(detail(&error, "error_count"), Some(&json!(100)));
        assert_eq!(detail(&error, "dropped"), Some(&json!(150)));
    }

    #[test]
    fn e1_contexts_reach_the_error() {
        let mut errors = ErrorCollector::default();
        errors.add(Error::dns("a.example"), json!({"page": 4}));
        errors.add(Error::dns("b.example"), Value::Null);

        let error = errors.to_error(0).unwrap();
        assert_eq!(detail(&error, "sample_contexts"), Some(&json!([{"page": 4}, null])));
        assert_eq!(detail(&error, "dropped"), None);
    }

    #[test]
    fn nothing_collected_is_no_error() {
        let mut errors = ErrorCollector::default();
        assert!(errors.to_error(5).is_none());

        errors.add(Error::dns("a.example"), Value::Null);
        errors.clear();
        assert!(!errors.has_errors());
        assert!(errors.to_error(5).is_none());
    }

    #[test]
    fn a_collector_that_keeps_nothing_still_counts() {
        let mut errors = ErrorCollector::new(0);
        errors.add(Error::dns("a.example"), Value::Null);
        assert_eq!(detail(&errors.to_error(0).unwrap(), "failed"), Some(&json!(1)));
    }
}
