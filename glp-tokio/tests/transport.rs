//! What the transport makes of real sockets: each listener is fed its bytes by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use glp_core::call::PlainHttp;
use glp_core::error::{ErrorKind, NetworkKind};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_tokio::{Client, Clock, HttpSettings, HttpTransport, Proxy, Transport};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SMALL: usize = 1_000;

/// A transport that takes bodies of up to [`SMALL`] bytes.
fn transport() -> HttpTransport {
    HttpTransport::new(&HttpSettings { max_body: SMALL, ..HttpSettings::default() }).unwrap()
}

fn get(url: impl AsRef<str>) -> Request {
    http::Request::get(url.as_ref()).body(Bytes::new()).unwrap()
}

async fn failure(url: impl AsRef<str>) -> Failure {
    transport().send(get(url)).await.unwrap_err()
}

/// Reads a request's head to its end.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Answers each connection's first request with the next of `answers`, then closes it.
async fn answering(answers: impl IntoIterator<Item = Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Vec<_> = answers.into_iter().collect();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(&answer).await.unwrap();
        }
    });
    address
}

/// Sends one request to a server that answers with `bytes` and closes.
async fn send_to(bytes: impl Into<Vec<u8>>) -> Result<Response, Failure> {
    let address = answering([bytes.into()]).await;
    transport().send(get(format!("http://{address}/"))).await
}

async fn kind_of(bytes: impl Into<Vec<u8>>) -> FailureKind {
    send_to(bytes).await.unwrap_err().kind
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    let packed = encoder.finish().unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length:";
    [format!("{head} {}\r\n\r\n", packed.len()).into_bytes(), packed].concat()
}

#[tokio::test]
async fn an_answer_comes_whole_whatever_its_status() {
    let answer = "HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nwait";

    let response = send_to(answer).await.unwrap();

    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.body(), "wait");
}

#[tokio::test]
async fn a_packed_body_arrives_unpacked_and_its_head_says_so() {
    let response = send_to(gzipped(b"the whole inventory")).await.unwrap();

    assert_eq!(response.body(), "the whole inventory");
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(!response.headers().contains_key("content-length"));
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_may_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a?b=c%20d", listener.local_addr().unwrap());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        head
    };

    let transport = transport();
    let (response, head) = tokio::join!(transport.send(get(url)), server);

    assert_eq!(response.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(head.starts_with("GET /a?b=c%20d HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
    assert!(head.contains("user-agent: glp-tokio/"), "{head}");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for answer in [b"1", b"2"] {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n").await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
    });

    let transport = transport();

    assert_eq!(transport.send(get(&url)).await.unwrap().body(), "1");
    assert_eq!(transport.send(get(&url)).await.unwrap().body(), "2");
}

#[tokio::test]
async fn a_refused_port_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Its own port is in use, so that no other test listens at it.
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let url = format!("http://{}/", stream.local_addr().unwrap());

    assert_eq!(failure(url).await.kind, FailureKind::Connect);
}

#[tokio::test]
async fn a_name_that_is_none_does_not_resolve() {
    assert_eq!(failure("https://x.invalid/").await.kind, FailureKind::Dns);
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_reset() {
    assert_eq!(kind_of("").await, FailureKind::Reset);
    assert_eq!(kind_of("HTTP/1.1 200 O").await, FailureKind::Reset);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_reset() {
    assert_eq!(kind_of("220 mail.example.com ESMTP\r\n\r\n").await, FailureKind::Reset);
}

#[tokio::test]
async fn a_body_that_ends_early_is_truncated() {
    let counted = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n";
    let mut packed = gzipped(b"the whole inventory");
    let end = packed.len() - 4;
    packed.truncate(end);

    assert_eq!(kind_of(counted).await, FailureKind::Truncated);
    assert_eq!(kind_of(chunked).await, FailureKind::Truncated);
    assert_eq!(kind_of(packed).await, FailureKind::Truncated);
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large_announced_or_not() {
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", SMALL + 1);
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(SMALL + 1));

    assert_eq!(kind_of(announced).await, FailureKind::TooLarge);
    assert_eq!(kind_of(endless).await, FailureKind::TooLarge);
}

#[tokio::test]
async fn a_body_that_unpacks_past_the_limit_is_too_large() {
    let bomb = gzipped(&vec![0; 400_000]);
    assert!(bomb.len() < SMALL);

    assert_eq!(kind_of(bomb).await, FailureKind::TooLarge);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_at_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let clock = Clock::start();
    let give_up_at = clock.now() + Duration::from_secs(3);

    let answer = clock.within(give_up_at, transport().send(get(url))).await;

    assert!(answer.is_none());
}

/// Grants any token that is asked for.
const GRANT: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 38\r\nconnection: close\r\n\r\n\
    {\"access_token\":\"t\",\"expires_in\":3600}";

/// Returns how long a body the head of a request announces.
fn body_of(head: &str) -> usize {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap())
}

/// Serves whoever comes with a token, or with `head`, and then a byte every second for ever.
async fn dripping(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let request = read_head(&mut stream).await;
                if request.starts_with("POST ") {
                    stream.read_exact(&mut vec![0; body_of(&request)]).await.unwrap();
                    return stream.write_all(GRANT).await.unwrap();
                }
                stream.write_all(head.as_bytes()).await.unwrap();
                let clock = Clock::start();
                while stream.write_all(b"x").await.is_ok() {
                    clock.sleep_until(clock.now() + Duration::from_secs(1)).await;
                }
            });
        }
    });
    url
}

#[tokio::test(start_paused = true)]
async fn no_server_however_slow_holds_a_call_beyond_its_time() {
    for head in [
        "HTTP/1.1 200 O",
        "HTTP/1.1 200 OK\r\nx-slow: ",
        "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let url = dripping(head).await;
        let limit = Duration::from_secs(60);
        let client = Client::builder().base_url(&url).token_url(format!("{url}/token"));
        let client = client.client_id("me").client_secret("hunter2".into());
        let client = client.operation_timeout(limit).build().unwrap();

        let error = client.get("/x").await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Timeout), "{head:?}: {error}");
        assert!(error.elapsed() <= limit, "{head:?}: {error}");
    }
}

#[tokio::test]
async fn other_machines_are_reached_through_the_proxy_that_is_set() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let settings = HttpSettings { proxy: Proxy::Url(proxy.into()), ..HttpSettings::default() };
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await
    };

    let transport = HttpTransport::new(&settings).unwrap();
    let (answer, head) = tokio::join!(transport.send(get("https://api.invalid/")), server);

    assert!(head.starts_with("CONNECT api.invalid:443 HTTP/1.1\r\n"), "{head}");
    assert_eq!(answer.unwrap_err().kind, FailureKind::Connect, "the proxy hung up");
}

#[tokio::test]
async fn a_proxy_that_is_none_is_refused_without_showing_it() {
    let proxy = Proxy::Url("http://me:hunter2@[".into());
    let settings = HttpSettings { proxy, ..HttpSettings::default() };

    let refused = HttpTransport::new(&settings).unwrap_err();

    assert!(refused.message().starts_with("proxy is unusable"), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_ends_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();

    let failed = failure(format!("https://{}/", listener.local_addr().unwrap())).await;

    assert_eq!(failed.kind, FailureKind::Connect);
}

#[tokio::test]
async fn plain_http_to_another_machine_is_refused_unless_asked_for() {
    let refused = failure("http://x.invalid/").await;
    let asked = HttpSettings { plain_http: PlainHttp::Anywhere, ..HttpSettings::default() };
    let asked = HttpTransport::new(&asked).unwrap().send(get("http://x.invalid/")).await;

    assert_eq!(refused.kind, FailureKind::UnsupportedUrl);
    assert_eq!(asked.unwrap_err().kind, FailureKind::Dns);
}

#[tokio::test]
async fn a_url_that_cannot_be_sent_to_says_so() {
    assert_eq!(failure("ftp://localhost/").await.kind, FailureKind::UnsupportedUrl);
    assert_eq!(failure("/no/host").await.kind, FailureKind::UnsupportedUrl);
}

#[tokio::test]
async fn the_words_of_a_failure_hold_no_url() {
    let failed = failure("https://user:hunter2@x.invalid/?secret=hunter3").await;

    assert!(!failed.to_string().contains("hunter"), "{failed}");
}

const REDIRECT: &str = "HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    assert_eq!(send_to(REDIRECT).await.unwrap().status(), StatusCode::FOUND);
}

/// Trusts nobody: reqwest builds no client without a TLS configuration.
fn tls_without_roots() -> rustls::ClientConfig {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

#[tokio::test]
async fn a_client_of_ones_own_that_follows_redirects_is_told_so() {
    let there = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let address = answering([REDIRECT.into(), there.into()]).await;
    let follows =
        reqwest::Client::builder().tls_backend_preconfigured(tls_without_roots()).build().unwrap();
    let transport = HttpTransport::with_client(follows, &HttpSettings::default());

    let failed = transport.send(get(format!("http://{address}/"))).await.unwrap_err();

    assert_eq!(failed.kind, FailureKind::Configuration);
}
