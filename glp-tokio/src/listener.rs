//! The fake service behind a real listener: the endings of the virtual world, made with sockets.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use glp_core::exchange::{Request, Response};
use glp_core::testkit::{Ending, Exchange, Server};
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::Clock;

/// The largest request body that is read, in bytes.
const MAX_REQUEST_BODY: usize = 1 << 20;

/// How long to wait after a connection that could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Serves a fake over HTTP/1.1 until it is dropped; then every connection is closed at once.
///
/// The fake is any [`Server`], the function of a request and the time that the virtual world asks
/// too; it stays sans-IO. Time is counted from the start of the listener.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use bytes::Bytes;
/// use glp_core::exchange::{Request, Response};
/// use glp_core::testkit::{Ending, Exchange};
/// use glp_core::time::Instant;
/// use glp_tokio::{FakeServer, HttpSettings, HttpTransport, Transport};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let server = FakeServer::start("127.0.0.1:0".parse().unwrap(), |request: &Request, _now: Instant| Exchange {
///     after: Duration::ZERO,
///     ending: Ending::Answer(Response::new(Bytes::from(request.uri().path().to_owned()))),
/// })
/// .await
/// .unwrap();
///
/// let transport = HttpTransport::new(&HttpSettings::default()).unwrap();
/// let request = http::Request::get(format!("{}/hello", server.url())).body(Bytes::new()).unwrap();
/// assert_eq!(transport.send(request).await.unwrap().body(), "/hello");
/// # });
/// ```
#[derive(Debug)]
pub struct FakeServer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl FakeServer {
    /// Starts to listen on `address`; port 0 takes any that is free.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Where the address cannot be listened on.
    pub async fn start<S>(address: SocketAddr, server: S) -> io::Result<Self>
    where
        S: Server + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let fake = Arc::new(Fake { clock: Clock::start(), server: Mutex::new(server) });
        Ok(Self { address, accepting: tokio::spawn(accept(listener, fake)) })
    }

    /// Returns the address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What the connections share.
struct Fake<S> {
    clock: Clock,
    server: Mutex<S>,
}

/// Serves one connection after another; dropped, it closes them all.
async fn accept<S: Server + Send + 'static>(listener: TcpListener, fake: Arc<Fake<S>>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, fake.clone()));
            }
            // The client is gone already, or there are too many open files: neither is a reason
            // to stop, and the second one passes.
            Err(_) => fake.clock.sleep_until(fake.clock.now() + ACCEPT_AGAIN).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve<S: Server + Send + 'static>(stream: TcpStream, fake: Arc<Fake<S>>) {
    let service = service_fn(|request| fake.answer(request));
    let mut http1 = http1::Builder::new();
    // The fake's own date or none: a client measures the server's hints by it.
    http1.auto_date_header(false);
    // An error is how an ending breaks the connection, or how the client left: both are intended.
    let _broken = http1.serve_connection(TokioIo::new(stream), service).await;
}

impl<S: Server> Fake<S> {
    /// Lets the fake decide, then makes its ending come true at its time.
    async fn answer(
        &self,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<Cut>, AnyError> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, MAX_REQUEST_BODY).collect().await?.to_bytes();
        let request = Request::from_parts(parts, body);
        let Exchange { after, ending } = self.decide(&request);
        self.clock.sleep_until(self.clock.now() + after).await;
        match ending {
            Ending::Answer(response) => Ok(response.map(Cut::whole)),
            Ending::Truncated { response, keep } => Ok(truncated(response, keep)),
            Ending::Failed(_) | Ending::ResetBefore | Ending::ResetAfter => {
                Err("the connection is to break".into())
            }
            Ending::Silence => std::future::pending().await,
        }
    }

    fn decide(&self, request: &Request) -> Exchange {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        server.answer(request, self.clock.now())
    }
}

/// Promises the whole body and brings its first `keep` bytes.
fn truncated(response: Response, keep: usize) -> http::Response<Cut> {
    let promised = response.body().len();
    let mut response = response.map(|body| Cut::after(&body, keep));
    response.headers_mut().insert(CONTENT_LENGTH, promised.into());
    response
}

/// A body that may break off.
struct Cut {
    bytes: Bytes,
    end: End,
}

/// How a [`Cut`] goes on once its bytes are out.
#[derive(Clone, Copy)]
enum End {
    /// It is whole.
    Whole,
    /// It breaks off, but first the bytes must leave: a broken body takes what is not yet written
    /// down with it.
    FlushThenBreak,
    /// It breaks off.
    Break,
}

impl Cut {
    fn whole(bytes: Bytes) -> Self {
        Self { bytes, end: End::Whole }
    }

    fn after(bytes: &Bytes, keep: usize) -> Self {
        Self { bytes: bytes.slice(..keep.min(bytes.len())), end: End::FlushThenBreak }
    }
}

impl Body for Cut {
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnyError>>> {
        if !self.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::FlushThenBreak => {
                self.end = End::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err("the body is to break off".into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && matches!(self.end, End::Whole)
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Whole => SizeHint::with_exact(self.bytes.len() as u64),
            End::FlushThenBreak | End::Break => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use glp_core::exchange::{Failure, FailureKind};
    use glp_core::time::Instant;

    use super::*;
    use crate::{HttpSettings, HttpTransport, Transport};

    const BODY: Bytes = Bytes::from_static(b"0123456789");

    async fn server(ending: Ending) -> FakeServer {
        let fake = move |_: &Request, _: Instant| Exchange {
            after: Duration::ZERO,
            ending: ending.clone(),
        };
        FakeServer::start("127.0.0.1:0".parse().unwrap(), fake).await.unwrap()
    }

    async fn send(server: &FakeServer) -> Result<Response, Failure> {
        let transport = HttpTransport::new(&HttpSettings::default()).unwrap();
        let request = http::Request::post(server.url()).body(Bytes::from_static(b"hello")).unwrap();
        transport.send(request).await
    }

    #[tokio::test]
    async fn an_answer_arrives_whole() {
        let server = server(Ending::Answer(Response::new(BODY))).await;

        assert_eq!(send(&server).await.unwrap().body(), &BODY);
    }

    #[tokio::test]
    async fn the_fake_sees_the_request_and_the_time() {
        let echo = |request: &Request, now: Instant| {
            assert!(now > Instant::ZERO);
            let ending = Ending::Answer(Response::new(request.body().clone()));
            Exchange { after: Duration::ZERO, ending }
        };
        let server = FakeServer::start("127.0.0.1:0".parse().unwrap(), echo).await.unwrap();

        assert_eq!(send(&server).await.unwrap().body(), "hello");
    }

    #[tokio::test]
    async fn every_ending_arrives_as_the_failure_it_stands_for() {
        let cut = |keep| Ending::Truncated { response: Response::new(BODY), keep };
        for (ending, expected) in [
            (Ending::ResetBefore, FailureKind::Reset),
            (Ending::ResetAfter, FailureKind::Reset),
            (cut(0), FailureKind::Truncated),
            (cut(9), FailureKind::Truncated),
        ] {
            let said = format!("{ending:?}");
            let server = server(ending).await;
            assert_eq!(send(&server).await.unwrap_err().kind, expected, "{said}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_lasts_until_the_caller_has_enough() {
        let server = server(Ending::Silence).await;
        let clock = Clock::start();

        let answer = clock.within(clock.now() + Duration::from_secs(60), send(&server)).await;

        assert!(answer.is_none());
    }

    #[tokio::test]
    async fn a_server_that_is_dropped_closes_its_connections() {
        let server = server(Ending::Silence).await;
        let address = server.address();
        let mut client = TcpStream::connect(address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut client, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();

        drop(server);

        let mut answer = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut answer).await;
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
}
