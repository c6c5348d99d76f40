//! The fake service: what goes wrong with a request, and what is answered otherwise.

use alloc::string::String;
use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;

use http::StatusCode;
use http::header::{DATE, HeaderValue};

use super::answer;
use super::backend::Backend;
use super::dice::Dice;
use super::endpoint::Endpoint;
use super::faults::Faults;
use super::hint::Hint;
use super::ledger::Ledger;
use super::mishap::{Change, Distortion, ErrorBody, Mishap, OutageStyle};
use super::refusal::Refusal;
use super::settings::Settings;
use super::tally::{Injected, Requests};
use super::uuid::Uuid;
use super::visit::Visit;
use crate::exchange::{Request, Response};
use crate::greenlake::Resource;
use crate::testkit::{Ending, Exchange};
use crate::time::Instant;
use crate::wall::UnixTime;

/// A fake GreenLake, in memory.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use glp_core::testkit::{Ending, Service, Settings};
/// use glp_core::time::Instant;
///
/// let mut service = Service::new(Settings::default());
/// let request = http::Request::get("/devices/v1/devices").body(Bytes::new()).unwrap();
/// let Ending::Answer(response) = service.handle(&request, Instant::ZERO).ending else {
///     panic!("nothing goes wrong by default");
/// };
/// assert_eq!(response.status(), 401);
/// ```
pub struct Service {
    settings: Settings,
    backend: Backend,
    dice: Dice,
    requests: Requests,
    injected: Injected,
    /// The latest `now`: time that runs backwards stands still here.
    now: Instant,
    /// The last `Date` header, and its second since 1970.
    date: (u64, HeaderValue),
}

/// Says that no row can be changed as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no row of {resource} with the id {id:?} can be changed so")]
pub struct NoSuchRow {
    /// The resource.
    pub resource: Resource,
    /// The id that was given.
    pub id: String,
}

/// Keep what is drawn for mishaps, and the ids of requests, apart from the rows.
const MISHAPS: u64 = 0x6d69_7368_6170_0000;
const DEBUG_IDS: u64 = 0x6465_6275_6700_0000;

impl Service {
    /// Makes a service. Costs time in proportion to the rows: their ids are sorted once.
    pub fn new(settings: Settings) -> Self {
        Self {
            backend: Backend::new(&settings),
            dice: Dice::new(settings.seed ^ MISHAPS),
            requests: Requests::default(),
            injected: Injected::default(),
            now: Instant::ZERO,
            date: (0, answer::http_date(UnixTime::EPOCH)),
            settings,
        }
    }

    /// Answers a request, or does not: says how the exchange ends, and when.
    pub fn handle(&mut self, request: &Request, now: Instant) -> Exchange {
        self.now = self.now.max(now);
        let (endpoint, task) = Endpoint::of(request);
        self.requests.note(endpoint);
        self.backend.work(&self.settings, self.now);
        let wall = self.settings.origin + self.now.since(Instant::ZERO);
        let debug = Uuid::of(self.settings.seed ^ DEBUG_IDS, self.requests.total() as u32);
        let visit = Visit { request, endpoint, task, now: self.now, wall, debug };
        let mishap = self.dice.cast(&self.settings.faults, endpoint, visit.place(), self.now);
        let mut ending = match mishap {
            Some(mishap) => self.suffer(mishap, &visit),
            None => Ending::Answer(self.answer(&visit)),
        };
        if let Ending::Answer(response) | Ending::Truncated { response, .. } = &mut ending {
            response.headers_mut().insert(DATE, self.date(wall));
        }
        let slowness = match mishap {
            Some(Mishap::Slow(slowness)) => slowness,
            _ => Duration::ZERO,
        };
        Exchange { after: self.settings.latency.saturating_add(slowness), ending }
    }

    fn date(&mut self, wall: UnixTime) -> HeaderValue {
        if self.date.0 != wall.as_secs() {
            self.date = (wall.as_secs(), answer::http_date(wall));
        }
        self.date.1.clone()
    }

    fn answer(&mut self, visit: &Visit<'_>) -> Response {
        self.backend.answer(visit, &self.settings, None).response
    }

    /// Lets a mishap meet a request.
    fn suffer(&mut self, mishap: Mishap, visit: &Visit<'_>) -> Ending {
        match mishap {
            // Whether these two find something to harm is known only in the act.
            Mishap::Change(change) => self.change(change, visit),
            Mishap::Page(distortion) => return Ending::Answer(self.distort(distortion, visit)),
            _ => self.injected.note(mishap),
        }
        match mishap {
            Mishap::ResetBefore | Mishap::Outage(OutageStyle::Reset) => Ending::ResetBefore,
            Mishap::ResetAfter => {
                self.answer(visit);
                Ending::ResetAfter
            }
            Mishap::Silence => {
                self.answer(visit);
                Ending::Silence
            }
            Mishap::Truncated => {
                let response = self.answer(visit);
                Ending::Truncated { keep: response.body().len() / 2, response }
            }
            Mishap::Revoked => {
                self.backend.tokens.revoke_all();
                Ending::Answer(self.answer(visit))
            }
            Mishap::Change(_) | Mishap::Page(_) | Mishap::Slow(_) => {
                Ending::Answer(self.answer(visit))
            }
            Mishap::Forbidden
            | Mishap::Mismatched
            | Mishap::Outage(OutageStyle::Unavailable)
            | Mishap::RateLimited(_)
            | Mishap::ServerError { .. } => Ending::Answer(fail(mishap, visit)),
        }
    }

    /// Moves a row of the resource that is asked for.
    fn change(&mut self, change: Change, visit: &Visit<'_>) {
        let Some(resource) = visit.resource() else { return };
        let number = self.dice.number();
        let ledger = self.backend.ledger_mut(resource);
        let before = ledger.mutations();
        match (change, ledger.pick(number)) {
            (Change::Insert, _) => _ = ledger.insert(),
            (Change::Delete, Some(id)) => _ = ledger.delete(id),
            (Change::Update, Some(id)) => _ = ledger.update(id),
            (Change::Delete | Change::Update, None) => {}
        }
        if ledger.mutations() != before {
            self.injected.note(Mishap::Change(change));
        }
    }

    fn distort(&mut self, distortion: Distortion, visit: &Visit<'_>) -> Response {
        let answer = self.backend.answer(visit, &self.settings, Some(distortion));
        if let Some(distortion) = answer.distortion {
            self.injected.note(Mishap::Page(distortion));
        }
        answer.response
    }

    /// Returns the settings, with the faults that are in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Lets other things go wrong from now on. The count of the requests so far goes on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.settings.faults = faults;
        self.dice.forget();
    }

    /// Returns how many rows there are now.
    pub fn len(&self, resource: Resource) -> usize {
        self.backend.ledger(resource).numbers().len()
    }

    /// Says whether there are no rows now.
    pub fn is_empty(&self, resource: Resource) -> bool {
        self.len(resource) == 0
    }

    /// Returns the rows as they are now, in the order of their ids: each one's id, and its JSON to
    /// the byte as pages hold it.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::greenlake::Resource;
    /// use glp_core::testkit::{Service, Settings};
    ///
    /// let service = Service::new(Settings::default().with_devices(3)?);
    /// let ids: Vec<String> = service.truth(Resource::Devices).map(|(id, _)| id).collect();
    /// assert_eq!(ids.len(), 3);
    /// assert!(ids.is_sorted());
    /// # Ok::<(), glp_core::invalid::Invalid>(())
    /// ```
    pub fn truth(&self, resource: Resource) -> impl Iterator<Item = (String, String)> {
        let ledger = self.backend.ledger(resource);
        let row =
            move |number: &u32| (ledger.id(*number).text(), self.backend.raw(resource, *number));
        ledger.numbers().iter().map(row)
    }

    /// Returns one row's JSON as it is now, to the byte as pages hold it; `None` where it is not
    /// there.
    pub fn row(&self, resource: Resource, id: &str) -> Option<String> {
        let number = self.backend.ledger(resource).find(Uuid::parse(id)?)?;
        Some(self.backend.raw(resource, number))
    }

    /// Inserts a row that never was there, and returns its id.
    pub fn insert(&mut self, resource: Resource) -> String {
        self.backend.ledger_mut(resource).insert().text()
    }

    /// Deletes a row.
    ///
    /// # Errors
    ///
    /// [`NoSuchRow`] unless the row is there.
    pub fn delete(&mut self, resource: Resource, id: &str) -> Result<(), NoSuchRow> {
        self.edit(resource, id, Ledger::delete)
    }

    /// Changes the content of a row.
    ///
    /// # Errors
    ///
    /// [`NoSuchRow`] unless the row is there.
    pub fn update(&mut self, resource: Resource, id: &str) -> Result<(), NoSuchRow> {
        self.edit(resource, id, Ledger::update)
    }

    /// Brings a deleted row back, as it was.
    ///
    /// # Errors
    ///
    /// [`NoSuchRow`] unless the row was deleted.
    pub fn restore(&mut self, resource: Resource, id: &str) -> Result<(), NoSuchRow> {
        self.edit(resource, id, Ledger::restore)
    }

    fn edit(
        &mut self,
        resource: Resource,
        id: &str,
        edit: impl Fn(&mut Ledger, Uuid) -> Option<()>,
    ) -> Result<(), NoSuchRow> {
        let ledger = self.backend.ledger_mut(resource);
        let edited = Uuid::parse(id).and_then(|id| edit(ledger, id));
        edited.ok_or_else(|| NoSuchRow { resource, id: id.into() })
    }

    /// Counts the insertions, deletions, updates and restorations so far, by hand and by fault.
    pub fn mutations(&self, resource: Resource) -> u64 {
        self.backend.ledger(resource).mutations()
    }

    /// Does the asynchronous operations whose time has come by `now`; requests do so as well.
    pub fn catch_up(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.backend.work(&self.settings, self.now);
    }

    /// Counts how often it was tried to add a row of this serial number or key: accepted and done,
    /// or found to be there already.
    pub fn additions(&self, name: &str) -> u64 {
        self.backend.additions(name)
    }

    /// Revokes every token handed out so far.
    pub fn revoke_tokens(&mut self) {
        self.backend.tokens.revoke_all();
    }

    /// Returns how many requests came to an endpoint.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.requests.count(endpoint)
    }

    /// Returns what went wrong so far.
    pub fn injected(&self) -> &Injected {
        &self.injected
    }
}

/// Answers with an error in place of what was asked for.
fn fail(mishap: Mishap, visit: &Visit<'_>) -> Response {
    let (refusal, body, hint) = match mishap {
        Mishap::RateLimited(hint) => {
            let quota = visit.endpoint.quota().map_or(0, NonZeroU32::get);
            (Refusal::TooManyRequests(quota), ErrorBody::Json, hint)
        }
        Mishap::Forbidden => (Refusal::Forbidden, ErrorBody::Json, None),
        Mishap::ServerError { status, body, hint } => (Refusal::Server(status.code()), body, hint),
        Mishap::Mismatched => (Refusal::Mismatched, ErrorBody::Json, None),
        _ => (Refusal::Server(StatusCode::SERVICE_UNAVAILABLE), ErrorBody::Html, None),
    };
    match body {
        ErrorBody::Json => refusal.answer(visit.debug, hint, visit.wall),
        ErrorBody::Html => {
            let mut response = answer::html(refusal.status());
            Hint::tell(hint, response.headers_mut(), visit.wall);
            response
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("settings", &self.settings)
            .field("requests", &self.requests)
            .field("injected", &self.injected)
            .finish_non_exhaustive()
    }
}
