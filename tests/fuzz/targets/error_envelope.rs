//! Bodies of errors: any bytes are read, and what reaches an error is short and printable.
#![no_main]

use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::greenlake::ErrorEnvelope;
use http::StatusCode;
use libfuzzer_sys::fuzz_target;

/// Far above what an error may quote of a body, far below what a body may hold.
const LONGEST: usize = 8_192;

fuzz_target!(|input: &[u8]| {
    let (status, body) = match input.split_first_chunk::<3>() {
        Some((status, body)) => (StatusCode::from_bytes(status).ok(), body),
        None => (None, input),
    };
    let envelope = ErrorEnvelope::read(body);
    for text in [&envelope.error_code, &envelope.message, &envelope.debug_id, &envelope.field] {
        let text = text.as_deref().unwrap_or_default();
        assert!(text.len() <= LONGEST, "{} bytes of an envelope", text.len());
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    let mut response = Response::new(body.to_vec().into());
    *response.status_mut() = status.unwrap_or(StatusCode::BAD_REQUEST);
    let error = Error::from_response(&response, "GET", "/devices/v1/devices");
    let shown = [error.to_string(), format!("{error:?}")];
    let json = serde_json::to_string(&error).expect("an error is plain data");
    for text in shown.iter().chain([&json]) {
        assert!(text.len() <= LONGEST, "{} bytes of an error", text.len());
    }
    assert!(!shown[0].chars().any(char::is_control), "{:?}", shown[0]);
});
