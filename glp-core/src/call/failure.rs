//! The errors a call ends with by its own decision.

use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use crate::call::action::Event;
use crate::call::core::Blocked;
use crate::error::{ApiKind, AuthenticationKind, Error, NetworkKind, SyncKind};
use crate::exchange::{Request, Response};
use crate::operation::Malformed;

/// A breaker refused the call, and the call does not wait.
pub(super) fn circuit_open(blocked: &Blocked) -> Error {
    Error::new(SyncKind::CircuitOpen, format!("the circuit breaker of {} is open", blocked.name))
        .with_retry_at(blocked.retry_at)
        .with_detail("breaker", blocked.name.clone())
}

/// A success whose body does not decode.
pub(super) fn undecodable(malformed: &Malformed, response: &Response) -> Error {
    Error::new(ApiKind::Decode, format!("the answer does not decode, {malformed}"))
        .with_status(response.status().as_u16())
        .with_detail("byte", malformed.at as u64)
}

/// The query of a request: it says which page it was.
pub(super) fn query_of(request: &Request) -> String {
    request.uri().query().unwrap_or_default().to_string()
}

/// A success of the token service without a token in it.
pub(super) fn no_token(malformed: &Malformed) -> Error {
    Error::new(AuthenticationKind::TokenFetch, malformed.problem.clone())
        .with_recoverable(false)
        .with_detail("byte", malformed.at as u64)
}

/// An answer of the token service that brought no token.
pub(super) fn token_error(event: &Event) -> Error {
    match event {
        Event::Response(response) => {
            let status = response.status().as_u16();
            let cause = Error::from_response(response, "POST", "token");
            let rejected =
                status == 401 || (status == 400 && cause.message().contains("invalid_client"));
            let (kind, message) = if rejected {
                (AuthenticationKind::InvalidCredentials, "Invalid client credentials")
            } else {
                (AuthenticationKind::TokenFetch, "the token service gave no token")
            };
            Error::new(kind, message).with_status(status).with_cause(cause)
        }
        Event::Failed(failure) => {
            Error::new(AuthenticationKind::TokenFetch, "the token service did not answer")
                .with_cause(Error::from_failure(failure, "POST", "token"))
        }
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
