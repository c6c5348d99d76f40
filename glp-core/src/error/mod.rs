//! One error type of one word, with a two-level kind.

mod kind;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

pub use kind::{
    ApiKind, AuthenticationKind, ConfigurationKind, DatabaseKind, ErrorKind, NetworkKind, SyncKind,
};

use crate::exchange::{Failure, FailureKind, Response};
use crate::time::Instant;
use crate::wall::UnixTime;

/// Says what went wrong, how far things got, and whether trying again can help.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    details: Vec<(&'static str, serde_json::Value)>,
    timestamp: UnixTime,
    recoverable: Option<bool>,
    cause: Option<Arc<dyn core::error::Error + Send + Sync>>,
    attempts: u32,
    elapsed: Duration,
    status: Option<u16>,
    method: Option<Cow<'static, str>>,
    endpoint: Option<Cow<'static, str>>,
    debug_id: Option<String>,
    retry_after: Option<Duration>,
    retry_at: Option<Instant>,
    outcome_unknown: bool,
}

impl Error {
    /// Makes an error of `kind` with a message free of secrets.
    #[cold]
    pub fn new(kind: impl Into<ErrorKind>, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind: kind.into(),
            message: message.into(),
            details: Vec::new(),
            timestamp: UnixTime::EPOCH,
            recoverable: None,
            cause: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            status: None,
            method: None,
            endpoint: None,
            debug_id: None,
            retry_after: None,
            retry_at: None,
            outcome_unknown: false,
        }))
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Adds a detail.
    #[must_use]
    pub fn with_detail(mut self, key: &'static str, value: impl Into<serde_json::Value>) -> Self {
        self.0.details.push((key, value.into()));
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl core::error::Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// Sets the wall time at which it happened.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: UnixTime) -> Self {
        self.0.timestamp = timestamp;
        self
    }

    /// Overrides whether trying again can help.
    #[must_use]
    pub fn with_recoverable(mut self, recoverable: bool) -> Self {
        self.0.recoverable = Some(recoverable);
        self
    }

    /// Sets how many times the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Sets the time from the start of the call to its end.
    #[must_use]
    pub fn with_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = elapsed;
        self
    }

    /// Sets the last HTTP status seen.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the HTTP method.
    #[must_use]
    pub fn with_method(mut self, method: impl Into<Cow<'static, str>>) -> Self {
        self.0.method = Some(method.into());
        self
    }

    /// Sets the endpoint: a path, without host or query.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<Cow<'static, str>>) -> Self {
        self.0.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the service's own id of the failed request.
    #[must_use]
    pub fn with_debug_id(mut self, debug_id: impl Into<String>) -> Self {
        self.0.debug_id = Some(debug_id.into());
        self
    }

    /// Sets how long the server asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Sets the earliest instant at which asking again can succeed.
    #[must_use]
    pub fn with_retry_at(mut self, retry_at: Instant) -> Self {
        self.0.retry_at = Some(retry_at);
        self
    }

    /// Marks that the server may have acted on the request.
    #[must_use]
    pub fn with_outcome_unknown(mut self) -> Self {
        self.0.outcome_unknown = true;
        self
    }

    /// Returns the last HTTP status seen.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns how many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the time from the start of the call to its end.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Returns the endpoint.
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> Option<&str> {
        self.0.method.as_deref()
    }

    /// Returns the service's own id of the failed request.
    pub fn debug_id(&self) -> Option<&str> {
        self.0.debug_id.as_deref()
    }

    /// Returns how long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the earliest instant at which asking again can succeed.
    pub fn retry_at(&self) -> Option<Instant> {
        self.0.retry_at
    }

    /// Says whether the server may have acted on the request.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Returns the wall time at which it happened.
    pub fn timestamp(&self) -> UnixTime {
        self.0.timestamp
    }

    /// Says whether trying again can help.
    pub fn is_recoverable(&self) -> bool {
        self.0.recoverable.unwrap_or_else(|| self.0.kind.is_recoverable())
    }

    /// Returns the details.
    pub fn details(&self) -> &[(&'static str, serde_json::Value)] {
        &self.0.details
    }
}

impl Error {
    /// Makes the error that an answer of the service amounts to.
    pub fn from_response(response: &Response, method: &str, endpoint: &str) -> Self {
        let status = response.status().as_u16();
        let kind: ErrorKind = match status {
            300..=399 => ApiKind::Redirect.into(),
            400 | 422 => ApiKind::Validation.into(),
            401 => AuthenticationKind::TokenExpired.into(),
            403 => ApiKind::Forbidden.into(),
            404 => ApiKind::NotFound.into(),
            429 => ApiKind::RateLimit.into(),
            500.. => ApiKind::Server.into(),
            _ => ApiKind::Status.into(),
        };
        Self::new(kind, alloc::format!("{method} {endpoint} answered {status}")).with_status(status)
    }

    /// Makes the error that a failure of the network amounts to.
    pub fn from_failure(failure: &Failure, method: &str, endpoint: &str) -> Self {
        let kind = match failure.kind {
            FailureKind::Certificate => NetworkKind::Certificate,
            FailureKind::Connect | FailureKind::TlsHandshake => NetworkKind::Connection,
            FailureKind::Dns => NetworkKind::Dns,
            FailureKind::Timeout => NetworkKind::Timeout,
            FailureKind::TooLarge => NetworkKind::TooLarge,
            _ => NetworkKind::General,
        };
        Self::new(kind, alloc::format!("{method} {endpoint}: {failure}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn core::error::Error + 'static))
    }
}
