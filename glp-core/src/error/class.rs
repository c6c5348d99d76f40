//! The classes that take arguments of their own: named constructors.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::Value;

use super::Error;
use super::error::seconds;
use super::kind::{
    ApiKind, AuthenticationKind, ConfigurationKind, DatabaseKind, ErrorKind, NetworkKind, SyncKind,
};
use crate::invalid::Invalid;
use crate::redact;
use crate::wall::UnixTime;

/// Errors of a part of the work that are quoted in the error of the whole.
pub(super) const SAMPLES: usize = 5;

/// Characters of each error that is quoted.
const SAMPLE_CHARACTERS: usize = 100;

/// # Classes with arguments of their own
///
/// Each puts its arguments into the details, under the keys that the predecessor used.
impl Error {
    /// Says that settings are missing: all their names at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::error::Error;
    ///
    /// let error = Error::missing_configuration(["GLP_CLIENT_ID", "GLP_BASE_URL"]);
    /// assert_eq!(error.message(), "Settings are missing: GLP_CLIENT_ID, GLP_BASE_URL");
    /// ```
    #[cold]
    pub fn missing_configuration<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        let keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        let kind = ConfigurationKind::Missing;
        Self::new(kind, format!("{kind}: {}", keys.join(", "))).with_detail("missing_keys", keys)
    }

    /// Says that a setting cannot be used: its name, the value given and the limit it breaks.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::error::Error;
    /// use glp_core::invalid::Invalid;
    ///
    /// let error = Error::invalid(Invalid::new("max_body", "0", "more than zero"));
    /// assert_eq!(error.message(), "max_body is 0: it must be more than zero");
    /// ```
    #[cold]
    pub fn invalid(invalid: Invalid) -> Self {
        Self::new(ConfigurationKind::Invalid, invalid.to_string())
            .with_detail("field", invalid.field)
    }

    /// Says that no token could be fetched, after `attempts` requests.
    #[cold]
    pub fn token_fetch(
        message: impl Into<Cow<'static, str>>,
        status: Option<u16>,
        attempts: u32,
    ) -> Self {
        let error = Self::new(AuthenticationKind::TokenFetch, message);
        match status {
            Some(status) => error.with_status(status),
            None => error,
        }
        .with_attempts(attempts)
    }

    /// Says that the service is asked too often. `None`: it did not say how long to wait.
    #[cold]
    pub fn rate_limited(retry_after: Option<Duration>) -> Self {
        let error = Self::plain(ApiKind::RateLimit).with_status(429);
        match retry_after {
            Some(retry_after) => error.with_retry_after(retry_after),
            None => error,
        }
    }

    /// Says that a resource does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::error::Error;
    ///
    /// assert_eq!(Error::not_found("Device", Some("d-1")).message(), "Device 'd-1' not found");
    /// assert_eq!(Error::not_found("Device", None).message(), "Device not found");
    /// ```
    #[cold]
    pub fn not_found(resource_type: &str, resource_id: Option<&str>) -> Self {
        let message = match resource_id {
            Some(id) => format!("{resource_type} '{id}' not found"),
            None => format!("{resource_type} not found"),
        };
        let error = Self::new(ApiKind::NotFound, message)
            .with_status(404)
            .with_detail("resource_type", resource_type);
        match resource_id {
            Some(id) => error.with_detail("resource_id", id),
            None => error,
        }
    }

    /// Says that a request is wrong in `field`.
    #[cold]
    pub fn validation(message: impl Into<Cow<'static, str>>, field: &str) -> Self {
        Self::new(ApiKind::Validation, message).with_status(400).with_detail("field", field)
    }

    /// Says that no connection to `host` was made.
    #[cold]
    pub fn connection(host: &str) -> Self {
        Self::plain(NetworkKind::Connection).with_detail("host", host)
    }

    /// Says that no answer came within `timeout`.
    #[cold]
    pub fn timeout(timeout: Duration) -> Self {
        Self::plain(NetworkKind::Timeout).with_detail("timeout_seconds", seconds(timeout))
    }

    /// Says that `hostname` did not resolve.
    #[cold]
    pub fn dns(hostname: &str) -> Self {
        Self::plain(NetworkKind::Dns).with_detail("hostname", hostname)
    }

    /// Says that a transaction failed in `operation`.
    #[cold]
    pub fn transaction(operation: &str) -> Self {
        Self::plain(DatabaseKind::Transaction).with_detail("operation", operation)
    }

    /// Says that a row breaks `constraint`.
    #[cold]
    pub fn integrity(constraint: &str) -> Self {
        Self::plain(DatabaseKind::Integrity).with_detail("constraint", constraint)
    }

    /// Says that part of the work was done. The first errors are quoted, each cut short.
    #[cold]
    pub fn partial_sync<'a>(
        message: impl Into<Cow<'static, str>>,
        succeeded: u64,
        failed: u64,
        errors: impl ExactSizeIterator<Item = &'a Self>,
    ) -> Self {
        let error = Self::new(SyncKind::Partial, message)
            .with_detail("succeeded", succeeded)
            .with_detail("failed", failed);
        if errors.len() == 0 {
            return error;
        }
        let error = error.with_detail("error_count", errors.len());
        let samples: Vec<Value> = errors
            .take(SAMPLES)
            .map(|error| redact::cut(&error.to_string(), SAMPLE_CHARACTERS).into())
            .collect();
        error.with_detail("sample_errors", samples)
    }

    /// Says that a breaker is open: after how many failures, and until when, if that is known.
    #[cold]
    pub fn circuit_open(failure_count: u32, reset_at: Option<UnixTime>) -> Self {
        let error = Self::plain(SyncKind::CircuitOpen);
        match reset_at {
            Some(reset_at) => error.with_detail("reset_at", reset_at.to_string()),
            None => error,
        }
        .with_detail("failure_count", failure_count)
    }

    /// Says that an asynchronous operation of the service ended in `status`.
    #[cold]
    pub fn async_operation(operation_url: &str, status: &str) -> Self {
        Self::plain(SyncKind::AsyncOperation)
            .with_detail("operation_url", operation_url)
            .with_detail("operation_status", status)
    }

    /// Says that one request names more devices than the service takes at once.
    #[cold]
    pub fn device_limit(device_count: usize, max_devices: usize) -> Self {
        let message = format!("{device_count} devices in one request, {max_devices} are allowed");
        Self::new(ErrorKind::DeviceLimit, message)
            .with_detail("device_count", device_count)
            .with_detail("max_devices", max_devices)
    }

    /// Makes an error whose message is the kind's own.
    fn plain(kind: impl Into<ErrorKind>) -> Self {
        let kind = kind.into();
        Self::new(kind, kind.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of an error's details, in order.
    fn keys(error: &Error) -> Vec<&'static str> {
        error.details().iter().map(|(key, _)| *key).collect()
    }

    #[test]
    fn each_class_keeps_its_details_keys() {
        let reset_at = Some(UnixTime::from_secs(60));
        let inner = [Error::dns("a.example")];
        let table: [(Error, &[&str]); 16] = [
            (Error::missing_configuration(["A"]), &["missing_keys"]),
            (Error::token_fetch("no", Some(503), 3), &["status_code", "attempts"]),
            (Error::token_fetch("no", None, 1), &["attempts"]),
            (Error::not_found("X", Some("1")), &["status_code", "resource_type", "resource_id"]),
            (Error::not_found("X", None), &["status_code", "resource_type"]),
            (Error::validation("no", "id"), &["status_code", "field"]),
            (Error::connection("a.example"), &["host"]),
            (Error::timeout(Duration::from_secs(5)), &["timeout_seconds"]),
            (Error::dns("a.example"), &["hostname"]),
            (Error::transaction("commit"), &["operation"]),
            (Error::integrity("devices_pk"), &["constraint"]),
            (Error::circuit_open(5, reset_at), &["reset_at", "failure_count"]),
            (Error::circuit_open(5, None), &["failure_count"]),
            (Error::async_operation("/o/1", "FAILED"), &["operation_url", "operation_status"]),
            (
                Error::partial_sync("some", 1, 1, inner.iter()),
                &["succeeded", "failed", "error_count", "sample_errors"],
            ),
            (Error::device_limit(26, 25), &["device_count", "max_devices"]),
        ];
        for (error, expected) in table {
            assert_eq!(keys(&error), expected, "{error}");
        }
    }

    #[test]
    fn r6_at_once_and_unknown_are_two_things() {
        let at_once = Error::rate_limited(Some(Duration::ZERO));
        assert_eq!(at_once.retry_after(), Some(Duration::ZERO));
        assert_eq!(keys(&at_once), ["status_code", "retry_after_seconds"]);

        let unknown = Error::rate_limited(None);
        assert_eq!(unknown.retry_after(), None);
        assert_eq!(keys(&unknown), ["status_code"]);
    }

    #[test]
    fn c9_a_timeout_says_its_own_length() {
        let error = Error::timeout(Duration::from_millis(2_500));
        assert_eq!(error.to_string(), "[TIMEOUT_ERROR] Request timed out (timeout_seconds=2.5)");
    }

    #[test]
    fn only_the_first_errors_of_a_partial_sync_are_quoted_each_cut_short() {
        let errors: Vec<Error> =
            (0..9).map(|_| Error::new(NetworkKind::General, "é".repeat(300))).collect();
        let error = Error::partial_sync("some", 0, 9, errors.iter());

        let (_, samples) = error.details().last().unwrap();
        let samples = samples.as_array().unwrap();
        assert_eq!(samples.len(), SAMPLES);
        assert!(samples.iter().all(|sample| sample.as_str().unwrap().chars().count() == 100));
    }
}
