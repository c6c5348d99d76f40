//! What the machines decided: notices as they happen, and their sums.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::breaker::Transition;
use crate::time::Instant;

/// Names one call within its core; numbers grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub u64);

/// Why a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Our own backoff after a failure.
    Backoff,
    /// A breaker is open, and the call is patient.
    BreakerOpen,
    /// The probes of a half-open breaker are out, and the call is patient.
    ProbesOut,
    /// A breaker has closed and lets the load return by and by, and the call is patient.
    RampUp,
    /// The route's own pace: the quota would be exceeded.
    Pacing,
    /// The server asked for it.
    ServerAsked,
    /// Another call is fetching the token.
    Token,
}

impl Why {
    /// Explains the wait in words that complete "waiting 37 s: …".
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Backoff => "backing off after a failure",
            Self::BreakerOpen => "the circuit breaker is open",
            Self::ProbesOut => "the circuit breaker is being probed",
            Self::RampUp => "the load returns by and by after an outage",
            Self::Pacing => "keeping to the route's quota",
            Self::ServerAsked => "server asked",
            Self::Token => "another call is fetching the token",
        }
    }
}

/// Why a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No connection was made: DNS, connect, TLS handshake.
    Connect,
    /// 429.
    RateLimit,
    /// The connection broke after the request may have been sent.
    Reset,
    /// 500, 502, 503, 504.
    Server,
    /// 408, 425, or no answer in time.
    Timeout,
    /// The body ended early.
    Truncated,
    /// 401: the token was no longer accepted.
    Unauthorized,
}

/// Tells of one decision, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A breaker changed its state.
    Breaker {
        /// The breaker: a host, or a route.
        name: String,
        /// When, and from what to what.
        transition: Transition,
    },
    /// A request goes out.
    Sent {
        /// The call it belongs to.
        call: CallId,
        /// The route, or `token` for a request to the token service.
        route: String,
        /// The attempt, from 1.
        attempt: u32,
    },
    /// A request will be sent again.
    Retrying {
        /// The call it belongs to.
        call: CallId,
        /// Why.
        cause: Cause,
    },
    /// A new token came.
    TokenFetched {
        /// Its generation, from 1.
        generation: u64,
    },
    /// A call waits.
    Waiting {
        /// The call that waits.
        call: CallId,
        /// How long, from now.
        delay: Duration,
        /// Why.
        why: Why,
    },
}

/// The waits for one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// How many.
    pub count: u64,
    /// How long in all, in seconds.
    pub seconds: f64,
}

/// One transition of one breaker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakerChange {
    /// The breaker: a host, or a route.
    pub breaker: String,
    /// Nanoseconds since the core's origin.
    pub at: Instant,
    /// The state left.
    pub from: crate::breaker::State,
    /// The state entered.
    pub to: crate::breaker::State,
}

/// Sums of all notices since the core was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Requests sent, those to the token service included.
    pub requests: u64,
    /// Requests sent again, by cause.
    pub retries: BTreeMap<Cause, u64>,
    /// Waits, by reason.
    pub waits: BTreeMap<Why, Waits>,
    /// Transitions of the breakers, in order; the first [`Stats::MAX_CHANGES`] of them.
    pub breaker: Vec<BreakerChange>,
    /// Tokens fetched.
    pub token_fetches: u64,
    /// Requests that went out without a breaker, as there were as many as there may be.
    pub unguarded: u64,
}

impl Stats {
    /// The transitions that are kept; later ones are still told as notices.
    pub const MAX_CHANGES: usize = 1_000;

    /// Adds one notice to the sums.
    pub fn note(&mut self, notice: &Notice) {
        match notice {
            Notice::Breaker { name, transition } => {
                if self.breaker.len() < Self::MAX_CHANGES {
                    self.breaker.push(BreakerChange {
                        breaker: name.clone(),
                        at: transition.at,
                        from: transition.from,
                        to: transition.to,
                    });
                }
            }
            Notice::Sent { .. } => self.requests += 1,
            Notice::Retrying { cause, .. } => *self.retries.entry(*cause).or_default() += 1,
            Notice::TokenFetched { .. } => self.token_fetches += 1,
            Notice::Waiting { delay, why, .. } => {
                let waits = self.waits.entry(*why).or_default();
                waits.count += 1;
                waits.seconds += delay.as_secs_f64();
            }
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaker { name, transition } => {
                write!(f, "breaker {name}: {transition}")
            }
            Self::Sent { call, route, attempt } => {
                write!(f, "call {}: sent {route}, attempt {attempt}", call.0)
            }
            Self::Retrying { call, cause } => {
                write!(f, "call {}: retrying after {cause:?}", call.0)
            }
            Self::TokenFetched { generation } => write!(f, "token {generation} fetched"),
            Self::Waiting { call, delay, why } => {
                write!(f, "call {}: waiting {delay:?}: {}", call.0, why.explain())
            }
        }
    }
}
