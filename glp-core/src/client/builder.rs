//! Builds a client out of settings, all of which but the credentials have a default.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{Adapter, HttpSettings, Parts, Proxy};
use crate::backoff::Backoff;
use crate::breaker::Share;
use crate::budget;
use crate::call::{CallOptions, Core, Guard, Patience, PlainHttp, Settings};
use crate::drive::{Observer, Shared};
use crate::error::Error;
use crate::invalid::Invalid;
use crate::trace::Notice;

/// Builds a client of one adapter.
///
/// What is not set is at its default, which `client.policy()` shows. Of two settings of one thing
/// the later holds.
pub struct ClientBuilder<A: Adapter> {
    adapter: A,
    settings: Settings,
    http: HttpSettings,
    extra_ca_file: Option<PathBuf>,
    seed: Option<u64>,
    observer: Option<Observer>,
    transport: Option<A::Transport>,
}

impl<A: Adapter + Default> ClientBuilder<A> {
    /// Takes settings from the environment: those that [`Settings::from_lookup`] lists. An empty
    /// variable counts as a missing one.
    ///
    /// # Errors
    ///
    /// A configuration error that names the variable that cannot be used. Missing ones are found,
    /// all at once, by [`build`](Self::build): until then they can be set otherwise.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(A::variable)
    }

    /// Does what [`from_env`](Self::from_env) does, with `lookup` in place of the environment.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let read = |path: &_| String::from_utf8(A::read(path)?).map_err(io::Error::other);
        Ok(Self { settings: Settings::from_lookup(lookup, read)?, ..Self::default() })
    }
}

impl<A: Adapter + Default> Default for ClientBuilder<A> {
    fn default() -> Self {
        Self::on(A::default())
    }
}

impl<A: Adapter> ClientBuilder<A> {
    /// Starts with no setting; the client's time is that of `adapter`.
    pub fn on(adapter: impl Into<A>) -> Self {
        Self {
            adapter: adapter.into(),
            settings: Settings::default(),
            http: HttpSettings::default(),
            extra_ca_file: None,
            seed: None,
            observer: None,
            transport: None,
        }
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

    /// Lets no breaker guard the calls.
    #[must_use]
    pub fn without_breaker(self) -> Self {
        self.breaker(Guard::Off)
    }

    /// Sets how many failures in a row open a breaker, whatever else [`breaker`](Self::breaker)
    /// says of it.
    #[must_use]
    pub fn failure_threshold(mut self, failures: NonZeroU32) -> Self {
        self.settings.failure_threshold = Some(failures);
        self
    }

    /// Sets how long a breaker stays open, whatever else [`breaker`](Self::breaker) says of it.
    #[must_use]
    pub fn breaker_timeout(mut self, timeout: Duration) -> Self {
        self.settings.breaker_timeout = Some(timeout);
        self
    }

    /// Sets how long to wait after a failure where the server does not say.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = Some(backoff);
        self
    }

    /// Sets how many retries all calls may send together.
    #[must_use]
    pub fn retry_budget(mut self, budget: budget::Config) -> Self {
        self.settings.budget = Some(budget);
        self
    }

    /// Sets how much of each route's documented quota the client takes: less than the whole, where
    /// others share the workspace.
    #[must_use]
    pub fn quota_share(mut self, share: Share) -> Self {
        self.settings.quota_share = Some(share);
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

    /// Sets the longest wait that a server may ask for; beyond it a call ends at once.
    #[must_use]
    pub fn max_server_wait(mut self, wait: Duration) -> Self {
        self.settings.call.max_server_wait = wait;
        self
    }

    /// Sets what a call does at an open breaker.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.settings.call.patience = patience;
        self
    }

    /// Sets how long a connection may take to be made, from the name of the host to the end of the
    /// TLS handshake.
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
        self.http.user_agent = Some(user_agent.into());
        self
    }

    /// Trusts these certificate authorities, in PEM, beside the system's.
    #[must_use]
    pub fn extra_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.extra_ca = Some(pem.into());
        self
    }

    /// Trusts the certificate authorities in this PEM file, beside the system's. It is read when
    /// the client is built.
    #[must_use]
    pub fn extra_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.extra_ca_file = Some(path.into());
        self
    }

    /// Sets through which proxy other machines are reached; the default is what the environment
    /// says. An adapter that speaks to none refuses a URL.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.http.proxy = proxy;
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
    /// effect. An HTTP client of your own goes into the adapter's `HttpTransport`.
    #[must_use]
    pub fn transport(mut self, transport: impl Into<A::Transport>) -> Self {
        self.transport = Some(transport.into());
        self
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A configuration error that lists every missing setting at once, or names the first one that
    /// cannot be used, its value and the limit.
    pub fn build(self) -> Result<A::Client, Error> {
        let Self { adapter, settings, mut http, extra_ca_file, seed, observer, transport } = self;
        let scope = settings.scope();
        let config = settings.config(adapter.wall_origin(), seed.unwrap_or_else(A::any_seed))?;
        let transport = match transport {
            Some(transport) => transport,
            None => {
                if let Some(path) = extra_ca_file {
                    http.extra_ca = Some(certificates::<A>(&path)?);
                }
                adapter.transport(&http)?
            }
        };
        let shared = Shared::new(Core::new(config).map_err(Error::invalid)?, observer);
        Ok(adapter.assemble(Parts { shared, transport, scope }))
    }
}

fn certificates<A: Adapter>(path: &Path) -> Result<Vec<u8>, Error> {
    A::read(path.as_os_str()).map_err(|error| {
        let value = format!("{} ({error})", path.display());
        Error::invalid(Invalid::new("extra_ca_file", value, "a PEM file that can be read"))
    })
}

/// Shows the origin and the workspace; never the secret.
impl<A: Adapter> fmt::Debug for ClientBuilder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("scope", &self.settings.scope())
            .finish_non_exhaustive()
    }
}
