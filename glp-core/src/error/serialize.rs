//! The serialised form of an error: seven keys, in a fixed order.

use alloc::string::ToString;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::Error;
use crate::wall::UnixTime;

/// Writes `error_type`, `message`, `code`, `details`, `timestamp`, `recoverable`, `cause`.
///
/// The timestamp is RFC 3339 with `Z`, or null where nobody noted the time. The cause is its text,
/// one level deep, or null.
///
/// # Examples
///
/// ```
/// use glp_core::error::Error;
/// use glp_core::wall::UnixTime;
///
/// let error = Error::dns("api.example").with_timestamp(UnixTime::from_secs(1_767_225_600));
/// assert_eq!(
///     serde_json::to_string(&error).unwrap(),
///     concat!(
///         r#"{"error_type":"DNSError","message":"DNS resolution failed","code":"DNS_ERROR","#,
///         r#""details":{"hostname":"api.example"},"timestamp":"2026-01-01T00:00:00Z","#,
///         r#""recoverable":true,"cause":null}"#,
///     ),
/// );
/// ```
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let timestamp = Some(self.timestamp()).filter(|timestamp| *timestamp != UnixTime::EPOCH);
        let cause = core::error::Error::source(self).map(ToString::to_string);

        let mut record = serializer.serialize_struct("Error", 7)?;
        record.serialize_field("error_type", self.kind().class())?;
        record.serialize_field("message", self.message())?;
        record.serialize_field("code", &self.code())?;
        record.serialize_field("details", &Details(self))?;
        record.serialize_field("timestamp", &timestamp)?;
        record.serialize_field("recoverable", &self.is_recoverable())?;
        record.serialize_field("cause", &cause)?;
        record.end()
    }
}

/// Writes the details as a map, in the order in which they were set.
struct Details<'a>(&'a Error);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let details = self.0.details();
        let mut map = serializer.serialize_map(Some(details.len()))?;
        for (key, value) in details {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::error::{ApiKind, NetworkKind};

    #[test]
    fn e2_the_typed_fields_are_in_the_details() {
        let error = Error::new(ApiKind::Server, "Server error")
            .with_status(503)
            .with_method("PATCH")
            .with_endpoint("/devices/v1/devices")
            .with_debug_id("d-1")
            .with_retry_after(Duration::from_secs(7))
            .with_attempts(3)
            .with_elapsed(Duration::from_millis(250))
            .with_outcome_unknown();

        let record: Value = serde_json::to_value(&error).unwrap();
        assert_eq!(
            record["details"],
            json!({
                "status_code": 503,
                "method": "PATCH",
                "endpoint": "/devices/v1/devices",
                "debug_id": "d-1",
                "retry_after_seconds": 7,
                "attempts": 3,
                "elapsed_seconds": 0.25,
                "outcome_unknown": true,
            })
        );
        assert_eq!(record.as_object().unwrap().len(), 7);
    }

    #[test]
    fn e2_a_timestamp_carries_its_zone_and_an_unknown_one_is_null() {
        let error = Error::new(ApiKind::Server, "Server error");
        assert_eq!(serde_json::to_value(&error).unwrap()["timestamp"], Value::Null);

        let error = error.with_timestamp(UnixTime::from_nanos(1_500_000_000));
        assert_eq!(serde_json::to_value(&error).unwrap()["timestamp"], "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn the_cause_is_one_level_of_text() {
        let root = Error::dns("a.example");
        let middle = Error::connection("a.example").with_cause(root);
        let error = Error::new(NetworkKind::General, "broken").with_cause(middle);
        assert_eq!(
            serde_json::to_value(&error).unwrap()["cause"],
            "[CONNECTION_ERROR] Failed to connect to server (host=a.example)"
        );
    }
}
