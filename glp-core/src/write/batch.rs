//! The rows of one request, from sending to their outcomes.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use http::{StatusCode, Uri};

use crate::error::{ApiKind, Error, ErrorKind, NetworkKind, SyncKind};
use crate::exchange::Response;
use crate::greenlake::{Effect, ItemReport};
use crate::operation::Operation;
use crate::time::Instant;
use crate::write::ended::{Ended, quoting};
use crate::write::plan::{Plan, Sighting};
use crate::write::read_back::{Finding, ReadBack, Reason, not_there};
use crate::write::{Outcome, Polling, Proof, Settings, Step};

/// What the batches of one write have in common.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) plan: Plan,
    pub(super) settings: Settings,
    /// The API's base URL.
    pub(super) api: Uri,
}

/// Carries the rows of one request to their outcomes.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    rows: Vec<usize>,
    /// How often rows may still be sent again.
    resends: u32,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Over,
    Poll(Polling),
    Read(ReadBack),
    Send(Operation),
}

/// The rows that have ended, and how.
pub(super) type Outcomes = Vec<(usize, Outcome)>;

impl Batch {
    /// Makes the batch of these rows.
    ///
    /// # Errors
    ///
    /// As [`Plan::operation`].
    pub(super) fn new(rows: Vec<usize>, terms: &Terms) -> Result<Self, Error> {
        let operation = terms.plan.operation(&rows)?;
        Ok(Self { rows, resends: terms.settings.resends, state: State::Send(operation) })
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Says what to do now.
    pub(super) fn poll(&self, now: Instant) -> Step<()> {
        match &self.state {
            State::Over => Step::Done(()),
            State::Poll(polling) => match polling.poll(now) {
                Step::Done(_) => Step::Done(()),
                Step::Send(operation) => Step::Send(operation),
                Step::Wait { until, why } => Step::Wait { until, why },
            },
            State::Read(read_back) => read_back.poll(now),
            State::Send(operation) => Step::Send(operation.clone()),
        }
    }

    /// Takes what came of a [`Step::Send`]; tells of the rows that have ended.
    pub(super) fn handle(
        &mut self,
        terms: &Terms,
        result: Result<Response, Error>,
        now: Instant,
    ) -> Outcomes {
        let secrets = terms.plan.secrets(&self.rows);
        let result = result.map_err(|error| error.masked(&secrets));
        let outcomes = match core::mem::replace(&mut self.state, State::Over) {
            State::Over => Vec::new(),
            State::Send(_) => self.sent(terms, result, now),
            State::Poll(mut polling) => {
                polling.handle(result, now);
                match polling.poll(now) {
                    Step::Done(ended) => self.ended(terms, ended, polling.path(), now),
                    Step::Send(_) | Step::Wait { .. } => {
                        self.state = State::Poll(polling);
                        Vec::new()
                    }
                }
            }
            State::Read(mut read_back) => {
                let found = read_back.handle(&terms.plan, &result, now);
                self.found(terms, read_back, found)
            }
        };
        let masked = |(row, outcome): (usize, Outcome)| (row, outcome.masked(&secrets));
        outcomes.into_iter().map(masked).collect()
    }

    fn sent(&mut self, terms: &Terms, result: Result<Response, Error>, now: Instant) -> Outcomes {
        match result {
            Ok(response) if response.status() == StatusCode::ACCEPTED => {
                let Terms { plan, settings, api } = terms;
                let limit = settings.give_up_after;
                match Polling::new(&response, plan.resource(), api, limit, now) {
                    Ok(polling) => {
                        self.state = State::Poll(polling);
                        Vec::new()
                    }
                    Err(error) => self.doubt(terms, |_| Reason::Open(error.clone()), now),
                }
            }
            Ok(_) => self.all(&Outcome::Done { id: None, proof: Proof::Reported }),
            Err(error) if may_be_done(&error) => {
                self.doubt(terms, |_| Reason::Unanswered(error.clone()), now)
            }
            Err(error) if never_arrived(&error) => self.all(&Outcome::NotSent(error)),
            Err(error) => self.all(&Outcome::Failed(error)),
        }
    }

    /// Sorts the rows by what an operation says of them; the rest is read back.
    fn ended(&mut self, terms: &Terms, ended: Ended, path: &str, now: Instant) -> Outcomes {
        let plan = &terms.plan;
        let succeeded = |message| Error::async_operation(path, "SUCCEEDED").with_message(message);
        let (report, otherwise) = match ended {
            Ended::Open(error) => return self.doubt(terms, |_| Reason::Open(error.clone()), now),
            Ended::Over(error) => return self.doubt(terms, |_| Reason::Over(error.clone()), now),
            Ended::Failed(report, error) => (report, Reason::Denied(error)),
            Ended::Succeeded(report) => {
                let error = succeeded("Async operation succeeded, and the row was not found");
                (report, Reason::Unnamed(error))
            }
        };
        let failed = match &otherwise {
            Reason::Denied(error) => error.clone(),
            _ => succeeded("Async operation succeeded, but not for this row"),
        };
        let mut outcomes = Vec::new();
        self.rows.retain(|row| match told(plan, *row, &report) {
            Some(outcome) => {
                outcomes.push((*row, outcome));
                false
            }
            None => true,
        });
        let reason = |row: usize| {
            let named = |name: &String| plan.is_named(row, name);
            match report.failed.iter().find(|item| item.names.iter().any(named)) {
                Some(item) => Reason::Denied(quoting(
                    failed.clone(),
                    item.error_code.as_deref(),
                    item.message.as_deref(),
                )),
                None => otherwise.clone(),
            }
        };
        outcomes.extend(self.doubt(terms, reason, now));
        outcomes
    }

    /// Begins to look for the rows. A rehearsal did nothing that could be found.
    fn doubt(&mut self, terms: &Terms, reason: impl Fn(usize) -> Reason, now: Instant) -> Outcomes {
        let reasons: BTreeMap<usize, Reason> =
            self.rows.iter().map(|row| (*row, reason(*row))).collect();
        if terms.plan.effect() == Effect::Rehearsed {
            return unseen(reasons);
        }
        match ReadBack::new(reasons, &terms.plan, terms.settings.settle, now) {
            Ok(read_back) if read_back.is_over() => Vec::new(),
            Ok(read_back) => {
                self.state = State::Read(read_back);
                Vec::new()
            }
            Err((reasons, _)) => unseen(reasons),
        }
    }

    /// Takes what a look told: rows that are not there are sent again, together, once all are told.
    fn found(
        &mut self,
        terms: &Terms,
        read_back: ReadBack,
        found: Vec<(usize, Finding)>,
    ) -> Outcomes {
        let mut outcomes = Vec::new();
        let mut again = Vec::new();
        for (row, finding) in found {
            match finding {
                Finding::Is(outcome) => outcomes.push((row, outcome)),
                Finding::NotThere(error) if self.resends == 0 => {
                    outcomes.push((row, Outcome::Failed(not_there(error))));
                }
                Finding::NotThere(_) => again.push(row),
            }
        }
        if !read_back.is_over() {
            // Nothing is not there before the last look, which tells of every row.
            self.state = State::Read(read_back);
        } else if !again.is_empty() {
            self.resends -= 1;
            self.rows = again;
            match terms.plan.operation(&self.rows) {
                Ok(operation) => self.state = State::Send(operation),
                Err(error) => outcomes.extend(self.all(&Outcome::NotSent(error))),
            }
        }
        outcomes
    }

    /// Ends all rows alike.
    fn all(&self, outcome: &Outcome) -> Outcomes {
        self.rows.iter().map(|row| (*row, outcome.clone())).collect()
    }
}

/// Ends rows that cannot be looked for.
fn unseen(reasons: BTreeMap<usize, Reason>) -> Outcomes {
    let findings = reasons.into_iter().map(|(row, reason)| {
        let outcome = match reason.judge(Sighting::CannotTell) {
            Finding::Is(outcome) => outcome,
            Finding::NotThere(error) => Outcome::Unknown(error.with_outcome_unknown()),
        };
        (row, outcome)
    });
    findings.collect()
}

/// Returns the outcome of a row that an operation reports as done.
fn told(plan: &Plan, row: usize, report: &ItemReport) -> Option<Outcome> {
    let named = |name: &String| plan.is_named(row, name);
    let names = report.succeeded.iter().find(|names| names.iter().any(named))?;
    let id = names.iter().find(|name| plan.names_by_id() || !named(name)).cloned();
    Some(Outcome::Done { id, proof: Proof::Reported })
}

/// Says whether a request that ended with an error may have been acted on.
fn may_be_done(error: &Error) -> bool {
    // An answer that is too large is an answer; what a failing server did before it failed, nobody
    // knows.
    let told_little = [NetworkKind::TooLarge.into(), ApiKind::Server.into()];
    error.is_outcome_unknown() || told_little.contains(&error.kind())
}

/// Says whether a request was not sent, or turned away before it was looked at.
fn never_arrived(error: &Error) -> bool {
    use NetworkKind::{Certificate, Connection, Dns, TlsHandshake};
    matches!(
        error.kind(),
        ErrorKind::Authentication(_)
            | ErrorKind::Configuration(_)
            | ErrorKind::Api(ApiKind::RateLimit)
            | ErrorKind::Network(Certificate | Connection | Dns | TlsHandshake)
            | ErrorKind::Sync(SyncKind::CircuitOpen)
    )
}
