//! What the transport takes from the environment of its process.
//!
//! A process cannot safely change its own environment, so each test runs this program again, with
//! another environment, for the half that is marked as ignored.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use bytes::Bytes;
use glp_core::exchange::{Failure, FailureKind, Response};
use glp_tokio::{HttpSettings, HttpTransport, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Names the listener of the first half.
const PORT: &str = "TEST_PORT";

async fn get(url: &str) -> Result<Response, Failure> {
    let transport = HttpTransport::new(&HttpSettings::default()).unwrap();
    transport.send(http::Request::get(url).body(Bytes::new()).unwrap()).await
}

/// Answers one request with 404 and returns its first line.
async fn refuse_one(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).await.unwrap();
    String::from_utf8(head).unwrap().lines().next().unwrap().to_owned()
}

/// Runs the test `name` of this program under `variables`.
async fn half(name: &'static str, variables: Vec<(&'static str, String)>) -> Output {
    let run = move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", name])
            .envs(variables)
            .output()
            .unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn a_proxy_is_asked_for_other_machines_and_never_for_this_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = format!("http://127.0.0.1:{port}");
    let requests = async { [refuse_one(&listener).await, refuse_one(&listener).await] };

    let environment = vec![
        ("HTTPS_PROXY", proxy.clone()),
        ("HTTP_PROXY", proxy),
        ("NO_PROXY", "y.invalid".to_owned()),
        (PORT, port.to_string()),
    ];
    let (requests, second) = tokio::join!(requests, half("behind_a_proxy", environment));

    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stdout));
    assert_eq!(requests, ["CONNECT x.invalid:443 HTTP/1.1", "GET /direct HTTP/1.1"]);
}

#[tokio::test]
#[ignore = "the half of another test"]
async fn behind_a_proxy() {
    let refused = get("https://x.invalid/").await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Connect, "the proxy will not: {refused}");

    let excepted = get("https://y.invalid/").await.unwrap_err();
    assert_eq!(excepted.kind, FailureKind::Dns, "{excepted}");

    let port = std::env::var(PORT).unwrap();
    assert_eq!(get(&format!("http://127.0.0.1:{port}/direct")).await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_machine_without_authorities_can_still_talk_to_itself() {
    let nothing = tempfile::tempdir().unwrap();
    let directory = nothing.path().to_str().unwrap().to_owned();
    let file = format!("{directory}/none.pem");

    let environment = vec![("SSL_CERT_DIR", directory), ("SSL_CERT_FILE", file)];
    let second = half("without_authorities", environment).await;

    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stdout));
}

#[tokio::test]
#[ignore = "the half of another test"]
async fn without_authorities() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (answer, _) = tokio::join!(get(&url), refuse_one(&listener));

    assert_eq!(answer.unwrap().status(), 404);
}
