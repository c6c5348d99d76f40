//! What this crate brings to the client of the core: tokio's time and tasks, reqwest, the machine.

use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, RandomState};
use std::io;

use glp_core::client::{self, Adapter, HttpSettings, Parts};
use glp_core::concurrent::{Executor, Spawned};
use glp_core::error::Error;
use glp_core::transport::AnyTransport;
use glp_core::wall::UnixTime;
use tokio::runtime::Handle;

use crate::clock::Clock;
use crate::http_transport::HttpTransport;

/// Talks to the GreenLake API, on tokio; see [`glp_core::client::Client`].
///
/// # Examples
///
/// ```no_run
/// use glp_core::greenlake::{Device, List, Resource};
/// use glp_tokio::Client;
///
/// # async fn example() -> Result<(), glp_core::error::Error> {
/// let client = Client::from_env()?;
/// let device = client.device("7600415a-8876-5722-9f3c-b0fd11112283").await?;
/// println!("{:?}: {} requests so far", device.serial_number, client.stats().requests);
///
/// let devices: Vec<Device> = client.fetch_all(List::of(Resource::Devices)).await?;
/// println!("one of {}", devices.len());
/// # Ok(())
/// # }
/// ```
pub type Client = client::Client<Clock>;

/// Builds a [`Client`]; see [`glp_core::client::ClientBuilder`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_tokio::{Client, ClientBuilder};
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

/// Reads a listing page by page; see [`glp_core::client::Pages`].
pub type Pages = client::Pages<Clock>;

impl Executor for Clock {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Spawned {
        match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(task);
                Spawned::Running
            }
            Err(_) => Spawned::Dropped,
        }
    }
}

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
        client::Client::new(parts, self)
    }
}

/// Draws a seed from the keys that the standard library draws for its hash maps.
pub(crate) fn any_seed() -> u64 {
    RandomState::new().hash_one(())
}
