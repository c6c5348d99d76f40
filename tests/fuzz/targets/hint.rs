//! Headers that ask for a wait: every value is read, in every place, and means one thing.
//!
//! The first line is a status, the second the `Date`; each further one a header, `name: value`, and
//! what stands behind an empty line the body.
#![no_main]

use glp_core::exchange::Response;
use glp_core::hint::{Quota, quota_left, rate_limit_reset, requests, retry_after, wait_hint};
use http::header::DATE;
use http::{HeaderName, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| StatusCode::from_bytes(line.as_bytes()).ok());
    let date = lines.next();
    let mut response = Response::new(body.as_bytes().to_vec().into());
    *response.status_mut() = status.unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(date).ok()) {
        response.headers_mut().insert(DATE, date);
    }
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or(("retry-after", line));
        check_value(value.trim(), date);
        let (Ok(name), Ok(value)) = (name.trim().parse::<HeaderName>(), value.trim().parse())
        else {
            continue;
        };
        response.headers_mut().append(name, value);
    }
    let (wait, quota) = (wait_hint(&response), quota_left(&response));
    assert_eq!((wait, quota), (wait_hint(&response), quota_left(&response)));
});

fn check_value(value: &str, date: Option<&str>) {
    // Spaces around a value change nothing.
    assert_eq!(retry_after(value, date), retry_after(&format!(" {value}\t"), date));
    assert_eq!(rate_limit_reset(value, date), rate_limit_reset(&format!(" {value} "), date));
    // A point in time says nothing without a time to measure from.
    if let Some(seconds) = retry_after(value, None) {
        assert!(value.starts_with(|first: char| first.is_ascii_digit()));
        assert_eq!(retry_after(value, date), Some(seconds));
    }
    // What is seconds in one place is seconds in the other, unless it is a year.
    if let (Some(reset), Some(wait)) = (rate_limit_reset(value, None), retry_after(value, None)) {
        assert_eq!(reset, wait);
    }
    assert_eq!(requests(value), requests(&format!("{value};w=60")));
    assert_eq!(Quota::parse(value), Quota::parse(&format!(" {value} ")));
}
