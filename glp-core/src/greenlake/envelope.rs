//! The service's error envelope, read leniently from whatever a body holds.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::time::Duration;

use serde_json::{Map, Value};

use crate::redact;

/// Characters that are kept of a message.
const MESSAGE_CHARACTERS: usize = 500;

/// Characters that are kept of a code, an id or the name of a field.
const NAME_CHARACTERS: usize = 128;

/// What an error body says, without secrets and cut short; each part only where it is there.
///
/// Reads the documented envelope (`httpStatusCode`, `errorCode`, `message`, `debugId`,
/// `errorDetails`), its second shape (`message`, `statusCode`), and the error of an OAuth token
/// request (`error`, `error_description`; RFC 6749 §5.2). A part of an unexpected type is passed
/// over. A body that is not a JSON object (empty, HTML, cut off) gives an envelope without parts.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::greenlake::ErrorEnvelope;
///
/// let envelope = ErrorEnvelope::read(
///     br#"{"httpStatusCode": "503", "errorCode": "HPE_GL_ERROR_SERVICE_UNAVAILABLE",
///          "message": "Try later", "debugId": "d-1",
///          "errorDetails": [{"type": "hpe.greenlake.retry_info", "retryAfterSeconds": 30}]}"#,
/// );
/// assert_eq!(envelope.status, Some(503));
/// assert_eq!(envelope.message.as_deref(), Some("Try later"));
/// assert_eq!(envelope.retry_after, Some(Duration::from_secs(30)));
/// assert_eq!(ErrorEnvelope::read(b"<html>"), ErrorEnvelope::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorEnvelope {
    /// The status that the body claims. It can differ from the response's own: trust that one.
    pub status: Option<u16>,
    /// The service's code, such as `HPE_GL_ERROR_BAD_REQUEST`, or the OAuth error.
    pub error_code: Option<String>,
    /// The message for people.
    pub message: Option<String>,
    /// The service's own id of the failed request.
    pub debug_id: Option<String>,
    /// The part of the request that the first issue complains about.
    pub field: Option<String>,
    /// How long the service asks to wait; the longest, where it says several.
    pub retry_after: Option<Duration>,
}

impl ErrorEnvelope {
    /// Reads the envelope. Any bytes will do.
    pub fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let details =
            || body.get("errorDetails").or_else(|| body.get("errorDetail")).map_or(&[][..], items);
        Self {
            status: body.get("httpStatusCode").or_else(|| body.get("statusCode")).and_then(status),
            error_code: first(&body, &["errorCode", "error"], NAME_CHARACTERS),
            message: first(&body, &["message", "error_description"], MESSAGE_CHARACTERS),
            debug_id: first(&body, &["debugId"], NAME_CHARACTERS),
            field: details()
                .iter()
                .filter_map(|detail| detail.get("issues"))
                .flat_map(items)
                .find_map(field),
            retry_after: details().iter().filter_map(retry_after).max(),
        }
    }
}

/// Returns the items of an array, or a lone value as the only item.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        lone => core::slice::from_ref(lone),
    }
}

/// Returns the first of some members that holds text, clean and short.
fn first(object: &Map<String, Value>, names: &[&str], limit: usize) -> Option<String> {
    let text = names.iter().find_map(|name| {
        object.get(*name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    })?;
    Some(redact::cut(&redact::text(text), limit).to_owned())
}

/// Reads a status written as a number or as text.
fn status(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads what an issue complains about: its subject, or where it stands.
fn field(issue: &Value) -> Option<String> {
    first(issue.as_object()?, &["subject", "source"], NAME_CHARACTERS)
}

/// Reads the wait of one detail, in seconds, as a number or as text; a fraction is rounded up.
fn retry_after(detail: &Value) -> Option<Duration> {
    match detail.get("retryAfterSeconds")? {
        Value::String(text) => crate::hint::seconds(text),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(seconds), _) => Some(Duration::from_secs(seconds)),
            // `f64 as u64` saturates; serde_json gives no infinity and no NaN.
            (None, Some(seconds)) if seconds >= 0.0 => {
                Some(Duration::from_secs(seconds.ceil() as u64))
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> ErrorEnvelope {
        ErrorEnvelope::read(body.to_string().as_bytes())
    }

    #[test]
    fn the_documented_envelope_is_read_whole() {
        let envelope = read(json!({
            "httpStatusCode": 400,
            "errorCode": "HPE_GL_ERROR_BAD_REQUEST",
            "message": "Invalid filter",
            "debugId": "4f2e",
            "errorDetails": [{
                "type": "hpe.greenlake.bad_request",
                "issues": [{"source": "parameter", "subject": "filter", "description": "bad"}],
            }],
        }));
        assert_eq!(
            envelope,
            ErrorEnvelope {
                status: Some(400),
                error_code: Some("HPE_GL_ERROR_BAD_REQUEST".into()),
                message: Some("Invalid filter".into()),
                debug_id: Some("4f2e".into()),
                field: Some("filter".into()),
                retry_after: None,
            }
        );
    }

    #[test]
    fn the_second_shape_and_a_status_as_text_are_read() {
        let envelope = read(json!({"message": "no", "statusCode": 404}));
        assert_eq!((envelope.status, envelope.message.as_deref()), (Some(404), Some("no")));
        assert_eq!(read(json!({"httpStatusCode": " 422 "})).status, Some(422));
        assert_eq!(read(json!({"httpStatusCode": 70_000})).status, None);
        assert_eq!(read(json!({"httpStatusCode": -1})).status, None);
    }

    #[test]
    fn an_oauth_error_is_read_with_and_without_a_description() {
        let envelope = read(json!({"error": "invalid_client"}));
        assert_eq!(envelope.error_code.as_deref(), Some("invalid_client"));
        assert_eq!(envelope.message, None);

        let envelope = read(json!({"error": "invalid_client", "error_description": "Unknown"}));
        assert_eq!(envelope.message.as_deref(), Some("Unknown"));
    }

    #[test]
    fn the_misspelt_and_the_lone_detail_are_read() {
        for details in [
            json!({"errorDetails": {"retryAfterSeconds": 5}}),
            json!({"errorDetail": [{"retryAfterSeconds": 5}]}),
            json!({"errorDetails": [null, 7, {"metadata": {}}, {"retryAfterSeconds": "5"}]}),
            json!({"errorDetails": [{"retryAfterSeconds": 2}, {"retryAfterSeconds": 5}]}),
            json!({"errorDetails": [{"retryAfterSeconds": 4.1}]}),
        ] {
            assert_eq!(read(details).retry_after, Some(Duration::from_secs(5)));
        }
    }

    #[test]
    fn a_wait_that_is_none_is_passed_over() {
        for wait in [json!(-1), json!(-0.5), json!("soon"), json!(null), json!([5]), json!("-3")] {
            assert_eq!(
                read(json!({"errorDetails": [{"retryAfterSeconds": wait}]})).retry_after,
                None
            );
        }
        let wait =
            |wait: Value| read(json!({"errorDetails": [{"retryAfterSeconds": wait}]})).retry_after;
        assert_eq!(wait(json!(0)), Some(Duration::ZERO));
        assert_eq!(wait(json!(1e300)), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn parts_of_the_wrong_type_are_passed_over() {
        let envelope = read(json!({
            "httpStatusCode": [], "errorCode": 7, "message": {"text": "no"}, "debugId": null,
            "errorDetails": "none", "error": {"message": "nested"},
        }));
        assert_eq!(envelope, ErrorEnvelope::default());
    }

    #[test]
    fn c7_a_message_is_clean_and_short() {
        let envelope = read(json!({"message": format!("Bearer abc {}", "x".repeat(1_000))}));
        let message = envelope.message.unwrap();
        assert!(message.starts_with("Bearer [redacted] x"));
        assert_eq!(message.chars().count(), MESSAGE_CHARACTERS);
    }

    #[test]
    fn a_body_that_is_no_object_has_no_parts() {
        for body in ["", "null", "[]", "42", "<!DOCTYPE html><html>", r#"{"message": "cut of"#] {
            assert_eq!(ErrorEnvelope::read(body.as_bytes()), ErrorEnvelope::default());
        }
    }

    proptest! {
        /// No bytes make it panic.
        #[test]
        fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..500)) {
            ErrorEnvelope::read(&body);
        }

        /// No text under the known names makes it panic, and no part is longer than its limit.
        #[test]
        fn any_text_is_read(text in ".{0,700}", number in any::<f64>()) {
            let envelope = read(json!({
                "httpStatusCode": text, "errorCode": text, "message": text, "debugId": text,
                "errorDetails": [{"retryAfterSeconds": number, "issues": [{"subject": text}]},
                                 {"retryAfterSeconds": text, "issues": text}],
            }));
            for (part, limit) in [
                (envelope.message, MESSAGE_CHARACTERS),
                (envelope.error_code, NAME_CHARACTERS),
                (envelope.debug_id, NAME_CHARACTERS),
                (envelope.field, NAME_CHARACTERS),
            ] {
                prop_assert!(part.is_none_or(|part| part.chars().count() <= limit));
            }
        }
    }
}
