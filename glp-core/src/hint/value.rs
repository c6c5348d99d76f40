//! One header's value, read as a wait or as a number of requests.

use core::time::Duration;

use jiff::Timestamp;

use super::http_date;

/// Numbers from here on are seconds since 1970 (this one is in 2001), smaller ones a wait.
const FIRST_EPOCH_SECOND: u64 = 1_000_000_000;

/// The date near which a `Date` header with a two-digit year is read: 1970 to 2069.
const NEAR: i64 = 1_577_836_799;

/// Reads the value of `Retry-After`: seconds, or an HTTP date, which is measured from `date`, the
/// value of the same response's `Date`.
///
/// The [module](crate::hint) says what each form means; `None` where it means nothing.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::hint::retry_after;
///
/// assert_eq!(retry_after("30", None), Some(Duration::from_secs(30)));
///
/// let (date, later) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:50:07 GMT");
/// assert_eq!(retry_after(later, Some(date)), Some(Duration::from_secs(30)));
/// assert_eq!(retry_after(later, None), None);
/// ```
///
/// Source: RFC 9110 §10.2.3; the fraction is ours.
pub fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    seconds(value).or_else(|| {
        let date = server_date(date)?;
        Some(until(http_date::parse(value, date)?, date))
    })
}

/// Reads the value of `ratelimit-reset` or `x-ratelimit-reset`: seconds, seconds since 1970, or an
/// RFC 3339 time; the last two are measured from `date`, the value of the same response's `Date`.
///
/// The [module](crate::hint) says what each form means; `None` where it means nothing.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::hint::rate_limit_reset;
///
/// let date = Some("Mon, 23 Nov 2026 08:00:00 GMT");
/// for value in ["31", "1795420831", "2026-11-23T08:00:31Z"] {
///     assert_eq!(rate_limit_reset(value, date), Some(Duration::from_secs(31)));
/// }
/// ```
///
/// Source: all three are in use at the service, by different endpoints.
pub fn rate_limit_reset(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    match seconds(value) {
        Some(wait) if wait.as_secs() < FIRST_EPOCH_SECOND => Some(wait),
        Some(since_1970) => {
            let date = server_date(date)?.as_second().try_into().unwrap_or(0);
            Some(since_1970.saturating_sub(Duration::from_secs(date)))
        }
        None => Some(until(value.parse().ok()?, server_date(date)?)),
    }
}

/// Reads a number of requests, as in `ratelimit-remaining`: the leading one, where a policy follows
/// it.
///
/// # Examples
///
/// ```
/// use glp_core::hint::requests;
///
/// assert_eq!(requests("100, 100;w=60"), Some(100));
/// assert_eq!(requests("-1"), None);
/// ```
pub fn requests(value: &str) -> Option<u64> {
    digits(value.split([',', ';']).next().unwrap_or(value).trim())
}

/// Reads when the server thought it was.
fn server_date(date: Option<&str>) -> Option<Timestamp> {
    http_date::parse(date?.trim(), Timestamp::from_second(NEAR).ok()?)
}

/// Returns the time from `date` to `time`, or zero where `time` is past.
fn until(time: Timestamp, date: Timestamp) -> Duration {
    time.duration_since(date).try_into().unwrap_or(Duration::ZERO)
}

/// Reads seconds: digits, and perhaps a fraction, which is rounded up so as never to be early.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let round_up = u64::from(digits(fraction)? > 0);
    Some(Duration::from_secs(digits(whole)?.saturating_add(round_up)))
}

/// Reads one or more digits, saturating.
pub(super) fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| {
        text.bytes().fold(0_u64, |number, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        })
    })
}
