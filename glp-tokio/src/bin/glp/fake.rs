//! The fake service of `glp demo` and `glp simulate`, behind a real listener on loopback.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use glp_core::exchange::Request;
use glp_core::greenlake::Resource;
use glp_core::testkit::{Ending, Exchange, Service, Settings};
use glp_tokio::FakeServer;
use secrecy::ExposeSecret;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages::Messages;

/// A fake service that is being served. Dropped, it stops.
pub(crate) struct Fake {
    service: Arc<Mutex<Service>>,
    server: FakeServer,
    settings: Settings,
}

/// Whether each exchange is logged on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// One line for each.
    Exchanges,
    /// None.
    Nothing,
}

impl Fake {
    /// Serves on a loopback port; 0 lets the system choose one.
    ///
    /// # Errors
    ///
    /// [`Exit::Usage`], naming the port, where it cannot be listened on.
    pub(crate) async fn start(
        settings: Settings,
        port: u16,
        messages: &Messages,
        log: Log,
    ) -> Result<Self, Failure> {
        let service = Arc::new(Mutex::new(Service::new(settings.clone())));
        let (shared, messages) = (Arc::clone(&service), messages.clone());
        let handle = move |request: &Request, now| {
            let exchange = lock(&shared).handle(request, now);
            if log == Log::Exchanges {
                messages.info(describe(request, &exchange));
            }
            exchange
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let server = FakeServer::start(address, handle).await.map_err(|error| {
            Failure::new(Exit::Usage, format!("cannot listen on {address} (--port): {error}"))
        })?;
        Ok(Self { service, server, settings })
    }

    /// Returns the base URL.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Returns the settings of a client of this service, as variables of the environment.
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        let workspace = self.settings.workspace_id();
        let url = self.url();
        [
            ("GLP_BASE_URL", url.clone()),
            ("GLP_TOKEN_URL", format!("{url}/authorization/v2/oauth2/{workspace}/token")),
            ("GLP_WORKSPACE_ID", workspace.to_owned()),
            ("GLP_CLIENT_ID", self.settings.client_id().to_owned()),
            ("GLP_CLIENT_SECRET", self.settings.client_secret().expose_secret().to_owned()),
        ]
    }

    /// Returns the rows there are now: JSON texts by their ids.
    pub(crate) fn truth(&self, resource: Resource) -> BTreeMap<String, String> {
        lock(&self.service).truth(resource).collect()
    }
}

/// Locks the service. It stays usable after a panic: each request leaves it whole.
fn lock(service: &Mutex<Service>) -> MutexGuard<'_, Service> {
    service.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Describes one exchange; no header and no body, so no secret.
fn describe(request: &Request, exchange: &Exchange) -> String {
    let ending = match &exchange.ending {
        Ending::Answer(response) => response.status().as_str().to_owned(),
        Ending::Failed(kind) => kind.explain().to_owned(),
        Ending::ResetBefore | Ending::ResetAfter => "reset".to_owned(),
        Ending::Silence => "silence".to_owned(),
        Ending::Truncated { response, keep } => {
            format!("{}, cut after {keep} bytes", response.status().as_str())
        }
    };
    let milliseconds = exchange.after.as_millis();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    format!("{} {target} -> {ending}, after {milliseconds} ms", request.method())
}
