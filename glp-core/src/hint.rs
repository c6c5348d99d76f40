//! The server's own wait, read from its answer.

use core::time::Duration;

use http::header;

use crate::exchange::Response;

/// Reads how long the server asks to wait: `Retry-After` in seconds (RFC 9110 §10.2.3).
pub fn wait_hint(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
