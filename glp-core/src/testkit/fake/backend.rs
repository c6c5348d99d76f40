//! The service as it answers when nothing goes wrong.

use alloc::format;
use alloc::string::String;

use http::header::{HeaderValue, LOCATION};
use http::{Method, StatusCode};
use serde_json::json;

use super::answer;
use super::device::Device;
use super::endpoint::{PageSize, Task};
use super::hint::Hint;
use super::inventory::Inventory;
use super::ledger::Ledger;
use super::listing::Listing;
use super::mishap::Distortion;
use super::order::Order;
use super::page::Page;
use super::parameters::{Plus, decode};
use super::quota::{Allowance, Quotas};
use super::refusal::{Problem, Refusal};
use super::row::{Genesis, Row};
use super::settings::{Quota, Settings};
use super::subscription::Subscription;
use super::tokens::Tokens;
use super::uuid::Uuid;
use super::visit::Visit;
use super::workshop::Workshop;
use crate::exchange::Response;
use crate::greenlake::{ApiVersion, Resource};
use crate::time::Instant;

/// The service as it answers when nothing goes wrong.
pub(super) struct Backend {
    devices: Inventory<Device>,
    subscriptions: Inventory<Subscription>,
    pub(super) tokens: Tokens,
    quotas: Quotas,
    workshop: Workshop,
}

/// An answer, and how its page was distorted, if it was.
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) distortion: Option<Distortion>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, distortion: None }
    }
}

impl Backend {
    pub(super) fn new(settings: &Settings) -> Self {
        let genesis = Genesis {
            seed: settings.seed,
            today: settings.today,
            subscriptions: settings.subscriptions,
        };
        Self {
            devices: Inventory::new(genesis, settings.devices),
            subscriptions: Inventory::new(genesis, settings.subscriptions),
            tokens: Tokens::new(settings.seed),
            quotas: Quotas::default(),
            workshop: Workshop::default(),
        }
    }

    pub(super) fn ledger(&self, resource: Resource) -> &Ledger {
        match resource {
            Resource::Devices => &self.devices.ledger,
            Resource::Subscriptions => &self.subscriptions.ledger,
        }
    }

    pub(super) fn ledger_mut(&mut self, resource: Resource) -> &mut Ledger {
        match resource {
            Resource::Devices => &mut self.devices.ledger,
            Resource::Subscriptions => &mut self.subscriptions.ledger,
        }
    }

    /// Returns a row as pages show it.
    pub(super) fn raw(&self, resource: Resource, number: u32) -> String {
        let mut raw = String::new();
        match resource {
            Resource::Devices => self.devices.write(number, &mut raw),
            Resource::Subscriptions => self.subscriptions.write(number, &mut raw),
        }
        raw
    }

    /// Does the asynchronous operations that are due.
    pub(super) fn work(&mut self, settings: &Settings, now: Instant) {
        let Self { devices, subscriptions, workshop, .. } = self;
        workshop.work(devices, subscriptions, now, settings.origin);
    }

    pub(super) fn additions(&self, name: &str) -> u64 {
        self.workshop.additions(name)
    }

    /// Answers a request. A page is distorted as asked; any other answer stays as it is.
    pub(super) fn answer(
        &mut self,
        visit: &Visit<'_>,
        settings: &Settings,
        distortion: Option<Distortion>,
    ) -> Answer {
        if let Task::Token { workspace } = visit.task {
            return self.tokens.answer(visit.request, workspace, settings, visit.now).into();
        }
        let allowance = match self.admit(visit, settings) {
            Ok(allowance) => allowance,
            Err((refusal, hint)) => return refusal.answer(visit.debug, hint, visit.wall).into(),
        };
        let answer = match visit.task {
            Task::Add(resource, version) => Order::adding(visit.request, resource, version)
                .map(|order| self.accept(order, resource, version, visit, settings))
                .map_err(Refusal::from),
            Task::Change(resource, version) => Order::changing(visit.request, resource, version)
                .map(|order| self.accept(order, resource, ApiVersion::V1, visit, settings))
                .map_err(Refusal::from),
            _ => self.read(visit, settings, distortion),
        };
        let mut answer =
            answer.unwrap_or_else(|refusal| refusal.answer(visit.debug, None, visit.wall).into());
        allowance.tell(answer.response.headers_mut());
        answer
    }

    /// Checks the token, then the quota.
    fn admit(
        &mut self,
        visit: &Visit<'_>,
        settings: &Settings,
    ) -> Result<Allowance, (Refusal, Option<Hint>)> {
        let bearer = self.tokens.judge(visit.request.headers(), visit.now);
        if let Some(complaint) = bearer.complaint() {
            return Err((Refusal::Unauthorized(complaint), None));
        }
        if settings.quotas == Quota::Off {
            return Ok(Allowance::Unlimited);
        }
        match self.quotas.take(visit.endpoint, visit.now) {
            Allowance::Exhausted { quota, reset } => {
                let hint = Hint { style: settings.quota_hint, after: reset };
                Err((Refusal::TooManyRequests(quota), Some(hint)))
            }
            allowance => Ok(allowance),
        }
    }

    fn read(
        &mut self,
        visit: &Visit<'_>,
        settings: &Settings,
        distortion: Option<Distortion>,
    ) -> Result<Answer, Refusal> {
        if matches!(visit.task, Task::Nothing) {
            return Err(Refusal::NotFound("path"));
        }
        if visit.request.method() != Method::GET {
            return Err(Refusal::MethodNotAllowed);
        }
        use Resource::{Devices, Subscriptions};
        match visit.task {
            Task::List(Devices, size) => list(&mut self.devices, visit, size, settings, distortion),
            Task::List(Subscriptions, size) => {
                list(&mut self.subscriptions, visit, size, settings, distortion)
            }
            Task::Get(Devices, id) => get(&self.devices, id, "device"),
            Task::Get(Subscriptions, id) => get(&self.subscriptions, id, "subscription"),
            Task::Operation(resource, id) => self.show(resource, id, visit.now, settings),
            Task::Add(..) | Task::Change(..) | Task::Nothing | Task::Token { .. } => {
                Err(Refusal::NotFound("path"))
            }
        }
    }
}

impl Backend {
    /// Accepts a write: 202, and where its operation is shown. Adding in `v2beta1` declares no body.
    fn accept(
        &mut self,
        order: Order,
        resource: Resource,
        version: ApiVersion,
        visit: &Visit<'_>,
        settings: &Settings,
    ) -> Answer {
        let job = self.workshop.accept(resource, order, settings, visit.now);
        let body = json!({
            "code": 202,
            "status": "202 ACCEPTED",
            "transactionId": job.id.text(),
        });
        let body = if version == ApiVersion::V1 { format!("{body}") } else { String::new() };
        let mut response = answer::json(StatusCode::ACCEPTED, body);
        let location = job.location().and_then(|location| HeaderValue::try_from(location).ok());
        if let Some(location) = location {
            response.headers_mut().insert(LOCATION, location);
        }
        response.into()
    }

    fn show(
        &self,
        resource: Resource,
        id: &str,
        now: Instant,
        settings: &Settings,
    ) -> Result<Answer, Refusal> {
        let id = Uuid::parse(id).ok_or_else(|| Problem::new("id", "not a UUID"))?;
        let job = self.workshop.find(resource, id);
        let shown = job.and_then(|job| job.show(now, settings.origin));
        let shown = shown.ok_or(Refusal::NotFound("operation"))?;
        Ok(answer::json(StatusCode::OK, format!("{shown}")).into())
    }
}

fn list<R: Row>(
    inventory: &mut Inventory<R>,
    visit: &Visit<'_>,
    size: PageSize,
    settings: &Settings,
    distortion: Option<Distortion>,
) -> Result<Answer, Refusal> {
    let query = visit.request.uri().query().unwrap_or_default();
    let listing = Listing::parse(query, size, settings.faults.limit_cap)?;
    let mut page = Page::select(inventory, &listing);
    let distortion = distortion.and_then(|distortion| page.distort(distortion));
    let response = match distortion {
        Some(Distortion::Html) => answer::html(StatusCode::OK),
        Some(Distortion::ErrorEnvelope) => {
            let error = Refusal::Server(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = error.answer(visit.debug, None, visit.wall);
            *response.status_mut() = StatusCode::OK;
            response
        }
        _ => page.answer(inventory, settings.envelope, distortion),
    };
    Ok(Answer { response, distortion })
}

fn get<R: Row>(inventory: &Inventory<R>, id: &str, kind: &'static str) -> Result<Answer, Refusal> {
    let decoded = decode(id, Plus::Plus).ok();
    let id = decoded.as_deref().and_then(Uuid::parse);
    let id = id.ok_or_else(|| Problem::new("id", "not a UUID"))?;
    let number = inventory.ledger.find(id).ok_or(Refusal::NotFound(kind))?;
    let mut row = String::new();
    inventory.write(number, &mut row);
    Ok(answer::json(StatusCode::OK, row).into())
}
