//! Answers written down beforehand, one after the other.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::exchange::{Request, Response};
use crate::testkit::{Ending, Exchange, Server};
use crate::time::Instant;

/// Answers requests with what was written down, in order; tokens it grants by itself.
///
/// Once the script has run out, the last answer is repeated; an empty one answers 200 with `{}`.
///
/// # Examples
///
/// Your own code against a 429, without a network and without waiting:
///
/// ```
/// use core::time::Duration;
/// use glp_core::call::{Config, Credentials};
/// use glp_core::operation::Operation;
/// use glp_core::testkit::{Script, World};
///
/// let script = Script::new().status(429).header("retry-after", "37").status(200);
/// let credentials = Credentials::for_workspace("0a1b", "me", "secret".into());
/// let config = Config::new("https://api.example", credentials)?;
/// let mut world = World::new(config, script)?;
///
/// let answer = world.run(Operation::get("/devices/v1/devices"));
/// assert_eq!(answer.unwrap().status(), 200);
/// assert!(world.now().since(Default::default()) >= Duration::from_secs(37));
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script {
    lines: VecDeque<Exchange>,
    last: Option<Exchange>,
    tokens: u64,
    latency: Duration,
}

impl Script {
    /// Makes an empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time that every later answer takes.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Adds an answer of `status` with an empty JSON object as its body.
    ///
    /// # Panics
    ///
    /// Where `status` is not a status from 100 to 999: a script is written by hand.
    #[must_use]
    #[track_caller]
    pub fn status(self, status: u16) -> Self {
        let mut response = Response::new(Bytes::from_static(b"{}"));
        *response.status_mut() =
            StatusCode::from_u16(status).expect("a status from 100 to 999 in the script");
        self.ending(Ending::Answer(response))
    }

    /// Adds a header to the answer added last.
    ///
    /// # Panics
    ///
    /// Where there is no answer yet, or the header is not one: a script is written by hand.
    #[must_use]
    #[track_caller]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let response = self.last_response();
        let value = value.parse().expect("a header value in the script");
        response.headers_mut().insert(name, value);
        self
    }

    /// Sets the body of the answer added last.
    ///
    /// # Panics
    ///
    /// Where there is no answer yet: a script is written by hand.
    #[must_use]
    #[track_caller]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.last_response().body_mut() = body.into();
        self
    }

    /// Adds an exchange that ends in any other way.
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.lines.push_back(Exchange { after: self.latency, ending });
        self
    }

    #[track_caller]
    fn last_response(&mut self) -> &mut Response {
        match self.lines.back_mut().map(|line| &mut line.ending) {
            Some(Ending::Answer(response) | Ending::Truncated { response, .. }) => response,
            _ => panic!("the script has no answer yet"),
        }
    }

    fn grant(&mut self) -> Exchange {
        self.tokens += 1;
        let body = alloc::format!(r#"{{"access_token":"t{}","expires_in":899}}"#, self.tokens);
        Exchange { after: self.latency, ending: Ending::Answer(Response::new(body.into())) }
    }

    /// Returns how many tokens were granted.
    pub const fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Returns how many lines are left.
    pub fn left(&self) -> usize {
        self.lines.len()
    }
}

impl Server for Script {
    fn answer(&mut self, request: &Request, _now: Instant) -> Exchange {
        if request.uri().path().ends_with("/token") {
            return self.grant();
        }
        if let Some(line) = self.lines.pop_front() {
            self.last = Some(line);
        }
        self.last.clone().unwrap_or_else(|| {
            let body = Bytes::from(String::from("{}"));
            Exchange { after: self.latency, ending: Ending::Answer(Response::new(body)) }
        })
    }
}
