//! Plays the service by hand, page after page, so that a test reads like a trace.

use bytes::Bytes;
use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::greenlake::Resource;
use glp_core::operation::Operation;
use glp_core::sync::{Ended, Run, RunId, Settings, Step, Store};
use glp_core::testkit::ModelStore;
use glp_core::wall::UnixTime;

/// When the runs of a test begin, in seconds since 1970, unless the test says otherwise.
pub(crate) const NOON: u64 = 1_800_000_000;

/// One run over a store, and the service played by hand.
pub(crate) struct Trace {
    pub(crate) run: Run,
    pub(crate) store: ModelStore,
}

impl Trace {
    /// Begins a run over the devices alone, three rows a page.
    pub(crate) fn of_devices(store: ModelStore) -> Self {
        Self::with(store, &[Resource::Devices], NOON, three_rows())
    }

    pub(crate) fn with(
        store: ModelStore,
        resources: &[Resource],
        seconds: u64,
        settings: Settings,
    ) -> Self {
        let now = UnixTime::from_secs(seconds);
        let run = Run::new(RunId(1), resources.iter().copied(), "host/workspace", now, settings);
        Self { run, store }
    }

    /// The run asks for the page at `offset`; the service gives these rows and this `total`.
    #[track_caller]
    pub(crate) fn page(&mut self, offset: u64, ids: &[&str], total: impl Into<Option<u64>>) {
        let rows: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        let total = total.into().map_or(String::new(), |total| format!(r#","total":{total}"#));
        self.body(offset, &format!(r#"{{"items":[{}]{total}}}"#, rows.join(",")));
    }

    /// The run asks for the page at `offset`; the service gives this body.
    #[track_caller]
    pub(crate) fn body(&mut self, offset: u64, body: &str) {
        self.asks(offset);
        self.run.fetched(Ok(Response::new(Bytes::copy_from_slice(body.as_bytes()))));
    }

    /// The run asks for the page at `offset`; the call fails.
    #[track_caller]
    pub(crate) fn fails(&mut self, offset: u64, error: Error) {
        self.asks(offset);
        self.run.fetched(Err(error));
    }

    /// The run asks for the page at `offset`.
    #[track_caller]
    pub(crate) fn asks(&mut self, offset: u64) -> Operation {
        match self.serve_store() {
            Step::Fetch(operation) => {
                let query = operation.request.uri().query().unwrap_or_default();
                assert!(query.contains(&format!("&offset={offset}&")), "asked for {query}");
                operation
            }
            step => panic!("expected to be asked for the page at {offset}, got {step:?}"),
        }
    }

    /// The run is over.
    #[track_caller]
    pub(crate) fn ends(mut self) -> (Ended, ModelStore) {
        match self.serve_store() {
            Step::Done(ended) => (ended, self.store),
            step => panic!("expected the end, got {step:?}"),
        }
    }

    /// Carries out what the run asks of the store, until it asks for something else.
    fn serve_store(&mut self) -> Step {
        loop {
            match self.run.poll() {
                Step::Store(command) => self.run.stored(self.store.execute(command)),
                step => return step,
            }
        }
    }
}

pub(crate) fn three_rows() -> Settings {
    Settings::default().page_rows(Resource::Devices, 3).expect("three rows are allowed")
}

/// A store that holds these devices.
pub(crate) fn holding(ids: &[&str]) -> ModelStore {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, ids, ids.len() as u64);
    trace.ends().1
}

/// The ids of the live devices.
pub(crate) fn live(store: &ModelStore) -> Vec<&str> {
    store.live(Resource::Devices).map(|(id, _)| id).collect()
}
