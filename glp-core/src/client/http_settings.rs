//! What the adapters' own transports are told.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use http::uri::Scheme;
use http::{HeaderValue, Uri};
use secrecy::SecretString;

use crate::call::{PlainHttp, is_loopback};
use crate::exchange::{Failure, FailureKind};
use crate::invalid::Invalid;

/// Sets up the transport that an adapter brings.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::client::HttpSettings;
///
/// let settings =
///     HttpSettings { connect_timeout: Duration::from_secs(3), ..HttpSettings::default() };
/// assert_eq!(settings.max_body, HttpSettings::MAX_BODY);
/// ```
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The most time from the name of the host to a connection, its TLS handshake included.
    pub connect_timeout: Duration,
    /// The largest body that is taken, in bytes, both as sent and as unpacked.
    pub max_body: usize,
    /// What the client calls itself; the name and version of the adapter, if none.
    pub user_agent: Option<String>,
    /// Certificate authorities to trust beside the system's, in PEM.
    pub extra_ca: Option<Vec<u8>>,
    /// Whether a request may travel unencrypted.
    pub plain_http: PlainHttp,
    /// Through which proxy other machines are reached.
    pub proxy: Proxy,
}

/// Through which proxy other machines are reached. This one never is through any.
#[derive(Clone, Debug, Default)]
pub enum Proxy {
    /// The one that `HTTPS_PROXY`, `NO_PROXY` and the like name, if any.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Off,
    /// The one at this URL, which may hold a user and a password.
    Url(SecretString),
}

impl HttpSettings {
    /// The default connect timeout: 10 s.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// The default body limit: 32 MiB, some fifteen times the largest page of devices.
    pub const MAX_BODY: usize = 32 << 20;
    /// How often an HTTP/2 connection with a request on it is asked whether it still lives: 10 s.
    pub const PING_EVERY: Duration = Duration::from_secs(10);
    /// The time for an answer to that: 10 s. Without one the connection is given up, so that the
    /// next attempt does not go out on a dead one.
    pub const PING_TIMEOUT: Duration = Duration::from_secs(10);

    /// Returns what the client calls itself: `own`, where the settings do not say.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where it cannot stand in a header.
    pub fn user_agent(&self, own: &'static str) -> Result<HeaderValue, Invalid> {
        let name = self.user_agent.as_deref().unwrap_or(own);
        HeaderValue::from_str(name).map_err(|_| {
            let limit = "the visible characters of a header";
            Invalid::new("user_agent", format_args!("{name:?}"), limit)
        })
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Self::CONNECT_TIMEOUT,
            max_body: Self::MAX_BODY,
            user_agent: None,
            extra_ca: None,
            plain_http: PlainHttp::default(),
            proxy: Proxy::default(),
        }
    }
}

impl Proxy {
    /// Refuses a proxy whose address cannot be used, without showing it.
    pub fn unusable(why: impl fmt::Display) -> Invalid {
        Invalid::new("proxy", format!("unusable ({why})"), "a URL such as http://host:3128")
    }
}

impl PlainHttp {
    /// Says whether a request may be sent to `url` unencrypted, where it would be.
    ///
    /// # Errors
    ///
    /// [`FailureKind::UnsupportedUrl`] for plain `http` to another machine, unless that was asked
    /// for by name.
    pub fn admits(self, url: &Uri) -> Result<(), Failure> {
        let plain = url.scheme() == Some(&Scheme::HTTP);
        if plain && self == Self::LoopbackOnly && !is_loopback(url) {
            let detail = "plain http to another machine is refused unless asked for by name";
            return Err(Failure::new(FailureKind::UnsupportedUrl, detail));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn plain_http_is_spoken_to_this_machine_and_elsewhere_only_when_asked_for() {
        let elsewhere = Uri::from_static("http://example.com/");
        for admitted in ["http://[::1]:1/", "http://localhost/", "https://example.com/"] {
            assert_eq!(PlainHttp::LoopbackOnly.admits(&Uri::from_static(admitted)), Ok(()));
        }

        let refused = PlainHttp::LoopbackOnly.admits(&elsewhere).unwrap_err();

        assert_eq!(refused.kind, FailureKind::UnsupportedUrl);
        assert_eq!(PlainHttp::Anywhere.admits(&elsewhere), Ok(()));
    }

    #[test]
    fn a_user_agent_that_is_no_header_is_refused_by_name() {
        let own = HttpSettings::default().user_agent("glp/1").unwrap();
        let broken = HttpSettings { user_agent: Some("a\nb".into()), ..HttpSettings::default() };

        assert_eq!(own, "glp/1");
        let refused = broken.user_agent("glp/1").unwrap_err().to_string();
        assert!(refused.starts_with("user_agent is \"a\\nb\": "), "{refused}");
    }

    #[test]
    fn the_password_of_a_proxy_is_not_shown() {
        let proxy = Proxy::Url("http://me:hunter2@proxy:3128".into());
        let shown = format!("{:?}", HttpSettings { proxy, ..HttpSettings::default() });

        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
