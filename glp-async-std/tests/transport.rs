//! What the transport makes of real sockets: each listener is fed its bytes by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hurried;

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_std::net::{TcpListener, TcpStream};
use async_std::task;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::channel::oneshot;
use futures::future::{FutureExt, Shared, join, select};
use futures::io::{AsyncReadExt, AsyncWriteExt};
use glp_async_std::{
    AsyncStd, ClientBuilder, Clock, HttpSettings, HttpTransport, Proxy, Runtime, Transport,
};
use glp_core::call::PlainHttp;
use glp_core::error::{ErrorKind, NetworkKind};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use http::StatusCode;
use hurried::Hurried;

const SMALL: usize = 1_000;

fn settings() -> HttpSettings {
    HttpSettings { max_body: SMALL, ..HttpSettings::default() }
}

/// A transport that takes bodies of up to [`SMALL`] bytes.
fn transport() -> HttpTransport {
    HttpTransport::new(&settings()).unwrap()
}

fn get(url: impl AsRef<str>) -> Request {
    http::Request::get(url.as_ref()).body(Bytes::new()).unwrap()
}

async fn failure(url: impl AsRef<str>) -> Failure {
    transport().send(get(url)).await.unwrap_err()
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    (listener, url)
}

/// Reads a request's head to its end.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

/// Sends one request to a server that answers with `bytes` and closes.
async fn send_to(bytes: impl AsRef<[u8]>) -> Result<Response, Failure> {
    let (listener, url) = listen().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        // The client may have enough before all is written.
        let _ = stream.write_all(bytes.as_ref()).await;
    };
    join(transport().send(get(url)), server).await.0
}

fn kind_of(bytes: impl AsRef<[u8]>) -> FailureKind {
    task::block_on(send_to(bytes)).unwrap_err().kind
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    io::Write::write_all(&mut encoder, body).unwrap();
    let packed = encoder.finish().unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length:";
    [format!("{head} {}\r\n\r\n", packed.len()).into_bytes(), packed].concat()
}

#[test]
fn an_answer_comes_whole_whatever_its_status() {
    let answer = "HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nwait";

    let response = task::block_on(send_to(answer)).unwrap();

    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.body(), "wait");
}

#[test]
fn a_body_comes_in_chunks_or_until_the_end_of_the_connection() {
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    let endless = "HTTP/1.1 200 OK\r\n\r\nabc";

    assert_eq!(task::block_on(send_to(chunked)).unwrap().body(), "abc");
    assert_eq!(task::block_on(send_to(endless)).unwrap().body(), "abc");
}

#[test]
fn a_packed_body_arrives_unpacked_and_its_head_says_so() {
    let response = task::block_on(send_to(gzipped(b"the whole inventory"))).unwrap();

    assert_eq!(response.body(), "the whole inventory");
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(!response.headers().contains_key("content-length"));
}

#[async_std::test]
async fn a_request_says_who_asks_and_what_may_come_back() {
    let (listener, url) = listen().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        head
    };

    let transport = transport();
    let (response, head) = join(transport.send(get(format!("{url}a?b=c%20d"))), server).await;

    assert_eq!(response.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(head.starts_with("GET /a?b=c%20d HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {}\r\n", listener.local_addr().unwrap())), "{head}");
    assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
    assert!(head.contains("user-agent: glp-async-std/"), "{head}");
}

#[async_std::test]
async fn a_request_brings_its_body() {
    let (listener, url) = listen().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        let mut body = [0; 5];
        stream.read_exact(&mut body).await.unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        (head, body)
    };

    let transport = transport();
    let request = http::Request::post(url).body(Bytes::from_static(b"hello")).unwrap();
    let (response, (head, body)) = join(transport.send(request), server).await;

    assert!(response.is_ok());
    assert!(head.contains("content-length: 5\r\n"), "{head}");
    assert_eq!(&body, b"hello");
}

#[async_std::test]
async fn a_connection_is_used_again() {
    let (listener, url) = listen().await;
    let server = task::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for answer in [b"1", b"2", b"3"] {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n").await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
    });

    let transport = transport();

    for answer in ["1", "2", "3"] {
        assert_eq!(transport.clone().send(get(&url)).await.unwrap().body(), answer);
    }
    server.await;
}

#[async_std::test]
async fn a_connection_that_the_server_closed_at_rest_is_not_used_again() {
    let (listener, url) = listen().await;
    let transport = transport();
    for answer in [b"1", b"2"] {
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n").await.unwrap();
            stream.write_all(answer).await.unwrap();
        };

        let (response, ()) = join(transport.send(get(&url)), server).await;

        assert_eq!(response.unwrap().body(), &answer[..]);
    }
}

#[async_std::test]
async fn a_request_that_is_dropped_closes_its_connection_at_once() {
    let (listener, url) = listen().await;
    let transport = transport();
    let sending = Box::pin(transport.send(get(url)));
    let server = Box::pin(async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream
    });

    let (mut stream, sending) = match select(sending, server).await {
        futures::future::Either::Right(served) => served,
        futures::future::Either::Left((answer, _)) => panic!("nobody answered: {answer:?}"),
    };
    drop(sending);

    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "the end of the stream");
}

#[async_std::test]
async fn a_refused_port_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Its own port is in use, so that no other test listens at it.
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let url = format!("http://{}/", stream.local_addr().unwrap());

    assert_eq!(failure(url).await.kind, FailureKind::Connect);
}

#[async_std::test]
async fn a_name_that_is_none_does_not_resolve() {
    assert_eq!(failure("https://x.invalid/").await.kind, FailureKind::Dns);
}

#[test]
fn a_connection_closed_without_an_answer_is_reset() {
    assert_eq!(kind_of(""), FailureKind::Reset);
    assert_eq!(kind_of("HTTP/1.1 200 O"), FailureKind::Reset);
}

#[test]
fn an_answer_that_is_not_http_is_reset() {
    assert_eq!(kind_of("220 mail.example.com ESMTP\r\n\r\n"), FailureKind::Reset);
}

#[test]
fn a_body_that_ends_early_is_truncated() {
    let counted = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n";
    let mut packed = gzipped(b"the whole inventory");
    let end = packed.len() - 4;
    packed.truncate(end);

    assert_eq!(kind_of(counted), FailureKind::Truncated);
    assert_eq!(kind_of(chunked), FailureKind::Truncated);
    assert_eq!(kind_of(packed), FailureKind::Truncated);
}

#[test]
fn a_body_over_the_limit_is_too_large_announced_or_not() {
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", SMALL + 1);
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(SMALL + 1));

    assert_eq!(kind_of(announced), FailureKind::TooLarge);
    assert_eq!(kind_of(endless), FailureKind::TooLarge);
}

#[test]
fn a_body_that_unpacks_past_the_limit_is_too_large() {
    let bomb = gzipped(&vec![0; 400_000]);
    assert!(bomb.len() < SMALL);

    assert_eq!(kind_of(bomb), FailureKind::TooLarge);
}

#[async_std::test]
async fn plain_http_to_another_machine_is_refused_unless_asked_for() {
    let refused = failure("http://x.invalid/").await;
    let asked = HttpSettings { plain_http: PlainHttp::Anywhere, ..HttpSettings::default() };
    let asked = HttpTransport::new(&asked).unwrap().send(get("http://x.invalid/")).await;

    assert_eq!(refused.kind, FailureKind::UnsupportedUrl);
    assert_eq!(asked.unwrap_err().kind, FailureKind::Dns);
}

#[async_std::test]
async fn a_url_that_cannot_be_sent_to_says_so() {
    assert_eq!(failure("ftp://localhost/").await.kind, FailureKind::UnsupportedUrl);
    assert_eq!(failure("/no/host").await.kind, FailureKind::UnsupportedUrl);
}

#[async_std::test]
async fn the_words_of_a_failure_hold_no_secret_of_the_url() {
    let failed = failure("https://user:hunter2@x.invalid/?secret=hunter3").await;

    assert!(!failed.to_string().contains("hunter"), "{failed}");
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let redirect = "HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n";

    assert_eq!(task::block_on(send_to(redirect)).unwrap().status(), StatusCode::FOUND);
}

/// A host whose first address swallows everything. The first wait is over at once, others last.
#[derive(Clone)]
struct Multihomed {
    addresses: [SocketAddr; 2],
    started: Instant,
    now: Arc<Mutex<Instant>>,
}

impl Runtime for Multihomed {
    type Stream = TcpStream;

    async fn resolve(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.addresses.to_vec())
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        if address == self.addresses[0] {
            return pending().await;
        }
        AsyncStd.connect(address).await
    }

    async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        AsyncStd.unblock(work).await
    }

    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        if self.now() != self.started {
            return pending().await;
        }
        *self.now.lock().unwrap() += duration;
    }
}

#[async_std::test]
async fn an_address_that_swallows_everything_leaves_time_for_the_next() {
    let (listener, url) = listen().await;
    let good: SocketAddr = listener.local_addr().unwrap();
    let started = AsyncStd.now();
    let addresses = ["192.0.2.1:80".parse().unwrap(), good];
    let runtime = Multihomed { addresses, started, now: Arc::new(Mutex::new(started)) };
    let transport = HttpTransport::on(runtime.clone(), &settings()).unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    };

    let request = get(url.replace("127.0.0.1", "localhost"));
    let (response, ()) = join(transport.send(request), server).await;

    assert_eq!(response.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(runtime.now() - started, HttpSettings::CONNECT_TIMEOUT / 2);
}

#[async_std::test]
async fn a_server_that_never_answers_is_given_up_at_its_time() {
    let (_listener, url) = listen().await;
    let clock = Clock::of(Hurried::start());
    let give_up_at = clock.now() + Duration::from_secs(3);

    let answer = clock.within(give_up_at, transport().send(get(url))).await;

    assert!(answer.is_none());
    assert_eq!(clock.now(), give_up_at);
}

#[async_std::test]
async fn a_handshake_that_never_ends_is_no_connection() {
    let (listener, _) = listen().await;
    let transport = HttpTransport::on(Hurried::start(), &settings()).unwrap();

    let url = format!("https://{}/", listener.local_addr().unwrap());
    let failed = transport.send(get(url)).await.unwrap_err();

    assert_eq!(failed.kind, FailureKind::Connect);
}

/// Grants any token that is asked for.
const GRANT: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 38\r\nconnection: close\r\n\r\n\
    {\"access_token\":\"t\",\"expires_in\":3600}";

/// Returns how long a body the head of a request announces.
fn body_of(head: &str) -> usize {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap())
}

/// A runtime of which no wait ends before the server has begun to keep a request waiting.
#[derive(Clone)]
struct Unhurried {
    begun: Shared<oneshot::Receiver<()>>,
    then: Hurried,
}

impl Runtime for Unhurried {
    type Stream = TcpStream;

    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        AsyncStd.resolve(host, port).await
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        AsyncStd.connect(address).await
    }

    async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        AsyncStd.unblock(work).await
    }

    fn now(&self) -> Instant {
        self.then.now()
    }

    async fn sleep(&self, duration: Duration) {
        assert_eq!(self.begun.clone().await, Ok(()));
        self.then.sleep(duration).await;
    }
}

/// Serves a token, and then with `head` and a byte now and then for ever.
async fn dripping(head: &'static str) -> (String, Unhurried) {
    let (listener, url) = listen().await;
    let (begin, begun) = oneshot::channel();
    task::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_head(&mut stream).await;
        stream.read_exact(&mut vec![0; body_of(&request)]).await.unwrap();
        stream.write_all(GRANT).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        begin.send(()).unwrap();
        while stream.write_all(b"x").await.is_ok() {
            AsyncStd.sleep(Duration::from_millis(1)).await;
        }
    });
    (url, Unhurried { begun: begun.shared(), then: Hurried::start() })
}

#[async_std::test]
async fn no_server_however_slow_holds_a_call_beyond_its_time() {
    for head in [
        "HTTP/1.1 200 O",
        "HTTP/1.1 200 OK\r\nx-slow: ",
        "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (url, runtime) = dripping(head).await;
        let limit = Duration::from_secs(20);
        let client = ClientBuilder::on(runtime).base_url(&*url);
        let client = client.token_url(format!("{url}token")).client_id("me");
        let client = client.client_secret("hunter2".into()).operation_timeout(limit);

        let error = client.build().unwrap().get("/x").await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Timeout), "{head:?}: {error}");
        assert_eq!(error.elapsed(), limit, "{head:?}: {error}");
    }
}

#[test]
fn a_proxy_is_refused_and_not_passed_by() {
    let proxy = Proxy::Url("http://me:hunter2@proxy:3128".into());

    let refused = HttpTransport::new(&HttpSettings { proxy, ..settings() }).unwrap_err();

    assert!(refused.message().starts_with("proxy is unusable"), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}
