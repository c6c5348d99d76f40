//! Whom the transport trusts, and what it makes of handshakes that go wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;

use async_std::net::TcpListener;
use async_std::task;
use bytes::Bytes;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::TlsAcceptor;
use glp_async_std::{HttpSettings, HttpTransport, Transport};
use glp_core::exchange::{Failure, FailureKind, Reach, Response};
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

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

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/// Says hello over TLS to two requests on one connection.
async fn hello(config: ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    task::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let accepting = TlsAcceptor::from(Arc::new(config)).accept(stream);
        let Ok(mut stream) = accepting.await else { return };
        for _ in 0..2 {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                let Ok(()) = stream.read_exact(&mut byte).await else { return };
                head.extend(byte);
            }
            stream.write_all(HELLO).await.unwrap();
            stream.flush().await.unwrap();
        }
    });
    address
}

fn transport(extra_ca: Option<&str>) -> HttpTransport {
    let extra_ca = extra_ca.map(|pem| pem.as_bytes().to_vec());
    HttpTransport::new(&HttpSettings { extra_ca, ..HttpSettings::default() }).unwrap()
}

async fn send(transport: &HttpTransport, address: SocketAddr) -> Result<Response, Failure> {
    let request = http::Request::get(format!("https://{address}/")).body(Bytes::new()).unwrap();
    transport.send(request).await
}

#[async_std::test]
async fn an_authority_of_ones_own_is_trusted_and_its_connection_used_again() {
    let (ca, config) = authority("127.0.0.1", b"http/1.1");
    let (transport, address) = (transport(Some(&ca)), hello(config).await);

    for _ in 0..2 {
        let response = send(&transport, address).await.unwrap();
        assert_eq!(response.body(), "hello");
        assert_eq!(response.version(), Version::HTTP_11);
    }
}

#[async_std::test]
async fn an_unknown_authority_is_refused_for_good_and_says_why() {
    let (another, _) = authority("127.0.0.1", b"http/1.1");
    for extra_ca in [None, Some(another.as_str())] {
        let (_, config) = authority("127.0.0.1", b"http/1.1");

        let failed = send(&transport(extra_ca), hello(config).await).await.unwrap_err();

        assert_eq!(failed.kind, FailureKind::Certificate, "{failed}");
        assert_eq!(failed.kind.reach(), Reach::Hopeless);
        assert!(failed.detail.contains("invalid peer certificate"), "{failed}");
    }
}

#[async_std::test]
async fn a_certificate_for_another_name_is_refused() {
    let (ca, config) = authority("another.example", b"http/1.1");

    let failed = send(&transport(Some(&ca)), hello(config).await).await.unwrap_err();

    assert_eq!(failed.kind, FailureKind::Certificate, "{failed}");
}

#[async_std::test]
async fn a_server_that_speaks_another_protocol_is_a_configuration() {
    let (ca, config) = authority("127.0.0.1", b"imap");

    let failed = send(&transport(Some(&ca)), hello(config).await).await.unwrap_err();

    assert_eq!(failed.kind, FailureKind::Configuration, "{failed}");
}

/// Reads the first bytes of a handshake, answers with `bytes` and closes.
async fn interrupted(bytes: &'static [u8]) -> FailureKind {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    task::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let read = stream.read(&mut [0; 4_096]).await.unwrap();
        assert!(read > 0, "the client speaks first");
        stream.write_all(bytes).await.unwrap();
    });
    send(&transport(None), address).await.unwrap_err().kind
}

#[async_std::test]
async fn a_handshake_that_breaks_off_has_sent_nothing() {
    assert_eq!(interrupted(b"").await, FailureKind::TlsHandshake);
    assert_eq!(interrupted(b"HTTP/1.1 400 TLS, please\r\n\r\n").await, FailureKind::TlsHandshake);
}
