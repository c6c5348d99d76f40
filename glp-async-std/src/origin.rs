//! Where a request goes: one connection serves one origin.

use glp_core::exchange::{Failure, FailureKind};
use http::Uri;
use http::header::HeaderValue;
use http::uri::Scheme;

/// The scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) security: Security,
    /// The name or the address, without the brackets of IPv6.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Whether bytes travel in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Security {
    /// `http`.
    Plain,
    /// `https`.
    Tls,
}

impl Security {
    /// The port of a URL that names none: RFC 9110, sections 4.2.1 and 4.2.2.
    const fn port(self) -> u16 {
        match self {
            Self::Plain => 80,
            Self::Tls => 443,
        }
    }
}

impl Origin {
    /// Reads the origin out of a URL.
    ///
    /// # Errors
    ///
    /// `UnsupportedUrl` for a URL without a host, or of a scheme that is neither http nor https.
    pub(crate) fn of(url: &Uri) -> Result<Self, Failure> {
        let security = match url.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => Security::Tls,
            Some(scheme) if *scheme == Scheme::HTTP => Security::Plain,
            _ => return Err(unsupported("the scheme is neither http nor https")),
        };
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        if host.is_empty() {
            return Err(unsupported("the URL names no host"));
        }
        let port = url.port_u16().unwrap_or_else(|| security.port());
        Ok(Self { security, host, port })
    }

    /// Returns the value of the `host` header.
    ///
    /// # Errors
    ///
    /// `UnsupportedUrl` where the host's name has no place in a header.
    pub(crate) fn header(&self) -> Result<HeaderValue, Failure> {
        let host = match &self.host {
            address if address.contains(':') => format!("[{address}]"),
            name => name.clone(),
        };
        let value =
            if self.port == self.security.port() { host } else { format!("{host}:{}", self.port) };
        HeaderValue::try_from(value).map_err(|_| unsupported("the host is no name"))
    }
}

fn unsupported(detail: &str) -> Failure {
    Failure::new(FailureKind::UnsupportedUrl, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(url: &'static str) -> String {
        let value = Origin::of(&Uri::from_static(url)).unwrap().header().unwrap();
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn the_host_header_leaves_out_the_schemes_own_port_and_the_user() {
        assert_eq!(header("https://API.example/x"), "api.example");
        assert_eq!(header("https://api.example:443/x"), "api.example");
        assert_eq!(header("http://api.example:443/x"), "api.example:443");
        assert_eq!(header("http://me:hunter2@[::1]:8080/x"), "[::1]:8080");
    }

    #[test]
    fn an_origin_is_the_same_however_it_is_spelled() {
        let origin = |url| Origin::of(&Uri::from_static(url)).unwrap();

        assert_eq!(origin("https://API.example"), origin("https://api.example:443/a?b"));
        assert_ne!(origin("https://api.example:80"), origin("http://api.example"));
    }

    #[test]
    fn a_url_that_leads_nowhere_is_unsupported() {
        for url in ["ftp://api.example/", "/devices", "api.example"] {
            let failure = Origin::of(&Uri::from_static(url)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::UnsupportedUrl, "{url}");
        }
    }
}
