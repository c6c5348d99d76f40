//! How connections are made: ureq's own way, with errors that tell how far it came.
//!
//! ureq says that something failed, and not whether the request had been sent by then. Whether it
//! may be sent again hangs on that, so what fails before a connection stands is marked as such. It
//! also gives the lookup of a name and the connection a time each; here they share one.

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

use crate::leash::Leash;
use crate::tls_connector::{TlsConnector, time_left};

/// Makes an agent that connects through a proxy or directly, speaks TLS as `tls` says, and marks
/// what fails before a connection stands.
pub(crate) fn agent(config: Config, tls: ClientConfig) -> Agent {
    let connector =
        ().chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(TlsConnector::new(Arc::new(tls)));
    let resolver = Resolving(DefaultResolver::default());
    Agent::with_parts(config, Connecting { resolver, connector }, Later)
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

/// Puts the lookup of a name off until a connection is made. One from the pool needs none; for a new
/// one it is then a step among others, within one time for all of them.
#[derive(Debug)]
struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// Looks names up and marks errors with [`Unresolved`].
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

/// Connects, from the lookup of the name to the end of the handshake in the time to connect. Marks
/// errors with [`Unconnected`], and hands out connections that own up to breaking.
#[derive(Debug)]
struct Connecting<C, R> {
    resolver: Resolving<R>,
    connector: C,
}

impl<C: Connector, R: Resolver> Connecting<C, R> {
    /// Looks the host up, unless that was done already or is up to a proxy.
    fn addresses(&self, details: &ConnectionDetails<'_>) -> Result<ResolvedSocketAddrs, Error> {
        let direct = details
            .config
            .proxy()
            .is_none_or(|proxy| proxy.is_no_proxy(details.uri) || proxy.resolve_target());
        if direct && details.addrs.is_empty() {
            return self.resolver.resolve(details.uri, details.config, time_left(details));
        }
        Ok(details.addrs.clone())
    }
}

impl<C: Connector, R: Resolver> Connector for Connecting<C, R> {
    type Out = Candid<C::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let addrs = self.addresses(details)?;
        let leash = Leash::new(details);
        let (to_proxy, on_leash) = (details.run_connector.clone(), leash.clone());
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: &self.resolver,
            timeout: time_left(details),
            now: (details.current_time)(),
            current_time: details.current_time.clone(),
            run_connector: Arc::new(move |details: &ConnectionDetails<'_>| {
                Ok(Box::new(on_leash.hold(to_proxy(details)?)))
            }),
            register_shutdown: details.register_shutdown.clone(),
        };
        let connected = self.connector.connect(&details, chained);
        leash.let_go();
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
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    use glp_core::exchange::FailureKind;
    use ureq::Proxy;
    use ureq::unversioned::transport::time;

    use super::*;
    use crate::failure::{Stage, explain};
    use crate::tls::client_config;

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
        let agent = agent(config, client_config(None, &["http/1.1"]).unwrap());
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

    #[test]
    fn a_proxy_that_never_comes_to_an_end_is_given_up_at_its_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 200 O").unwrap();
            while stream.write_all(b"x").is_ok() {
                thread::park_timeout(Duration::from_millis(10));
            }
        });
        let config = Agent::config_builder()
            .proxy(Some(proxy))
            .timeout_connect(Some(Duration::from_millis(100)))
            .build();
        let agent = agent(config, client_config(None, &["http/1.1"]).unwrap());

        let error = agent.get("https://api.invalid/x").call().unwrap_err();

        assert_eq!(explain(&error, Stage::Sending).kind, FailureKind::Connect);
    }

    /// A clock that stands where it is put, and what was asked of the steps of a connection.
    #[derive(Clone, Debug)]
    struct Steps {
        now: Arc<Mutex<time::Instant>>,
        given: Arc<Mutex<Vec<(&'static str, time::Duration)>>>,
    }

    impl Steps {
        /// Notes how long a step may take, and has it take `taken`.
        fn step(&self, name: &'static str, timeout: NextTimeout, taken: Duration) {
            self.given.lock().unwrap().push((name, timeout.after));
            let mut now = self.now.lock().unwrap();
            let time::Instant::Exact(before) = *now else { return };
            *now = time::Instant::Exact(before + taken);
        }
    }

    impl Resolver for Steps {
        fn resolve(
            &self,
            _: &Uri,
            _: &Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, Error> {
            self.step("lookup", timeout, 7 * SECOND);
            let mut addresses = self.empty();
            addresses.push("192.0.2.1:443".parse().unwrap());
            Ok(addresses)
        }
    }

    impl Connector for Steps {
        type Out = Box<dyn Transport>;

        fn connect(
            &self,
            details: &ConnectionDetails<'_>,
            _: Option<()>,
        ) -> Result<Option<Self::Out>, Error> {
            assert_eq!(details.addrs.len(), 1);
            self.step("connection", details.timeout, SECOND);
            self.step("handshake", time_left(details), SECOND);
            Err(Error::ConnectionFailed)
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn lookup_connection_and_handshake_share_one_time() {
        let now = time::Instant::now();
        let steps = Steps { now: Arc::new(Mutex::new(now)), given: Arc::default() };
        let clock = steps.now.clone();
        let exactly = |seconds| time::Duration::Exact(seconds * SECOND);
        let details = ConnectionDetails {
            uri: &Uri::from_static("https://api.example/"),
            addrs: Later.empty(),
            config: &Agent::config_builder().proxy(None).build(),
            request_level: false,
            resolver: &Later,
            now,
            timeout: NextTimeout { after: exactly(10), ..NextTimeout::default() },
            current_time: Arc::new(move || *clock.lock().unwrap()),
            run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
            register_shutdown: Arc::new(|_| Ok(())),
        };

        let connecting =
            Connecting { resolver: Resolving(steps.clone()), connector: steps.clone() };
        assert!(connecting.connect(&details, None).is_err());

        let given = steps.given.lock().unwrap();
        let expected = [("lookup", 10), ("connection", 3), ("handshake", 2)];
        assert_eq!(*given, expected.map(|(step, seconds)| (step, exactly(seconds))));
    }
}
