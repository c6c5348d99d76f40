//! The transport over real sockets: ureq, with rustls and ring.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use glp_core::body::{ACCEPTED, Body};
use glp_core::call::{PlainHttp, is_loopback};
use glp_core::error::Error;
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::invalid::Invalid;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::uri::Scheme;
use http::{HeaderValue, Method, Uri};
use ureq::{Agent, AsSendBody, Proxy};

use crate::connector::agent;
use crate::failure::{Stage, explain};
use crate::transport::Transport;
use crate::trust::tls_config;

/// Bytes that are read at once.
const CHUNK: usize = 16 << 10;

/// The longest timeout that ureq is given, a year: it adds it to its clock, which has an end.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);

/// Sets up an [`HttpTransport`].
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The most time for the host's name to resolve, and again for a connection to it, its TLS
    /// handshake included.
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
    pub const USER_AGENT: &'static str = concat!("glp-blocking/", env!("CARGO_PKG_VERSION"));
}

/// Sends requests over HTTP/1.1, through a pool of connections.
///
/// * TLS is rustls with ring; the authorities are the system's and [`HttpSettings::extra_ca`].
/// * Redirects are not followed, and nothing is sent twice.
/// * Plain `http` is refused, except to this machine, or when asked for by name.
/// * The proxy is the first that `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY` name, except for the
///   hosts in `NO_PROXY`; there is never one for this machine itself.
/// * A body is limited in size as it arrives, before and after unpacking gzip.
/// * Whatever the server does, an exchange ends when its time is up. Only a name that is still
///   being resolved then leaves a thread behind, until the system gives up on it.
#[derive(Clone)]
pub struct HttpTransport {
    agent: Agent,
    max_body: usize,
    plain_http: PlainHttp,
}

impl HttpTransport {
    /// Makes a transport.
    ///
    /// # Errors
    ///
    /// A [`ConfigurationKind::Invalid`](glp_core::error::ConfigurationKind::Invalid) error that
    /// names the setting.
    pub fn new(settings: &HttpSettings) -> Result<Self, Error> {
        let tls = tls_config(settings.extra_ca.as_deref()).map_err(Error::invalid)?;
        if HeaderValue::from_str(&settings.user_agent).is_err() {
            let value = format_args!("{:?}", settings.user_agent);
            let limit = "the visible characters of a header";
            return Err(Error::invalid(Invalid::new("user_agent", value, limit)));
        }
        let connect_timeout = settings.connect_timeout.min(LONGEST);
        let config = Agent::config_builder()
            .proxy(Proxy::try_from_env())
            .timeout_resolve(Some(connect_timeout))
            .timeout_connect(Some(connect_timeout))
            .user_agent(&settings.user_agent)
            .build();
        Ok(Self::with_agent(agent(config, tls), settings))
    }

    /// Makes a transport of an agent of your own; of `settings` it takes the body limit and
    /// [`PlainHttp`] only. Its timeouts hold beside ours, its redirects are not followed.
    pub fn with_agent(agent: Agent, settings: &HttpSettings) -> Self {
        let HttpSettings { max_body, plain_http, .. } = *settings;
        Self { agent, max_body, plain_http }
    }

    fn check(&self, uri: &Uri) -> Result<(), Failure> {
        let plain = uri.scheme() == Some(&Scheme::HTTP);
        if plain && self.plain_http == PlainHttp::LoopbackOnly && !is_loopback(uri) {
            let detail = "plain http to another machine is refused unless asked for by name";
            return Err(Failure::new(FailureKind::UnsupportedUrl, detail));
        }
        Ok(())
    }

    /// Sends `request`, and returns once the head of the answer is there.
    fn run(
        &self,
        request: http::Request<impl AsSendBody>,
        timeout: Duration,
    ) -> Result<http::Response<ureq::Body>, Failure> {
        let loopback = is_loopback(request.uri());
        let configured = self
            .agent
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout.min(LONGEST)));
        let configured = if loopback { configured.proxy(None) } else { configured };
        let answer = self.agent.run(configured.build());
        answer.map_err(|error| explain(&error, Stage::Sending))
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request, timeout: Duration) -> Result<Response, Failure> {
        self.check(request.uri())?;
        let (mut head, body) = request.into_parts();
        head.headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ACCEPTED));
        let answer = if body.is_empty() && !brings_a_body(&head.method) {
            self.run(http::Request::from_parts(head, ()), timeout)?
        } else {
            self.run(http::Request::from_parts(head, &*body), timeout)?
        };
        read(answer, self.max_body)
    }
}

/// Shows no agent: one that takes a proxy from the environment may hold its password.
impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("max_body", &self.max_body)
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}

/// Says whether a request of this method has a body, be it an empty one.
fn brings_a_body(method: &Method) -> bool {
    matches!(*method, Method::PATCH | Method::POST | Method::PUT)
}

/// Reads the body to its end and unpacks it; what the head said of the packed one goes.
fn read(answer: http::Response<ureq::Body>, limit: usize) -> Result<Response, Failure> {
    let (mut head, packed) = answer.into_parts();
    let mut body = Body::new(&head.headers, limit)?;
    let mut packed = packed.into_reader();
    let mut chunk = vec![0; CHUNK];
    loop {
        match packed.read(&mut chunk) {
            Ok(0) => break,
            Ok(arrived) => body.push(chunk.get(..arrived).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(explain(&error.into(), Stage::Reading)),
        }
    }
    if head.headers.remove(CONTENT_ENCODING).is_some() {
        head.headers.remove(CONTENT_LENGTH);
    }
    Ok(Response::from_parts(head, body.finish()?))
}
