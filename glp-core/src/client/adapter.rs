//! What an adapter brings to a client: a clock, a transport, the machine around it.

use alloc::string::String;
use alloc::vec::Vec;
use std::ffi::{OsStr, OsString};
use std::io;

use super::HttpSettings;
use crate::drive::Shared;
use crate::error::Error;
use crate::wall::UnixTime;

/// Makes the clients that a [`ClientBuilder`](super::ClientBuilder) describes.
///
/// It decides nothing: it reads what it is asked to read and puts the parts together. It stands for
/// one clock, whose origin is the client's.
///
/// # Examples
///
/// A client in virtual time, over a transport of one's own:
///
/// ```
/// # #[cfg(all(feature = "futures", feature = "testkit"))] {
/// use std::ffi::{OsStr, OsString};
/// use std::io;
/// use bytes::Bytes;
/// use glp_core::client::{Adapter, Client, ClientBuilder, HttpSettings, Parts};
/// use glp_core::concurrent::{Executor, Spawned, Timer};
/// use glp_core::error::{ConfigurationKind, Error};
/// use glp_core::exchange::{Failure, Request, Response};
/// use glp_core::testkit::VirtualTimer;
/// use glp_core::time::Instant;
/// use glp_core::transport::{AnyTransport, Transport};
/// use glp_core::wall::UnixTime;
///
/// #[derive(Clone, Default)]
/// struct Virtual(VirtualTimer);
///
/// impl Timer for Virtual {
///     fn now(&self) -> Instant {
///         self.0.now()
///     }
///
///     fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send {
///         self.0.sleep_until(until)
///     }
/// }
///
/// impl Executor for Virtual {
///     fn spawn(&self, _task: impl Future<Output = ()> + Send + 'static) -> Spawned {
///         Spawned::Dropped
///     }
/// }
///
/// impl Adapter for Virtual {
///     type Client = Client<Self>;
///     type Transport = AnyTransport;
///
///     fn wall_origin(&self) -> UnixTime {
///         UnixTime::EPOCH
///     }
///
///     fn any_seed() -> u64 {
///         7
///     }
///
///     fn variable(_name: &str) -> Option<OsString> {
///         None
///     }
///
///     fn read(_path: &OsStr) -> io::Result<Vec<u8>> {
///         Err(io::ErrorKind::NotFound.into())
///     }
///
///     fn transport(&self, _settings: &HttpSettings) -> Result<AnyTransport, Error> {
///         Err(Error::new(ConfigurationKind::Invalid, "there is no network here"))
///     }
///
///     fn assemble(self, parts: Parts<AnyTransport>) -> Client<Self> {
///         Client::new(parts, self)
///     }
/// }
///
/// struct Granting;
///
/// impl Transport for Granting {
///     async fn send(&self, _request: Request) -> Result<Response, Failure> {
///         Ok(Response::new(Bytes::from_static(br#"{"access_token":"t","expires_in":899}"#)))
///     }
/// }
///
/// let timer = Virtual::default();
/// let builder = ClientBuilder::<Virtual>::on(timer.clone()).workspace_id("0a1b");
/// let builder = builder.client_id("me").client_secret("secret".into());
/// let client = builder.transport(Granting).build()?;
/// let answer = timer.0.run(client.get("/devices/v1/devices"));
/// assert_eq!(answer?.status(), 200);
/// # }
/// # Ok::<(), glp_core::error::Error>(())
/// ```
pub trait Adapter: Sized {
    /// The client that is made.
    type Client;

    /// What carries its requests; the adapter's transports turn into it.
    type Transport;

    /// Returns the wall time of the clock's origin.
    fn wall_origin(&self) -> UnixTime;

    /// Draws a seed for the jitter of a client that was given none.
    fn any_seed() -> u64;

    /// Looks up a variable of the environment.
    fn variable(name: &str) -> Option<OsString>;

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The system's.
    fn read(path: &OsStr) -> io::Result<Vec<u8>>;

    /// Makes the transport that is used unless another is given.
    ///
    /// # Errors
    ///
    /// A configuration error that names the setting which cannot be used.
    fn transport(&self, settings: &HttpSettings) -> Result<Self::Transport, Error>;

    /// Puts the client together.
    fn assemble(self, parts: Parts<Self::Transport>) -> Self::Client;
}

/// What a client is put together from, beside its clock.
#[derive(Debug)]
pub struct Parts<T> {
    /// What its calls share.
    pub shared: Shared,
    /// What carries its requests.
    pub transport: T,
    /// Whose inventory it is: the API's origin and the workspace.
    pub scope: String,
}
