//! Answers and failures become errors here, and only here.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use http::Uri;
use http::header::LOCATION;

use super::Error;
use super::error::RESPONSE_BODY;
use super::kind::{ApiKind, AuthenticationKind, ConfigurationKind, ErrorKind, NetworkKind};
use crate::exchange::{Failure, FailureKind, Reach, Response};
use crate::greenlake::ErrorEnvelope;
use crate::{hint, redact};

/// The OAuth error that names wrong credentials (RFC 6749 §5.2).
const INVALID_CLIENT: &str = "invalid_client";

impl Error {
    /// Makes the error of a response whose status is 300 or more.
    ///
    /// The status decides the kind, whatever the body claims. Message, code and debug id come from
    /// the service's envelope; an excerpt of the body, without secrets, is among the details. A
    /// redirect names the origin of its target only, since the rest may hold a secret. `endpoint`
    /// is the path; a query is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::error::{ApiKind, Error};
    /// use glp_core::exchange::Response;
    ///
    /// let body = r#"{"errorCode": "HPE_GL_ERROR_FORBIDDEN", "message": "Not yours", "debugId": "d-1"}"#;
    /// let mut response = Response::new(body.into());
    /// *response.status_mut() = http::StatusCode::FORBIDDEN;
    ///
    /// let error = Error::from_response(&response, "PATCH", "/devices/v2beta1/devices");
    /// assert_eq!(error.kind(), ApiKind::Forbidden.into());
    /// assert_eq!(error.method(), Some("PATCH"));
    /// assert_eq!(error.debug_id(), Some("d-1"));
    /// assert_eq!(
    ///     error.to_string(),
    ///     "[FORBIDDEN] Not yours (status_code=403, endpoint=/devices/v2beta1/devices, \
    ///      method=PATCH, error_code=HPE_GL_ERROR_FORBIDDEN, debug_id=d-1)",
    /// );
    /// ```
    #[cold]
    pub fn from_response(response: &Response, method: &str, endpoint: &str) -> Self {
        let status = response.status().as_u16();
        let envelope = ErrorEnvelope::read(response.body());
        let kind = kind_of(status, &envelope);
        let message = envelope.message.unwrap_or_else(|| default_message(kind, status, endpoint));

        let mut error = Self::new(kind, message).with_status(status).at(method, endpoint);
        let body = redact::excerpt(response.body());
        if !body.is_empty() {
            error = error.with_detail(RESPONSE_BODY, body);
        }
        if let Some(code) = envelope.error_code {
            error = error.with_detail("error_code", code);
        }
        if let Some(debug_id) = envelope.debug_id {
            error = error.with_debug_id(debug_id);
        }
        match kind {
            ErrorKind::Api(ApiKind::NotFound) => {
                error = error.with_detail("resource_type", "Resource");
                error = error.with_detail("resource_id", path(endpoint));
            }
            ErrorKind::Api(ApiKind::Redirect) => {
                if let Some(origin) = target_origin(response) {
                    error = error.with_detail("target_origin", origin);
                }
            }
            ErrorKind::Api(ApiKind::Validation) => {
                if let Some(field) = envelope.field {
                    error = error.with_detail("field", field);
                }
            }
            _ => {}
        }
        match hint::wait_hint(response) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }

    /// Makes the error of a request that brought no whole response.
    ///
    /// Where the server may have acted on a request whose method is not idempotent, the outcome is
    /// unknown, and the error says so. `endpoint` is the path; a query is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::error::{Error, NetworkKind};
    /// use glp_core::exchange::{Failure, FailureKind};
    ///
    /// let broken = Failure::new(FailureKind::Reset, "connection reset by peer");
    ///
    /// let error = Error::from_failure(&broken, "GET", "/devices/v1/devices");
    /// assert_eq!(error.kind(), NetworkKind::Reset.into());
    /// assert!(error.is_recoverable());
    ///
    /// let error = Error::from_failure(&broken, "POST", "/devices/v1/devices");
    /// assert!(error.is_outcome_unknown() && !error.is_recoverable());
    /// ```
    #[cold]
    pub fn from_failure(failure: &Failure, method: &str, endpoint: &str) -> Self {
        let kind: ErrorKind = match failure.kind {
            FailureKind::Certificate => NetworkKind::Certificate.into(),
            FailureKind::Configuration | FailureKind::UnsupportedUrl => {
                ConfigurationKind::Invalid.into()
            }
            FailureKind::Connect => NetworkKind::Connection.into(),
            FailureKind::Dns => NetworkKind::Dns.into(),
            FailureKind::Reset => NetworkKind::Reset.into(),
            FailureKind::Timeout => NetworkKind::Timeout.into(),
            FailureKind::TlsHandshake => NetworkKind::TlsHandshake.into(),
            FailureKind::TooLarge => NetworkKind::TooLarge.into(),
            FailureKind::Truncated => NetworkKind::Truncated.into(),
        };
        let words = match kind {
            ErrorKind::Configuration(_) => failure.kind.explain().to_owned(),
            kind => kind.to_string(),
        };
        let message = match failure.detail.trim() {
            "" => words,
            detail => format!("{words}: {}", redact::text(detail)),
        };
        let error = Self::new(kind, message).at(method, endpoint);
        match failure.kind.reach() {
            Reach::MaybeActedOn if !is_idempotent(method) => error.with_outcome_unknown(),
            Reach::MaybeActedOn | Reach::NothingSent | Reach::Hopeless => error,
        }
    }

    /// Says which request it was.
    fn at(self, method: &str, endpoint: &str) -> Self {
        self.with_endpoint(path(endpoint).to_owned()).with_method(method.to_owned())
    }
}

/// The one mapping from statuses to kinds. The body is asked for one thing only: whether a token
/// request names the credentials as the reason.
fn kind_of(status: u16, envelope: &ErrorEnvelope) -> ErrorKind {
    let names_credentials = envelope.error_code.as_deref() == Some(INVALID_CLIENT);
    match status {
        400 | 401 if names_credentials => AuthenticationKind::InvalidCredentials.into(),
        300..=399 => ApiKind::Redirect.into(),
        400 | 422 => ApiKind::Validation.into(),
        401 => AuthenticationKind::TokenExpired.into(),
        403 => ApiKind::Forbidden.into(),
        404 => ApiKind::NotFound.into(),
        429 => ApiKind::RateLimit.into(),
        500.. => ApiKind::Server.into(),
        _ => ApiKind::Status.into(),
    }
}

/// The message where the service has none.
fn default_message(kind: ErrorKind, status: u16, endpoint: &str) -> String {
    match kind {
        ErrorKind::Api(ApiKind::NotFound) => format!("Resource '{}' not found", path(endpoint)),
        ErrorKind::Api(ApiKind::Status) => format!("{kind} with status {status}"),
        kind => kind.to_string(),
    }
}

/// Returns the scheme, host and port that a redirect points to; none where it stays on its origin
/// or cannot be read. User information, path and query are left out: they may hold a secret.
pub(crate) fn target_origin(response: &Response) -> Option<String> {
    let target: Uri = response.headers().get(LOCATION)?.to_str().ok()?.parse().ok()?;
    let (scheme, host) = (target.scheme_str()?, target.host()?);
    Some(match target.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

/// Says whether sending a request twice is the same as once (RFC 9110 §9.2.2).
fn is_idempotent(method: &str) -> bool {
    matches!(method, "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PUT" | "TRACE")
}

/// Returns an endpoint without its query.
fn path(endpoint: &str) -> &str {
    endpoint.split(['?', '#']).next().unwrap_or(endpoint)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use http::StatusCode;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const ENDPOINT: &str = "/devices/v1/devices";

    fn response(status: u16, body: impl Into<bytes::Bytes>) -> Response {
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    }

    fn error(status: u16, body: Value) -> Error {
        Error::from_response(&response(status, body.to_string()), "GET", ENDPOINT)
    }

    fn detail<'a>(error: &'a Error, key: &str) -> Option<&'a Value> {
        error.details().iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    #[test]
    fn the_status_decides_the_kind() {
        let table: [(u16, ErrorKind, &str, bool); 17] = [
            (301, ApiKind::Redirect.into(), "REDIRECT_ERROR", false),
            (304, ApiKind::Redirect.into(), "REDIRECT_ERROR", false),
            (400, ApiKind::Validation.into(), "VALIDATION_ERROR", false),
            (401, AuthenticationKind::TokenExpired.into(), "TOKEN_EXPIRED", true),
            (402, ApiKind::Status.into(), "API_ERROR_402", false),
            (403, ApiKind::Forbidden.into(), "FORBIDDEN", false),
            (404, ApiKind::NotFound.into(), "NOT_FOUND", false),
            (408, ApiKind::Status.into(), "API_ERROR_408", true),
            (409, ApiKind::Status.into(), "API_ERROR_409", false),
            (422, ApiKind::Validation.into(), "VALIDATION_ERROR", false),
            (425, ApiKind::Status.into(), "API_ERROR_425", true),
            (429, ApiKind::RateLimit.into(), "RATE_LIMIT_EXCEEDED", true),
            (500, ApiKind::Server.into(), "SERVER_ERROR", true),
            (501, ApiKind::Server.into(), "SERVER_ERROR", false),
            (503, ApiKind::Server.into(), "SERVER_ERROR", true),
            (504, ApiKind::Server.into(), "SERVER_ERROR", true),
            (599, ApiKind::Server.into(), "SERVER_ERROR", false),
        ];
        for (status, kind, code, recoverable) in table {
            // The body claims another status; it is not believed.
            let error = error(status, json!({"httpStatusCode": 418}));
            assert_eq!((error.kind(), &*error.code()), (kind, code), "{status}");
            assert_eq!(error.is_recoverable(), recoverable, "{status}");
            assert_eq!(error.status(), Some(status));
        }
    }

    #[test]
    fn the_details_keep_the_predecessors_keys() {
        let keys =
            |error: Error| -> Vec<&str> { error.details().iter().map(|(key, _)| *key).collect() };
        let bare = Error::from_response(&response(500, ""), "GET", ENDPOINT);
        assert_eq!(keys(bare), ["status_code", "endpoint", "method"]);

        assert_eq!(
            keys(error(404, json!({"message": "gone", "debugId": "d"}))),
            [
                "status_code",
                "endpoint",
                "method",
                "response_body",
                "debug_id",
                "resource_type",
                "resource_id",
            ]
        );
        let issues = json!({"errorDetails": [{"issues": [{"subject": "limit"}]}]});
        assert_eq!(detail(&error(422, issues), "field"), Some(&json!("limit")));
    }

    #[test]
    fn c9_the_real_method_is_recorded_for_every_kind() {
        for status in [301, 400, 401, 403, 404, 409, 429, 500] {
            let error = Error::from_response(&response(status, ""), "POST", ENDPOINT);
            assert_eq!(error.method(), Some("POST"), "{status}");
        }
    }

    #[test]
    fn c9_each_failure_is_told_apart() {
        let table: [(FailureKind, ErrorKind, bool); 10] = [
            (FailureKind::Certificate, NetworkKind::Certificate.into(), false),
            (FailureKind::Configuration, ConfigurationKind::Invalid.into(), false),
            (FailureKind::Connect, NetworkKind::Connection.into(), true),
            (FailureKind::Dns, NetworkKind::Dns.into(), true),
            (FailureKind::Reset, NetworkKind::Reset.into(), true),
            (FailureKind::Timeout, NetworkKind::Timeout.into(), true),
            (FailureKind::TlsHandshake, NetworkKind::TlsHandshake.into(), true),
            (FailureKind::TooLarge, NetworkKind::TooLarge.into(), false),
            (FailureKind::Truncated, NetworkKind::Truncated.into(), true),
            (FailureKind::UnsupportedUrl, ConfigurationKind::Invalid.into(), false),
        ];
        for (failure, kind, recoverable) in table {
            let error = Error::from_failure(&Failure::new(failure, "why"), "GET", ENDPOINT);
            assert_eq!((error.kind(), error.is_recoverable()), (kind, recoverable), "{failure:?}");
            assert!(error.message().ends_with(": why"), "{error}");
            assert!(!error.is_outcome_unknown());
        }
    }

    #[test]
    fn r8_a_broken_write_has_an_unknown_outcome_and_an_unsent_one_has_not() {
        let unknown = |kind, method| {
            Error::from_failure(&Failure::new(kind, ""), method, ENDPOINT).is_outcome_unknown()
        };
        assert!(unknown(FailureKind::Timeout, "POST"));
        assert!(unknown(FailureKind::Truncated, "PATCH"));
        assert!(!unknown(FailureKind::Connect, "POST"));
        assert!(!unknown(FailureKind::Timeout, "PUT"));
    }

    #[test]
    fn r3_the_servers_hint_is_carried_and_r6_zero_is_a_hint() {
        let wait = |status, value: &'static str| {
            let mut response = response(status, "");
            response.headers_mut().insert("retry-after", value.parse().unwrap());
            Error::from_response(&response, "GET", ENDPOINT).retry_after()
        };
        assert_eq!(wait(429, "2"), Some(Duration::from_secs(2)));
        assert_eq!(wait(503, "7"), Some(Duration::from_secs(7)));
        assert_eq!(wait(429, "0"), Some(Duration::ZERO));
        assert_eq!(wait(429, "soon"), None);
    }

    #[test]
    fn wrong_credentials_are_told_from_an_expired_token() {
        let oauth = json!({"error": "invalid_client"});
        assert_eq!(error(401, oauth).kind(), AuthenticationKind::InvalidCredentials.into());
        let oauth = json!({"error": "invalid_client", "error_description": "Unknown client"});
        let error = error(400, oauth);
        assert_eq!(error.kind(), AuthenticationKind::InvalidCredentials.into());
        assert_eq!(error.message(), "Unknown client");
    }

    #[test]
    fn a_redirect_names_the_origin_of_its_target_only() {
        let origin = |location: &'static str| {
            let mut response = response(302, "");
            response.headers_mut().insert(LOCATION, location.parse().unwrap());
            let error = Error::from_response(&response, "GET", ENDPOINT);
            assert!(!format!("{error:?}").contains("abc"));
            detail(&error, "target_origin").cloned()
        };
        let secret = "https://abc:abc@login.example:8443/abc?code=abc#abc";
        assert_eq!(origin(secret), Some(json!("https://login.example:8443")));
        assert_eq!(origin("https://login.example"), Some(json!("https://login.example")));
        assert_eq!(origin("/abc?token=abc"), None);
        assert_eq!(origin("::abc::"), None);
    }

    #[test]
    fn a_page_of_html_is_named_and_not_quoted() {
        let page = response(502, "<html><body>Bad gateway</body></html>");
        let error = Error::from_response(&page, "GET", ENDPOINT);
        assert_eq!(error.message(), "Server error");
        assert_eq!(detail(&error, RESPONSE_BODY), Some(&json!("an HTML page, 37 bytes")));
    }

    #[test]
    fn c7_a_query_never_reaches_the_error() {
        let error = Error::from_response(&response(404, ""), "GET", "/v1/x?filter=abc");
        assert!(!format!("{error:?}").contains("abc"));
        assert_eq!(error.message(), "Resource '/v1/x' not found");
    }

    proptest! {
        /// No answer makes it panic, and a secret in the body reaches no form of the error.
        #[test]
        fn c7_no_secret_of_the_body_is_printed(
            status in 300_u16..1_000,
            secret in "[A-Z0-9]{12,30}",
            noise in ".{0,40}",
        ) {
            let body = json!({
                "message": format!("{noise} Bearer {secret}"),
                "access_token": secret,
                "debugId": "d-1",
            });
            let error = error(status, body);
            let serialised = serde_json::to_string(&error).unwrap();
            for printed in [error.to_string(), format!("{error:?}"), serialised] {
                prop_assert!(!printed.contains(&secret), "{}", printed);
            }
        }

        /// No bytes make it panic.
        #[test]
        fn any_answer_is_read(status in 100_u16..1_000, body in prop::collection::vec(any::<u8>(), 0..300)) {
            Error::from_response(&response(status, body), "GET", ENDPOINT);
        }
    }
}
