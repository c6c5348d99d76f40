//! What carries one request and brings back one answer.

use std::fmt;
use std::time::Duration;

use glp_core::exchange::{Failure, Request, Response};

/// Carries one request to a server and brings back one whole answer, or the reason there is none.
///
/// A transport decides nothing. It sends once: it does not retry, does not follow redirects, and
/// makes no error of a status. It reads the body to its end, so that a connection that breaks
/// half-way is a failure of this attempt and not of whoever reads later.
///
/// # Examples
///
/// A transport for a test, which answers everything with an empty page:
///
/// ```
/// use std::time::Duration;
/// use bytes::Bytes;
/// use glp_blocking::Transport;
/// use glp_core::exchange::{Failure, Request, Response};
///
/// struct Nothing;
///
/// impl Transport for Nothing {
///     fn send(&self, _: Request, _: Duration) -> Result<Response, Failure> {
///         Ok(Response::new(Bytes::from_static(br#"{"items":[],"total":0}"#)))
///     }
/// }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` once and reads the whole answer, within `timeout` from now: nobody can end
    /// it from outside.
    ///
    /// # Errors
    ///
    /// The most exact [`Failure`] the transport can tell;
    /// [`FailureKind::Timeout`](glp_core::exchange::FailureKind::Timeout) where the time is up;
    /// where it cannot tell whether the request left the machine, a kind which says that it may
    /// have.
    fn send(&self, request: Request, timeout: Duration) -> Result<Response, Failure>;
}

/// A [`Transport`] whose type is forgotten, so that a client's type does not name it.
pub struct AnyTransport(Box<dyn Transport>);

impl AnyTransport {
    pub(crate) fn send(&self, request: Request, timeout: Duration) -> Result<Response, Failure> {
        self.0.send(request, timeout)
    }
}

impl<T: Transport> From<T> for AnyTransport {
    fn from(transport: T) -> Self {
        Self(Box::new(transport))
    }
}

impl fmt::Debug for AnyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyTransport")
    }
}
