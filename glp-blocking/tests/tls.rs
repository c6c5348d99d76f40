//! Whom the transport trusts, and what it makes of handshakes that go wrong.
#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod support;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use glp_blocking::{HttpSettings, HttpTransport, Transport};
use glp_core::exchange::{Failure, FailureKind, Reach, Response};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use support::{listen, read_head};

const LONG: Duration = Duration::from_secs(60);

/// Makes an authority, in PEM, and a server's configuration with a certificate of it for `name`.
fn authority(name: &str, protocol: &[u8]) -> (String, ServerConfig) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();

    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let mut config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![protocol.to_vec()];
    (pem, config)
}

/// Answers every request on a connection with `answer`, over TLS.
fn serve(config: ServerConfig, answer: &'static str) -> SocketAddr {
    let config = Arc::new(config);
    listen(move |stream| {
        let session = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(session, stream);
        while read_head(&mut stream).is_some() {
            stream.write_all(answer.as_bytes()).unwrap();
            if !answer.contains("content-length") {
                // Closed without a goodbye.
                return;
            }
        }
    })
}

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

fn hello(config: ServerConfig) -> SocketAddr {
    serve(config, HELLO)
}

fn transport(extra_ca: Option<&str>) -> HttpTransport {
    let extra_ca = extra_ca.map(|pem| pem.as_bytes().to_vec());
    HttpTransport::new(&HttpSettings { extra_ca, ..HttpSettings::default() }).unwrap()
}

fn send(address: SocketAddr, extra_ca: Option<&str>) -> Result<Response, Failure> {
    let request = http::Request::get(format!("https://{address}/")).body(Bytes::new()).unwrap();
    transport(extra_ca).send(request, LONG)
}

#[test]
fn an_authority_of_ones_own_is_trusted_and_the_connection_used_again() {
    let (ca, config) = authority("127.0.0.1", b"http/1.1");
    let address = hello(config);
    let transport = transport(Some(&ca));

    for _ in 0..2 {
        let request = http::Request::get(format!("https://{address}/")).body(Bytes::new());
        assert_eq!(transport.send(request.unwrap(), LONG).unwrap().body(), "hello");
    }
}

#[test]
fn an_unknown_authority_is_refused_for_good_and_says_why() {
    let (another, _) = authority("127.0.0.1", b"http/1.1");
    for extra_ca in [None, Some(another.as_str())] {
        let (_, config) = authority("127.0.0.1", b"http/1.1");

        let failed = send(hello(config), extra_ca).unwrap_err();

        assert_eq!(failed.kind, FailureKind::Certificate, "{failed}");
        assert_eq!(failed.kind.reach(), Reach::Hopeless);
        assert!(failed.detail.contains("invalid peer certificate"), "{failed}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (ca, config) = authority("another.example", b"http/1.1");

    let failed = send(hello(config), Some(&ca)).unwrap_err();

    assert_eq!(failed.kind, FailureKind::Certificate, "{failed}");
}

#[test]
fn a_server_that_speaks_another_protocol_is_a_configuration() {
    let (ca, config) = authority("127.0.0.1", b"imap");

    let failed = send(hello(config), Some(&ca)).unwrap_err();

    assert_eq!(failed.kind, FailureKind::Configuration, "{failed}");
}

#[test]
fn a_body_of_unknown_length_that_ends_without_a_goodbye_is_truncated() {
    let (ca, config) = authority("127.0.0.1", b"http/1.1");

    let failed = send(serve(config, "HTTP/1.1 200 OK\r\n\r\nhalf a bo"), Some(&ca)).unwrap_err();

    assert_eq!(failed.kind, FailureKind::Truncated, "{failed}");
}

/// Reads the first bytes of a handshake, answers with `bytes` and closes.
fn interrupted(bytes: &'static [u8]) -> FailureKind {
    let address = listen(move |mut stream| {
        assert!(stream.read(&mut [0; 4_096]).unwrap() > 0);
        stream.write_all(bytes).unwrap();
    });
    send(address, None).unwrap_err().kind
}

#[test]
fn a_handshake_that_breaks_off_has_sent_nothing() {
    assert_eq!(interrupted(b""), FailureKind::TlsHandshake);
    assert_eq!(interrupted(b"HTTP/1.1 400 TLS, please\r\n\r\n"), FailureKind::TlsHandshake);
}
