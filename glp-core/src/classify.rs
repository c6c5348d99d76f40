//! The one table: what an answer, or its absence, means for everything that wants to know.
//!
//! | answer | host breaker | route breaker | token | what next |
//! |---|---|---|---|---|
//! | 2xx | success | success | – | accept |
//! | 2xx whose body does not decode | ignore | ignore | – | fail |
//! | 401, the first of a call | ignore | ignore | invalidate its generation | send again at once |
//! | 401, again; 401 from the token service | ignore | ignore | – | fail: authentication |
//! | 408, 425 | ignore | ignore | – | retry, if replayable |
//! | 429 | ignore | ignore | – | retry, any method; hold the route |
//! | other 3xx, 4xx | success | success | – | fail |
//! | 500, 502, 503, 504 | success | failure | – | retry, if replayable; a 503 with a hint holds the route in any case |
//! | other 5xx | success | failure | – | fail |
//! | DNS, connect, TLS handshake interrupted | failure | ignore | – | retry, any method: nothing was sent |
//! | reset, timeout, truncated | failure | ignore | – | retry, if replayable |
//! | certificate, URL, configuration, too large | ignore | ignore | – | fail |
//!
//! An answer that may have been acted on and may not be sent again ends as *outcome unknown*; so
//! does a request that changes something and was sent again, unless a later attempt succeeds.

use http::StatusCode;

use crate::breaker::Outcome;
use crate::exchange::{FailureKind, Reach, Response};
use crate::operation::Replay;
use crate::trace::Cause;

/// What came of one send.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// A response; its body decodes, if anyone looked.
    Response(&'a Response),
    /// A 2xx response whose body does not decode.
    Malformed,
    /// No whole response.
    Failed(FailureKind),
}

/// What must be known of the request to judge its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether it may be sent again once the server may have acted on it.
    pub replay: Replay,
    /// Where a 401 leads.
    pub unauthorized: Unauthorized,
}

/// Where a 401 leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthorized {
    /// To one more try with another token.
    RenewToken,
    /// Nowhere: the token is new, or the request was for a token.
    Fail,
}

/// What to do next with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The call has its answer.
    Accept,
    /// The call ends with an error.
    Fail,
    /// The call ends with an error: the server may have acted on the request.
    FailUnknown {
        /// Whether every call of the route waits all the same.
        hold: Hold,
    },
    /// Send again at once, with another token than the one that was refused.
    RenewToken,
    /// Wait, then send again.
    Retry {
        /// Why.
        cause: Cause,
        /// Whether every call of the route waits as well.
        hold: Hold,
    },
}

/// Whether an answer holds every call of its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It concerns this call alone.
    No,
    /// It does, for as long as this call waits.
    Yes,
    /// It does if the server said for how long.
    IfHinted,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// For the breaker of the host: did it answer at all?
    pub host: Outcome,
    /// For the breaker of the route: does this endpoint answer well?
    pub route: Outcome,
    /// For the call.
    pub next: Next,
}

impl Verdict {
    const fn new(host: Outcome, route: Outcome, next: Next) -> Self {
        Self { host, route, next }
    }
}

/// Judges an answer. Every decision about it follows from this verdict and no other place.
///
/// # Examples
///
/// ```
/// use glp_core::breaker::Outcome;
/// use glp_core::classify::{Answer, Facts, Hold, Next, Unauthorized, classify};
/// use glp_core::exchange::FailureKind;
/// use glp_core::operation::Replay;
///
/// let once = Facts { replay: Replay::Once, unauthorized: Unauthorized::RenewToken };
/// let verdict = classify(Answer::Failed(FailureKind::Reset), once);
/// assert_eq!(verdict.host, Outcome::Failure);
/// assert_eq!(verdict.next, Next::FailUnknown { hold: Hold::No });
/// ```
pub fn classify(answer: Answer<'_>, facts: Facts) -> Verdict {
    match answer {
        Answer::Response(response) => of_status(response.status(), facts),
        Answer::Malformed => Verdict::new(Outcome::Ignore, Outcome::Ignore, Next::Fail),
        Answer::Failed(kind) => of_failure(kind, facts),
    }
}

fn of_status(status: StatusCode, facts: Facts) -> Verdict {
    use Outcome::{Failure, Ignore, Success};
    match status.as_u16() {
        200..=299 => Verdict::new(Success, Success, Next::Accept),
        401 if facts.unauthorized == Unauthorized::RenewToken => {
            Verdict::new(Ignore, Ignore, Next::RenewToken)
        }
        401 => Verdict::new(Ignore, Ignore, Next::Fail),
        408 => Verdict::new(Ignore, Ignore, not_acted_on(Cause::Timeout, facts)),
        425 => Verdict::new(Ignore, Ignore, not_acted_on(Cause::Timeout, facts)),
        429 => {
            let next = Next::Retry { cause: Cause::RateLimit, hold: Hold::Yes };
            Verdict::new(Ignore, Ignore, next)
        }
        503 => Verdict::new(Success, Failure, maybe_acted_on(Cause::Server, Hold::IfHinted, facts)),
        500 | 502 | 504 => {
            Verdict::new(Success, Failure, maybe_acted_on(Cause::Server, Hold::No, facts))
        }
        501 | 505..=599 => Verdict::new(Success, Failure, Next::Fail),
        _ => Verdict::new(Success, Success, Next::Fail),
    }
}

fn of_failure(kind: FailureKind, facts: Facts) -> Verdict {
    let cause = match kind {
        FailureKind::Timeout => Cause::Timeout,
        FailureKind::Truncated => Cause::Truncated,
        FailureKind::Reset => Cause::Reset,
        _ => Cause::Connect,
    };
    match kind.reach() {
        Reach::NothingSent => {
            let next = Next::Retry { cause, hold: Hold::No };
            Verdict::new(Outcome::Failure, Outcome::Ignore, next)
        }
        Reach::MaybeActedOn => {
            let next = maybe_acted_on(cause, Hold::No, facts);
            Verdict::new(Outcome::Failure, Outcome::Ignore, next)
        }
        Reach::Hopeless => Verdict::new(Outcome::Ignore, Outcome::Ignore, Next::Fail),
    }
}

const fn maybe_acted_on(cause: Cause, hold: Hold, facts: Facts) -> Next {
    match facts.replay {
        Replay::Idempotent => Next::Retry { cause, hold },
        Replay::Once => Next::FailUnknown { hold },
    }
}

const fn not_acted_on(cause: Cause, facts: Facts) -> Next {
    match facts.replay {
        Replay::Idempotent => Next::Retry { cause, hold: Hold::No },
        Replay::Once => Next::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, replay: Replay) -> Verdict {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let facts = Facts { replay, unauthorized: Unauthorized::RenewToken };
        classify(Answer::Response(&response), facts)
    }

    #[test]
    fn b6_refusals_of_the_request_are_not_outages() {
        for status in [400, 403, 404, 409, 412, 422, 451] {
            let verdict = judged(status, Replay::Idempotent);
            assert_eq!((verdict.host, verdict.route), (Outcome::Success, Outcome::Success));
            assert_eq!(verdict.next, Next::Fail, "{status}");
        }
    }

    #[test]
    fn a_429_is_neither_success_nor_failure_and_holds_the_route_for_any_method() {
        for replay in [Replay::Idempotent, Replay::Once] {
            let verdict = judged(429, replay);
            assert_eq!((verdict.host, verdict.route), (Outcome::Ignore, Outcome::Ignore));
            assert_eq!(verdict.next, Next::Retry { cause: Cause::RateLimit, hold: Hold::Yes });
        }
    }

    #[test]
    fn r8_a_write_is_never_sent_again_blindly() {
        for status in [500, 502, 503, 504] {
            let hold = if status == 503 { Hold::IfHinted } else { Hold::No };
            assert_eq!(judged(status, Replay::Once).next, Next::FailUnknown { hold });
            assert_eq!(judged(status, Replay::Once).route, Outcome::Failure);
        }
        assert_eq!(judged(408, Replay::Once).next, Next::Fail);
        assert_eq!(judged(204, Replay::Once).next, Next::Accept);
    }

    #[test]
    fn r10_only_the_passing_server_errors_are_retried() {
        for status in 500..=599 {
            let retried = matches!(judged(status, Replay::Idempotent).next, Next::Retry { .. });
            assert_eq!(retried, matches!(status, 500 | 502 | 503 | 504), "{status}");
        }
    }

    #[test]
    fn a_redirect_is_an_answer_and_an_error() {
        let verdict = judged(302, Replay::Idempotent);
        assert_eq!((verdict.host, verdict.next), (Outcome::Success, Next::Fail));
    }

    #[test]
    fn nothing_sent_may_be_sent_again_by_any_method() {
        let once = Facts { replay: Replay::Once, unauthorized: Unauthorized::Fail };
        for kind in [FailureKind::Dns, FailureKind::Connect, FailureKind::TlsHandshake] {
            let verdict = classify(Answer::Failed(kind), once);
            assert_eq!(verdict.next, Next::Retry { cause: Cause::Connect, hold: Hold::No });
            assert_eq!(verdict.host, Outcome::Failure);
        }
        let verdict = classify(Answer::Failed(FailureKind::Certificate), once);
        assert_eq!((verdict.host, verdict.next), (Outcome::Ignore, Next::Fail));
    }
}
