//! One run: resource after resource, each isolated from the other's failure.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::exchange::Response;
use crate::greenlake::Resource;
use crate::operation::Operation;
use crate::sync::listing::{Listing, Next, Plan, Progress};
use crate::sync::{Command, Outcome, Reply, ResourceReport, RunId, RunReport, Settings};
use crate::wall::UnixTime;

/// Syncs resources, one after the other.
///
/// Ask [`poll`](Self::poll) what to do, do it, and report with [`fetched`](Self::fetched) or
/// [`stored`](Self::stored). A run may be dropped at any step: the next one resumes it from the
/// store.
///
/// A resource whose pages fail ends as [`Outcome::Failed`] and the next one is synced all the same.
/// The whole run ends early, with [`Ended::error`], when the credentials or the configuration are
/// at fault, or the store.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::Resource;
/// use glp_core::sync::{Begun, Command, Reply, Run, RunId, Settings, Step};
/// use glp_core::wall::UnixTime;
///
/// let now = UnixTime::from_secs(1_800_000_000);
/// let mut run = Run::new(RunId(1), Resource::ALL, "host/workspace", now, Settings::default());
///
/// assert!(matches!(run.poll(), Step::Store(Command::Begin { resource: Resource::Devices })));
/// run.stored(Ok(Reply::Begun(Begun::default())));
/// assert!(matches!(run.poll(), Step::Fetch(_)));
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    plan: Plan,
    waiting: VecDeque<Resource>,
    listing: Option<Listing>,
    reports: BTreeMap<Resource, ResourceReport>,
    notes: Vec<String>,
    failures: BTreeMap<Resource, Error>,
    error: Option<Error>,
}

/// What a run wants next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this, and report with [`Run::fetched`].
    Fetch(Operation),
    /// Have the store do this, and report with [`Run::stored`].
    Store(Command),
    /// Nothing; the run is over.
    Done(Ended),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it did; there is always a report.
    pub report: RunReport,
    /// The errors of the listings that could not be read to their end.
    pub failures: BTreeMap<Resource, Error>,
    /// The error that ended it before its time: of the credentials, the configuration or the store.
    pub error: Option<Error>,
}

impl Run {
    /// Makes the run with this number in the ledger, over these resources in this order.
    ///
    /// `scope` says whose inventory it is: the API's origin and the workspace. A listing resumes
    /// only in the scope in which it began. `started_at` stands for the whole run: rows are noted
    /// as synced, or retired, at that time.
    pub fn new(
        run: RunId,
        resources: impl IntoIterator<Item = Resource>,
        scope: impl Into<String>,
        started_at: UnixTime,
        settings: Settings,
    ) -> Self {
        let mut waiting = VecDeque::new();
        for resource in resources {
            if !waiting.contains(&resource) {
                waiting.push_back(resource);
            }
        }
        let mut run = Self {
            plan: Plan { run, scope: scope.into(), started_at, settings },
            waiting,
            listing: None,
            reports: BTreeMap::new(),
            notes: Vec::new(),
            failures: BTreeMap::new(),
            error: None,
        };
        run.next_resource();
        run
    }

    /// Says what to do next. Asking twice gives the same answer.
    pub fn poll(&self) -> Step {
        match self.listing.as_ref().map(|listing| listing.poll(&self.plan)) {
            Some(Next::Fetch(operation)) => Step::Fetch(operation),
            Some(Next::Store(command)) => Step::Store(command),
            Some(Next::Ended) | None => {
                let (failures, error) = (self.failures.clone(), self.error.clone());
                Step::Done(Ended { report: self.report(), failures, error })
            }
        }
    }

    /// Takes what came of a [`Step::Fetch`].
    ///
    /// A page that the call machine has decoded is taken as it is, another one is decoded here.
    pub fn fetched(&mut self, result: Result<Response, Error>) {
        let Some(listing) = &mut self.listing else { return };
        if let Err(error) = result.and_then(|response| listing.fetched(response)) {
            listing.fail(&error);
            if ends_the_run(error.kind()) {
                self.error = Some(error.clone());
            }
            self.failures.insert(listing.resource(), error);
        }
        self.next_resource();
    }

    /// Takes what came of a [`Step::Store`]. An error ends the run.
    pub fn stored(&mut self, result: Result<Reply, Error>) {
        let Some(listing) = &mut self.listing else { return };
        let taken = result.and_then(|reply| listing.stored(reply, &self.plan, &mut self.notes));
        if let Err(error) = taken {
            listing.fail(&error);
            self.error = Some(error);
        }
        self.next_resource();
    }

    /// Returns the messages for people so far, in order.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Says how far the listing that is being read has got; nothing once the run is over.
    pub fn progress(&self) -> Option<Progress> {
        self.listing.as_ref().map(Listing::progress)
    }

    /// Closes a listing that has ended, and begins the next one if the run goes on.
    fn next_resource(&mut self) {
        if let Some(listing) = &self.listing {
            if !listing.has_ended() {
                return;
            }
            self.close(listing.resource(), listing.report());
        }
        self.listing = None;
        while let Some(resource) = self.waiting.pop_front() {
            let listing = Listing::new(resource, &self.plan);
            let Some(error) = &self.error else {
                self.listing = Some(listing);
                return;
            };
            let reason = format!("not begun, because the run ended: {error}");
            self.close(resource, ResourceReport { reason: Some(reason), ..listing.report() });
        }
    }

    fn close(&mut self, resource: Resource, report: ResourceReport) {
        if let Some(reason) = &report.reason {
            self.notes.push(format!("{resource} {}: {reason}", report.outcome));
        }
        self.reports.insert(resource, report);
    }

    fn report(&self) -> RunReport {
        let all = |outcome| self.reports.values().all(|report| report.outcome == outcome);
        let outcome = if all(Outcome::Complete) {
            Outcome::Complete
        } else if all(Outcome::Failed) {
            Outcome::Failed
        } else {
            Outcome::Partial
        };
        RunReport {
            run: self.plan.run,
            outcome,
            resources: self.reports.clone(),
            notes: self.notes.clone(),
        }
    }
}

/// Says whether no other resource can fare better.
fn ends_the_run(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Authentication(_) | ErrorKind::Configuration(_))
}
