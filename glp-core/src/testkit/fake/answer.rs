//! Bare responses: a status, a content type and a body.

use alloc::string::String;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response as HttpResponse, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::exchange::Response;
use crate::wall::UnixTime;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// What a gateway shows in place of the service's own words.
const GATEWAY_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Request could not be served\
     </title></head>\n<body><h1>Request could not be served</h1><hr>gateway</body></html>\n";

/// Answers with JSON text.
pub(super) fn json(status: StatusCode, body: String) -> Response {
    with_body(status, JSON, body.into())
}

/// Answers with the page that a gateway before the service shows.
pub(super) fn html(status: StatusCode) -> Response {
    with_body(status, HTML, Bytes::from_static(GATEWAY_PAGE.as_bytes()))
}

fn with_body(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// Writes a time for a header, in whole seconds.
///
/// Source: RFC 9110, section 5.6.7.
pub(super) fn http_date(time: UnixTime) -> HeaderValue {
    // 2⁶⁴ nanoseconds in seconds are well within both types, and jiff's calendar ends in 9999.
    let timestamp = Timestamp::from_second(time.as_secs() as i64).unwrap_or(Timestamp::MAX);
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).unwrap_or_default();
    HeaderValue::try_from(text).expect("an HTTP date is visible ASCII")
}
