//! What a whole response says: its headers, and the hint in its body.

use core::time::Duration;

use http::StatusCode;
use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::{Quota, value};
use crate::exchange::Response;
use crate::greenlake::ErrorEnvelope;

/// The quota headers in pairs: those in use, then the older ones.
static FAMILIES: [Family; 2] = [
    Family::new("ratelimit-remaining", "ratelimit-reset"),
    Family::new("x-ratelimit-remaining", "x-ratelimit-reset"),
];

/// The header of the IETF's draft.
static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How long the server asks to wait, and where it says so.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::exchange::Response;
/// use glp_core::hint::{Hint, Source};
///
/// let mut response = Response::default();
/// *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
/// response.headers_mut().insert("ratelimit-reset", 31.into());
/// let wait = Duration::from_secs(31);
/// assert_eq!(Hint::read(&response), Some(Hint { wait, source: Source::RateLimitReset }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The wait, from the moment of the response; zero is "at once".
    pub wait: Duration,
    /// Where the server says so.
    pub source: Source,
}

/// The places where a server can ask to wait, in the order in which they are asked. Example: see
/// [`Hint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The `Retry-After` header.
    RetryAfter,
    /// The `ratelimit-reset`, `x-ratelimit-reset` or `ratelimit` header.
    RateLimitReset,
    /// `errorDetails[].retryAfterSeconds` in the body.
    Body,
}

/// Reads how long the server asks to wait; `None` where it does not say.
///
/// The first of these that can be read answers:
///
/// 1. `Retry-After`: seconds, or an HTTP date (RFC 9110 §10.2.3);
/// 2. on 429 and 503, `ratelimit-reset`, then `x-ratelimit-reset`: seconds, seconds since 1970, or
///    an RFC 3339 time; then `ratelimit`, a policy of which nothing is left. A 503 that says that
///    quota is left does not speak of the quota: its reset is passed over;
/// 3. on errors, `errorDetails[].retryAfterSeconds` in the body.
///
/// What each value means is said in the [module](crate::hint): a past point in time is "at once", what
/// cannot be read is passed over. Of a header that is there several times the longest wait counts.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::exchange::Response;
/// use glp_core::hint::wait_hint;
///
/// let mut response = Response::default();
/// assert_eq!(wait_hint(&response), None);
///
/// response.headers_mut().insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
/// response.headers_mut().insert("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT".parse().unwrap());
/// assert_eq!(wait_hint(&response), Some(Duration::from_secs(30)));
/// ```
pub fn wait_hint(response: &Response) -> Option<Duration> {
    Hint::read(response).map(|hint| hint.wait)
}

/// Reads how much quota is left: `ratelimit-remaining` and `-reset`, or the same with `x-` in front,
/// where both are there, or `ratelimit`.
///
/// # Examples
///
/// ```
/// use glp_core::exchange::Response;
/// use glp_core::hint::quota_left;
///
/// let mut response = Response::default();
/// response.headers_mut().insert("ratelimit-remaining", 12.into());
/// assert_eq!(quota_left(&response), None);
/// response.headers_mut().insert("ratelimit-reset", 31.into());
/// assert_eq!(quota_left(&response).unwrap().remaining, 12);
/// ```
pub fn quota_left(response: &Response) -> Option<Quota> {
    let (headers, date) = (response.headers(), date(response.headers()));
    let of_family = |family: &Family| {
        let (remaining, reset) = (family.remaining(headers)?, family.reset(headers, date)?);
        Some(Quota { remaining, reset })
    };
    FAMILIES.iter().find_map(of_family).or_else(|| tightest(headers))
}

impl Hint {
    /// Reads how long the server asks to wait, and where it says so: see [`wait_hint`].
    ///
    /// Example: see [`Hint`].
    pub fn read(response: &Response) -> Option<Self> {
        let (status, headers) = (response.status(), response.headers());
        let date = date(headers);

        let wait = |text| value::retry_after(text, date);
        let retry_after = || texts(headers, &RETRY_AFTER).filter_map(wait).max();
        let reset = || {
            let speaking = FAMILIES.iter().filter(|family| family.speaks(status, headers));
            let of_family = speaking.filter_map(|family| family.reset(headers, date)).next();
            of_family.or_else(|| used_up(status, headers))
        };
        let body = || match status.is_client_error() || status.is_server_error() {
            true => ErrorEnvelope::read(response.body()).retry_after,
            false => None,
        };
        retry_after()
            .map(|wait| (wait, Source::RetryAfter))
            .or_else(|| reset().map(|wait| (wait, Source::RateLimitReset)))
            .or_else(|| body().map(|wait| (wait, Source::Body)))
            .map(|(wait, source)| Self { wait, source })
    }
}

/// The names of one family of quota headers.
struct Family {
    remaining: HeaderName,
    reset: HeaderName,
}

impl Family {
    const fn new(remaining: &'static str, reset: &'static str) -> Self {
        Self {
            remaining: HeaderName::from_static(remaining),
            reset: HeaderName::from_static(reset),
        }
    }

    /// Says whether the reset is when this answer's trouble ends.
    fn speaks(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        match status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::SERVICE_UNAVAILABLE => self.remaining(headers).is_none_or(|left| left == 0),
            _ => false,
        }
    }

    fn remaining(&self, headers: &HeaderMap) -> Option<u64> {
        texts(headers, &self.remaining).find_map(value::requests)
    }

    fn reset(&self, headers: &HeaderMap, date: Option<&str>) -> Option<Duration> {
        let reset = |text| value::rate_limit_reset(text, date);
        texts(headers, &self.reset).filter_map(reset).max()
    }
}

/// Returns the tightest policy of the draft's header.
fn tightest(headers: &HeaderMap) -> Option<Quota> {
    texts(headers, &RATE_LIMIT).filter_map(Quota::parse).min_by_key(Quota::tightness)
}

/// Returns when the policy is reset of which nothing is left, where that is this answer's trouble.
fn used_up(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let speaks = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
    let quota = if speaks { tightest(headers)? } else { return None };
    (quota.remaining == 0).then_some(quota.reset)
}

/// Returns the values of a header that are text.
fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

/// Returns when the server thought it was, in its own words.
fn date(headers: &HeaderMap) -> Option<&str> {
    texts(headers, &DATE).next()
}
