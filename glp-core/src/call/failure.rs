//! The errors a call ends with by its own decision.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::call::action::Event;
use crate::call::circuits::Blocked;
use crate::error::{ApiKind, AuthenticationKind, Error, NetworkKind};
use crate::exchange::{Request, Response};
use crate::greenlake::ErrorEnvelope;
use crate::operation::Malformed;
use crate::wall::UnixTime;

/// A breaker refused the call, and the call does not wait.
pub(super) fn circuit_open(blocked: &Blocked, reset_at: UnixTime) -> Error {
    Error::circuit_open(blocked.failures, Some(reset_at))
        .with_retry_at(blocked.retry_at)
        .with_detail("breaker", blocked.name.clone())
}

/// A success whose body does not decode.
pub(super) fn undecodable(malformed: &Malformed, response: &Response) -> Error {
    Error::new(ApiKind::Decode, format!("the answer does not decode, {malformed}"))
        .with_status(response.status().as_u16())
        .with_detail("byte", malformed.at as u64)
}

/// The query of a request: it says which page it was. The values of a filter are left out: they
/// can be serial numbers and keys.
pub(super) fn query_of(request: &Request) -> String {
    let pairs = request.uri().query().unwrap_or_default().split('&');
    let shown: Vec<&str> =
        pairs.map(|pair| if pair.starts_with("filter=") { "filter=…" } else { pair }).collect();
    shown.join("&")
}

/// A success of the token service without a token in it.
pub(super) fn no_token(malformed: &Malformed) -> Error {
    Error::new(AuthenticationKind::TokenFetch, malformed.problem.clone())
        .with_recoverable(false)
        .with_detail("byte", malformed.at as u64)
}

/// Another token is needed, and the call has spent all its requests for one.
pub(super) fn no_fetch_left() -> Error {
    let message = "another token is needed, and every attempt to fetch one is spent";
    Error::new(AuthenticationKind::TokenFetch, message)
}

/// The error codes of RFC 6749 §5.2. Nothing else of the token service's words is passed on: they
/// may quote the credentials.
const OAUTH_ERRORS: [&str; 6] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// An answer of the token service that brought no token.
pub(super) fn token_error(event: &Event) -> Error {
    let response = match event {
        Event::Response(response) => response,
        Event::Failed(failure) => {
            return Error::new(AuthenticationKind::TokenFetch, "the token service did not answer")
                .with_cause(Error::from_failure(failure, "POST", "token"));
        }
    };
    let status = response.status().as_u16();
    let stated = ErrorEnvelope::read(response.body()).error_code.unwrap_or_default();
    let code = OAUTH_ERRORS.into_iter().find(|code| *code == stated);
    let error = if status == 401 || code == Some("invalid_client") {
        Error::new(AuthenticationKind::InvalidCredentials, "Invalid client credentials")
    } else {
        Error::new(AuthenticationKind::TokenFetch, "the token service gave no token")
    };
    match code {
        Some(code) => error.with_status(status).with_detail("error_code", code),
        None => error.with_status(status),
    }
}

/// The route's turn comes after the deadline, or the server asked for too long a wait.
pub(super) fn turn_too_late(blocked: &Blocked, delay: Duration) -> Error {
    Error::new(ApiKind::RateLimit, format!("the turn of {} comes too late", blocked.name))
        .with_retry_at(blocked.retry_at)
        .with_retry_after(delay)
}

/// The operation's time is over.
pub(super) fn timed_out(limit: Duration, during: &str) -> Error {
    let message = format!("the operation took longer than {limit:?} ({during})");
    Error::new(NetworkKind::Timeout, message).with_detail("timeout_seconds", limit.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_shown_without_the_values_of_its_filter() {
        let mut request = Request::default();
        *request.uri_mut() = "/devices?filter=key%20eq%20%27K%27&offset=7&limit=2".parse().unwrap();
        assert_eq!(query_of(&request), "filter=…&offset=7&limit=2");
    }
}
