//! The token service: hands out bearer tokens, and knows them again.

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use rand_core::Rng;
use secrecy::ExposeSecret;
use serde_json::json;

use super::parameters::{Parameters, Plus, decode};
use super::settings::Settings;
use super::{answer, basic};
use crate::exchange::{Request, Response};
use crate::rng::SplitMix64;
use crate::time::Instant;

/// Hands out tokens and knows them again.
///
/// A token tells its number, its end and a check word of both, so that none is kept.
#[derive(Debug)]
pub(super) struct Tokens {
    key: u64,
    issued: u64,
    /// Tokens with a lower number are revoked.
    revoked_below: u64,
}

/// What a request's bearer token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    Accepted,
    Expired,
    Missing,
    Revoked,
    Unknown,
}

impl Bearer {
    /// Explains why the token is not accepted.
    pub(super) fn complaint(self) -> Option<&'static str> {
        match self {
            Self::Accepted => None,
            Self::Expired => Some("the token is expired"),
            Self::Missing => Some("no bearer token"),
            Self::Revoked => Some("the token is revoked"),
            Self::Unknown => Some("the token is not one of ours"),
        }
    }
}

/// Keeps the check words apart from all else that is drawn from the seed.
const KEY: u64 = 0x746f_6b65_6e73_0000;

/// An error of the token service.
///
/// Source: RFC 6749, section 5.2.
struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

const fn wrong(error: &'static str, description: &'static str) -> OAuthError {
    OAuthError { status: StatusCode::BAD_REQUEST, error, description }
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self { key: seed ^ KEY, issued: 0, revoked_below: 0 }
    }

    /// Revokes every token handed out so far.
    pub(super) fn revoke_all(&mut self) {
        self.revoked_below = self.issued;
    }

    /// Says what the bearer token of a request is worth.
    pub(super) fn judge(&self, headers: &HeaderMap, now: Instant) -> Bearer {
        let Some(header) = headers.get(AUTHORIZATION) else { return Bearer::Missing };
        let Some(token) = header.to_str().ok().and_then(bearer) else { return Bearer::Missing };
        let mut parts = token.split('.').skip(1);
        let mut number = || parts.next().and_then(|part| u64::from_str_radix(part, 16).ok());
        let (Some(serial), Some(end)) = (number(), number()) else { return Bearer::Unknown };
        if token != self.token(serial, end) || serial >= self.issued {
            Bearer::Unknown
        } else if serial < self.revoked_below {
            Bearer::Revoked
        } else if now >= Instant::from_nanos(end) {
            Bearer::Expired
        } else {
            Bearer::Accepted
        }
    }

    /// Answers a request for a token.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        workspace: Option<&str>,
        settings: &Settings,
        now: Instant,
    ) -> Response {
        match permit(request, workspace, settings) {
            Ok(scope) => self.issue(&scope, settings.token_life(), now),
            Err(refusal) => refuse(&refusal),
        }
    }

    fn issue(&mut self, scope: &str, life: Duration, now: Instant) -> Response {
        let token = self.token(self.issued, (now + life).as_nanos());
        self.issued += 1;
        let body = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": life.as_secs(),
            "scope": scope,
        });
        let mut response = answer::json(StatusCode::OK, format!("{body}"));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn token(&self, serial: u64, end: u64) -> String {
        let mut rng = SplitMix64::new(self.key ^ serial.rotate_left(17) ^ end);
        format!("fake.{serial:x}.{end:x}.{:016x}", rng.next_u64())
    }
}

/// Returns the token of an `Authorization` header.
///
/// Source: RFC 6750, section 2.1.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

/// Checks a request for a token and returns the scope to grant.
fn permit(
    request: &Request,
    workspace: Option<&str>,
    settings: &Settings,
) -> Result<String, OAuthError> {
    if request.method() != Method::POST {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(OAuthError { status, ..wrong("invalid_request", "only POST is allowed") });
    }
    if workspace.is_some_and(|workspace| workspace.replace('-', "") != settings.workspace_id()) {
        return Err(wrong("invalid_request", "no such workspace"));
    }
    let form = form(request).ok_or_else(|| wrong("invalid_request", "the body is not a form"))?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(wrong("unsupported_grant_type", "only client_credentials is")),
        None => return Err(wrong("invalid_request", "grant_type is missing")),
    }
    check_client(request.headers(), &form, settings)?;
    Ok(form.get("scope").unwrap_or("glp").into())
}

fn form(request: &Request) -> Option<Parameters> {
    let content_type = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = content_type.split(';').next()?.trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    Parameters::decode(core::str::from_utf8(request.body()).ok()?).ok()
}

/// Checks the client's name and secret, in the header or in the form.
fn check_client(
    headers: &HeaderMap,
    form: &Parameters,
    settings: &Settings,
) -> Result<(), OAuthError> {
    let in_header = headers.get(AUTHORIZATION);
    let accepted = match (in_header, form.get("client_secret")) {
        (Some(_), Some(_)) => {
            return Err(wrong("invalid_request", "two ways of authentication at once"));
        }
        (Some(header), None) => {
            let pair = header.to_str().ok().and_then(basic::decode);
            pair.is_some_and(|(id, secret)| {
                // RFC 6749, section 2.3.1, encodes both; many clients do not.
                let plain = |text: &str| decode(text, Plus::Space).unwrap_or_default();
                is_client(&id, &secret, settings)
                    || is_client(&plain(&id), &plain(&secret), settings)
            })
        }
        (None, secret) => is_client(
            form.get("client_id").unwrap_or_default(),
            secret.unwrap_or_default(),
            settings,
        ),
    };
    if accepted {
        return Ok(());
    }
    let status = StatusCode::UNAUTHORIZED;
    Err(OAuthError { status, ..wrong("invalid_client", "unknown client, or a wrong secret") })
}

fn is_client(id: &str, secret: &str, settings: &Settings) -> bool {
    id == settings.client_id() && secret == settings.client_secret().expose_secret()
}

fn refuse(refusal: &OAuthError) -> Response {
    let body = json!({ "error": refusal.error, "error_description": refusal.description });
    let mut response = answer::json(refusal.status, format!("{body}"));
    if refusal.status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"fake\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
