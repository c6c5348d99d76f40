//! The transport over real sockets: reqwest, with rustls and ring.

use std::{fmt, mem};

use glp_blocking::tls::client_config;
use glp_core::body::{ACCEPTED, Body};
use glp_core::call::{PlainHttp, is_loopback};
use glp_core::client::{HttpSettings, Proxy};
use glp_core::error::{ConfigurationKind, Error};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::transport::Transport;
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Uri};
use reqwest::redirect;
use secrecy::ExposeSecret;

use crate::failure::{Stage, explain};

/// Sends requests over HTTP/1.1 and HTTP/2, through a pool of connections.
///
/// * TLS is rustls with ring; the authorities are the system's and [`HttpSettings::extra_ca`].
/// * Redirects are not followed, and nothing is sent twice.
/// * Plain `http` is refused, except to this machine, or when asked for by name.
/// * The proxy is that of [`HttpSettings::proxy`]; there is never one for this machine itself.
/// * A body is limited in size as it arrives, before and after unpacking gzip.
#[derive(Clone)]
pub struct HttpTransport {
    remote: reqwest::Client,
    loopback: reqwest::Client,
    max_body: usize,
    plain_http: PlainHttp,
}

/// What is offered to the server, the better first.
const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

impl HttpTransport {
    /// What the client calls itself unless it is told otherwise.
    pub const USER_AGENT: &'static str = concat!("glp-tokio/", env!("CARGO_PKG_VERSION"));

    /// Makes a transport.
    ///
    /// # Errors
    ///
    /// A [`ConfigurationKind::Invalid`] error that names the setting.
    pub fn new(settings: &HttpSettings) -> Result<Self, Error> {
        let extra_ca = settings.extra_ca.as_deref();
        let tls = client_config(extra_ca, &PROTOCOLS).map_err(Error::invalid)?;
        let user_agent = settings.user_agent(Self::USER_AGENT).map_err(Error::invalid)?;
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
        let remote = match &settings.proxy {
            Proxy::Environment => client(),
            Proxy::Off => client().no_proxy(),
            Proxy::Url(url) => client().proxy(
                reqwest::Proxy::all(url.expose_secret())
                    .map_err(|_| Error::invalid(Proxy::unusable("not a URL of a proxy")))?,
            ),
        };
        let remote = remote.build().map_err(|error| unusable(&error))?;
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
        self.plain_http.admits(uri)?;
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
            body.take(chunk)?;
        }
        let mut response = Response::new(body.unpacked(answer.headers_mut())?);
        *response.status_mut() = answer.status();
        *response.version_mut() = answer.version();
        *response.headers_mut() = mem::take(answer.headers_mut());
        Ok(response)
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

fn unusable(error: &reqwest::Error) -> Error {
    Error::new(ConfigurationKind::Invalid, format!("the HTTP client cannot be built: {error}"))
}
