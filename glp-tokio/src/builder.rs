//! Builds a client out of settings, all of which but the credentials have a default.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use glp_core::backoff::Backoff;
use glp_core::breaker;
use glp_core::call::{CallOptions, Config, Core, Credentials, Guard, PlainHttp};
use glp_core::drive::{Observer, Shared};
use glp_core::error::{ConfigurationKind, Error};
use glp_core::invalid::Invalid;
use glp_core::trace::Notice;
use secrecy::{ExposeSecret, SecretString};

use crate::client::Client;
use crate::clock::Clock;
use crate::http_transport::{HttpSettings, HttpTransport};
use glp_core::transport::{AnyTransport, Transport};

/// Builds a [`Client`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_tokio::Client;
///
/// let client = Client::builder()
///     .workspace_id("7600415a-8876-5722-9f3c-b0fd11112283")
///     .client_id("my-client")
///     .client_secret("my-secret".into())
///     .attempt_timeout(Duration::from_secs(10))
///     .build()?;
/// assert!(!format!("{}", client.policy()).contains("my-secret"));
///
/// let error = Client::builder().build().unwrap_err();
/// assert_eq!(
///     error.message(),
///     "Settings are missing: client_id, client_secret, workspace_id or token_url",
/// );
/// # Ok::<(), glp_core::error::Error>(())
/// ```
#[derive(Default)]
pub struct ClientBuilder {
    names: Names,
    base_url: Option<String>,
    token_url: Option<String>,
    workspace_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    breaker: Option<Guard>,
    backoff: Option<Backoff>,
    call: CallOptions,
    seed: Option<u64>,
    http: HttpSettings,
    extra_ca_file: Option<PathBuf>,
    transport: Option<Box<dyn AnyTransport>>,
    observer: Option<Observer>,
}

/// What the required settings are called where they come from.
pub(crate) struct Names {
    pub(crate) client_id: &'static str,
    pub(crate) client_secret: &'static str,
    pub(crate) workspace: &'static str,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            client_id: "client_id",
            client_secret: "client_secret",
            workspace: "workspace_id or token_url",
        }
    }
}

impl ClientBuilder {
    /// Starts with no setting, and calls the required ones by `names`.
    pub(crate) fn named(names: Names) -> Self {
        Self { names, ..Self::default() }
    }

    /// Sets scheme and host of the API; the default is the platform's global host.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the workspace, with or without hyphens. Tokens are asked for at its own address, unless
    /// [`token_url`](Self::token_url) names another.
    #[must_use]
    pub fn workspace_id(mut self, workspace_id: impl Into<String>) -> Self {
        self.workspace_id = Some(workspace_id.into());
        self
    }

    /// Sets the address at which tokens are asked for.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Sets the id of the API client.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Sets the secret of the API client.
    #[must_use]
    pub fn client_secret(mut self, client_secret: SecretString) -> Self {
        self.client_secret = Some(client_secret);
        self
    }

    /// Sets whether breakers guard the calls, and when they open.
    #[must_use]
    pub fn breaker(mut self, breaker: Guard) -> Self {
        self.breaker = Some(breaker);
        self
    }

    /// Sets how long to wait after a failure where the server does not say.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// Sets all that a call is allowed, for calls that do not say otherwise themselves.
    #[must_use]
    pub fn call_options(mut self, options: CallOptions) -> Self {
        self.call = options;
        self
    }

    /// Sets how often a request may be sent, the first time included.
    #[must_use]
    pub fn attempts(mut self, attempts: NonZeroU32) -> Self {
        self.call.attempts = attempts;
        self
    }

    /// Sets how long one attempt may take, its body included.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.call.attempt_timeout = timeout;
        self
    }

    /// Sets how long a call may take in all, its waits included.
    #[must_use]
    pub fn operation_timeout(mut self, timeout: Duration) -> Self {
        self.call.operation_timeout = timeout;
        self
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

    /// Sets whether plain `http` may be spoken to other machines.
    #[must_use]
    pub fn plain_http(mut self, plain_http: PlainHttp) -> Self {
        self.http.plain_http = plain_http;
        self
    }

    /// Sets the seed of all jitter: one seed, one schedule. The default differs from client to
    /// client, so that many of them do not knock in step.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Is told of every decision, in order, as it is made. It must not block.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sends through a transport of your own; the settings of the HTTP client are then without
    /// effect. To hand in a `reqwest::Client`, give [`HttpTransport::with_client`].
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A configuration error that lists every missing setting at once, or names the first one that
    /// cannot be used, its value and the limit.
    pub fn build(mut self) -> Result<Client, Error> {
        let clock = Clock::start();
        let scope = self.scope();
        let config = self.config(&clock)?;
        let transport = match self.transport.take() {
            Some(transport) => transport,
            None => Box::new(self.http_transport()?),
        };
        let core = Core::new(config).map_err(|error| invalid(&error))?;
        Ok(Client::new(Shared::new(core, self.observer), transport, clock, scope))
    }

    fn config(&mut self, clock: &Clock) -> Result<Config, Error> {
        let credentials = self.credentials()?;
        let base_url = self.base_url.as_deref().unwrap_or(Config::GREENLAKE);
        let mut config = Config::over(self.http.plain_http, base_url, credentials)
            .map_err(|error| invalid(&error))?;
        config.breaker = self.breaker.unwrap_or_else(|| default_breaker(&self.call));
        config.backoff = self.backoff.unwrap_or(config.backoff);
        config.call = self.call;
        config.seed = self.seed.unwrap_or_else(any_seed);
        config.origin = clock.wall_origin();
        Ok(config)
    }

    fn credentials(&mut self) -> Result<Credentials, Error> {
        let id = self.client_id.take().filter(|id| !id.is_empty());
        let secret = self.client_secret.take().filter(|secret| !secret.expose_secret().is_empty());
        let workspace = self.workspace_id.as_deref().filter(|id| !id.is_empty());
        let token_url = self.token_url.take().filter(|url| !url.is_empty());
        match (id, secret, workspace, token_url) {
            (Some(client_id), Some(client_secret), _, Some(token_url)) => {
                Ok(Credentials { token_url, client_id, client_secret })
            }
            (Some(client_id), Some(client_secret), Some(workspace), None) => {
                let workspace = checked(workspace).map_err(|error| invalid(&error))?;
                Ok(Credentials::for_workspace(workspace, client_id, client_secret))
            }
            (id, secret, workspace, token_url) => {
                let names = [
                    (self.names.client_id, id.is_some()),
                    (self.names.client_secret, secret.is_some()),
                    (self.names.workspace, workspace.is_some() || token_url.is_some()),
                ];
                let missing = names.into_iter().filter(|(_, given)| !given).map(|(name, _)| name);
                Err(Error::missing_configuration(missing))
            }
        }
    }

    fn http_transport(&mut self) -> Result<HttpTransport, Error> {
        if let Some(path) = &self.extra_ca_file {
            let pem = std::fs::read(path).map_err(|error| {
                let value = format!("{} ({error})", path.display());
                invalid(&Invalid::new("extra_ca_file", value, "a PEM file that can be read"))
            })?;
            self.http.extra_ca = Some(pem);
        }
        HttpTransport::new(&self.http)
    }

    fn scope(&self) -> String {
        let base_url = self.base_url.as_deref().unwrap_or(Config::GREENLAKE).trim_end_matches('/');
        match (&self.workspace_id, &self.client_id) {
            (Some(workspace), _) => {
                format!("{base_url} workspace {}", workspace.replace('-', "").to_lowercase())
            }
            (None, client) => {
                format!("{base_url} client {}", client.as_deref().unwrap_or_default())
            }
        }
    }
}

/// The breaker that nobody set: a probe is not given up while its attempt may still end.
fn default_breaker(call: &CallOptions) -> Guard {
    let default = breaker::Config::DEFAULT;
    let probe_lease = default.probe_lease.max(call.attempt_timeout);
    Guard::On(breaker::Config { probe_lease, ..default })
}

/// Takes a workspace id that can stand in a path as it is.
fn checked(workspace: &str) -> Result<&str, Invalid> {
    if workspace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(workspace);
    }
    Err(Invalid::new("workspace_id", format_args!("{workspace:?}"), "letters, digits and hyphens"))
}

pub(crate) fn invalid(error: &Invalid) -> Error {
    Error::new(ConfigurationKind::Invalid, error.to_string()).with_detail("field", error.field)
}

/// Draws a seed from the keys that the standard library draws for its hash maps.
fn any_seed() -> u64 {
    RandomState::new().hash_one(())
}

/// Shows the origin and the workspace; never the secret.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("scope", &self.scope()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use glp_core::error::ErrorKind;

    use super::*;

    fn complete() -> ClientBuilder {
        Client::builder().workspace_id("0a1b").client_id("me").client_secret("hunter2".into())
    }

    fn refusal(builder: ClientBuilder) -> String {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration(ConfigurationKind::Invalid));
        assert!(!error.message().contains("hunter2"), "{error}");
        error.message().to_owned()
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_its_value_and_the_limit() {
        for (builder, expected) in [
            (complete().base_url(""), "base_url is "),
            (complete().base_url("http://example.com"), "base_url is http://example.com: "),
            (complete().workspace_id("a/b"), "workspace_id is \"a/b\": "),
            (complete().attempt_timeout(Duration::ZERO), "attempt_timeout is 0 s: "),
            (complete().user_agent("line\nbreak"), "user_agent is \"line\\nbreak\": "),
            (complete().extra_ca_file("/nowhere.pem"), "extra_ca_file is /nowhere.pem (No such"),
        ] {
            let refused = refusal(builder);
            assert!(refused.starts_with(expected), "{refused}");
        }
    }

    #[test]
    fn plain_http_is_spoken_to_other_machines_when_asked_for_by_name() {
        let client = complete().base_url("http://example.com").plain_http(PlainHttp::Anywhere);

        assert_eq!(client.build().unwrap().policy().base_url, "http://example.com/");
    }

    #[test]
    fn an_attempt_may_be_long_and_its_probe_is_waited_for() {
        let long = Duration::from_secs(600);

        let policy = complete().attempt_timeout(long).build().unwrap().policy();

        let Guard::On(breaker) = policy.breaker else { panic!("the breaker is on") };
        assert_eq!(breaker.probe_lease, long);
    }

    #[test]
    fn two_clients_do_not_knock_in_step_unless_they_are_told_to() {
        let seed = |builder: ClientBuilder| builder.build().unwrap().policy().seed;

        assert_ne!(seed(complete()), seed(complete()));
        assert_eq!(seed(complete().seed(7)), 7);
    }

    #[test]
    fn the_secret_is_shown_nowhere() {
        let builder = complete();
        let shown = format!("{builder:?}");
        let client = builder.build().unwrap();
        let shown = format!("{shown} {client:?} {:?} {}", client.policy(), client.policy());

        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
