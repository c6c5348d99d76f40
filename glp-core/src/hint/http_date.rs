//! HTTP dates, in the three forms of RFC 9110 §5.6.7.

use alloc::vec::Vec;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// Years that a two-digit year may lie ahead before it means the past (RFC 9110 §5.6.7).
const YEARS_AHEAD: i64 = 50;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Reads an HTTP date; `reference` says which century a two-digit year belongs to.
///
/// A leap second counts as the second before it. Whether the name of the day fits the date is not
/// asked.
pub(super) fn parse(text: &str, reference: Timestamp) -> Option<Timestamp> {
    let date = match text.split_once(", ") {
        Some((day, rest)) if DAYS.contains(&day) => rfc850(rest, reference),
        Some((day, rest)) if is_short_day(day) => imf_fixdate(rest),
        Some(_) => None,
        None => asctime(text),
    }?;
    timestamp(date)
}

/// Reads `06 Nov 1994 08:49:37 GMT`, the form in use.
fn imf_fixdate(text: &str) -> Option<DateTime> {
    let [day, month, year, time, "GMT"] = split(text, ' ')? else { return None };
    civil(number::<4>(year)?, month, number::<2>(day)?, time)
}

/// Reads `06-Nov-94 08:49:37 GMT`, obsolete.
///
/// Among the years that end in the two digits it takes the latest that is not more than
/// [`YEARS_AHEAD`] ahead of `reference`.
fn rfc850(text: &str, reference: Timestamp) -> Option<DateTime> {
    let [date, time, "GMT"] = split(text, ' ')? else { return None };
    let [day, month, year] = split(date, '-')?;
    let (day, year) = (number::<2>(day)?, number::<2>(year)?);

    let reference = Offset::UTC.to_datetime(reference);
    let latest = reference.checked_add(Span::new().years(YEARS_AHEAD)).ok()?;
    let century = latest.year() - latest.year().rem_euclid(100);
    [century, century - 100]
        .into_iter()
        .filter_map(|century| civil(century + year, month, day, time))
        .find(|date| *date <= latest)
}

/// Reads `Sun Nov  6 08:49:37 1994`, the obsolete form of C's `asctime`.
fn asctime(text: &str) -> Option<DateTime> {
    let (day_name, rest) = text.split_once(' ')?;
    let (month, rest) = rest.split_once(' ')?;
    let (day, rest) = rest.split_at_checked(2)?;
    let ["", time, year] = split(rest, ' ')? else { return None };
    let day = match day.strip_prefix(' ') {
        Some(digit) => number::<1>(digit),
        None => number::<2>(day),
    }?;
    if !is_short_day(day_name) {
        return None;
    }
    civil(number::<4>(year)?, month, day, time)
}

/// Puts a date together; `None` where the calendar has no such day or the clock no such time.
fn civil(year: i16, month: &str, day: i16, time: &str) -> Option<DateTime> {
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let [hour, minute, second] = split(time, ':')?;
    let second = match number::<2>(second)? {
        60 => 59,
        second => second,
    };
    DateTime::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(number::<2>(hour)?).ok()?,
        i8::try_from(number::<2>(minute)?).ok()?,
        i8::try_from(second).ok()?,
        0,
    )
    .ok()
}

fn timestamp(date: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(date).ok()
}

fn is_short_day(name: &str) -> bool {
    name.len() == 3 && DAYS.iter().any(|day| day.starts_with(name))
}

/// Splits into exactly `N` parts.
fn split<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

/// Reads a number of exactly `WIDTH` digits.
fn number<const WIDTH: usize>(text: &str) -> Option<i16> {
    let is_number = text.len() == WIDTH && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    /// Reads `text` as a server would mean it on the date given in RFC 3339.
    fn on(reference: &str, text: &str) -> Option<Timestamp> {
        parse(text, reference.parse().unwrap())
    }

    fn rfc3339(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_three_forms_of_the_rfc_are_one_date() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(on("1994-11-06T00:00:00Z", text), rfc3339("1994-11-06T08:49:37Z"), "{text}");
        }
        assert_eq!(
            on("1994-11-06T00:00:00Z", "Wed Nov 16 08:49:37 1994"),
            rfc3339("1994-11-16T08:49:37Z")
        );
    }

    #[test]
    fn a_two_digit_year_more_than_fifty_years_ahead_is_past() {
        let today = "2026-11-23T08:00:00Z";
        let year = |text: &str| on(today, text).map(|time| time.to_string()[..10].to_string());

        assert_eq!(year("Monday, 23-Nov-26 08:00:30 GMT").as_deref(), Some("2026-11-23"));
        assert_eq!(year("Monday, 23-Nov-76 08:00:00 GMT").as_deref(), Some("2076-11-23"));
        assert_eq!(year("Tuesday, 23-Nov-76 08:00:01 GMT").as_deref(), Some("1976-11-23"));
        assert_eq!(year("Friday, 31-Dec-99 23:59:59 GMT").as_deref(), Some("1999-12-31"));

        // Over the turn of a century the near future wins.
        assert_eq!(
            on("1999-12-31T23:59:59Z", "Saturday, 01-Jan-00 00:00:10 GMT"),
            rfc3339("2000-01-01T00:00:10Z")
        );
    }

    #[test]
    fn the_calendar_is_kept_and_a_leap_second_is_the_one_before() {
        let today = "2026-11-23T08:00:00Z";
        assert_eq!(on(today, "Thu, 29 Feb 2024 00:00:00 GMT"), rfc3339("2024-02-29T00:00:00Z"));
        assert_eq!(on(today, "Thu, 29 Feb 2023 00:00:00 GMT"), None);
        assert_eq!(on(today, "Sat, 31 Dec 2016 23:59:60 GMT"), rfc3339("2016-12-31T23:59:59Z"));
        assert_eq!(on(today, "Sat, 31 Dec 2016 24:00:00 GMT"), None);
    }

    #[test]
    fn what_is_almost_a_date_is_none() {
        for text in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Som, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 +8:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sun Nov é 08:49:37 1994",
        ] {
            assert_eq!(on("1994-11-06T00:00:00Z", text), None, "{text}");
        }
    }

    proptest! {
        /// Every second from 1970 to 2199 is read back from all forms, the short year near its time.
        #[test]
        fn what_is_written_is_read(second in 0_i64..7_258_118_400) {
            let time = Timestamp::from_second(second).unwrap();
            for form in ["%a, %d %b %Y %T GMT", "%A, %d-%b-%y %T GMT", "%a %b %e %T %Y"] {
                prop_assert_eq!(parse(&time.strftime(form).to_string(), time), Some(time));
            }
        }

        /// A two-digit year is never read as more than fifty years ahead, nor as a hundred behind.
        #[test]
        fn a_two_digit_year_stays_near(now in 0_i64..7_258_118_400, year in 0..100, month in 0_usize..12) {
            let now = Timestamp::from_second(now).unwrap();
            let text = format!("Sunday, 06-{}-{year:02} 08:49:37 GMT", MONTHS[month]);
            let read = Offset::UTC.to_datetime(parse(&text, now).unwrap());
            let now = Offset::UTC.to_datetime(now);
            prop_assert!(read <= now.checked_add(Span::new().years(50)).unwrap());
            prop_assert!(read > now.checked_sub(Span::new().years(51)).unwrap());
        }

        /// No text makes it panic, near a date or far from one.
        #[test]
        fn any_text_is_read(text in "((Sun|Sunday),? |[0-9]{1,5}|Nov|[ :é-]|GMT|.){0,12}", now in any::<i32>()) {
            parse(&text, Timestamp::from_second(now.into()).unwrap());
        }
    }
}
