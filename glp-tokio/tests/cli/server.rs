//! A fake service for the program to talk to.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use glp_core::exchange::Request;
use glp_core::greenlake::Resource;
use glp_core::testkit::{Endpoint, Faults, Service, Settings};
use glp_tokio::FakeServer;
use tokio::runtime::Runtime;

/// The secret that the service wants. It must appear nowhere.
pub(crate) const SECRET: &str = "canary-5e3bb1b9";

/// What the server and the test share.
struct Shared {
    service: Mutex<Service>,
    /// Told of every request.
    asked: Condvar,
}

/// A service on loopback, until it is dropped.
pub(crate) struct Server {
    shared: Arc<Shared>,
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
        let service = Mutex::new(Service::new(settings));
        let shared = Arc::new(Shared { service, asked: Condvar::new() });
        let serving = Arc::clone(&shared);
        let handle = move |request: &Request, now| {
            let exchange = serving.service.lock().unwrap().handle(request, now);
            serving.asked.notify_all();
            exchange
        };
        let address = "127.0.0.1:0".parse().unwrap();
        let fake = runtime.block_on(FakeServer::start(address, handle)).unwrap();
        Self { shared, fake, _runtime: runtime }
    }

    /// Returns the settings of a client.
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        let (url, service) = (self.fake.url(), self.service());
        let workspace = service.settings().workspace_id();
        [
            ("GLP_BASE_URL", url.clone()),
            ("GLP_TOKEN_URL", format!("{url}/authorization/v2/oauth2/{workspace}/token")),
            ("GLP_WORKSPACE_ID", workspace.into()),
            ("GLP_CLIENT_ID", "client-1".into()),
            ("GLP_CLIENT_SECRET", SECRET.into()),
        ]
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.shared.service.lock().unwrap()
    }

    /// Waits until devices were asked for so many times.
    pub(crate) fn wait_for_requests(&self, requests: u64) {
        let too_few = |service: &mut Service| service.requests(Endpoint::ListDevices) < requests;
        drop(self.shared.asked.wait_while(self.service(), too_few).unwrap());
    }

    /// Lets other things go wrong from now on.
    pub(crate) fn set_faults(&self, faults: Faults) {
        self.service().set_faults(faults);
    }

    /// Deletes so many rows.
    pub(crate) fn delete(&self, resource: Resource, rows: usize) {
        for (id, _) in self.truth(resource).into_iter().take(rows) {
            self.service().delete(resource, &id).unwrap();
        }
    }

    /// Returns the rows as they are, by id.
    pub(crate) fn truth(&self, resource: Resource) -> Vec<(String, String)> {
        let rows: BTreeMap<_, _> = self.service().truth(resource).collect();
        rows.into_iter().collect()
    }
}
