//! The transport over real sockets: HTTP/1.1 by hyper, TLS by rustls with ring.

use std::fmt;
use std::sync::Arc;

use glp_blocking::tls::client_config;
use glp_core::body::{ACCEPTED, Body};
use glp_core::call::PlainHttp;
use glp_core::client::{HttpSettings, Proxy};
use glp_core::error::Error;
use glp_core::exchange::{Failure, Request, Response};
use glp_core::transport::Transport;
use http::header::{ACCEPT_ENCODING, HOST, USER_AGENT};
use http::{HeaderValue, Version};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::clock::Clock;
use crate::connection::{Connection, Outgoing, Unanswered};
use crate::connector::Connector;
use crate::origin::Origin;
use crate::pool::Pool;
use crate::runtime::{AsyncStd, Runtime};

/// Sends requests over HTTP/1.1, through a pool of connections. Cheap to clone; clones share it.
///
/// * TLS is rustls with ring; the authorities are the system's and [`HttpSettings::extra_ca`].
/// * Redirects are not followed, and nothing is sent twice.
/// * Plain `http` is refused, except to this machine, or when asked for by name.
/// * A body is limited in size as it arrives, before and after unpacking gzip.
/// * Proxies are not spoken to: `HTTPS_PROXY` and the like are without effect, and a
///   [`Proxy::Url`] is refused. Where only a proxy leads out, connecting fails; bring a
///   [`Transport`] of your own.
#[derive(Clone)]
pub struct HttpTransport<R = AsyncStd> {
    clock: Clock<R>,
    connector: Connector<R>,
    pool: Arc<Pool<Connection>>,
    user_agent: HeaderValue,
    max_body: usize,
    plain_http: PlainHttp,
}

/// What is offered to the server: all that is spoken here.
const PROTOCOLS: [&str; 1] = ["http/1.1"];

impl HttpTransport {
    /// What the client calls itself unless it is told otherwise.
    pub const USER_AGENT: &'static str = concat!("glp-async-std/", env!("CARGO_PKG_VERSION"));

    /// Makes a transport over async-std's sockets.
    ///
    /// # Errors
    ///
    /// A [`ConfigurationKind::Invalid`](glp_core::error::ConfigurationKind) error that names the
    /// setting.
    pub fn new(settings: &HttpSettings) -> Result<Self, Error> {
        Self::on(AsyncStd, settings)
    }
}

impl<R: Runtime> HttpTransport<R> {
    /// Makes a transport over the sockets of `runtime`.
    ///
    /// # Errors
    ///
    /// As [`HttpTransport::new`].
    pub fn on(runtime: R, settings: &HttpSettings) -> Result<Self, Error> {
        if let Proxy::Url(_) = settings.proxy {
            return Err(Error::invalid(Proxy::unusable("this client speaks to none")));
        }
        let extra_ca = settings.extra_ca.as_deref();
        let tls = client_config(extra_ca, &PROTOCOLS).map_err(Error::invalid)?;
        let user_agent = settings.user_agent(HttpTransport::USER_AGENT).map_err(Error::invalid)?;
        let HttpSettings { connect_timeout, max_body, plain_http, .. } = *settings;
        let clock = Clock::of(runtime);
        let connector = Connector::new(clock.clone(), tls, connect_timeout);
        let pool = Arc::new(Pool::new());
        Ok(Self { clock, connector, pool, user_agent, max_body, plain_http })
    }

    /// Writes down what HTTP/1.1 wants to read, and who asks.
    fn outgoing(&self, request: Request, origin: &Origin) -> Result<Outgoing, Failure> {
        let mut request = request.map(Full::new);
        *request.version_mut() = Version::HTTP_11;
        if let Some(path) = request.uri().path_and_query().cloned() {
            *request.uri_mut() = path.into();
        }
        let headers = request.headers_mut();
        headers.insert(HOST, origin.header()?);
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ACCEPTED));
        Ok(request)
    }

    /// Sends on a connection that rests, or on a new one.
    async fn exchange(
        &self,
        origin: &Origin,
        mut request: Outgoing,
    ) -> Result<(Connection, http::Response<Incoming>), Failure> {
        while let Some(mut connection) = self.pool.take(origin, self.clock.now()) {
            match connection.send(request).await {
                Ok(answer) => return Ok((connection, answer)),
                // The server closed it while it rested, and has seen nothing of the request.
                Err(Unanswered::Unsent(back, _)) => request = *back,
                Err(Unanswered::Failed(failure)) => return Err(failure),
            }
        }
        let mut connection = self.connector.connect(origin).await?;
        let answer = connection.send(request).await.map_err(Unanswered::into_failure)?;
        Ok((connection, answer))
    }

    async fn read(
        &self,
        connection: &mut Connection,
        answer: http::Response<Incoming>,
    ) -> Result<Response, Failure> {
        let (mut head, mut incoming) = answer.into_parts();
        let mut body = Body::new(&head.headers, self.max_body)?;
        while let Some(chunk) = connection.chunk(&mut incoming).await? {
            body.take(chunk)?;
        }
        let body = body.unpacked(&mut head.headers)?;
        Ok(Response::from_parts(head, body))
    }
}

impl<R: Runtime> Transport for HttpTransport<R> {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        let origin = Origin::of(request.uri())?;
        self.plain_http.admits(request.uri())?;
        let request = self.outgoing(request, &origin)?;
        let (mut connection, answer) = self.exchange(&origin, request).await?;
        let response = self.read(&mut connection, answer).await?;
        if let Some(connection) = connection.reusable().await {
            self.pool.put(origin, connection, self.clock.now());
        }
        Ok(response)
    }
}

impl<R> fmt::Debug for HttpTransport<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("max_body", &self.max_body)
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}
