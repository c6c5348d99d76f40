//! A header's value, read as a wait: each form that the standards and the service know, and each
//! that they do not.

use core::time::Duration;

use glp_core::hint::{Quota, rate_limit_reset, requests, retry_after};
use proptest::prelude::*;

use crate::secs;

const DATE: Option<&str> = Some("Mon, 23 Nov 2026 08:00:00 GMT");
/// The same moment, in seconds since 1970.
const DATE_SECONDS: u64 = 1_795_420_800;
const MAX: Duration = Duration::from_secs(u64::MAX);

#[test]
fn r3_retry_after_is_read_as_seconds_and_in_the_three_forms_of_a_date() {
    for (value, wait) in [
        ("2", 2),
        (" 30 ", 30),
        ("007", 7),
        ("Mon, 23 Nov 2026 08:00:45 GMT", 45),
        ("Monday, 23-Nov-26 08:00:45 GMT", 45),
        ("Mon Nov 23 08:00:45 2026", 45),
    ] {
        assert_eq!(retry_after(value, DATE), Some(secs(wait)), "{value}");
    }
}

#[test]
fn a_date_is_measured_from_the_date_of_the_response_in_any_of_its_forms() {
    let forms = [
        "Mon, 23 Nov 2026 08:00:00 GMT",
        " Monday, 23-Nov-26 08:00:00 GMT ",
        "Mon Nov 23 08:00:00 2026",
    ];
    for date in forms {
        assert_eq!(retry_after("Mon, 23 Nov 2026 09:00:00 GMT", Some(date)), Some(secs(3_600)));
    }
}

#[test]
fn the_two_digit_year_of_a_date_header_is_between_1970_and_2069() {
    let later = |date, value| retry_after(value, Some(date));
    assert_eq!(
        later("Thursday, 01-Jan-70 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:09 GMT"),
        Some(secs(9))
    );
    assert_eq!(
        later("Tuesday, 31-Dec-69 23:59:59 GMT", "Wed, 01 Jan 2070 00:00:09 GMT"),
        Some(secs(10))
    );
}

#[test]
fn a_point_in_time_says_nothing_without_a_date_that_can_be_read() {
    for date in [None, Some(""), Some("today"), Some("1795420800"), Some("2026-11-23T08:00:00Z")] {
        assert_eq!(retry_after("Mon, 23 Nov 2026 08:00:45 GMT", date), None);
        assert_eq!(rate_limit_reset("2026-11-23T08:00:45Z", date), None);
        assert_eq!(rate_limit_reset("1795420845", date), None);
        assert_eq!(retry_after("45", date), Some(secs(45)), "seconds need none");
        assert_eq!(rate_limit_reset("45", date), Some(secs(45)));
    }
}

#[test]
fn r6_zero_and_past_are_at_once() {
    for value in ["0", "0.0", "000", "Mon, 23 Nov 2026 07:59:00 GMT", "Sun Nov  6 08:49:37 1904"] {
        assert_eq!(retry_after(value, DATE), Some(Duration::ZERO), "{value}");
    }
    for value in ["0", "1795420799", "1000000000", "2026-11-23T07:59:59Z"] {
        assert_eq!(rate_limit_reset(value, DATE), Some(Duration::ZERO), "{value}");
    }
}

#[test]
fn a_fraction_is_rounded_up_so_as_never_to_be_early() {
    for (value, wait) in [("1.5", 2), ("2.0", 2), ("0.001", 1), ("2.000000000000000000001", 3)] {
        assert_eq!(retry_after(value, None), Some(secs(wait)), "{value}");
        assert_eq!(rate_limit_reset(value, None), Some(secs(wait)), "{value}");
    }
}

#[test]
fn garbage_and_negative_numbers_say_nothing() {
    for value in ["", " ", "soon", "-1", "+5", "5s", "1.", ".5", ".", "1,5", "0x10", "1e3", "é"] {
        assert_eq!(retry_after(value, DATE), None, "{value}");
        assert_eq!(rate_limit_reset(value, DATE), None, "{value}");
    }
    assert_eq!(retry_after("2026-11-23T08:00:45Z", DATE), None, "a form of the reset's");
    assert_eq!(rate_limit_reset("Mon, 23 Nov 2026 08:00:45 GMT", DATE), None, "and the other way");
}

#[test]
fn four_hundred_digits_are_a_very_long_wait_and_neither_a_panic_nor_none() {
    let (digits, fraction) = ("9".repeat(400), format!("1.{}", "9".repeat(400)));
    assert_eq!(retry_after(&digits, None), Some(MAX));
    assert_eq!(retry_after(&fraction, None), Some(secs(2)));
    assert_eq!(retry_after(&format!("{digits}.5"), None), Some(MAX));
    assert_eq!(rate_limit_reset(&digits, DATE), Some(MAX - secs(DATE_SECONDS)));
    assert_eq!(rate_limit_reset(&digits, None), None);
    assert_eq!(requests(&digits), Some(u64::MAX));
    assert_eq!(retry_after(&format!("{}7", "0".repeat(400)), None), Some(secs(7)));
}

#[test]
fn a_reset_is_seconds_or_seconds_since_1970_or_rfc_3339() {
    for (value, wait) in [
        (" 31 ", 31),
        ("999999999", 999_999_999),
        ("1795420831", 31),
        ("2026-11-23T08:00:31Z", 31),
        ("2026-11-23T09:00:31+01:00", 31),
    ] {
        assert_eq!(rate_limit_reset(value, DATE), Some(secs(wait)), "{value}");
    }
}

#[test]
fn seconds_since_1970_are_those_seconds_where_the_server_lives_before_1970() {
    let date = Some("Wed, 31 Dec 1969 23:59:59 GMT");
    assert_eq!(rate_limit_reset("1000000000", date), Some(secs(1_000_000_000)));
}

#[test]
fn a_number_of_requests_may_have_its_policy_behind_it() {
    for value in ["100", " 100 ", "100, 100;w=60", "100;w=60", "100 ;w=60"] {
        assert_eq!(requests(value), Some(100), "{value}");
    }
    for value in ["", ";w=60", "-1", "a few", "1.5"] {
        assert_eq!(requests(value), None, "{value}");
    }
}

#[test]
fn of_several_policies_the_tightest_counts_and_of_those_the_longest() {
    let quota = |remaining, reset| Some(Quota { remaining, reset: secs(reset) });
    for (value, read) in [
        (r#""default";r=50;t=30"#, quota(50, 30)),
        (r#" "default" ; r=50 ; t=30 "#, quota(50, 30)),
        (r#""a";r=5;t=9, "b";r=3;t=1, "c";r=3;t=2"#, quota(3, 2)),
        (r#""a";qu="requests";t=30;pk=:cHJva2V5:;r=50"#, quota(50, 30)),
        (r#""a";r=5, "b";r=7;t=2"#, quota(7, 2)),
    ] {
        assert_eq!(Quota::parse(value), read, "{value}");
    }
    let none = ["", "50", "r=50;t=30", r#""a";r=-1;t=3"#, r#""a";r=5"#, r#""a";t=5"#, ",;=,;"];
    for value in none {
        assert_eq!(Quota::parse(value), None, "{value}");
    }
    let digits = "9".repeat(400);
    let most = Quota { remaining: u64::MAX, reset: MAX };
    assert_eq!(Quota::parse(&format!("\"a\";r={digits};t={digits}")), Some(most));
}

proptest! {
    #[test]
    fn the_wait_asked_for_is_never_cut_digits_are_read_as_the_number_they_are(number: u64) {
        prop_assert_eq!(retry_after(&number.to_string(), None), Some(secs(number)));
        prop_assert_eq!(requests(&number.to_string()), Some(number));
    }

    #[test]
    fn law_7_no_reset_is_read_as_earlier_than_it_is(wait in 0..1_000_000_000_u64) {
        let (epoch, date) = ((DATE_SECONDS + wait).to_string(), DATE);
        prop_assert_eq!(rate_limit_reset(&wait.to_string(), date), Some(secs(wait)));
        prop_assert_eq!(rate_limit_reset(&epoch, date), Some(secs(wait)));
    }

    #[test]
    fn any_text_is_read_without_a_panic(
        value in "[ -~]{0,40}|[0-9]{0,30}|\\PC{0,8}|(Sun|Monday|Nov|[ :,.-]|GMT|[0-9]{1,5}){0,12}",
        date in prop::option::of("[ -~]{0,40}|Mon, 23 Nov [0-9]{4} 08:00:00 GMT"),
    ) {
        retry_after(&value, date.as_deref());
        rate_limit_reset(&value, date.as_deref());
        requests(&value);
        Quota::parse(&value);
    }
}
