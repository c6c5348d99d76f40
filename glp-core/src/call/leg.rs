//! One leg of a call: the request for a token, or the request itself.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;
use core::num::NonZeroU32;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Uri, header};
use secrecy::ExposeSecret;

use crate::call::circuits::Circuit;
use crate::call::config::Credentials;
use crate::exchange::Request;
use crate::greenlake::Route;
use crate::operation::Operation;

/// Requests per minute that we allow ourselves at the token service; it documents no number.
const TOKEN_QUOTA: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// A request with the two breakers that guard it.
#[derive(Clone)]
pub(super) struct Leg {
    pub(super) route: Route,
    /// Its host's and its route's.
    pub(super) circuits: [Circuit; 2],
    pub(super) request: Request,
}

/// Shows no header and no body: the token request's hold the secret.
impl core::fmt::Debug for Leg {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Leg({} to {})", self.route, self.circuits[0])
    }
}

impl Leg {
    /// The operation's own request, addressed to the API; the token is added when it is known.
    pub(super) fn api(operation: &Operation, base_url: &Uri, host: &Circuit) -> Self {
        let mut request = operation.request.clone();
        *request.uri_mut() = join(base_url, request.uri().path_and_query());
        let headers = request.headers_mut();
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        Self::new(host.clone(), operation.route.clone(), request)
    }

    /// The request for a token: OAuth2 client credentials in the form body (RFC 6749 §4.4.2).
    pub(super) fn token(credentials: &Credentials) -> Self {
        let url = credentials.token_url.parse::<Uri>().unwrap_or_default();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            form_encoded(&credentials.client_id),
            form_encoded(credentials.client_secret.expose_secret()),
        );
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::POST;
        let host = Circuit::of_host(&host_of(&url));
        *request.uri_mut() = url;
        let headers = request.headers_mut();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Self::new(host, Route::new(&Method::POST, "token", TOKEN_QUOTA), request)
    }

    fn new(host: Circuit, route: Route, request: Request) -> Self {
        let of_route = host.with_route(&route);
        Self { route, circuits: [host, of_route], request }
    }
}

fn join(base: &Uri, path: Option<&PathAndQuery>) -> Uri {
    let path = path.cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let prefix = base.path().trim_end_matches('/');
    let mut parts = base.clone().into_parts();
    parts.path_and_query = match prefix {
        // What was parsed once is not parsed again.
        "" => Some(path),
        prefix => format!("{prefix}{path}").parse().ok(),
    };
    Uri::from_parts(parts).unwrap_or_else(|_| base.clone())
}

pub(super) fn host_of(url: &Uri) -> String {
    url.authority().map_or_else(String::new, |authority| authority.as_str().to_string())
}

/// Encodes a value for `application/x-www-form-urlencoded`.
fn form_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            // Writing to a String cannot fail.
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}
