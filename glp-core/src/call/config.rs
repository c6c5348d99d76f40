//! What a client is made of: where it talks to, as whom, and under which policies.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::time::Duration;

use http::Uri;
use secrecy::SecretString;

use crate::backoff::Backoff;
use crate::breaker;
use crate::budget;
use crate::greenlake::Route;
use crate::invalid::Invalid;
use crate::retry;
use crate::wall::UnixTime;

/// Holds what a client is made of.
///
/// # Examples
///
/// ```
/// use glp_core::call::{Config, Credentials};
///
/// let credentials = Credentials::for_workspace("0a1b", "my-client", "my-secret".into());
/// let config = Config::new("https://global.api.greenlake.hpe.com", credentials)?;
/// assert_eq!(config.call.attempts.get(), 3);
///
/// let plain = Config::new("http://example.com", config.credentials.clone());
/// assert_eq!(plain.unwrap_err().field, "base_url");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Scheme and authority of the API, and a path prefix if there is one.
    pub base_url: Uri,
    /// Who asks.
    pub credentials: Credentials,
    /// Whether breakers guard the calls, and when they open.
    pub breaker: Guard,
    /// How many hosts and routes may have a breaker at a time. Those at rest make room; where none
    /// is, a request to one more goes out without a breaker, and [`Stats`](crate::trace::Stats) counts it.
    pub max_circuits: NonZeroU32,
    /// How long to wait after a failure where the server does not say.
    pub backoff: Backoff,
    /// How many retries all calls may send together.
    pub budget: budget::Config,
    /// What a call is allowed, unless it says otherwise itself.
    pub call: CallOptions,
    /// Where jitter comes from: one seed, one schedule.
    pub seed: u64,
    /// The wall time of the adapter's [`Instant::ZERO`](crate::time::Instant::ZERO), for timestamps.
    pub origin: UnixTime,
    /// Routes with another quota than their own: that of the service's documentation, or of the
    /// code that names the route.
    ///
    /// A quota is the workspace's, and so is a client: its token speaks for one workspace. Where
    /// several clients share a workspace, each is given its part here.
    pub quotas: Vec<Route>,
    /// Whether plain `http` may be spoken to hosts other than this machine.
    pub plain_http: PlainHttp,
}

/// Whether plain `http` may be spoken to hosts other than this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// To this machine only.
    #[default]
    LoopbackOnly,
    /// To any host: tokens and inventory travel in clear.
    Anywhere,
}

/// Whether breakers guard the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// One breaker per host and one per route.
    On(breaker::Config),
    /// None: every call is admitted.
    Off,
}

/// Who asks, and where to ask for a token.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The token service.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; `Debug` hides it.
    pub client_secret: SecretString,
}

impl Credentials {
    /// Asks for tokens at the workspace's own address, the current one. Hyphens in the id are
    /// dropped, as the address wants it.
    pub fn for_workspace(
        workspace_id: &str,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        let workspace = workspace_id.replace('-', "");
        let token_url = format!("{}/authorization/v2/oauth2/{workspace}/token", Config::GREENLAKE);
        Self { token_url, client_id: client_id.into(), client_secret }
    }
}

/// What one call is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// How often the request may be sent, the first time included. Fetching a token counts apart,
    /// under the same limit.
    pub attempts: NonZeroU32,
    /// How long one send may take, from the first byte sent to the last one read.
    pub attempt_timeout: Duration,
    /// How long the call may take in all, waits included.
    pub operation_timeout: Duration,
    /// The longest wait that a server may ask for; beyond it the call ends at once.
    pub max_server_wait: Duration,
    /// What the call does at an open breaker.
    pub patience: Patience,
}

/// What a call does at an open breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It fails at once and says when to come back.
    FailFast,
    /// It waits, within its operation timeout.
    Wait,
}

impl CallOptions {
    /// Somebody waits for the answer: 3 attempts of 30 seconds within 2 minutes, fail fast.
    pub const INTERACTIVE: Self = Self {
        attempts: NonZeroU32::new(3).unwrap(),
        attempt_timeout: Duration::from_secs(30),
        operation_timeout: Duration::from_secs(120),
        max_server_wait: Duration::from_secs(60),
        patience: Patience::FailFast,
    };

    /// A job that may take its time: 8 attempts of 60 seconds within 15 minutes, patient.
    ///
    /// Under the default breaker that outlasts an outage of about three minutes.
    pub const BATCH: Self = Self {
        attempts: NonZeroU32::new(8).unwrap(),
        attempt_timeout: Duration::from_secs(60),
        operation_timeout: Duration::from_secs(900),
        max_server_wait: Duration::from_secs(300),
        patience: Patience::Wait,
    };

    /// Returns the retries that these options allow, `backoff` apart.
    pub const fn retry(&self, backoff: Backoff) -> retry::Policy {
        retry::Policy {
            attempts: self.attempts,
            attempt_timeout: self.attempt_timeout,
            operation_timeout: self.operation_timeout,
            max_server_wait: self.max_server_wait,
            backoff,
        }
    }
}

impl Default for CallOptions {
    fn default() -> Self {
        Self::INTERACTIVE
    }
}

impl Config {
    /// The API's host, documented for every service of the platform.
    pub const GREENLAKE: &'static str = "https://global.api.greenlake.hpe.com";

    /// The breakers that a client may have unless it says otherwise: far more than the API has routes.
    pub const MAX_CIRCUITS: NonZeroU32 = NonZeroU32::new(256).unwrap();

    /// Makes a configuration with every policy at its default.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names `base_url` or `token_url` where it is no absolute URL, or is plain `http`
    /// to another machine.
    pub fn new(base_url: &str, credentials: Credentials) -> Result<Self, Invalid> {
        Self::over(PlainHttp::LoopbackOnly, base_url, credentials)
    }

    /// Does what [`new`](Self::new) does, and says by name whether plain `http` may be spoken.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn over(
        plain_http: PlainHttp,
        base_url: &str,
        credentials: Credentials,
    ) -> Result<Self, Invalid> {
        let base_url = absolute("base_url", base_url)?;
        let config = Self {
            base_url,
            credentials,
            breaker: Guard::On(breaker::Config::DEFAULT),
            max_circuits: Self::MAX_CIRCUITS,
            backoff: Backoff::DEFAULT,
            budget: budget::Config::DEFAULT,
            call: CallOptions::INTERACTIVE,
            seed: 0,
            origin: UnixTime::EPOCH,
            quotas: Vec::new(),
            plain_http,
        };
        config.check()?;
        Ok(config)
    }

    /// Checks every field.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the first field that cannot be used.
    pub fn check(&self) -> Result<(), Invalid> {
        let token_url = absolute("token_url", &self.credentials.token_url)?;
        for (field, url) in [("base_url", &self.base_url), ("token_url", &token_url)] {
            self.check_scheme(field, url)?;
        }
        if self.credentials.client_id.is_empty() {
            return Err(Invalid::new("client_id", "empty", "the API client's id"));
        }
        if let Guard::On(breaker) = self.breaker {
            breaker.check()?;
        }
        self.budget.check()?;
        self.check_call(&self.call)
    }

    /// Checks what one call is allowed under this configuration.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names a timeout that is zero, the field of the backoff that cannot be used, or
    /// `breaker.probe_lease` where a probe would be given up while its attempt may still end.
    pub fn check_call(&self, options: &CallOptions) -> Result<(), Invalid> {
        if let Guard::On(breaker) = self.breaker
            && breaker.probe_lease < options.attempt_timeout
        {
            let limit = format!("at least attempt_timeout ({:?})", options.attempt_timeout);
            let value = format!("{:?}", breaker.probe_lease);
            return Err(Invalid::new("breaker.probe_lease", value, limit));
        }
        options.retry(self.backoff).check()
    }

    /// Returns a route with the quota that holds for it here.
    pub(super) fn route(&self, route: Route) -> Route {
        self.quotas.iter().find(|known| **known == route).cloned().unwrap_or(route)
    }

    fn check_scheme(&self, field: &'static str, url: &Uri) -> Result<(), Invalid> {
        match url.scheme_str() {
            Some("https") => Ok(()),
            Some("http") if self.plain_http == PlainHttp::Anywhere || is_loopback(url) => Ok(()),
            _ => Err(Invalid::new(field, origin_of(url), "https, or http to this machine")),
        }
    }
}

fn absolute(field: &'static str, text: &str) -> Result<Uri, Invalid> {
    let url: Uri = text
        .parse()
        .map_err(|_| Invalid::new(field, "not a URL", "an absolute URL such as https://host"))?;
    if url.scheme().is_none() || url.authority().is_none_or(|name| name.as_str().contains('@')) {
        let limit = "an absolute URL such as https://host, without user or password";
        return Err(Invalid::new(field, "not absolute", limit));
    }
    Ok(url)
}

fn origin_of(url: &Uri) -> String {
    format!("{}://{}", url.scheme_str().unwrap_or_default(), url.host().unwrap_or_default())
}

/// Says whether `url` leads to this very machine, by name or by address.
///
/// # Examples
///
/// ```
/// use glp_core::call::is_loopback;
///
/// assert!(is_loopback(&"http://[::1]:8080/".parse()?));
/// assert!(!is_loopback(&"http://127.0.0.1.example.com/".parse()?));
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
pub fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<core::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_only() {
        for here in
            ["http://127.0.0.1:8080/x", "http://127.9.9.9", "http://[::1]:1/", "https://LocalHost"]
        {
            assert!(is_loopback(&Uri::from_static(here)), "{here}");
        }
        for elsewhere in ["http://127.0.0.1.example.com", "http://[::2]/", "http://10.0.0.1", "/x"]
        {
            assert!(!is_loopback(&Uri::from_static(elsewhere)), "{elsewhere}");
        }
    }
}
