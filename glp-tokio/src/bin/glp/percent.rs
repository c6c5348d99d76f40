//! A share as people type it: `10%`.

use std::fmt;
use std::str::FromStr;

use glp_core::invalid::Invalid;

/// Holds a share in whole percent, from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percent(u8);

impl Percent {
    /// Returns the share in percent.
    pub(crate) fn get(self) -> u8 {
        self.0
    }
}

impl FromStr for Percent {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(percent @ 0..=100) if plain => Ok(Self(percent)),
            _ => Err(Invalid::new("share", text, "a whole percentage from 0% to 100%")),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_with_and_without_the_sign() {
        for (text, percent) in [("10%", 10), ("10", 10), ("0%", 0), ("100%", 100)] {
            assert_eq!(text.parse(), Ok(Percent(percent)));
        }
    }

    #[test]
    fn an_error_names_the_value_and_what_is_allowed() {
        for text in ["", "%", "101%", "-1%", "+5%", "2.5%", "ten"] {
            assert_eq!(
                text.parse::<Percent>().unwrap_err().to_string(),
                format!("share is {text}: it must be a whole percentage from 0% to 100%")
            );
        }
    }
}
