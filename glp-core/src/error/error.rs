//! The error type: a kind, a message, details, and how far things got.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::Value;

use super::kind::{ApiKind, ErrorKind};
use crate::time::Instant;
use crate::wall::UnixTime;

const DEBUG_ID: &str = "debug_id";
const ENDPOINT: &str = "endpoint";
const METHOD: &str = "method";
/// The detail that holds an excerpt of the response's body.
pub(super) const RESPONSE_BODY: &str = "response_body";

/// Says what went wrong, how far things got, and whether trying again can help.
///
/// One pointer wide, so that a `Result` costs nothing on the good path. What a setter sets is also
/// among the [`details`](Self::details), and so in every serialised error.
///
/// `Display` is one line for logs: `[CODE] message (key=value, …)`. It leaves out the excerpt of
/// the response's body. `Debug` names every field; `{:#?}` prints one to a line.
///
/// # Examples
///
/// ```
/// use glp_core::error::{ApiKind, Error, ErrorKind};
///
/// let error = Error::new(ApiKind::Status, "I'm a teapot").with_status(418).with_attempts(1);
///
/// assert_eq!(error.to_string(), "[API_ERROR_418] I'm a teapot (status_code=418, attempts=1)");
/// assert!(matches!(error.kind(), ErrorKind::Api(_)));
/// assert!(!error.is_recoverable());
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    code: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    details: Vec<(&'static str, Value)>,
    timestamp: UnixTime,
    recoverable: Option<bool>,
    cause: Option<Arc<dyn core::error::Error + Send + Sync>>,
    attempts: u32,
    elapsed: Duration,
    status: Option<u16>,
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
            code: None,
            message: message.into(),
            details: Vec::new(),
            timestamp: UnixTime::EPOCH,
            recoverable: None,
            cause: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            status: None,
            retry_after: None,
            retry_at: None,
            outcome_unknown: false,
        }))
    }

    /// Adds a detail, or replaces the one of the same key.
    #[must_use]
    pub fn with_detail(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match self.0.details.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.0.details.push((key, value)),
        }
        self
    }

    /// Says the same in other words.
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Sets a code other than the kind's own.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Sets the cause. Its text is printed and serialised, so it must be free of secrets.
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
        self.with_detail("attempts", attempts)
    }

    /// Sets the time from the start of the call to its end.
    #[must_use]
    pub fn with_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = elapsed;
        self.with_detail("elapsed_seconds", seconds(elapsed))
    }

    /// Sets the last HTTP status seen.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self.with_detail("status_code", status)
    }

    /// Sets the HTTP method.
    #[must_use]
    pub fn with_method(self, method: impl Into<Cow<'static, str>>) -> Self {
        self.with_detail(METHOD, method.into())
    }

    /// Sets the endpoint: a path, without host or query.
    #[must_use]
    pub fn with_endpoint(self, endpoint: impl Into<Cow<'static, str>>) -> Self {
        self.with_detail(ENDPOINT, endpoint.into())
    }

    /// Sets the service's own id of the failed request.
    #[must_use]
    pub fn with_debug_id(self, debug_id: impl Into<String>) -> Self {
        self.with_detail(DEBUG_ID, debug_id.into())
    }

    /// Sets how long the server asked to wait; zero means "at once".
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self.with_detail("retry_after_seconds", seconds(retry_after))
    }

    /// Sets the earliest instant at which asking again can succeed.
    ///
    /// Not a detail: an instant means nothing outside the process.
    #[must_use]
    pub fn with_retry_at(mut self, retry_at: Instant) -> Self {
        self.0.retry_at = Some(retry_at);
        self
    }

    /// Marks that the server may have acted on the request, and that sending it again may repeat
    /// the effect; the error is then not recoverable unless told otherwise.
    #[must_use]
    pub fn with_outcome_unknown(mut self) -> Self {
        self.0.outcome_unknown = true;
        self.with_detail("outcome_unknown", true)
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the code: the kind's own, with the status for [`ApiKind::Status`], or an override.
    pub fn code(&self) -> Cow<'_, str> {
        match (&self.0.code, self.0.kind, self.0.status) {
            (Some(code), ..) => Cow::Borrowed(code),
            (None, kind @ ErrorKind::Api(ApiKind::Status), Some(status)) => {
                Cow::Owned(format!("{}_{status}", kind.code()))
            }
            (None, kind, _) => Cow::Borrowed(kind.code()),
        }
    }

    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the details, in the order in which they were set; each key once.
    pub fn details(&self) -> &[(&'static str, Value)] {
        &self.0.details
    }

    /// Returns the wall time at which it happened; [`UnixTime::EPOCH`] where nobody noted it.
    pub fn timestamp(&self) -> UnixTime {
        self.0.timestamp
    }

    /// Returns how many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the time from the start of the call to its end.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Returns the last HTTP status seen.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> Option<&str> {
        self.text(METHOD)
    }

    /// Returns the endpoint.
    pub fn endpoint(&self) -> Option<&str> {
        self.text(ENDPOINT)
    }

    /// Returns the service's own id of the failed request.
    pub fn debug_id(&self) -> Option<&str> {
        self.text(DEBUG_ID)
    }

    /// Returns how long the server asked to wait: `None` is "it did not say", zero is "at once".
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

    /// Says whether trying again can help.
    ///
    /// In this order: what [`with_recoverable`](Self::with_recoverable) said; no, where the outcome
    /// is unknown; the status, for an answer of the service; the kind.
    pub fn is_recoverable(&self) -> bool {
        match (self.0.recoverable, self.0.kind, self.0.status) {
            (Some(recoverable), ..) => recoverable,
            _ if self.0.outcome_unknown => false,
            (
                None,
                ErrorKind::Api(ApiKind::RateLimit | ApiKind::Server | ApiKind::Status),
                Some(status),
            ) => is_transient(status),
            (None, kind, _) => kind.is_recoverable(),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.details.iter().find(|(known, _)| *known == key)?.1.as_str()
    }
}

/// Says whether a status speaks of a passing trouble: 408, 425, 429, 500, 502, 503, 504.
const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Writes a duration in seconds: a whole number where it is one.
pub(super) fn seconds(duration: Duration) -> Value {
    match duration.subsec_nanos() {
        0 => duration.as_secs().into(),
        _ => duration.as_secs_f64().into(),
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn core::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::error::{AuthenticationKind, ConfigurationKind, NetworkKind, SyncKind};

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn the_cause_is_the_source() {
        let inner = Error::new(NetworkKind::Dns, "no such host");
        let outer = Error::new(AuthenticationKind::TokenFetch, "no token").with_cause(inner);
        let source = core::error::Error::source(&outer).unwrap();
        assert_eq!(source.to_string(), "[DNS_ERROR] no such host");
    }

    #[test]
    fn e2_code_and_recoverable_can_be_overridden_for_every_kind() {
        let error = Error::new(ConfigurationKind::Missing, "nothing set")
            .with_code("NO_CREDENTIALS")
            .with_recoverable(true);
        assert_eq!(error.code(), "NO_CREDENTIALS");
        assert!(error.is_recoverable());
    }

    #[test]
    fn e2_a_detail_set_twice_is_there_once() {
        let error = Error::new(SyncKind::General, "stuck").with_attempts(1).with_attempts(2);
        assert_eq!(error.attempts(), 2);
        assert_eq!(error.details(), [("attempts", Value::from(2))]);
    }

    #[test]
    fn r10_whether_an_answer_is_recoverable_goes_by_its_status() {
        let recoverable =
            |kind: ApiKind, status| Error::new(kind, "").with_status(status).is_recoverable();
        assert!([500, 502, 503, 504].iter().all(|status| recoverable(ApiKind::Server, *status)));
        assert!([501, 505, 599].iter().all(|status| !recoverable(ApiKind::Server, *status)));
        assert!([408, 425].iter().all(|status| recoverable(ApiKind::Status, *status)));
        assert!([402, 409, 412].iter().all(|status| !recoverable(ApiKind::Status, *status)));
        assert!(Error::new(ApiKind::Server, "").is_recoverable());
    }

    #[test]
    fn r8_an_unknown_outcome_is_not_to_be_repeated_blindly() {
        let error = Error::new(NetworkKind::Timeout, "no answer");
        assert!(error.is_recoverable());

        let error = error.with_outcome_unknown();
        assert!(!error.is_recoverable());
        assert!(error.with_recoverable(true).is_recoverable());
    }
}
