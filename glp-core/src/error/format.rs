//! The printed forms of an error: one line for logs, every field for people.

use alloc::string::ToString;
use core::fmt;

use serde_json::Value;

use super::Error;
use super::error::RESPONSE_BODY;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code(), self.message())?;
        let mut before = " (";
        for (key, value) in self.details().iter().filter(|(key, _)| *key != RESPONSE_BODY) {
            match value {
                Value::String(text) => write!(f, "{before}{key}={text}")?,
                value => write!(f, "{before}{key}={value}")?,
            }
            before = ", ";
        }
        f.write_str(if before == ", " { ")" } else { "" })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("code", &self.code())
            .field("message", &self.message())
            .field("details", &Details(self.details()))
            .field("recoverable", &self.is_recoverable())
            .field("attempts", &self.attempts())
            .field("elapsed", &self.elapsed())
            .field("status", &self.status())
            .field("method", &self.method())
            .field("endpoint", &self.endpoint())
            .field("debug_id", &self.debug_id())
            .field("retry_after", &self.retry_after())
            .field("retry_at", &self.retry_at())
            .field("outcome_unknown", &self.is_outcome_unknown())
            .field("timestamp", &format_args!("{}", self.timestamp()))
            .field("cause", &core::error::Error::source(self).map(ToString::to_string))
            .finish()
    }
}

/// Prints details as a map of JSON values.
struct Details<'a>(&'a [(&'static str, Value)]);

impl fmt::Debug for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, value) in self.0 {
            map.entry(key, &format_args!("{value}"));
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use core::time::Duration;

    use super::*;
    use crate::error::{ApiKind, NetworkKind};

    #[test]
    fn display_has_a_parenthesis_only_for_details() {
        let bare = Error::new(NetworkKind::General, "broken");
        assert_eq!(bare.to_string(), "[NETWORKERROR] broken");

        let detailed = bare.with_detail("tries", 3).with_detail("host", "example.com");
        assert_eq!(detailed.to_string(), "[NETWORKERROR] broken (tries=3, host=example.com)");
    }

    #[test]
    fn c7_display_leaves_the_body_out() {
        let error = Error::new(ApiKind::Server, "Server error")
            .with_detail(RESPONSE_BODY, "a page of text")
            .with_status(500);
        assert_eq!(error.to_string(), "[SERVER_ERROR] Server error (status_code=500)");
        assert!(format!("{error:?}").contains("a page of text"));
    }

    #[test]
    fn debug_names_every_field_and_prints_pretty() {
        let error = Error::new(ApiKind::Server, "Server error")
            .with_status(503)
            .with_method("GET")
            .with_endpoint("/devices/v1/devices")
            .with_debug_id("d-1")
            .with_attempts(3)
            .with_elapsed(Duration::from_millis(1_500));

        let debug = format!("{error:?}");
        for part in [
            "kind: Api(Server)",
            r#"code: "SERVER_ERROR""#,
            r#"message: "Server error""#,
            r#"details: {"status_code": 503, "method": "GET""#,
            "recoverable: true",
            "attempts: 3",
            "elapsed: 1.5s",
            "status: Some(503)",
            r#"endpoint: Some("/devices/v1/devices")"#,
            r#"debug_id: Some("d-1")"#,
        ] {
            assert!(debug.contains(part), "{part} is not in {debug}");
        }
        assert!(format!("{error:#?}").lines().count() > 15);
    }
}
