//! What this crate brings to the builder of the core: threads' time, ureq, the machine.

use std::ffi::{OsStr, OsString};
use std::io;

use glp_core::client::{self, Adapter, HttpSettings, Parts};
use glp_core::error::Error;
use glp_core::wall::UnixTime;

use crate::client::Client;
use crate::clock::Clock;
use crate::http_transport::HttpTransport;
use crate::seed::any_seed;
use crate::transport::AnyTransport;

/// Builds a [`Client`]; see [`glp_core::client::ClientBuilder`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_blocking::{Client, ClientBuilder};
///
/// let client = Client::builder()
///     .workspace_id("7600415a-8876-5722-9f3c-b0fd11112283")
///     .client_id("my-client")
///     .client_secret("my-secret".into())
///     .attempt_timeout(Duration::from_secs(10))
///     .build()?;
/// assert!(!format!("{}", client.policy()).contains("my-secret"));
///
/// let builder = ClientBuilder::from_lookup(|name| match name {
///     "GLP_CLIENT_ID" => Some("my-client".into()),
///     _ => None,
/// })?;
/// assert_eq!(
///     builder.build().unwrap_err().message(),
///     "Settings are missing: GLP_CLIENT_SECRET, GLP_WORKSPACE_ID or GLP_TOKEN_URL",
/// );
/// # Ok::<(), glp_core::error::Error>(())
/// ```
pub type ClientBuilder = client::ClientBuilder<Clock>;

impl Adapter for Clock {
    type Client = Client;
    type Transport = AnyTransport;

    fn wall_origin(&self) -> UnixTime {
        Self::wall_origin(self)
    }

    fn any_seed() -> u64 {
        any_seed()
    }

    fn variable(name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn read(path: &OsStr) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn transport(&self, settings: &HttpSettings) -> Result<AnyTransport, Error> {
        HttpTransport::new(settings).map(AnyTransport::from)
    }

    fn assemble(self, parts: Parts<AnyTransport>) -> Client {
        Client::new(parts, self)
    }
}
