//! Refusals in the service's error envelope.

use alloc::format;
use alloc::string::String;

use http::StatusCode;
use serde_json::{Value, json};

use super::answer;
use super::hint::{Hint, HintStyle};
use super::uuid::Uuid;
use crate::exchange::Response;
use crate::wall::UnixTime;

/// Says what is wrong with one parameter of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    source: &'static str,
    parameter: &'static str,
    description: String,
}

impl Problem {
    pub(super) fn new(parameter: &'static str, description: impl Into<String>) -> Self {
        Self { source: "query", parameter, description: description.into() }
    }

    /// Says what is wrong with one member of a request's body, or with its head.
    pub(super) fn in_body(member: &'static str, description: impl Into<String>) -> Self {
        Self { source: "body", ..Self::new(member, description) }
    }
}

/// Why the service does not do as asked.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// 400.
    BadRequest(Problem),
    /// 401, and why the token is not accepted.
    Unauthorized(&'static str),
    /// 403.
    Forbidden,
    /// 404, and what is not there.
    NotFound(&'static str),
    /// 405.
    MethodNotAllowed,
    /// 429, and the quota of the route in requests per minute.
    TooManyRequests(u32),
    /// 500 and more.
    Server(StatusCode),
    /// 503, the envelope of which tells 422.
    Mismatched,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::BadRequest(problem)
    }
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Server(status) => *status,
            Self::Mismatched => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the status that the envelope tells.
    fn told(&self) -> StatusCode {
        match self {
            Self::Mismatched => StatusCode::UNPROCESSABLE_ENTITY,
            _ => self.status(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) | Self::MethodNotAllowed => "HPE_GL_ERROR_BAD_REQUEST",
            Self::Unauthorized(_) => "HPE_GL_ERROR_UNAUTHORIZED",
            Self::Forbidden => "HPE_GL_ERROR_FORBIDDEN",
            Self::NotFound(_) => "HPE_GL_ERROR_NOT_FOUND",
            Self::TooManyRequests(_) => "HPE_GL_ERROR_TOO_MANY_REQUESTS",
            Self::Server(StatusCode::SERVICE_UNAVAILABLE) => "HPE_GL_ERROR_SERVICE_UNAVAILABLE",
            Self::Server(_) => "HPE_GL_ERROR_INTERNAL_SERVER_ERROR",
            Self::Mismatched => "HPE_GL_UNPROCESSABLE_CONTENT",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::BadRequest(problem) => format!("The parameter {} is wrong", problem.parameter),
            Self::Unauthorized(why) => format!("Unauthorized: {why}"),
            Self::Forbidden => "The credentials may not do this".into(),
            Self::NotFound(what) => format!("No such {what}"),
            Self::MethodNotAllowed => "The method is not allowed here".into(),
            Self::TooManyRequests(_) => "Too many requests".into(),
            Self::Server(_) | Self::Mismatched => "The service failed".into(),
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::BadRequest(problem) => Some(json!({
                "type": "hpe.greenlake.bad_request",
                "issues": [{
                    "source": problem.source,
                    "subject": problem.parameter,
                    "description": problem.description,
                }],
            })),
            Self::NotFound(what) => Some(json!({
                "type": "hpe.greenlake.not_found",
                "source": "inventory",
                "metadata": { "kind": what },
            })),
            Self::TooManyRequests(quota) => Some(json!({
                "type": "hpe.greenlake.metadata",
                "source": "gateway",
                "metadata": { "apiRateLimit": format!("{quota}") },
            })),
            _ => None,
        }
    }

    /// Answers with the envelope, and with the hint where one is given.
    pub(super) fn answer(&self, debug: Uuid, hint: Option<Hint>, wall: UnixTime) -> Response {
        let body_hint = hint.filter(|hint| hint.style == HintStyle::BodySeconds);
        let retry_info = body_hint.map(|hint| {
            json!({ "type": "hpe.greenlake.retry_info", "retryAfterSeconds": hint.seconds() })
        });
        let details: Value = self.detail().into_iter().chain(retry_info).collect();
        let mut envelope = json!({
            "httpStatusCode": self.told().as_u16(),
            "errorCode": self.code(),
            "message": self.message(),
            "debugId": debug.text(),
        });
        if details != json!([]) {
            envelope["errorDetails"] = details;
        }
        let mut response = answer::json(self.status(), format!("{envelope}"));
        Hint::tell(hint, response.headers_mut(), wall);
        response
    }
}
