//! How one exchange with a fake service ends.

use core::time::Duration;

use crate::exchange::{FailureKind, Response};

/// Says how one exchange ends, and how long after the request was sent.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The time from the request to its end.
    pub after: Duration,
    /// How it ends.
    pub ending: Ending,
}

/// The ways in which an exchange can end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// A whole response arrives.
    Answer(Response),
    /// No whole answer, for this reason: a refused connection, a certificate, a body too large. It
    /// is what a transport would tell; a real listener can only let the connection break.
    Failed(FailureKind),
    /// The connection is closed before the service acts on the request.
    ResetBefore,
    /// The service acts on the request, then the connection breaks without an answer.
    ResetAfter,
    /// The service acts on the request and never answers.
    Silence,
    /// A response whose head promises the whole body, of which `keep` bytes arrive.
    Truncated {
        /// The whole response.
        response: Response,
        /// Bytes of the body that arrive; fewer than it has.
        keep: usize,
    },
}
