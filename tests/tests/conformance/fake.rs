//! Who says which line is next: the same to every driver, in the order in which requests go out.

use std::collections::VecDeque;

use glp_core::exchange::Request;
use glp_core::testkit::{Exchange, Server};
use glp_core::time::Instant;

use crate::suite::line::{End, Line, grant};
use crate::suite::scenario::{Host, Scenario, TOKEN_PATH};

/// The life of a token that the script says nothing of, in seconds.
const LIFE: u64 = 7_200;

/// Hands out the lines of a script.
#[derive(Debug)]
pub(crate) struct Fake {
    host: Host,
    tokens: VecDeque<Line>,
    lines: VecDeque<Line>,
    max_body: usize,
    abandoned: usize,
}

impl Fake {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            host: scenario.host,
            tokens: scenario.tokens.clone().into(),
            lines: scenario.lines.clone().into(),
            max_body: scenario.max_body,
            abandoned: 0,
        }
    }

    /// Says what becomes of `request`.
    pub(crate) fn line(&mut self, request: &Request) -> Line {
        let line = if request.uri().path() == TOKEN_PATH {
            self.tokens.pop_front().unwrap_or_else(|| grant(LIFE))
        } else if let Some(kind) = self.host.failure() {
            End::Unreached(kind).into()
        } else if self.lines.len() > 1 {
            self.lines.pop_front().unwrap()
        } else {
            self.lines[0].clone()
        };
        self.abandoned += usize::from(matches!(line.end(), End::Abandoned));
        line
    }

    /// Returns how many requests have arrived whose callers go.
    pub(crate) fn abandoned(&self) -> usize {
        self.abandoned
    }
}

/// The virtual world asks it directly.
impl Server for Fake {
    fn answer(&mut self, request: &Request, _now: Instant) -> Exchange {
        let max_body = self.max_body;
        self.line(request).exchange(max_body)
    }
}
