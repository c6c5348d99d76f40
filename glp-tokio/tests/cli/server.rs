//! A fake service for the program to talk to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use glp_core::exchange::Request;
use glp_core::greenlake::Resource;
use glp_core::testkit::{Faults, Service, Settings};
use glp_tokio::FakeServer;
use tokio::runtime::Runtime;

/// The secret that the service wants. It must appear nowhere.
pub(crate) const SECRET: &str = "canary-5e3bb1b9";

/// A service on loopback, until it is dropped.
pub(crate) struct Server {
    service: Arc<Mutex<Service>>,
    fake: FakeServer,
    _runtime: Runtime,
}

impl Server {
    /// Serves 5000 devices and 60 subscriptions.
    pub(crate) fn start(faults: Faults) -> Self {
        let settings = Settings::default()
            .with_devices(5_000)
            .and_then(|settings| settings.with_subscriptions(60))
            .and_then(|settings| settings.with_client("client-1", SECRET))
            .unwrap()
            .with_faults(faults);
        let runtime = Runtime::new().unwrap();
        let service = Arc::new(Mutex::new(Service::new(settings)));
        let shared = Arc::clone(&service);
        let handle = move |request: &Request, now| shared.lock().unwrap().handle(request, now);
        let address = "127.0.0.1:0".parse().unwrap();
        let fake = runtime.block_on(FakeServer::start(address, handle)).unwrap();
        Self { service, fake, _runtime: runtime }
    }

    /// Returns the settings of a client.
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        let (url, service) = (self.fake.url(), self.service.lock().unwrap());
        let workspace = service.settings().workspace_id();
        [
            ("GLP_BASE_URL", url.clone()),
            ("GLP_TOKEN_URL", format!("{url}/authorization/v2/oauth2/{workspace}/token")),
            ("GLP_WORKSPACE_ID", workspace.into()),
            ("GLP_CLIENT_ID", "client-1".into()),
            ("GLP_CLIENT_SECRET", SECRET.into()),
        ]
    }

    /// Lets other things go wrong from now on.
    pub(crate) fn set_faults(&self, faults: Faults) {
        self.service.lock().unwrap().set_faults(faults);
    }

    /// Deletes so many rows.
    pub(crate) fn delete(&self, resource: Resource, rows: usize) {
        for (id, _) in self.truth(resource).into_iter().take(rows) {
            self.service.lock().unwrap().delete(resource, &id).unwrap();
        }
    }

    /// Returns the rows as they are, by id.
    pub(crate) fn truth(&self, resource: Resource) -> Vec<(String, String)> {
        let rows: BTreeMap<_, _> = self.service.lock().unwrap().truth(resource).collect();
        rows.into_iter().collect()
    }
}
