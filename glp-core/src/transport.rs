//! What carries one request and brings back one answer.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::Pin;

use crate::exchange::{Failure, Request, Response};

/// Carries one request to a server and brings back one whole answer, or the reason there is none.
///
/// A transport decides nothing. It sends once: it does not retry, does not follow redirects, and
/// makes no error of a status. It reads the body to its end, so that a connection that breaks
/// half-way is a failure of this attempt and not of whoever reads later. It needs no timeout of its
/// own: the caller drops the future when the attempt's time is up.
///
/// # Examples
///
/// A transport for a test, which answers everything with an empty page:
///
/// ```
/// use bytes::Bytes;
/// use glp_core::exchange::{Failure, Request, Response};
/// use glp_core::transport::Transport;
///
/// struct Nothing;
///
/// impl Transport for Nothing {
///     async fn send(&self, _request: Request) -> Result<Response, Failure> {
///         Ok(Response::new(Bytes::from_static(br#"{"items":[],"total":0}"#)))
///     }
/// }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` once and reads the whole answer.
    ///
    /// # Errors
    ///
    /// The most exact [`Failure`] the transport can tell; where it cannot tell whether the request
    /// left the machine, a kind which says that it may have.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Failure>> + Send;
}

/// A [`Transport`] whose type is forgotten, so that a client's type does not name it.
pub struct AnyTransport(Box<dyn Erased>);

/// What one request brings, in time.
type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

trait Erased: Send + Sync {
    fn send(&self, request: Request) -> Sending<'_>;
}

impl<T: Transport> Erased for T {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(Transport::send(self, request))
    }
}

impl AnyTransport {
    /// Does what [`Transport::send`] does.
    ///
    /// # Errors
    ///
    /// As [`Transport::send`].
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        self.0.send(request).await
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
