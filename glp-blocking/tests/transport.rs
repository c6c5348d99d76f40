//! What the transport makes of real sockets: each listener is fed its bytes by hand.
#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use glp_blocking::{Client, HttpSettings, HttpTransport, Proxy, Transport};
use glp_core::call::PlainHttp;
use glp_core::error::{ErrorKind, NetworkKind};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use http::{Method, StatusCode};
use support::{listen, read_head};

const SMALL: usize = 1_000;

/// Longer than any of these exchanges takes.
const LONG: Duration = Duration::from_secs(60);

/// How long a server that does not come to an end is waited for.
const SHORT: Duration = Duration::from_millis(200);

/// A transport that takes bodies of up to [`SMALL`] bytes.
fn transport() -> HttpTransport {
    HttpTransport::new(&HttpSettings { max_body: SMALL, ..HttpSettings::default() }).unwrap()
}

fn get(url: impl AsRef<str>) -> Request {
    http::Request::get(url.as_ref()).body(Bytes::new()).unwrap()
}

fn failure(url: impl AsRef<str>) -> Failure {
    transport().send(get(url), LONG).unwrap_err()
}

/// Answers each connection's first request with the next of `answers`, then closes it.
fn answering(answers: impl IntoIterator<Item = Vec<u8>>) -> SocketAddr {
    let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
    listen(move |mut stream| {
        read_head(&mut stream).unwrap();
        stream.write_all(&answers.next().unwrap()).unwrap();
    })
}

/// Sends one request to a server that answers with `bytes` and closes.
fn send_to(bytes: impl Into<Vec<u8>>) -> Result<Response, Failure> {
    let address = answering([bytes.into()]);
    transport().send(get(format!("http://{address}/")), LONG)
}

fn kind_of(bytes: impl Into<Vec<u8>>) -> FailureKind {
    send_to(bytes).unwrap_err().kind
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    let packed = encoder.finish().unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length:";
    [format!("{head} {}\r\n\r\n", packed.len()).into_bytes(), packed].concat()
}

#[test]
fn an_answer_comes_whole_whatever_its_status() {
    let answer = "HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nwait";

    let response = send_to(answer).unwrap();

    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.body(), "wait");
}

#[test]
fn a_packed_body_arrives_unpacked_and_its_head_says_so() {
    let response = send_to(gzipped(b"the whole inventory")).unwrap();

    assert_eq!(response.body(), "the whole inventory");
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(!response.headers().contains_key("content-length"));
}

/// Returns the head of `request` as it arrives.
fn head_of(method: Method, body: &'static str) -> String {
    let (heads, head) = channel();
    let address = listen(move |mut stream| {
        heads.send(read_head(&mut stream).unwrap()).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let url = format!("http://{address}/a?b=c%20d");
    let request = http::Request::builder().method(method).uri(url).body(body.into()).unwrap();
    assert_eq!(transport().send(request, LONG).unwrap().status(), StatusCode::NO_CONTENT);
    head.recv().unwrap()
}

#[test]
fn a_request_says_who_asks_and_what_may_come_back() {
    let head = head_of(Method::GET, "");

    assert!(head.starts_with("GET /a?b=c%20d HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
    assert!(head.contains("user-agent: glp-blocking/"), "{head}");
    assert!(!head.contains("content-length"), "{head}");
}

#[test]
fn a_body_is_sent_with_its_length_even_an_empty_one() {
    assert!(head_of(Method::POST, "four").contains("content-length: 4\r\n"));
    assert!(head_of(Method::PATCH, "").contains("content-length: 0\r\n"));
    assert!(head_of(Method::DELETE, "").starts_with("DELETE "));
    assert!(head_of(Method::DELETE, "four").contains("content-length: 4\r\n"));
}

#[test]
fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for answer in [b"1", b"2"] {
            read_head(&mut stream).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n").unwrap();
            stream.write_all(answer).unwrap();
        }
    });

    let transport = transport();

    assert_eq!(transport.send(get(&url), LONG).unwrap().body(), "1");
    assert_eq!(transport.send(get(&url), LONG).unwrap().body(), "2");
}

#[test]
fn a_refused_port_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Its own port is in use, so that no other test listens at it.
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let url = format!("http://{}/", stream.local_addr().unwrap());

    assert_eq!(failure(url).kind, FailureKind::Connect);
}

#[test]
fn a_name_that_is_none_does_not_resolve() {
    assert_eq!(failure("https://x.invalid/").kind, FailureKind::Dns);
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

/// Closes a connection so that the other side sees a reset: with bytes that were never read.
fn reset(mut stream: TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf a bo").unwrap();
    drop(stream);
}

#[test]
fn a_reset_is_not_the_end_of_a_body_of_unknown_length() {
    let address = listen(reset);
    let request = http::Request::post(format!("http://{address}/")).body("unread".into()).unwrap();

    let failed = transport().send(request, LONG).unwrap_err();

    // The reset may overtake the head.
    assert!(matches!(failed.kind, FailureKind::Truncated | FailureKind::Reset), "{failed}");
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

/// Grants any token that is asked for.
const GRANT: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 38\r\nconnection: close\r\n\r\n\
    {\"access_token\":\"t\",\"expires_in\":3600}";

/// Returns how long a body the head of a request announces.
fn body_of(head: &str) -> usize {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap())
}

/// Serves whoever comes with a token, or with `head`, and then a byte now and then for ever.
fn dripping(head: &'static str) -> SocketAddr {
    listen(move |mut stream| {
        thread::spawn(move || {
            let request = read_head(&mut stream).unwrap();
            if request.starts_with("POST ") {
                stream.read_exact(&mut vec![0; body_of(&request)]).unwrap();
                return stream.write_all(GRANT).unwrap();
            }
            stream.write_all(head.as_bytes()).unwrap();
            while stream.write_all(b"x").is_ok() {
                thread::park_timeout(Duration::from_millis(10));
            }
        });
    })
}

/// Sends a request to a server that answers with `head`, and then a byte now and then for ever.
fn drip(head: &'static str) -> FailureKind {
    let address = dripping(head);
    transport().send(get(format!("http://{address}/")), SHORT).unwrap_err().kind
}

#[test]
fn a_server_that_never_comes_to_an_end_is_given_up_at_its_time() {
    assert_eq!(drip("HTTP/1.1 200 OK\r\nx-slow: "), FailureKind::Timeout);
    assert_eq!(drip("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n"), FailureKind::Timeout);
}

#[test]
fn no_server_however_slow_holds_a_call_beyond_its_time() {
    for head in [
        "HTTP/1.1 200 O",
        "HTTP/1.1 200 OK\r\nx-slow: ",
        "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let url = format!("http://{}", dripping(head));
        let client = Client::builder().base_url(&url).token_url(format!("{url}/token"));
        let client = client.client_id("me").client_secret("hunter2".into());
        let client = client.operation_timeout(SHORT).build().unwrap();

        let error = client.get("/x").unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Timeout), "{head:?}: {error}");
    }
}

#[test]
fn other_machines_are_reached_through_the_proxy_that_is_set() {
    let through = |proxy| {
        let settings = HttpSettings { proxy, ..HttpSettings::default() };
        HttpTransport::new(&settings)
            .map(|transport| transport.send(get("https://x.invalid/"), LONG))
    };
    let nobody = Proxy::Url("http://127.0.0.1:1".into());
    let none = Proxy::Url("nonsense://me:hunter2@[".into());

    assert_eq!(through(nobody).unwrap().unwrap_err().kind, FailureKind::Connect);
    assert_eq!(through(Proxy::Off).unwrap().unwrap_err().kind, FailureKind::Dns);
    let refused = through(none).unwrap_err();
    assert!(refused.message().starts_with("proxy is unusable"), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}

#[test]
fn a_server_that_never_answers_is_given_up_at_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());

    let failed = transport().send(get(url), SHORT).unwrap_err();

    assert_eq!(failed.kind, FailureKind::Timeout);
}

#[test]
fn a_handshake_that_never_ends_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let impatient = HttpSettings { connect_timeout: SHORT, ..HttpSettings::default() };

    let by_its_own_time = HttpTransport::new(&impatient).unwrap().send(get(&url), LONG);
    let by_the_attempts = transport().send(get(&url), SHORT);

    assert_eq!(by_its_own_time.unwrap_err().kind, FailureKind::Connect);
    assert_eq!(by_the_attempts.unwrap_err().kind, FailureKind::Connect);
}

#[test]
fn plain_http_to_another_machine_is_refused_unless_asked_for() {
    let refused = failure("http://x.invalid/");
    let asked = HttpSettings { plain_http: PlainHttp::Anywhere, ..HttpSettings::default() };
    let asked = HttpTransport::new(&asked).unwrap().send(get("http://x.invalid/"), LONG);

    assert_eq!(refused.kind, FailureKind::UnsupportedUrl);
    assert_eq!(asked.unwrap_err().kind, FailureKind::Dns);
}

#[test]
fn a_url_that_cannot_be_sent_to_says_so() {
    assert_eq!(failure("ftp://localhost/").kind, FailureKind::UnsupportedUrl);
    assert_eq!(failure("/no/host").kind, FailureKind::UnsupportedUrl);
}

#[test]
fn the_words_of_a_failure_hold_no_url() {
    for url in ["https://user:hunter2@x.invalid/?secret=hunter3", "ftp://user:hunter2@localhost/"] {
        let failed = failure(url);
        assert!(!failed.to_string().contains("hunter"), "{failed}");
    }
}

const REDIRECT: &str = "HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n";

#[test]
fn a_redirect_is_an_answer_and_is_not_followed_by_an_agent_of_ones_own_either() {
    assert_eq!(send_to(REDIRECT).unwrap().status(), StatusCode::FOUND);

    let url = format!("http://{}/", answering([REDIRECT.into()]));
    let own = HttpTransport::with_agent(ureq::Agent::new_with_defaults(), &HttpSettings::default());
    assert_eq!(own.send(get(url), LONG).unwrap().status(), StatusCode::FOUND);
}

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let url = format!("http://{}/", answering([REDIRECT.into()]));
    let nobody = ureq::Proxy::new("http://127.0.0.1:1").unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(Some(nobody)).build().into();
    let transport = HttpTransport::with_agent(agent, &HttpSettings::default());

    assert!(transport.send(get(url), LONG).is_ok());
    let remote = transport.send(get("https://api.invalid/"), LONG).unwrap_err();
    assert_eq!(remote.kind, FailureKind::Connect);
}

#[test]
fn a_time_without_end_is_no_panic() {
    let url = format!("http://{}/", answering([REDIRECT.into()]));
    let patient = HttpSettings { connect_timeout: Duration::MAX, ..HttpSettings::default() };

    assert!(HttpTransport::new(&patient).unwrap().send(get(url), Duration::MAX).is_ok());
}
