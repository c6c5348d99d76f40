//! What a call asks of its adapter, and what the adapter tells it.

use core::fmt;

use crate::error::Error;
use crate::exchange::{Failure, Request, Response};
use crate::time::Instant;
use crate::trace::Why;

/// What to do now for a call.
#[derive(Clone)]
#[must_use = "a call does nothing by itself"]
pub enum Action {
    /// The call is over; this is its result.
    Done(Result<Response, Error>),
    /// Wait until `until`, or until the core's wake count has changed; then poll again.
    Park {
        /// When to poll again, at the latest.
        until: Instant,
        /// Why.
        why: Why,
    },
    /// Send the request and hand over what came of it.
    Send {
        /// The whole request, with an absolute URI.
        request: Request,
        /// When to give up: report [`FailureKind::Timeout`](crate::exchange::FailureKind) then.
        give_up_at: Instant,
    },
    /// Wait until `until`; then poll again.
    Sleep {
        /// When to poll again.
        until: Instant,
        /// Why.
        why: Why,
    },
}

/// Shows no header, no body and no query: they can hold secrets, serial numbers and keys.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(Ok(response)) => write!(f, "Done({})", response.status()),
            Self::Done(Err(error)) => write!(f, "Done({error})"),
            Self::Park { until, why } => write!(f, "Park({until:?}, {why:?})"),
            Self::Send { request, give_up_at } => {
                let path = request.uri().path();
                write!(f, "Send({} {path}, {give_up_at:?})", request.method())
            }
            Self::Sleep { until, why } => write!(f, "Sleep({until:?}, {why:?})"),
        }
    }
}

/// What came of a send. A failure is an input like any other.
#[derive(Clone, Debug)]
pub enum Event {
    /// No whole response.
    Failed(Failure),
    /// A whole response.
    Response(Response),
}
