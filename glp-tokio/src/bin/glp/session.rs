//! One sync, from taking the store to its entry in the ledger.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use glp_blocking::store::{Conclusion, Owner, Started, Store};
use glp_core::call::CallOptions;
use glp_core::error::Error;
use glp_core::greenlake::Resource;
use glp_core::sync::{Ended, Run, RunId, Settings};
use glp_core::time::Instant;
use glp_tokio::{Client, Clock};
use tokio::sync::Mutex;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::host;
use crate::witness::Witness;

/// How long a stopped run waits for the store before it leaves the ledger to the next one. A
/// publication may take longer; killed, it leaves nothing behind.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A run that has begun: the store is held until the session is dropped.
pub(crate) struct Session {
    store: Arc<Mutex<Store>>,
    client: Client,
    started: Started,
    began_at: Instant,
}

/// What to sync, and how.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The resources, in order.
    pub(crate) resources: Vec<Resource>,
    /// What the sync machine is told.
    pub(crate) settings: Settings,
    /// What each call is allowed.
    pub(crate) options: CallOptions,
}

/// Whether the ledger says how the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It does.
    Yes,
    /// Not in time; the next run will note it.
    NotInTime,
}

impl Session {
    /// Opens the store at `path`, takes it and begins a run.
    ///
    /// # Errors
    ///
    /// [`Exit::Store`] where the store cannot be used, or where another run holds it.
    pub(crate) async fn begin(client: &Client, path: &Path) -> Result<Self, Failure> {
        let clock = client.clock();
        let (path, now) = (path.to_path_buf(), clock.wall_now());
        let begun = tokio::task::spawn_blocking(move || {
            let mut store = Store::open(path)?;
            let started = store.begin_run(&owner(), now)?;
            Ok((store, started))
        });
        let (store, started) = joined(begun.await)??;
        Ok(Self {
            store: Arc::new(Mutex::new(store)),
            client: client.clone(),
            started,
            began_at: clock.now(),
        })
    }

    /// Returns the run's number.
    pub(crate) fn run(&self) -> RunId {
        self.started.run
    }

    /// Says which run has begun, and whether it took the store over from a dead one.
    pub(crate) fn started(&self) -> &Started {
        &self.started
    }

    /// Returns the clock of the client.
    pub(crate) fn clock(&self) -> Clock {
        self.client.clock()
    }

    /// Returns the time since the run began.
    pub(crate) fn took(&self) -> Duration {
        self.clock().now().since(self.began_at)
    }

    /// Syncs. May be dropped at any await: the next run goes on from there.
    pub(crate) async fn sync(&self, plan: Plan, mut witness: Witness<'_>) -> Ended {
        let Plan { resources, settings, options } = plan;
        let started_at = self.clock().wall_now();
        let run = Run::new(self.run(), resources, self.client.scope(), started_at, settings);
        let alive = witness.keep_alive();
        let watch = |run: &Run| witness.saw(run);
        let work = glp_tokio::sync(&self.client, &self.store, run, options, watch);
        tokio::select! {
            ended = work => ended,
            never = alive => match never {},
        }
    }

    /// Notes in the ledger how the run ended, and gives the store back.
    ///
    /// # Errors
    ///
    /// [`Exit::Store`] where the ledger cannot be written.
    pub(crate) async fn conclude(self, conclusion: Conclusion) -> Result<Noted, Failure> {
        let clock = self.clock();
        let until = clock.now() + PATIENCE;
        let Some(mut store) = clock.within(until, Arc::clone(&self.store).lock_owned()).await
        else {
            return Ok(Noted::NotInTime);
        };
        let now = clock.wall_now();
        let noted = tokio::task::spawn_blocking(move || store.finish_run(&conclusion, now));
        joined(noted.await)??;
        Ok(Noted::Yes)
    }

    /// Gives the store back without a word, as a killed process would.
    pub(crate) async fn abandon(self) {
        drop(self.store.lock().await);
    }
}

fn owner() -> Owner {
    Owner {
        pid: std::process::id(),
        host: host::name(),
        program: concat!("glp ", env!("CARGO_PKG_VERSION")).into(),
    }
}

fn joined<T>(
    result: Result<Result<T, Error>, tokio::task::JoinError>,
) -> Result<Result<T, Error>, Failure> {
    result.map_err(|stopped| Failure::new(Exit::Store, format!("the store was stopped: {stopped}")))
}
