//! The transport over real sockets: reqwest, with rustls and ring.

use std::time::Duration;
use std::{fmt, mem};

use glp_core::body::{ACCEPTED, Body};
use glp_core::call::{PlainHttp, is_loopback};
use glp_core::error::{ConfigurationKind, Error};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::invalid::Invalid;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::uri::Scheme;
use http::{HeaderValue, Uri};
use reqwest::redirect;

use crate::failure::{Stage, explain};
use crate::transport::Transport;
use crate::trust::tls_config;

/// Sets up an [`HttpTransport`].
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The most time from the name of the host to a connection, its TLS handshake included.
    pub connect_timeout: Duration,
    /// The largest body that is taken, in bytes, both as sent and as unpacked.
    pub max_body: usize,
    /// What the client calls itself.
    pub user_agent: String,
    /// Certificate authorities to trust beside the system's, in PEM.
    pub extra_ca: Option<Vec<u8>>,
    /// Whether a request may travel unencrypted.
    pub plain_http: PlainHttp,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Self::CONNECT_TIMEOUT,
            max_body: Self::MAX_BODY,
            user_agent: Self::USER_AGENT.to_owned(),
            extra_ca: None,
            plain_http: PlainHttp::default(),
        }
    }
}

impl HttpSettings {
    /// The default connect timeout: 10 s.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// The default body limit: 32 MiB, some fifteen times the largest page of devices.
    pub const MAX_BODY: usize = 32 << 20;
    /// The default user agent.
    pub const USER_AGENT: &'static str = concat!("glp-tokio/", env!("CARGO_PKG_VERSION"));

    /// How often an HTTP/2 connection with a request on it is asked whether it still lives.
    const PING_EVERY: Duration = Duration::from_secs(10);
    /// The time for an answer to that; without one the connection is given up, so that the next
    /// attempt does not go out on a dead one.
    const PING_TIMEOUT: Duration = Duration::from_secs(10);
}

/// Sends requests over HTTP/1.1 and HTTP/2, through a pool of connections.
///
/// * TLS is rustls with ring; the authorities are the system's and [`HttpSettings::extra_ca`].
/// * Redirects are not followed, and nothing is sent twice.
/// * Plain `http` is refused, except to this machine, or when asked for by name.
/// * Proxies come from `HTTPS_PROXY`, `NO_PROXY` and the like; never for this machine itself.
/// * A body is limited in size as it arrives, before and after unpacking gzip.
#[derive(Clone)]
pub struct HttpTransport {
    remote: reqwest::Client,
    loopback: reqwest::Client,
    max_body: usize,
    plain_http: PlainHttp,
}

impl HttpTransport {
    /// Makes a transport.
    ///
    /// # Errors
    ///
    /// A [`ConfigurationKind::Invalid`] error that names the setting.
    pub fn new(settings: &HttpSettings) -> Result<Self, Error> {
        let tls = tls_config(settings.extra_ca.as_deref()).map_err(Error::invalid)?;
        let user_agent = HeaderValue::from_str(&settings.user_agent).map_err(|_| {
            let value = format_args!("{:?}", settings.user_agent);
            let limit = "the visible characters of a header";
            Error::invalid(Invalid::new("user_agent", value, limit))
        })?;
        let client = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .connect_timeout(settings.connect_timeout)
                .user_agent(user_agent.clone())
                .http2_keep_alive_interval(HttpSettings::PING_EVERY)
                .http2_keep_alive_timeout(HttpSettings::PING_TIMEOUT)
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .no_gzip()
        };
        let remote = client().build().map_err(|error| unusable(&error))?;
        let loopback = client().no_proxy().build().map_err(|error| unusable(&error))?;
        let HttpSettings { max_body, plain_http, .. } = *settings;
        Ok(Self { remote, loopback, max_body, plain_http })
    }

    /// Makes a transport of a client of your own; of `settings` it takes the body limit and
    /// [`PlainHttp`] only.
    ///
    /// Build the client with [`redirect::Policy::none`] and [`reqwest::retry::never`]. An answer
    /// that a redirect led to is refused.
    pub fn with_client(client: reqwest::Client, settings: &HttpSettings) -> Self {
        let HttpSettings { max_body, plain_http, .. } = *settings;
        Self { remote: client.clone(), loopback: client, max_body, plain_http }
    }

    fn client_for(&self, uri: &Uri) -> Result<&reqwest::Client, Failure> {
        if is_loopback(uri) {
            return Ok(&self.loopback);
        }
        if uri.scheme() == Some(&Scheme::HTTP) && self.plain_http == PlainHttp::LoopbackOnly {
            let detail = "plain http to another machine is refused unless asked for by name";
            return Err(Failure::new(FailureKind::UnsupportedUrl, detail));
        }
        Ok(&self.remote)
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        let sending = |error| explain(error, Stage::Sending);
        let reading = |error| explain(error, Stage::Reading);
        let client = self.client_for(request.uri())?;
        let mut request = reqwest::Request::try_from(request).map_err(sending)?;
        let gzip = HeaderValue::from_static(ACCEPTED);
        request.headers_mut().entry(ACCEPT_ENCODING).or_insert(gzip);
        let url = request.url().clone();

        let mut answer = client.execute(request).await.map_err(sending)?;
        if *answer.url() != url {
            let detail =
                "the client given follows redirects: build it with redirect::Policy::none()";
            return Err(Failure::new(FailureKind::Configuration, detail));
        }
        let mut body = Body::new(answer.headers(), self.max_body)?;
        while let Some(chunk) = answer.chunk().await.map_err(reading)? {
            body.push(&chunk)?;
        }
        whole(answer, body)
    }
}

/// Shows no client: one that takes a proxy from the environment may hold its password.
impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("max_body", &self.max_body)
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}

/// Puts the head and the unpacked body together; what the head said of the packed one goes.
fn whole(mut answer: reqwest::Response, body: Body) -> Result<Response, Failure> {
    let mut response = Response::new(body.finish()?);
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    *response.headers_mut() = mem::take(answer.headers_mut());
    if response.headers_mut().remove(CONTENT_ENCODING).is_some() {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    Ok(response)
}

fn unusable(error: &reqwest::Error) -> Error {
    Error::new(ConfigurationKind::Invalid, format!("the HTTP client cannot be built: {error}"))
}
