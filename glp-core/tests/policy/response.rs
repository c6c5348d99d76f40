//! What a whole response says about waiting and about the quota: which place is asked first, and
//! which answers speak of it at all.

use core::time::Duration;

use glp_core::exchange::Response;
use glp_core::hint::{Hint, Quota, Source, quota_left, wait_hint};
use http::StatusCode;
use proptest::prelude::*;

use crate::secs;

const DATE_LINE: (&str, &str) = ("date", "Mon, 23 Nov 2026 08:00:00 GMT");
const RETRY_INFO: &str = r#"{"errorDetails": [{"retryAfterSeconds": 9}]}"#;

fn response(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    for (name, value) in headers {
        response.headers_mut().append(*name, value.parse().expect("a header value"));
    }
    response
}

/// Reads the wait of a 429 with `Date`, this header, and nine seconds in the body.
fn hint(name: &'static str, value: &str) -> (Duration, Source) {
    let hint = Hint::read(&response(429, &[DATE_LINE, (name, value)], RETRY_INFO)).expect("a hint");
    (hint.wait, hint.source)
}

#[test]
fn each_place_is_read_and_named() {
    for value in ["45", "Mon, 23 Nov 2026 08:00:45 GMT"] {
        assert_eq!(hint("retry-after", value), (secs(45), Source::RetryAfter));
    }
    for name in ["ratelimit-reset", "x-ratelimit-reset"] {
        for value in ["45", "1795420845", "2026-11-23T08:00:45Z"] {
            assert_eq!(hint(name, value), (secs(45), Source::RateLimitReset));
        }
    }
    assert_eq!(hint("x-other", "45"), (secs(9), Source::Body));
}

#[test]
fn the_three_reset_headers_of_the_service_are_read_whatever_their_case() {
    let names = [
        http::HeaderName::from_bytes(b"rateLimit-reset").unwrap(),
        http::HeaderName::from_bytes(b"X-RateLimit-Reset").unwrap(),
        http::HeaderName::from_bytes(b"Retry-After").unwrap(),
    ];
    for name in names {
        let mut response = response(429, &[], "");
        response.headers_mut().insert(name, 5.into());
        assert_eq!(wait_hint(&response), Some(secs(5)));
    }
}

#[test]
fn r6_at_once_and_unknown_are_two_answers() {
    assert_eq!(wait_hint(&response(429, &[("retry-after", "0")], "")), Some(Duration::ZERO));
    assert_eq!(wait_hint(&response(429, &[DATE_LINE], "")), None);
}

#[test]
fn what_is_no_wait_is_passed_over_and_the_next_place_is_asked() {
    for value in ["", "soon", "-1", "\u{e9}"] {
        assert_eq!(hint("retry-after", value), (secs(9), Source::Body), "{value}");
        assert_eq!(hint("ratelimit-reset", value), (secs(9), Source::Body), "{value}");
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
    let twice = [("ratelimit-reset", "8"), ("ratelimit-reset", "3")];
    assert_eq!(wait_hint(&response(429, &twice, "")), Some(secs(8)));
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
fn the_body_is_asked_on_client_and_on_server_errors_alike() {
    for (status, wait) in [(200, None), (302, None), (429, Some(secs(9))), (500, Some(secs(9)))] {
        assert_eq!(wait_hint(&response(status, &[], RETRY_INFO)), wait, "{status}");
    }
}

#[test]
fn the_quota_is_read_from_one_whole_family() {
    let old = [
        ("x-ratelimit-remaining", "7, 7;w=60"),
        ("x-ratelimit-reset", "2026-11-23T08:00:31Z"),
        DATE_LINE,
    ];
    let quota = Quota { remaining: 7, reset: secs(31) };
    assert_eq!(quota_left(&response(200, &old, "")), Some(quota));
    let mixed = [("ratelimit-remaining", "5"), old[1], DATE_LINE];
    assert_eq!(quota_left(&response(200, &mixed, "")), None);
    assert_eq!(quota_left(&response(200, &old[..2], "")), None, "a time without a date");
    let new = [("ratelimit-remaining", "5"), ("ratelimit-reset", "9"), old[0], old[1], DATE_LINE];
    let quota = Quota { remaining: 5, reset: secs(9) };
    assert_eq!(quota_left(&response(200, &new, "")), Some(quota));
}

#[test]
fn the_header_of_the_draft_is_read_where_no_other_speaks() {
    let day = ("ratelimit", r#""day";r=900;t=50000"#);
    let minute = ("ratelimit", r#""minute";r=0;t=30"#);
    let quota = |remaining, reset| Some(Quota { remaining, reset: secs(reset) });
    assert_eq!(quota_left(&response(200, &[day], "")), quota(900, 50_000));
    assert_eq!(quota_left(&response(200, &[day, minute], "")), quota(0, 30), "on two lines");
    let plain = [day, ("ratelimit-remaining", "5"), ("ratelimit-reset", "9")];
    assert_eq!(quota_left(&response(200, &plain, "")), quota(5, 9));

    for status in [429, 503] {
        assert_eq!(wait_hint(&response(status, &[day, minute], "")), Some(secs(30)));
        assert_eq!(wait_hint(&response(status, &[day], "")), None, "something is left");
    }
    assert_eq!(wait_hint(&response(500, &[minute], "")), None);
    assert_eq!(wait_hint(&response(429, &[minute, ("x-ratelimit-reset", "7")], "")), Some(secs(7)));
}

proptest! {
    #[test]
    fn no_header_and_no_body_makes_it_panic(
        status in 100_u16..1_000,
        values in prop::collection::vec((0_usize..7, "[ -~]{0,40}|[0-9]{0,30}|\\PC{0,8}"), 0..8),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        const NAMES: [&str; 7] = [
            "date", "retry-after", "ratelimit-reset", "x-ratelimit-reset",
            "ratelimit-remaining", "x-ratelimit-remaining", "ratelimit",
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
}
