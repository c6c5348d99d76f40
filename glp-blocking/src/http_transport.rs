//! The transport over real sockets: ureq, with rustls and ring.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use glp_core::body::{ACCEPTED, Body};
use glp_core::call::{PlainHttp, is_loopback};
use glp_core::client::{HttpSettings, Proxy};
use glp_core::error::Error;
use glp_core::exchange::{Failure, Request, Response};
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Method};
use secrecy::ExposeSecret;
use ureq::{Agent, AsSendBody};

use crate::connector::agent;
use crate::failure::{Stage, explain};
use crate::tls::client_config;
use crate::transport::Transport;

/// Bytes that are read at once.
const CHUNK: usize = 16 << 10;

/// The longest timeout that ureq is given, a year: it adds it to its clock, which has an end.
const LONGEST: Duration = Duration::new(365 * 24 * 3_600, 0);

/// What is offered to the server: all that ureq speaks.
const PROTOCOLS: [&str; 1] = ["http/1.1"];

/// Sends requests over HTTP/1.1, through a pool of connections.
///
/// * TLS is rustls with ring; the authorities are the system's and [`HttpSettings::extra_ca`].
/// * Redirects are not followed, and nothing is sent twice.
/// * Plain `http` is refused, except to this machine, or when asked for by name.
/// * The proxy is that of [`HttpSettings::proxy`]; there is never one for this machine itself. Of the
///   environment it is the first that `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY` name, except for
///   the hosts in `NO_PROXY`.
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
    /// What the client calls itself unless it is told otherwise.
    pub const USER_AGENT: &'static str = concat!("glp-blocking/", env!("CARGO_PKG_VERSION"));

    /// Makes a transport.
    ///
    /// # Errors
    ///
    /// A [`ConfigurationKind::Invalid`](glp_core::error::ConfigurationKind::Invalid) error that
    /// names the setting.
    pub fn new(settings: &HttpSettings) -> Result<Self, Error> {
        let extra_ca = settings.extra_ca.as_deref();
        let tls = client_config(extra_ca, &PROTOCOLS).map_err(Error::invalid)?;
        let user_agent = settings.user_agent(Self::USER_AGENT).map_err(Error::invalid)?;
        let proxy = match &settings.proxy {
            Proxy::Environment => ureq::Proxy::try_from_env(),
            Proxy::Off => None,
            Proxy::Url(url) => Some(
                ureq::Proxy::new(url.expose_secret())
                    .map_err(|_| Error::invalid(Proxy::unusable("not a URL of a proxy")))?,
            ),
        };
        let config = Agent::config_builder()
            .proxy(proxy)
            .timeout_connect(Some(settings.connect_timeout.min(LONGEST)))
            .user_agent(user_agent.to_str().unwrap_or(Self::USER_AGENT))
            .build();
        Ok(Self::with_agent(agent(config, tls), settings))
    }

    /// Makes a transport of an agent of your own; of `settings` it takes the body limit and
    /// [`PlainHttp`] only. Its timeouts hold beside ours, its redirects are not followed.
    pub fn with_agent(agent: Agent, settings: &HttpSettings) -> Self {
        let HttpSettings { max_body, plain_http, .. } = *settings;
        Self { agent, max_body, plain_http }
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
        self.plain_http.admits(request.uri())?;
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

/// Reads the body to its end and unpacks it.
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
    let body = body.unpacked(&mut head.headers)?;
    Ok(Response::from_parts(head, body))
}
