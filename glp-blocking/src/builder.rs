//! Builds a client out of settings, all of which but the credentials have a default.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use glp_core::backoff::Backoff;
use glp_core::call::{CallOptions, Core, Guard, PlainHttp, Settings};
use glp_core::drive::{Observer, Shared};
use glp_core::error::Error;
use glp_core::invalid::Invalid;
use glp_core::trace::Notice;
use secrecy::SecretString;

use crate::client::Client;
use crate::clock::Clock;
use crate::http_transport::{HttpSettings, HttpTransport};
use crate::seed::any_seed;
use crate::transport::Transport;

/// Builds a [`Client`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use glp_blocking::Client;
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
    settings: Settings,
    seed: Option<u64>,
    http: HttpSettings,
    extra_ca_file: Option<PathBuf>,
    transport: Option<Box<dyn Transport>>,
    clock: Option<Clock>,
    observer: Option<Observer>,
}

impl ClientBuilder {
    /// Starts with `settings`.
    pub(crate) fn with(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Sets scheme and host of the API; the default is the platform's global host.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Some(url.into());
        self
    }

    /// Sets the workspace, with or without hyphens. Tokens are asked for at its own address, unless
    /// [`token_url`](Self::token_url) names another.
    #[must_use]
    pub fn workspace_id(mut self, workspace_id: impl Into<String>) -> Self {
        self.settings.workspace_id = Some(workspace_id.into());
        self
    }

    /// Sets the address at which tokens are asked for.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.settings.token_url = Some(url.into());
        self
    }

    /// Sets the id of the API client.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.settings.client_id = Some(client_id.into());
        self
    }

    /// Sets the secret of the API client.
    #[must_use]
    pub fn client_secret(mut self, client_secret: SecretString) -> Self {
        self.settings.client_secret = Some(client_secret);
        self
    }

    /// Sets whether breakers guard the calls, and when they open.
    #[must_use]
    pub fn breaker(mut self, breaker: Guard) -> Self {
        self.settings.breaker = Some(breaker);
        self
    }

    /// Sets how long to wait after a failure where the server does not say.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = Some(backoff);
        self
    }

    /// Sets all that a call is allowed, for calls that do not say otherwise themselves.
    #[must_use]
    pub fn call_options(mut self, options: CallOptions) -> Self {
        self.settings.call = options;
        self
    }

    /// Sets how often a request may be sent, the first time included.
    #[must_use]
    pub fn attempts(mut self, attempts: NonZeroU32) -> Self {
        self.settings.call.attempts = attempts;
        self
    }

    /// Sets how long one attempt may take, its body included.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.settings.call.attempt_timeout = timeout;
        self
    }

    /// Sets how long a call may take in all, its waits included.
    #[must_use]
    pub fn operation_timeout(mut self, timeout: Duration) -> Self {
        self.settings.call.operation_timeout = timeout;
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
        self.settings.plain_http = plain_http;
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
    /// effect. To hand in a `ureq::Agent`, give [`HttpTransport::with_agent`].
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Waits by a clock of your own: in tests, one of [`Time`](crate::Time) that nobody has to wait
    /// for. The timeouts of [`HttpTransport`] stay those of this machine.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A configuration error that lists every missing setting at once, or names the first one that
    /// cannot be used, its value and the limit.
    pub fn build(self) -> Result<Client, Error> {
        let clock = self.clock.unwrap_or_else(Clock::start);
        let scope = self.settings.scope();
        let seed = self.seed.unwrap_or_else(any_seed);
        let config = self.settings.config(clock.wall_origin(), seed)?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Box::new(http_transport(self.http, self.extra_ca_file)?),
        };
        let core = Core::new(config).map_err(Error::invalid)?;
        Ok(Client::new(Shared::new(core, self.observer), transport, clock, scope))
    }
}

/// Makes the transport that is used unless another is given.
fn http_transport(
    mut settings: HttpSettings,
    extra_ca_file: Option<PathBuf>,
) -> Result<HttpTransport, Error> {
    if let Some(path) = extra_ca_file {
        let pem = std::fs::read(&path).map_err(|error| {
            let value = format!("{} ({error})", path.display());
            Error::invalid(Invalid::new("extra_ca_file", value, "a PEM file that can be read"))
        })?;
        settings.extra_ca = Some(pem);
    }
    HttpTransport::new(&settings)
}

/// Shows the origin and the workspace; never the secret.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("scope", &self.settings.scope())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use glp_core::error::{ConfigurationKind, ErrorKind};

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
            (complete().user_agent("line\nbreak"), "user_agent is \"line\\nbreak\": "),
            (complete().extra_ca_file("/nowhere.pem"), "extra_ca_file is /nowhere.pem (No such"),
        ] {
            let refused = refusal(builder);
            assert!(refused.starts_with(expected), "{refused}");
        }
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
