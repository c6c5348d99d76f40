//! The listing of one resource, from its checkpoint to its publication.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::error::{ApiKind, DatabaseKind, Error, SyncKind};
use crate::exchange::Response;
use crate::greenlake::{List, Resource};
use crate::operation::Operation;
use crate::page::{self, Page};
use crate::sync::checkpoint::Resumption;
use crate::sync::drift::Drift;
use crate::sync::guard::Verdict;
use crate::sync::reading::{Ask, Reading};
use crate::sync::{
    Begun, Checkpoint, Command, Counts, Measure, Outcome, Publication, Reply, ResourceReport,
    RunId, Settings, Staged, Start,
};
use crate::wall::UnixTime;

/// The most rows that a listing may have. One that goes on is taken for endless.
pub const MAX_ROWS: u64 = 10_000_000;

/// The pages in a row that may bring no new id. A listing that goes on so is taken for endless.
pub const MAX_IDLE_PAGES: u32 = 10;

/// What the listings of one run have in common.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) run: RunId,
    pub(super) scope: String,
    pub(super) started_at: UnixTime,
    pub(super) settings: Settings,
}

/// Says how far the listing that is being read has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being listed.
    pub resource: Resource,
    /// Distinct rows kept by this pass so far, those of the resumed run included.
    pub rows: u64,
    /// The rows that the service announced.
    pub total: Option<u64>,
    /// Pages read by this run.
    pub pages: u64,
    /// The pass over the listing, from 1.
    pub pass: u32,
}

/// What a listing wants next.
pub(super) enum Next {
    Fetch(Operation),
    Store(Command),
    Ended,
}

/// Reads one resource, page by page.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    list: List,
    checkpoint: Checkpoint,
    state: State,
    drift: Option<Drift>,
    idle_pages: u32,
    report: ResourceReport,
}

#[derive(Clone, Debug)]
enum State {
    Begin,
    Discard,
    Fetch(Ask),
    Stage(Reading),
    Measure,
    Publish(Publication),
    Ended,
}

impl Listing {
    pub(super) fn new(resource: Resource, plan: &Plan) -> Self {
        let list = List::of(resource);
        let scope = format!("{} {}", plan.scope, list.target());
        let report = ResourceReport {
            outcome: Outcome::Failed,
            listed: 0,
            counts: Counts::default(),
            pages: 0,
            passes: 1,
            resumed_at: None,
            discarded: None,
            row_errors: 0,
            reason: None,
            error_code: None,
        };
        Self {
            list,
            checkpoint: Checkpoint::first(resource, scope, plan.started_at),
            state: State::Begin,
            drift: None,
            idle_pages: 0,
            report,
        }
    }

    pub(super) fn resource(&self) -> Resource {
        self.checkpoint.resource
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub(super) fn poll(&self, plan: &Plan) -> Next {
        let resource = self.resource();
        Next::Store(match &self.state {
            State::Begin => Command::Begin { resource },
            State::Discard => Command::Discard { resource },
            State::Fetch(ask) => {
                let rows = plan.settings.rows(resource);
                return Next::Fetch(self.list.page(ask.offset(&self.checkpoint), rows));
            }
            State::Stage(reading) => {
                Command::Stage { rows: reading.staged_rows(), checkpoint: reading.after.clone() }
            }
            State::Measure => Command::Measure { resource, pass: self.checkpoint.pass },
            State::Publish(publication) => Command::Publish {
                resource,
                publication: *publication,
                run: plan.run,
                at: plan.started_at,
            },
            State::Ended => return Next::Ended,
        })
    }

    /// Takes the page that was asked for.
    ///
    /// # Errors
    ///
    /// An error when the response is no page, or none was asked for; the listing has not moved.
    pub(super) fn fetched(&mut self, response: Response) -> Result<(), Error> {
        let State::Fetch(ask) = self.state else {
            return Err(Error::new(SyncKind::General, "a page came that was not asked for"));
        };
        let page = read_page(response, &self.list)?;
        self.report.pages += 1;
        self.state = State::Stage(Reading::new(&self.checkpoint, ask, page));
        Ok(())
    }

    /// Takes the store's answer to the last command.
    ///
    /// # Errors
    ///
    /// An error when it is no answer to it.
    pub(super) fn stored(
        &mut self,
        reply: Reply,
        plan: &Plan,
        notes: &mut Vec<String>,
    ) -> Result<(), Error> {
        let settings = &plan.settings;
        match (core::mem::replace(&mut self.state, State::Ended), reply) {
            (State::Begin, Reply::Begun(begun)) => self.begun(begun, settings, notes),
            (State::Discard, Reply::Done) => self.state = State::Fetch(Ask::Fence),
            (State::Stage(reading), Reply::Staged(staged)) => {
                self.staged(&reading, staged, settings, notes);
            }
            (State::Measure, Reply::Measured(measure)) => self.measured(measure, settings),
            (State::Publish(_), Reply::Published(counts)) => self.published(counts),
            (state, _) => {
                self.state = state;
                let message = "the store's reply is to another command";
                return Err(Error::new(DatabaseKind::General, message));
            }
        }
        Ok(())
    }

    /// Decides where to begin.
    fn begun(&mut self, begun: Begun, settings: &Settings, notes: &mut Vec<String>) {
        self.state = State::Fetch(Ask::Fence);
        let Some(checkpoint) = begun.checkpoint else { return };
        let resumption = match settings.start {
            Start::Resume => checkpoint.resumption(&self.checkpoint, settings.max_age),
            Start::Afresh => Resumption::Refused("a full listing was asked for".into()),
        };
        match resumption {
            Resumption::Possible => self.resume(checkpoint, settings, notes),
            Resumption::Refused(reason) => {
                notes.push(format!(
                    "listing {} afresh; the checkpoint at row {} is not used: {reason}",
                    self.resource(),
                    checkpoint.offset
                ));
                self.report.discarded = Some(reason);
                self.state = State::Discard;
            }
        }
    }

    fn resume(&mut self, checkpoint: Checkpoint, settings: &Settings, notes: &mut Vec<String>) {
        notes.push(format!("resuming {} at row {}", self.resource(), checkpoint.offset));
        self.report.resumed_at = Some(checkpoint.offset);
        self.report.listed = checkpoint.stored();
        self.drift = checkpoint.drifted.then_some(Drift::Earlier);
        self.checkpoint = checkpoint;
        if let Some(drift) = self.drift {
            self.try_again(drift, settings, notes);
        }
    }

    /// Decides what follows a page: the next page, a new pass, or the end.
    fn staged(
        &mut self,
        reading: &Reading,
        Staged { fresh, distinct }: Staged,
        settings: &Settings,
        notes: &mut Vec<String>,
    ) {
        let next = reading.next();
        self.checkpoint = reading.after.clone();
        self.report.listed = distinct;
        self.drift = self.drift.or(reading.drift).or_else(|| self.miscount(next, distinct));
        self.checkpoint.drifted = self.drift.is_some();

        if let Some(drift) = self.drift
            && self.try_again(drift, settings, notes) == Again::Begun
        {
            return;
        }
        if let Some(error) = self.endless(fresh, reading.behind) {
            self.fail(&error);
            return;
        }
        match next {
            Some(ask) => self.state = State::Fetch(ask),
            None => self.conclude(),
        }
    }

    /// Compares the rows read with the rows kept, and at the end with the rows announced.
    fn miscount(&self, next: Option<Ask>, distinct: u64) -> Option<Drift> {
        let checkpoint = &self.checkpoint;
        let listed = distinct.saturating_add(checkpoint.row_errors);
        if checkpoint.stored() != distinct {
            return Some(Drift::Repeated);
        }
        match checkpoint.total {
            Some(total) if next.is_none() && total != listed => {
                Some(Drift::Miscounted { listed, total })
            }
            _ => None,
        }
    }

    /// Begins a new pass, unless this was the last one.
    fn try_again(&mut self, drift: Drift, settings: &Settings, notes: &mut Vec<String>) -> Again {
        let max_passes = settings.max_passes.get();
        if self.checkpoint.pass >= max_passes {
            return Again::No;
        }
        self.checkpoint = self.checkpoint.again();
        self.drift = None;
        self.idle_pages = 0;
        self.report.listed = 0;
        self.state = State::Fetch(Ask::Fence);
        notes.push(format!(
            "reading {} again, pass {} of {max_passes}: {drift}",
            self.resource(),
            self.checkpoint.pass
        ));
        Again::Begun
    }

    /// Looks for a listing that never ends.
    fn endless(&mut self, fresh: u64, behind: u64) -> Option<Error> {
        if fresh > 0 {
            self.idle_pages = 0;
        } else if behind > 0 {
            self.idle_pages += 1;
        }
        let message = if self.idle_pages >= MAX_IDLE_PAGES {
            format!("{MAX_IDLE_PAGES} pages in a row brought no new id")
        } else if self.checkpoint.offset.max(self.report.listed) > MAX_ROWS {
            format!("the listing goes on after {MAX_ROWS} rows")
        } else {
            return None;
        };
        Some(Error::new(SyncKind::General, message))
    }

    /// Decides what a listing that was read to its end is good for.
    fn conclude(&mut self) {
        let row_errors = self.checkpoint.row_errors;
        if let Some(drift) = self.drift {
            let pass = self.checkpoint.pass;
            self.keep(format!("rows moved while they were listed, still in pass {pass}: {drift}"));
        } else if row_errors > 0 {
            self.keep(format!("rows without an id: {row_errors}"));
        } else {
            self.state = State::Measure;
        }
    }

    fn measured(&mut self, measure: Measure, settings: &Settings) {
        match settings.guard.judge(self.report.listed, measure) {
            Verdict::Allow => {
                let pass = self.checkpoint.pass;
                self.state = State::Publish(Publication::Complete { pass });
            }
            Verdict::Refuse(reason) => self.keep(reason),
        }
    }

    /// Publishes what was listed and retires nothing, for a reason.
    fn keep(&mut self, reason: String) {
        self.report.reason = Some(reason);
        self.state = State::Publish(Publication::UpsertsOnly);
    }

    fn published(&mut self, counts: Counts) {
        self.report.counts = counts;
        self.report.outcome = match self.report.reason {
            None => Outcome::Complete,
            Some(_) => Outcome::Partial,
        };
    }

    /// Ends the listing with an error. What the store holds stays as it is, to be resumed.
    pub(super) fn fail(&mut self, error: &Error) {
        let place = match self.state {
            State::Fetch(ask) => format!("page at row {}: ", ask.offset(&self.checkpoint)),
            _ => String::new(),
        };
        self.report.reason = Some(format!("{place}{error}"));
        self.report.error_code = Some(error.code().into_owned());
        self.state = State::Ended;
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            resource: self.resource(),
            rows: self.report.listed,
            total: self.checkpoint.total,
            pages: self.report.pages,
            pass: self.checkpoint.pass,
        }
    }

    pub(super) fn report(&self) -> ResourceReport {
        ResourceReport {
            passes: self.checkpoint.pass,
            row_errors: self.checkpoint.row_errors,
            ..self.report.clone()
        }
    }
}

/// Whether a listing is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Begun,
    No,
}

/// Takes the page that the call machine decoded, or decodes it.
fn read_page(mut response: Response, list: &List) -> Result<Arc<Page>, Error> {
    if let Some(page) = Page::take(&response) {
        return Ok(page);
    }
    let refuse = |problem: &dyn ToString| {
        Error::new(ApiKind::Decode, problem.to_string())
            .with_endpoint(list.route().template().to_string())
    };
    page::decode(&mut response).map_err(|malformed| refuse(&malformed))?;
    Page::take(&response).ok_or_else(|| refuse(&"no page"))
}
