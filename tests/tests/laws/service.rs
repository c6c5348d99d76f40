//! An arbitrary service, which remembers what it was asked and what it answered.

use core::time::Duration;

use bytes::Bytes;
use glp_core::exchange::{Request, Response};
use glp_core::testkit::{Ending, Exchange, Server, World};
use glp_core::time::Instant;
use glp_core::trace::{CallId, Notice};
use proptest::prelude::*;
use tests::is_token_request;

/// The longest that one attempt of the calls of these tests takes.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(30);

/// One answer of an arbitrary service.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// When it ends, in milliseconds; some later than any attempt waits for.
    pub(crate) after: u64,
    pub(crate) kind: u8,
    /// The seconds of its `Retry-After`.
    pub(crate) hint: Option<u16>,
}

pub(crate) fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(line(), 1..40)
}

pub(crate) fn line() -> impl Strategy<Value = Line> {
    (0..40_000_u64, 0..14_u8, prop::option::of(0..90_u16)).prop_map(|(after, kind, hint)| Line {
        after,
        kind,
        hint,
    })
}

impl Line {
    const STATUSES: [u16; 11] = [200, 200, 200, 429, 429, 503, 500, 401, 404, 408, 302];

    /// The kind that is a 401.
    pub(crate) const UNAUTHORIZED: u8 = 7;

    pub(crate) fn ending(&self) -> Ending {
        let Some(status) = Self::STATUSES.get(usize::from(self.kind)) else {
            return match self.kind {
                11 => Ending::ResetBefore,
                12 => Ending::ResetAfter,
                _ => Ending::Silence,
            };
        };
        let mut response = Response::new(Bytes::from_static(b"{}"));
        *response.status_mut() = http::StatusCode::from_u16(*status).expect("a status");
        if let Some(hint) = self.hint {
            response.headers_mut().insert("retry-after", hint.into());
        }
        Ending::Answer(response)
    }
}

/// A service that answers each request with the next line, and requests for a token among them.
pub(crate) struct Service {
    lines: Vec<Line>,
    /// The life of a token, in seconds.
    life: u64,
    pub(crate) heard: Vec<Heard>,
}

/// One request, and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) is_token: bool,
    /// The token it was sent with.
    pub(crate) authorization: Vec<u8>,
    pub(crate) exchange: Exchange,
}

impl Service {
    pub(crate) fn new(lines: Vec<Line>, life: u64) -> Self {
        Self { lines, life, heard: Vec::new() }
    }

    fn exchange(&self, line: &Line, is_token: bool) -> Exchange {
        let after = Duration::from_millis(line.after);
        match line.ending() {
            // No credentials are refused: that would end every call at once.
            Ending::Answer(response)
                if is_token && [200, 401].contains(&response.status().as_u16()) =>
            {
                let (number, life) = (self.heard.len(), self.life);
                let body = format!(r#"{{"access_token":"t{number}","expires_in":{life}}}"#);
                Exchange { after, ending: Ending::Answer(Response::new(body.into())) }
            }
            ending => Exchange { after, ending },
        }
    }
}

impl Server for Service {
    fn answer(&mut self, request: &Request, at: Instant) -> Exchange {
        let is_token = is_token_request(request);
        let line = &self.lines[self.heard.len() % self.lines.len()];
        let exchange = self.exchange(line, is_token);
        let authorization = request.headers().get("authorization");
        let authorization = authorization.map_or_else(Vec::new, |value| value.as_bytes().into());
        self.heard.push(Heard { at, is_token, authorization, exchange: exchange.clone() });
        exchange
    }
}

impl Heard {
    /// Returns when the exchange was over for a call that was not dropped: it ended by itself, or
    /// the attempt was given up.
    pub(crate) fn over_at(&self) -> Instant {
        match self.exchange.ending {
            Ending::Silence => self.at + ATTEMPT,
            _ => self.at + self.exchange.after.min(ATTEMPT),
        }
    }

    /// Returns the answer, where it came in time.
    pub(crate) fn answer(&self) -> Option<&Response> {
        match &self.exchange.ending {
            Ending::Answer(response) if self.exchange.after <= ATTEMPT => Some(response),
            _ => None,
        }
    }

    /// Returns the status of the answer, where one came in time.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer().map(|response| response.status().as_u16())
    }

    /// Returns how long the answer asks to wait.
    pub(crate) fn asked(&self) -> Option<Duration> {
        let seconds = self.answer()?.headers().get("retry-after")?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds)).filter(|asked| !asked.is_zero())
    }
}

/// One request, seen from both sides.
pub(crate) struct Send {
    pub(crate) call: CallId,
    pub(crate) route: String,
    pub(crate) heard: Heard,
}

/// Lists the requests of a world in order, each with what the service heard of it.
pub(crate) fn sends(world: &World<Service>) -> Vec<Send> {
    let sent = world.log().iter().filter_map(|(_, notice)| match notice {
        Notice::Sent { call, route, .. } => Some((*call, route.clone())),
        _ => None,
    });
    sent.zip(&world.server().heard)
        .map(|((call, route), heard)| Send { call, route, heard: heard.clone() })
        .collect()
}
