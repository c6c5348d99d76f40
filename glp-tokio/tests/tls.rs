//! Whom the transport trusts, and what it makes of handshakes that go wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use glp_core::exchange::{Failure, FailureKind, Reach, Response};
use glp_tokio::{HttpSettings, HttpTransport, Transport};
use http::Version;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

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

/// Serves "hello" over TLS, in whatever protocol was agreed on.
async fn hello(config: ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
        let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let io = TokioIo::new(stream);
        let service = service_fn(async |_| {
            Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from_static(b"hello"))))
        });
        if h2 {
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            server.serve_connection(io, service).await.unwrap();
        } else {
            hyper::server::conn::http1::Builder::new().serve_connection(io, service).await.unwrap();
        }
    });
    address
}

async fn send(address: SocketAddr, extra_ca: Option<&str>) -> Result<Response, Failure> {
    let extra_ca = extra_ca.map(|pem| pem.as_bytes().to_vec());
    let transport = HttpTransport::new(&HttpSettings { extra_ca, ..HttpSettings::default() });
    let request = http::Request::get(format!("https://{address}/")).body(Bytes::new()).unwrap();
    transport.unwrap().send(request).await
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_over_http_2() {
    let (ca, config) = authority("127.0.0.1", b"h2");

    let response = send(hello(config).await, Some(&ca)).await.unwrap();

    assert_eq!(response.body(), "hello");
    assert_eq!(response.version(), Version::HTTP_2);
}

#[tokio::test]
async fn a_server_without_http_2_is_spoken_to_in_http_1() {
    let (ca, config) = authority("127.0.0.1", b"http/1.1");

    let response = send(hello(config).await, Some(&ca)).await.unwrap();

    assert_eq!(response.body(), "hello");
    assert_eq!(response.version(), Version::HTTP_11);
}

#[tokio::test]
async fn an_unknown_authority_is_refused_for_good_and_says_why() {
    let (another, _) = authority("127.0.0.1", b"h2");
    for extra_ca in [None, Some(another.as_str())] {
        let (_, config) = authority("127.0.0.1", b"h2");

        let failed = send(hello(config).await, extra_ca).await.unwrap_err();

        assert_eq!(failed.kind, FailureKind::Certificate, "{failed}");
        assert_eq!(failed.kind.reach(), Reach::Hopeless);
        assert!(failed.detail.contains("invalid peer certificate"), "{failed}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (ca, config) = authority("another.example", b"h2");

    let failed = send(hello(config).await, Some(&ca)).await.unwrap_err();

    assert_eq!(failed.kind, FailureKind::Certificate, "{failed}");
}

#[tokio::test]
async fn a_server_that_speaks_another_protocol_is_a_configuration() {
    let (ca, config) = authority("127.0.0.1", b"imap");

    let failed = send(hello(config).await, Some(&ca)).await.unwrap_err();

    assert_eq!(failed.kind, FailureKind::Configuration, "{failed}");
}

/// Reads the first bytes of a handshake, answers with `bytes` and closes.
async fn interrupted(bytes: &'static [u8]) -> FailureKind {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_buf(&mut Vec::with_capacity(4_096)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
    });
    send(address, None).await.unwrap_err().kind
}

#[tokio::test]
async fn a_handshake_that_breaks_off_has_sent_nothing() {
    assert_eq!(interrupted(b"").await, FailureKind::TlsHandshake);
    assert_eq!(interrupted(b"HTTP/1.1 400 TLS, please\r\n\r\n").await, FailureKind::TlsHandshake);
}
