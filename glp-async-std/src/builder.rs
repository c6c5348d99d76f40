//! Builds a client out of a configuration, and of what this adapter adds to it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use glp_core::call::{Config, Core};
use glp_core::drive::{Observer, Shared};
use glp_core::error::{ConfigurationKind, Error};
use glp_core::invalid::Invalid;
use glp_core::trace::Notice;
use glp_core::transport::{AnyTransport, Transport};

use crate::client::Client;
use crate::clock::Clock;
use crate::http_transport::{HttpSettings, HttpTransport};
use crate::runtime::{AsyncStd, Runtime};

/// Builds a [`Client`]: the policies are the [`Config`]'s, the sockets are set up here.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_async_std::Client;
/// use glp_core::call::{Config, Credentials};
///
/// let credentials = Credentials::for_workspace("0a1b", "my-client", "my-secret".into());
/// let mut config = Config::new(Config::GREENLAKE, credentials)?;
/// config.call.attempt_timeout = Duration::from_secs(10);
///
/// let client = Client::builder(config).connect_timeout(Duration::from_secs(3)).build()?;
/// assert!(!format!("{}", client.policy()).contains("my-secret"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClientBuilder<R = AsyncStd> {
    runtime: R,
    config: Config,
    http: HttpSettings,
    extra_ca_file: Option<PathBuf>,
    transport: Option<Box<dyn AnyTransport>>,
    observer: Option<Observer>,
}

impl<R: Runtime> ClientBuilder<R> {
    /// Starts with the settings of `config`; the client waits and connects through `runtime`.
    pub fn on(runtime: R, config: Config) -> Self {
        let http = HttpSettings::default();
        Self { runtime, config, http, extra_ca_file: None, transport: None, observer: None }
    }

    /// Sets how long a connection may take to be made.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.connect_timeout = timeout;
        self
    }

    /// Sets the largest body that is taken, in bytes.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.http.max_body = bytes;
        self
    }

    /// Sets what the client calls itself.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.http.user_agent = user_agent.into();
        self
    }

    /// Trusts the certificate authorities in this PEM file, beside the system's.
    #[must_use]
    pub fn extra_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.extra_ca_file = Some(path.into());
        self
    }

    /// Is told of every decision, in order, as it is made. It must not block.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sends through a transport of your own; the settings of the HTTP client are then without
    /// effect.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Makes the client; nothing is sent yet. The wall time of the configuration's origin is taken
    /// from the calendar now.
    ///
    /// # Errors
    ///
    /// A configuration error that names the first setting that cannot be used, its value and the
    /// limit.
    pub fn build(mut self) -> Result<Client<R>, Error> {
        let clock = Clock::of(self.runtime.clone());
        let transport = match self.transport.take() {
            Some(transport) => transport,
            None => Box::new(self.http_transport()?),
        };
        let config = Config { origin: clock.wall_origin(), ..self.config };
        let core = Core::new(config).map_err(|error| invalid(&error))?;
        Ok(Client::assemble(Shared::new(core, self.observer), transport, clock))
    }

    fn http_transport(&mut self) -> Result<HttpTransport<R>, Error> {
        if let Some(path) = &self.extra_ca_file {
            let pem = std::fs::read(path).map_err(|error| {
                let value = format!("{} ({error})", path.display());
                invalid(&Invalid::new("extra_ca_file", value, "a PEM file that can be read"))
            })?;
            self.http.extra_ca = Some(pem);
        }
        self.http.plain_http = self.config.plain_http;
        HttpTransport::on(self.runtime.clone(), &self.http)
    }
}

pub(crate) fn invalid(error: &Invalid) -> Error {
    Error::new(ConfigurationKind::Invalid, error.to_string()).with_detail("field", error.field)
}

/// Shows the API's address; never the secret.
impl<R> fmt::Debug for ClientBuilder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.config.base_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use glp_core::call::Credentials;
    use glp_core::error::ErrorKind;

    use super::*;

    fn config() -> Config {
        let credentials = Credentials::for_workspace("0a1b", "me", "hunter2".into());
        Config::new(Config::GREENLAKE, credentials).unwrap()
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_its_value_and_the_limit() {
        let mut hasty = config();
        hasty.call.attempt_timeout = Duration::ZERO;
        for (builder, expected) in [
            (Client::builder(hasty), "attempt_timeout is 0 s: "),
            (
                Client::builder(config()).user_agent("line\nbreak"),
                "user_agent is \"line\\nbreak\": ",
            ),
            (
                Client::builder(config()).extra_ca_file("/nowhere.pem"),
                "extra_ca_file is /nowhere.pem (No such",
            ),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration(ConfigurationKind::Invalid));
            assert!(error.message().starts_with(expected), "{error}");
        }
    }

    #[test]
    fn the_secret_is_shown_nowhere() {
        let builder = Client::builder(config());
        let shown = format!("{builder:?}");
        let client = builder.build().unwrap();
        let shown = format!("{shown} {client:?} {:?} {}", client.policy(), client.policy());

        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
