//! What the server says about waiting and about the quota that is left.

mod http_date;

use core::time::Duration;

use http::StatusCode;
use http::header::{DATE, HeaderMap, RETRY_AFTER};
use jiff::Timestamp;

use crate::exchange::Response;
use crate::greenlake::ErrorEnvelope;

/// The prefixes of the quota headers: the one in use, then the older one.
const FAMILIES: [Family; 2] = [
    Family { limit: "ratelimit-limit", remaining: "ratelimit-remaining", reset: "ratelimit-reset" },
    Family {
        limit: "x-ratelimit-limit",
        remaining: "x-ratelimit-remaining",
        reset: "x-ratelimit-reset",
    },
];

/// Numbers from here on are seconds since 1970 (this one is in 2001), smaller ones a wait.
const FIRST_EPOCH_SECOND: u64 = 1_000_000_000;

/// The date near which a `Date` header with a two-digit year is read: 1970 to 2069.
const NEAR: i64 = 1_577_836_799;

/// How long the server asks to wait, and where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The wait, from the moment of the response; zero is "at once".
    pub wait: Duration,
    /// Where the server says so.
    pub source: Source,
}

/// The places where a server can ask to wait, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The `Retry-After` header.
    RetryAfter,
    /// The `ratelimit-reset` or `x-ratelimit-reset` header.
    RateLimitReset,
    /// `errorDetails[].retryAfterSeconds` in the body.
    Body,
}

/// How much of a route's quota is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests per window.
    pub limit: u64,
    /// Requests left in this window.
    pub remaining: u64,
    /// The time until the window ends, from the moment of the response.
    pub reset: Duration,
}

/// Reads how long the server asks to wait; `None` where it does not say.
///
/// The first of these that can be read answers:
///
/// 1. `Retry-After`: seconds, or an HTTP date (RFC 9110 §10.2.3);
/// 2. on 429 and 503, `ratelimit-reset`, then `x-ratelimit-reset`: seconds, seconds since 1970, or
///    an RFC 3339 time. A 503 that says that quota is left does not speak of the quota: its reset
///    is passed over;
/// 3. on errors, `errorDetails[].retryAfterSeconds` in the body.
///
/// Points in time are measured from the response's own `Date`, never from our clock; without a
/// `Date` they say nothing. A past one means "at once". A fraction is rounded up, a number of any
/// length is read and saturates at 2⁶⁴ − 1 seconds. Of a header that is there several times the
/// longest wait counts. Anything else, negative numbers included, is passed over.
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

/// Reads how much quota is left, where all three headers of one family are there:
/// `ratelimit-limit`, `-remaining` and `-reset`, or the same with `x-` in front.
///
/// # Examples
///
/// ```
/// use glp_core::exchange::Response;
/// use glp_core::hint::quota_left;
///
/// let mut response = Response::default();
/// for (name, value) in [("limit", "160"), ("remaining", "12"), ("reset", "31")] {
///     let name: http::HeaderName = format!("ratelimit-{name}").parse().unwrap();
///     response.headers_mut().insert(name, value.parse().unwrap());
/// }
/// assert_eq!(quota_left(&response).unwrap().remaining, 12);
/// ```
pub fn quota_left(response: &Response) -> Option<Quota> {
    let (headers, date) = (response.headers(), date(response.headers()));
    FAMILIES.iter().find_map(|family| {
        Some(Quota {
            limit: texts(headers, family.limit).find_map(count)?,
            remaining: family.remaining(headers)?,
            reset: family.reset(headers, date)?,
        })
    })
}

impl Hint {
    /// Reads how long the server asks to wait, and where it says so: see [`wait_hint`].
    pub fn read(response: &Response) -> Option<Self> {
        let (status, headers) = (response.status(), response.headers());
        let date = date(headers);

        let retry_after = || texts(headers, RETRY_AFTER).filter_map(|text| wait(text, date)).max();
        let reset = || {
            let speaking = FAMILIES.iter().filter(|family| family.speaks(status, headers));
            speaking.filter_map(|family| family.reset(headers, date)).next()
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
    limit: &'static str,
    remaining: &'static str,
    reset: &'static str,
}

impl Family {
    /// Says whether the reset is when this answer's trouble ends.
    fn speaks(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        match status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::SERVICE_UNAVAILABLE => self.remaining(headers).is_none_or(|left| left == 0),
            _ => false,
        }
    }

    fn remaining(&self, headers: &HeaderMap) -> Option<u64> {
        texts(headers, self.remaining).find_map(count)
    }

    fn reset(&self, headers: &HeaderMap, date: Option<Timestamp>) -> Option<Duration> {
        texts(headers, self.reset).filter_map(|text| reset(text, date)).max()
    }
}

/// Returns the values of a header that are text, trimmed.
fn texts(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).map(str::trim)
}

/// Reads when the server thought it was.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let near = Timestamp::from_second(NEAR).ok()?;
    texts(headers, DATE).find_map(|text| http_date::parse(text, near))
}

/// Reads the value of `Retry-After`.
fn wait(text: &str, date: Option<Timestamp>) -> Option<Duration> {
    seconds(text).or_else(|| {
        let date = date?;
        Some(until(http_date::parse(text, date)?, date))
    })
}

/// Reads the value of a reset header.
fn reset(text: &str, date: Option<Timestamp>) -> Option<Duration> {
    match seconds(text) {
        Some(wait) if wait.as_secs() < FIRST_EPOCH_SECOND => Some(wait),
        Some(since_1970) => {
            let date = Duration::from_secs(date?.as_second().try_into().unwrap_or(0));
            Some(since_1970.saturating_sub(date))
        }
        None => Some(until(text.parse().ok()?, date?)),
    }
}

/// Returns the time from `date` to `time`, or zero where `time` is past.
fn until(time: Timestamp, date: Timestamp) -> Duration {
    time.duration_since(date).try_into().unwrap_or(Duration::ZERO)
}

/// Reads a number of requests: the leading one, where a policy follows it (`100, 100;w=60`).
fn count(text: &str) -> Option<u64> {
    digits(text.split([',', ';']).next().unwrap_or(text).trim_end())
}

/// Reads seconds: digits, and perhaps a fraction, which is rounded up so as never to be early.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let round_up = u64::from(digits(fraction)? > 0);
    Some(Duration::from_secs(digits(whole)?.saturating_add(round_up)))
}

/// Reads one or more digits, saturating.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| {
        text.bytes().fold(0_u64, |number, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        })
    })
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    const DATE_LINE: (&str, &str) = ("date", "Mon, 23 Nov 2026 08:00:00 GMT");
    /// The same moment, in seconds since 1970.
    const DATE_SECONDS: u64 = 1_795_420_800;
    const MAX: Duration = Duration::from_secs(u64::MAX);
    const RETRY_INFO: &str = r#"{"errorDetails": [{"retryAfterSeconds": 9}]}"#;

    fn response(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Response {
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        response
    }

    /// Reads the wait of a 429 with `Date`, this header, and nine seconds in the body.
    fn hint(name: &'static str, value: &str) -> (Duration, Source) {
        let hint = Hint::read(&response(429, &[DATE_LINE, (name, value)], RETRY_INFO)).unwrap();
        (hint.wait, hint.source)
    }

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn r3_retry_after_is_read_as_seconds_and_as_a_date() {
        for (value, wait) in [
            ("2", secs(2)),
            (" 30 ", secs(30)),
            ("007", secs(7)),
            ("1.5", secs(2)),
            ("2.0", secs(2)),
            ("Mon, 23 Nov 2026 08:00:45 GMT", secs(45)),
            ("Monday, 23-Nov-26 08:00:45 GMT", secs(45)),
            ("Mon Nov 23 08:00:45 2026", secs(45)),
            (&"9".repeat(400), MAX),
        ] {
            assert_eq!(hint("retry-after", value), (wait, Source::RetryAfter), "{value}");
        }
    }

    #[test]
    fn r6_zero_and_past_are_at_once_and_absent_is_unknown() {
        for value in ["0", "0.0", "Mon, 23 Nov 2026 07:59:00 GMT", "Sun Nov  6 08:49:37 1904"] {
            assert_eq!(hint("retry-after", value), (Duration::ZERO, Source::RetryAfter), "{value}");
        }
        assert_eq!(wait_hint(&response(429, &[DATE_LINE], "")), None);
    }

    #[test]
    fn what_is_no_wait_is_passed_over_and_the_next_place_is_asked() {
        for value in ["", "soon", "-1", "+5", "5s", "1.", ".5", "1,5", "0x10", "1e3", "\u{e9}"] {
            assert_eq!(hint("retry-after", value), (secs(9), Source::Body), "{value}");
            assert_eq!(hint("ratelimit-reset", value), (secs(9), Source::Body), "{value}");
        }
    }

    #[test]
    fn a_point_in_time_says_nothing_without_the_servers_own_date() {
        let date = "Mon, 23 Nov 2026 08:00:45 GMT";
        for headers in [
            [("retry-after", date)],
            [("x-ratelimit-reset", "2026-11-23T08:00:45Z")],
            [("ratelimit-reset", "1795420845")],
        ] {
            assert_eq!(wait_hint(&response(429, &headers, "")), None);
            let with_bad_date = [headers[0], ("date", "today")];
            assert_eq!(wait_hint(&response(429, &with_bad_date, "")), None);
        }
    }

    #[test]
    fn a_reset_is_seconds_or_seconds_since_1970_or_rfc_3339() {
        for name in ["ratelimit-reset", "x-ratelimit-reset"] {
            for (value, wait) in [
                ("31", secs(31)),
                ("0", Duration::ZERO),
                (&(DATE_SECONDS + 31).to_string(), secs(31)),
                (&(DATE_SECONDS - 1).to_string(), Duration::ZERO),
                ("2026-11-23T08:00:31Z", secs(31)),
                ("2026-11-23T09:00:31+01:00", secs(31)),
                ("2026-11-23T07:00:00Z", Duration::ZERO),
                (&"9".repeat(400), MAX - secs(DATE_SECONDS)),
            ] {
                assert_eq!(hint(name, value), (wait, Source::RateLimitReset), "{value}");
            }
        }
    }

    #[test]
    fn retry_after_wins_over_the_reset_and_the_reset_over_the_body() {
        let all = [("ratelimit-reset", "5"), ("x-ratelimit-reset", "7"), ("retry-after", "3")];
        let wait = |headers| wait_hint(&response(429, headers, RETRY_INFO));
        assert_eq!(wait(&all), Some(secs(3)));
        assert_eq!(wait(&all[..2]), Some(secs(5)));
        assert_eq!(wait(&all[1..2]), Some(secs(7)));
        assert_eq!(wait(&[]), Some(secs(9)));
    }

    #[test]
    fn of_a_repeated_header_the_longest_wait_counts() {
        let twice = [("retry-after", "3"), ("retry-after", "8"), ("retry-after", "never")];
        assert_eq!(wait_hint(&response(503, &twice, "")), Some(secs(8)));
    }

    #[test]
    fn the_reset_on_other_answers_is_no_hint() {
        let reset = [("ratelimit-reset", "31")];
        let left = [("ratelimit-reset", "31"), ("ratelimit-remaining", "12")];
        let none_left = [("ratelimit-reset", "31"), ("ratelimit-remaining", "0")];

        assert_eq!(wait_hint(&response(200, &reset, RETRY_INFO)), None);
        assert_eq!(wait_hint(&response(500, &reset, RETRY_INFO)), Some(secs(9)));
        assert_eq!(wait_hint(&response(503, &reset, "")), Some(secs(31)));
        assert_eq!(wait_hint(&response(503, &none_left, "")), Some(secs(31)));
        assert_eq!(wait_hint(&response(503, &left, "")), None);
        assert_eq!(wait_hint(&response(429, &left, "")), Some(secs(31)));
    }

    #[test]
    fn the_quota_is_read_from_one_whole_family() {
        let old = [
            ("x-ratelimit-limit", "100, 100;w=60"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-reset", "2026-11-23T08:00:31Z"),
            DATE_LINE,
        ];
        let quota = Quota { limit: 100, remaining: 7, reset: secs(31) };
        assert_eq!(quota_left(&response(200, &old, "")), Some(quota));

        let mixed = [("ratelimit-limit", "5"), old[1], old[2], DATE_LINE];
        assert_eq!(quota_left(&response(200, &mixed, "")), None);
        assert_eq!(quota_left(&response(200, &old[..3], "")), None);
    }

    proptest! {
        /// No header and no body makes it panic.
        #[test]
        fn any_response_is_read(
            status in 100_u16..1_000,
            values in prop::collection::vec((0_usize..6, "[ -~]{0,40}|[0-9]{0,30}|\\PC{0,8}"), 0..8),
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            const NAMES: [&str; 6] = [
                "date", "retry-after", "ratelimit-reset", "x-ratelimit-reset",
                "ratelimit-limit", "ratelimit-remaining",
            ];
            let mut response = response(status, &[], "");
            *response.body_mut() = body.into();
            for (name, value) in values {
                if let Ok(value) = value.parse() {
                    response.headers_mut().append(NAMES[name], value);
                }
            }
            wait_hint(&response);
            quota_left(&response);
        }

        /// The wait asked for is never cut: digits are read as the number they are.
        #[test]
        fn seconds_are_exact(number: u64) {
            prop_assert_eq!(seconds(&format!("{number}")), Some(secs(number)));
        }
    }
}
