//! How connections are made: ureq's own way, with errors that tell how far it came.
//!
//! ureq says that something failed, and not whether the request had been sent by then. Whether it
//! may be sent again hangs on that, so what fails before a connection stands is marked as such.

use std::sync::Arc;
use std::{fmt, io};

use rustls::ClientConfig;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, SocksConnector,
    TcpConnector, Transport,
};
use ureq::{Agent, Error};

use crate::tls::TlsConnector;

/// Makes an agent that connects through a proxy or directly, speaks TLS as `tls` says, and marks
/// what fails before a connection stands.
pub(crate) fn agent(config: Config, tls: ClientConfig) -> Agent {
    let connector =
        ().chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(TlsConnector::new(Arc::new(tls)));
    Agent::with_parts(config, Connecting(connector), Resolving(DefaultResolver::default()))
}

/// Says that a name did not resolve.
#[derive(Debug)]
pub(crate) struct Unresolved(Error);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("while resolving the host name")
    }
}

impl std::error::Error for Unresolved {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Says that no connection came to stand.
#[derive(Debug)]
pub(crate) struct Unconnected(Error);

impl fmt::Display for Unconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("while connecting")
    }
}

impl std::error::Error for Unconnected {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Marks errors with [`Unresolved`].
#[derive(Debug)]
struct Resolving<R>(R);

impl<R: Resolver> Resolver for Resolving<R> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let resolved = self.0.resolve(uri, config, timeout);
        resolved.map_err(|error| Error::Other(Box::new(Unresolved(error))))
    }
}

/// Marks errors with [`Unconnected`], and hands out connections that own up to breaking.
#[derive(Debug)]
struct Connecting<C>(C);

impl<C: Connector> Connector for Connecting<C> {
    type Out = Candid<C::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let connected = self.0.connect(details, chained);
        let connected = connected.map_err(|error| Error::Other(Box::new(Unconnected(error))))?;
        Ok(connected.map(Candid))
    }
}

/// A connection that breaks with an error.
///
/// ureq takes a reset for the end of a body whose length nobody stated. Half a body is then a whole
/// one. It does not do so for errors of a kind that it does not know.
#[derive(Debug)]
struct Candid<T>(T);

impl<T: Transport> Transport for Candid<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout).map_err(|error| match error {
            Error::Io(error) => Error::Io(io::Error::other(error)),
            other => other,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use glp_core::exchange::FailureKind;
    use ureq::Proxy;

    use super::*;
    use crate::failure::{Stage, explain};
    use crate::trust::tls_config;

    /// Sends to a host that only the proxy knows. Returns what came of it, what the proxy was asked
    /// for, and the first byte that went through it.
    fn through_a_proxy(answer: &'static [u8]) -> (FailureKind, String, Option<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            stream.write_all(answer).unwrap();
            let through = stream.read(&mut byte).is_ok_and(|bytes| bytes > 0).then_some(byte[0]);
            (String::from_utf8(head).unwrap(), through)
        });

        let config = Agent::config_builder().proxy(Some(proxy)).build();
        let agent = agent(config, tls_config(None).unwrap());
        let error = agent.get("https://api.invalid/x").call().unwrap_err();
        drop(agent);

        let (head, through) = asked.join().unwrap();
        (explain(&error, Stage::Sending).kind, head, through)
    }

    #[test]
    fn the_handshake_goes_through_the_tunnel_of_a_proxy() {
        let (kind, head, through) = through_a_proxy(b"HTTP/1.1 200 OK\r\n\r\n");

        assert!(head.starts_with("CONNECT api.invalid:443 HTTP/1.1\r\n"), "{head}");
        assert_eq!(
            through,
            Some(22),
            "the type of a record of the handshake: RFC 8446, section 5.1"
        );
        assert_eq!(kind, FailureKind::TlsHandshake, "the proxy hung up");
    }

    #[test]
    fn a_proxy_that_will_not_is_no_connection() {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";

        let (kind, _, through) = through_a_proxy(refusal);

        assert_eq!((kind, through), (FailureKind::Connect, None));
    }
}
