//! A write, from its plan to the outcome of each row.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::Range;

use http::Uri;

use crate::error::{Error, ErrorKind, SyncKind};
use crate::exchange::Response;
use crate::invalid::Invalid;
use crate::operation::Operation;
use crate::time::Instant;
use crate::write::batch::{Batch, Terms};
use crate::write::{Outcome, Plan, Settings, Step, Why, Written};

/// Carries a plan to the outcome of each of its rows.
///
/// See the [module](crate::write) for the loop that drives it, and `testkit::World` for one in
/// virtual time. Requests go out one after the other; while the service works on what it has
/// accepted, the next ones are sent, up to [`Settings::at_once`].
///
/// A write that is dropped before it is over leaves what was accepted to the service. Where wrong
/// credentials or settings end one request, the rows that were not sent yet are not sent.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{ApiVersion, NewDevice};
/// use glp_core::time::Instant;
/// use glp_core::write::{Plan, Settings, Step, Write};
///
/// let switch = NewDevice::network("SG09KN0", "9c:8c:d8:00:01:02").unwrap();
/// let plan = Plan::add_devices(ApiVersion::V1, [switch])?;
/// let api = "https://global.api.greenlake.hpe.com".parse().unwrap();
/// let mut write = Write::new(plan, Settings::DEFAULT, api).unwrap();
///
/// let Step::Send(operation) = write.poll(Instant::ZERO) else { panic!("it begins by sending") };
/// assert_eq!(operation.route.to_string(), "POST /devices/v1/devices");
/// # Ok::<(), glp_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Write {
    terms: Terms,
    waiting: VecDeque<Range<usize>>,
    running: Vec<Batch>,
    /// The request that is out, and the place of its batch among those that run.
    asked: Option<(usize, Operation)>,
    outcomes: Vec<Option<Outcome>>,
    /// The error because of which nothing more is sent.
    stopped: Option<Error>,
    latest: Instant,
}

impl Write {
    /// Begins a write. `api` is the API's base URL: no `Location` is followed elsewhere.
    ///
    /// # Errors
    ///
    /// As [`Settings::check`].
    pub fn new(plan: Plan, settings: Settings, api: Uri) -> Result<Self, Invalid> {
        settings.check()?;
        let mut write = Self {
            waiting: plan.batches().collect(),
            running: Vec::new(),
            asked: None,
            outcomes: alloc::vec![None; plan.len()],
            stopped: None,
            latest: Instant::ZERO,
            terms: Terms { plan, settings, api },
        };
        write.fill();
        Ok(write)
    }

    /// Says what to do now. Polling again without an answer in between says the same.
    pub fn poll(&mut self, now: Instant) -> Step {
        self.latest = self.latest.max(now);
        if let Some((_, operation)) = &self.asked {
            return Step::Send(operation.clone());
        }
        let mut wait: Option<(Instant, Why)> = None;
        for (place, batch) in self.running.iter().enumerate() {
            match batch.poll(self.latest) {
                Step::Send(operation) => {
                    self.asked = Some((place, operation.clone()));
                    return Step::Send(operation);
                }
                Step::Wait { until, why } => {
                    let next = (until, why);
                    wait = Some(wait.map_or(next, |wait| wait.min(next)));
                }
                Step::Done(()) => {}
            }
        }
        match wait {
            Some((until, why)) => Step::Wait { until, why },
            None => Step::Done(self.written()),
        }
    }

    /// Takes what came of a [`Step::Send`]. Without a request that is out, nothing.
    pub fn handle(&mut self, result: Result<Response, Error>, now: Instant) {
        self.latest = self.latest.max(now);
        let Some((place, _)) = self.asked.take() else { return };
        if let Err(error) = &result
            && ends_the_write(error)
        {
            self.stopped.get_or_insert_with(|| error.clone());
        }
        if let Some(batch) = self.running.get_mut(place) {
            for (row, outcome) in batch.handle(&self.terms, result, self.latest) {
                self.settle(row, outcome);
            }
        }
        self.running.retain(|batch| !batch.is_over());
        self.fill();
    }

    /// Returns the outcomes; of rows that have none yet, that they are under way.
    pub fn written(&self) -> Written {
        let open = || {
            let error = Error::new(SyncKind::General, "The write is not over");
            Outcome::Unknown(error.with_outcome_unknown())
        };
        let outcome = |outcome: &Option<Outcome>| outcome.clone().unwrap_or_else(open);
        Written { outcomes: self.outcomes.iter().map(outcome).collect() }
    }

    /// Begins batches, as long as there are any and there is room.
    fn fill(&mut self) {
        while self.running.len() < self.terms.settings.at_once.get()
            && let Some(rows) = self.waiting.pop_front()
        {
            let batch = match &self.stopped {
                Some(error) => Err(error.clone()),
                None => Batch::new(rows.clone().collect(), &self.terms),
            };
            match batch {
                Ok(batch) => self.running.push(batch),
                Err(error) => {
                    for row in rows {
                        self.settle(row, Outcome::NotSent(error.clone()));
                    }
                }
            }
        }
    }

    fn settle(&mut self, row: usize, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(row) {
            *place = Some(outcome);
        }
    }
}

/// Says whether no other request can fare better.
fn ends_the_write(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Authentication(_) | ErrorKind::Configuration(_))
}
