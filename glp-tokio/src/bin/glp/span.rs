//! A length of time as people type it: `90d`, `1h30m`, `250ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use glp_core::invalid::Invalid;

/// Holds a length of time typed on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// The units, from the longest; their lengths are in milliseconds.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Ten years: longer than any subscription, and far from where arithmetic saturates.
const LONGEST: Duration = Duration::from_secs(3_650 * 86_400);

const LIMIT: &str = "whole numbers with d, h, m, s or ms, such as 90d or 1h30m, up to 3650d";

impl FromStr for Span {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text)
            .filter(|duration| *duration <= LONGEST)
            .map(Self)
            .ok_or_else(|| Invalid::new("time", text, LIMIT))
    }
}

fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut milliseconds = 0_u64;
    while !rest.is_empty() || text.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let (unit, tail) = tail.split_at(letters);
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
        milliseconds =
            milliseconds.checked_add(number.parse::<u64>().ok()?.checked_mul(*length)?)?;
        rest = tail;
    }
    Some(Duration::from_millis(milliseconds))
}

/// Writes at most two units, as people say it: `2d 3h`, `1m 5s`, `1.2 s`, `250 ms`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        if days > 0 {
            write!(f, "{days}d {hours}h")
        } else if seconds >= 3_600 {
            write!(f, "{hours}h {minutes}m")
        } else if seconds >= 60 {
            write!(f, "{minutes}m {}s", seconds % 60)
        } else if seconds >= 10 || (seconds > 0 && self.0.subsec_millis() == 0) {
            write!(f, "{seconds} s")
        } else if seconds > 0 {
            write!(f, "{:.1} s", self.0.as_secs_f64())
        } else {
            write!(f, "{} ms", self.0.as_millis())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_single_and_compound_spans() {
        for (text, milliseconds) in [
            ("90d", 90 * 86_400_000),
            ("1h30m", 5_400_000),
            ("5m", 300_000),
            ("250ms", 250),
            ("1s500ms", 1_500),
            ("0d", 0),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.0, Duration::from_millis(milliseconds), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_value_and_what_is_allowed() {
        for text in
            ["", "5", "d", "-5m", "1.5h", "5 m", "5M", "5x", "3651d", "99999999999999999999d"]
        {
            let error = text.parse::<Span>().unwrap_err();
            assert_eq!(error.to_string(), format!("time is {text}: it must be {LIMIT}"));
        }
    }

    #[test]
    fn is_written_with_at_most_two_units() {
        for (milliseconds, text) in [
            (0, "0 ms"),
            (250, "250 ms"),
            (1_000, "1 s"),
            (1_240, "1.2 s"),
            (37_900, "37 s"),
            (65_000, "1m 5s"),
            (5_400_000, "1h 30m"),
            (183_600_000, "2d 3h"),
        ] {
            assert_eq!(Span(Duration::from_millis(milliseconds)).to_string(), text);
        }
    }
}
