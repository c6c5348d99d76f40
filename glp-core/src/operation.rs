//! One request to the API, with all that the call machine must know of it.

use alloc::string::String;
use core::num::NonZeroU32;

use bytes::Bytes;
use http::Method;

use crate::exchange::{Request, Response};
use crate::greenlake::Route;

/// One request to the API: what to send, on which route, and how to read the answer.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What to send. Its URI is a path with a query, relative to the API's base URL; the call
    /// machine adds the base and the token.
    pub request: Request,
    /// The route it belongs to: quota, breaker and statistics go by it.
    pub route: Route,
    /// Whether it may be sent again once the server may have acted on it.
    pub replay: Replay,
    /// Reads a success, once. What it reads it leaves in the response's extensions, so that
    /// nothing is parsed twice; `None` takes any body.
    pub decode: Option<Decode>,
}

/// Requests per minute assumed for a route that nobody described.
pub(crate) const ASSUMED_QUOTA: NonZeroU32 = NonZeroU32::new(60).unwrap();

impl Operation {
    /// Makes a `GET` of a path with a query, on a route of its own: the path without the query.
    ///
    /// For a path that holds an id use a [`Route`] with a template: what is kept per route is kept
    /// for ever. A text that is no path asks for `/`.
    pub fn get(path: &str) -> Self {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = path.parse().unwrap_or_default();
        let template = String::from(request.uri().path());
        let route = Route::new(&Method::GET, template, ASSUMED_QUOTA);
        Self { request, route, replay: Replay::Idempotent, decode: None }
    }
}

/// Reads the body of a success and leaves what it read in the response's extensions.
pub type Decode = fn(&mut Response) -> Result<(), Malformed>;

/// Whether a request may be sent again once the server may have acted on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// Sending it twice does what sending it once does.
    Idempotent,
    /// Sending it twice may do it twice; it is never sent again blindly.
    Once,
}

/// Says where a body stops making sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {problem}")]
pub struct Malformed {
    /// The offset in the body, in bytes.
    pub at: usize,
    /// What is wrong there, without quoting the body.
    pub problem: String,
}
