//! Where a script's requests go to: the API, however it is found, and the token service.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpSocket;

use crate::suite::authority::Authority;
use crate::suite::listener::{Listener, Speech};
use crate::suite::scenario::{Host, Scenario, TOKEN_PATH};
use crate::suite::wire::Wire;

/// A host that no name service knows: RFC 6761, section 6.4.
const NOWHERE: &str = "nowhere.invalid";

/// The API and the token service of one script; both stop when this is dropped.
pub(crate) struct Server {
    api: Place,
    sso: Listener,
    /// The authority that the client is to trust, in PEM.
    pub(crate) extra_ca: Option<Vec<u8>>,
}

/// Where the API is to be found, if it is.
enum Place {
    Http(Listener),
    Https(Listener),
    /// An address that is taken, so that nobody else listens there.
    Nobody(SocketAddr, #[expect(dead_code, reason = "held, not used")] TcpSocket),
    Nowhere,
}

impl Server {
    pub(crate) fn start(scenario: &Scenario, wire: &Arc<Wire>) -> Self {
        let listening = |speech| Listener::start(speech, wire.clone());
        let mut extra_ca = None;
        let api = match scenario.host {
            Host::HangsUp => Place::Https(listening(Speech::HangsUp)),
            Host::Nobody => nobody().unwrap(),
            Host::Nowhere => Place::Nowhere,
            Host::Plain => Place::Http(listening(Speech::Plain)),
            Host::Trusted | Host::Untrusted => {
                let authority = Authority::new();
                let speech = Speech::Tls(authority.server("127.0.0.1"));
                extra_ca = (scenario.host == Host::Trusted).then_some(authority.pem);
                Place::Https(listening(speech))
            }
        };
        Self { api, sso: listening(Speech::Plain), extra_ca }
    }

    pub(crate) fn base_url(&self) -> String {
        let scheme = match &self.api {
            Place::Http(_) | Place::Nobody(..) => "http",
            Place::Https(_) | Place::Nowhere => "https",
        };
        format!("{scheme}://{}", self.api())
    }

    pub(crate) fn token_url(&self) -> String {
        format!("http://{}{TOKEN_PATH}", self.sso.address)
    }

    /// Returns where the API and the token service are, as a URL says it.
    pub(crate) fn hosts(&self) -> [String; 2] {
        [self.api(), self.sso.address.to_string()]
    }

    fn api(&self) -> String {
        match &self.api {
            Place::Http(listener) | Place::Https(listener) => listener.address.to_string(),
            Place::Nobody(address, _) => address.to_string(),
            Place::Nowhere => NOWHERE.into(),
        }
    }
}

/// Takes an address without listening there.
fn nobody() -> io::Result<Place> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Ok(Place::Nobody(socket.local_addr()?, socket))
}
