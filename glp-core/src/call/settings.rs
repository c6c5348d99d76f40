//! What a client may be told, and the configuration that comes of it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::config::{CallOptions, Config, Credentials, Guard, PlainHttp};
use crate::backoff::Backoff;
use crate::breaker::{self, Share};
use crate::budget;
use crate::error::Error;
use crate::greenlake::Route;
use crate::invalid::Invalid;
use crate::wall::UnixTime;

/// Holds what a client was told; all but the credentials has a default.
///
/// The builders of the adapters fill it in, [`from_lookup`](Self::from_lookup) from an environment.
///
/// # Examples
///
/// ```
/// use glp_core::call::Settings;
/// use glp_core::wall::UnixTime;
///
/// let settings = Settings { client_id: Some("my-client".into()), ..Settings::default() };
/// assert_eq!(
///     settings.config(UnixTime::EPOCH, 7).unwrap_err().message(),
///     "Settings are missing: client_secret, workspace_id or token_url",
/// );
/// ```
#[derive(Clone, Default)]
pub struct Settings {
    /// Scheme and host of the API; the platform's global host, if none.
    pub base_url: Option<String>,
    /// Where tokens are asked for; the workspace's own address, if none.
    pub token_url: Option<String>,
    /// The workspace, with or without hyphens.
    pub workspace_id: Option<String>,
    /// The id of the API client.
    pub client_id: Option<String>,
    /// The secret of the API client.
    pub client_secret: Option<SecretString>,
    /// Whether breakers guard the calls; if not said, they do.
    pub breaker: Option<Guard>,
    /// How many failures in a row open a breaker; what [`breaker`](Self::breaker) says, if none.
    pub failure_threshold: Option<NonZeroU32>,
    /// How long a breaker stays open; what [`breaker`](Self::breaker) says, if none.
    pub breaker_timeout: Option<Duration>,
    /// How long to wait after a failure where the server does not say.
    pub backoff: Option<Backoff>,
    /// How many retries all calls may send together.
    pub budget: Option<budget::Config>,
    /// How much of each route's documented quota is taken; all of it, if none.
    pub quota_share: Option<Share>,
    /// What a call is allowed, unless it says otherwise itself.
    pub call: CallOptions,
    /// Whether plain `http` may be spoken to other machines.
    pub plain_http: PlainHttp,
    /// Routes with another quota than their own; see [`Config::quotas`].
    pub quotas: Vec<Route>,
    /// What the required settings are called, where they are missed.
    pub names: Names,
}

/// What the required settings are called where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The id of the API client.
    pub client_id: &'static str,
    /// Its secret.
    pub client_secret: &'static str,
    /// The workspace, or where to ask for tokens.
    pub workspace: &'static str,
}

impl Names {
    /// As the methods of a builder are called.
    pub const BUILDER: Self = Self {
        client_id: "client_id",
        client_secret: "client_secret",
        workspace: "workspace_id or token_url",
    };
}

impl Default for Names {
    fn default() -> Self {
        Self::BUILDER
    }
}

impl Settings {
    /// Makes a configuration: `origin` is the wall time at which the client's clock starts, `seed`
    /// that of its jitter. An empty credential counts as a missing one.
    ///
    /// # Errors
    ///
    /// A configuration error that lists every missing setting at once, or names the first one that
    /// cannot be used, its value and the limit.
    pub fn config(self, origin: UnixTime, seed: u64) -> Result<Config, Error> {
        let Self { ref base_url, plain_http, backoff, budget, quota_share, call, .. } = self;
        let breaker = self.guard();
        let base_url = base_url.as_deref().unwrap_or(Config::GREENLAKE);
        let credentials = self.credentials()?;
        let mut config = Config::over(plain_http, base_url, credentials).map_err(Error::invalid)?;
        config.breaker = breaker;
        config.backoff = backoff.unwrap_or(config.backoff);
        config.budget = budget.unwrap_or(config.budget);
        config.quota_share = quota_share.unwrap_or(config.quota_share);
        config.call = call;
        config.seed = seed;
        config.origin = origin;
        config.quotas = self.quotas;
        config.check().map_err(Error::invalid)?;
        Ok(config)
    }

    /// Names whose inventory it is: the API's origin and the workspace, or the API client where no
    /// workspace was named.
    pub fn scope(&self) -> String {
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

    fn guard(&self) -> Guard {
        match self.breaker.unwrap_or_else(|| default_breaker(&self.call)) {
            Guard::Off => Guard::Off,
            Guard::On(config) => Guard::On(breaker::Config {
                failure_threshold: self.failure_threshold.unwrap_or(config.failure_threshold),
                cool_down: self.breaker_timeout.unwrap_or(config.cool_down),
                ..config
            }),
        }
    }

    fn credentials(&self) -> Result<Credentials, Error> {
        let given = |setting: &Option<String>| setting.clone().filter(|text| !text.is_empty());
        let secret = self.client_secret.clone().filter(|text| !text.expose_secret().is_empty());
        let workspace = given(&self.workspace_id);
        match (given(&self.client_id), secret, workspace, given(&self.token_url)) {
            (Some(client_id), Some(client_secret), _, Some(token_url)) => {
                Ok(Credentials { token_url, client_id, client_secret })
            }
            (Some(client_id), Some(client_secret), Some(workspace), None) => {
                let workspace = checked(&workspace).map_err(Error::invalid)?;
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

/// Shows the origin and the workspace; never the secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("scope", &self.scope()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::greenlake::Route;

    const SECOND: Duration = Duration::from_secs(1);

    fn complete() -> Settings {
        Settings {
            workspace_id: Some("0A-1b".into()),
            client_id: Some("me".into()),
            client_secret: Some("hunter2".into()),
            ..Settings::default()
        }
    }

    fn refusal(settings: Settings) -> String {
        let shown = format!("{settings:?}");
        let error = settings.config(UnixTime::EPOCH, 7).unwrap_err();
        assert!(!format!("{shown} {error}").contains("hunter2"), "{shown} {error}");
        error.message().into()
    }

    #[test]
    fn the_credentials_are_all_that_is_needed() {
        assert_eq!(complete().scope(), "https://global.api.greenlake.hpe.com workspace 0a1b");

        let config = complete().config(UnixTime::from_secs(5), 7).unwrap();

        assert_eq!((config.seed, config.origin), (7, UnixTime::from_secs(5)));
        assert_eq!(config.base_url, Config::GREENLAKE);
    }

    #[test]
    fn what_is_missing_is_listed_at_once_and_empty_is_missing() {
        let settings = Settings { client_id: Some(String::new()), ..Settings::default() };

        assert_eq!(
            refusal(settings),
            "Settings are missing: client_id, client_secret, workspace_id or token_url"
        );
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_value_and_the_limit() {
        let url = || Some("http://example.com".into());
        let call = CallOptions { attempt_timeout: Duration::ZERO, ..CallOptions::default() };
        for (settings, expected) in [
            (
                Settings { workspace_id: Some("a/b".into()), ..complete() },
                "workspace_id is \"a/b\"",
            ),
            (Settings { base_url: url(), ..complete() }, "base_url is http://example.com: "),
            (Settings { token_url: url(), ..complete() }, "token_url is http://example.com: "),
            (Settings { call, ..complete() }, "attempt_timeout is 0 s: "),
        ] {
            let refused = refusal(settings);
            assert!(refused.starts_with(expected), "{refused}");
        }
    }

    #[test]
    fn the_probe_of_a_long_attempt_is_waited_for() {
        let attempt_timeout = Duration::from_secs(600);
        let call = CallOptions { attempt_timeout, ..CallOptions::default() };

        let config = Settings { call, ..complete() }.config(UnixTime::EPOCH, 7).unwrap();

        let Guard::On(breaker) = config.breaker else { panic!("breakers are on by default") };
        assert!(breaker.probe_lease >= attempt_timeout);
    }

    #[test]
    fn the_breaker_is_set_in_whole_or_in_part_in_any_order() {
        let breaker = |settings: Settings| settings.config(UnixTime::EPOCH, 7).unwrap().breaker;
        let (failure_threshold, breaker_timeout) =
            (Some(NonZeroU32::MIN), Some(Duration::from_secs(7)));
        let parts = Settings { failure_threshold, breaker_timeout, ..complete() };

        let Guard::On(set) = breaker(parts.clone()) else { panic!("breakers are on by default") };
        assert_eq!((set.failure_threshold, set.cool_down), (NonZeroU32::MIN, 7 * SECOND));
        assert_eq!(breaker(Settings { breaker: Some(Guard::Off), ..parts }), Guard::Off);
    }

    #[test]
    fn a_share_of_the_quota_slows_every_route_and_stops_none() {
        let half = Settings { quota_share: Some(Share::HALF), ..complete() };
        let config = half.config(UnixTime::EPOCH, 7).unwrap();
        let quota = |route| config.pace(&route).quota.get();

        assert_eq!(quota(Route::LIST_DEVICES), 80);
        assert_eq!(quota(Route::new(&http::Method::GET, "/x", NonZeroU32::MIN)), 1);
        assert!(config.to_string().contains("50% of the documented quota of each route"));
    }
}
