//! From the name of a host to a connection on which HTTP is spoken.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_rustls::TlsConnector;
use glp_core::exchange::{Failure, FailureKind};
use glp_core::time::Instant;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::clock::Clock;
use crate::connection::Connection;
use crate::failure::{Stage, explain};
use crate::origin::{Origin, Security};
use crate::runtime::Runtime;

/// Makes connections: the name, TCP, TLS, each of which fails with a kind of its own.
#[derive(Clone)]
pub(crate) struct Connector<R> {
    clock: Clock<R>,
    tls: TlsConnector,
    timeout: Duration,
}

impl<R: Runtime> Connector<R> {
    /// Gives each connection `timeout` from the name of the host to the end of the TLS handshake.
    pub(crate) fn new(clock: Clock<R>, tls: ClientConfig, timeout: Duration) -> Self {
        Self { clock, tls: Arc::new(tls).into(), timeout }
    }

    /// Makes a connection to `origin`.
    ///
    /// # Errors
    ///
    /// `Dns`, `Connect` or `TlsHandshake` by how far it came, `Connect` as well where time ran out;
    /// `Certificate` or `Configuration` where the two sides will never agree on TLS.
    pub(crate) async fn connect(&self, origin: &Origin) -> Result<Connection, Failure> {
        let give_up_at = self.clock.now() + self.timeout;
        let established = self.clock.within(give_up_at, self.establish(origin, give_up_at)).await;
        established.unwrap_or_else(|| Err(late()))
    }

    async fn establish(&self, origin: &Origin, until: Instant) -> Result<Connection, Failure> {
        let addresses = self.resolve(origin).await?;
        let stream = self.reach(&addresses, until).await?;
        match origin.security {
            Security::Plain => Connection::open(stream).await,
            Security::Tls => {
                let name = ServerName::try_from(origin.host.clone()).map_err(|error| {
                    Failure::new(FailureKind::UnsupportedUrl, error.to_string())
                })?;
                let connecting = self.tls.connect(name, stream);
                let stream = connecting.await.map_err(|error| explain(&error, Stage::Handshake))?;
                Connection::open(stream).await
            }
        }
    }

    async fn resolve(&self, origin: &Origin) -> Result<Vec<SocketAddr>, Failure> {
        if let Ok(address) = origin.host.parse::<IpAddr>() {
            return Ok(vec![(address, origin.port).into()]);
        }
        let resolved = self.clock.runtime().resolve(&origin.host, origin.port).await;
        resolved.map_err(|error| explain(&error, Stage::Resolving))
    }

    /// Tries one address after the other. Each has an equal share of the time that is left, so that
    /// one which swallows everything does not keep the next from being tried.
    async fn reach(&self, addresses: &[SocketAddr], until: Instant) -> Result<R::Stream, Failure> {
        let mut failure = Failure::new(FailureKind::Dns, "the name has no address");
        for (address, still_to_try) in addresses.iter().zip((1..=addresses.len()).rev()) {
            let now = self.clock.now();
            let share = until.since(now) / u32::try_from(still_to_try).unwrap_or(u32::MAX);
            let connecting = self.clock.runtime().connect(*address);
            match self.clock.within(now + share, connecting).await {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => failure = explain(&error, Stage::Connecting),
                None => failure = late(),
            }
        }
        Err(failure)
    }
}

fn late() -> Failure {
    Failure::new(FailureKind::Connect, "not made in time")
}
