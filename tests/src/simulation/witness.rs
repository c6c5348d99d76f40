//! The service and all that it hears: it also lets rows come, change and go meanwhile.

use core::time::Duration;

use glp_core::exchange::Request;
use glp_core::greenlake::Resource;
use glp_core::hint::wait_hint;
use glp_core::testkit::{Ending, Exchange, Faults, Server, Service};
use glp_core::time::Instant;

use super::draw::Draw;
use super::history::History;
use super::mix::Mix;
use crate::is_token_request;

/// The service, its history, and what it heard from the process that is running.
#[derive(Debug)]
pub(super) struct Witness {
    service: Service,
    pub(super) history: History,
    draw: Draw,
    /// Once in how many requests a row comes, changes or goes.
    edit: u32,
    /// How much longer than another an answer may take, in milliseconds.
    spread: u32,
    /// The service's time at the origin of the process.
    pub(super) base: Duration,
    pub(super) heard: Vec<Heard>,
}

/// One request and how it was answered, in the time of the process.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) at: Instant,
    /// When the answer, or the break, reaches the client.
    pub(super) ends: Instant,
    pub(super) came: Came,
    pub(super) is_token: bool,
    /// The token it was sent with.
    pub(super) authorization: Option<String>,
    /// The token that was granted.
    pub(super) granted: Option<String>,
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Answer { status: u16, asked: Option<Duration> },
    Break,
    Silence,
}

impl Witness {
    pub(super) fn new(seed: u64, mix: &Mix) -> Self {
        let service = Service::new(mix.fake.clone());
        let history = History::of(&service);
        let draw = Draw::new(seed, "edits");
        let (edit, spread) = (mix.odds.edit, mix.spread);
        let (base, heard) = (Duration::ZERO, Vec::new());
        Self { service, history, draw, edit, spread, base, heard }
    }

    /// Lets nothing go wrong and no row move from now on.
    pub(super) fn calm(&mut self) {
        self.service.set_faults(Faults::none());
        self.edit = 0;
    }

    /// Lets the next request need a new token.
    pub(super) fn revoke_tokens(&mut self) {
        self.service.revoke_tokens();
    }

    /// Moves one row, or a good part of them.
    fn edit(&mut self) {
        let resource = self.draw.pick(&Resource::ALL);
        match self.draw.below(40) {
            0..10 => self.delete(resource),
            10..20 => self.insert(resource),
            20..30 => self.update(resource),
            30..34 => self.restore(resource),
            34..38 => {
                // The total stays.
                self.delete(resource);
                self.insert(resource);
            }
            _ => {
                for _ in 0..self.history.ids(resource, true).len() / 3 {
                    self.delete(resource);
                }
            }
        }
    }

    fn one(&mut self, resource: Resource, here: bool) -> Option<String> {
        let mut ids = self.history.ids(resource, here);
        let at = self.draw.below(ids.len() as u64) as usize;
        (at < ids.len()).then(|| ids.swap_remove(at))
    }

    fn insert(&mut self, resource: Resource) {
        let id = self.service.insert(resource);
        self.note(resource, id);
    }

    fn delete(&mut self, resource: Resource) {
        if let Some(id) = self.one(resource, true) {
            self.service.delete(resource, &id).expect("it is there");
            self.history.went(resource, &id);
        }
    }

    fn restore(&mut self, resource: Resource) {
        if let Some(id) = self.one(resource, false) {
            self.service.restore(resource, &id).expect("it was there");
            self.note(resource, id);
        }
    }

    fn update(&mut self, resource: Resource) {
        if let Some(id) = self.one(resource, true) {
            self.service.update(resource, &id).expect("it is there");
            let raw = self.service.row(resource, &id).expect("it is there");
            self.history.changed(resource, &id, raw);
        }
    }

    fn note(&mut self, resource: Resource, id: String) {
        let raw = self.service.row(resource, &id).expect("it is there");
        self.history.came(resource, id, raw);
    }
}

impl Server for Witness {
    fn answer(&mut self, request: &Request, now: Instant) -> Exchange {
        let is_token = is_token_request(request);
        if !is_token && self.draw.one_in(self.edit) {
            self.edit();
        }
        let mut exchange = self.service.handle(request, now + self.base);
        exchange.after += self.draw.millis(0, self.spread);
        let header = request.headers().get("authorization");
        self.heard.push(Heard {
            at: now,
            ends: now + exchange.after,
            came: came(&exchange.ending),
            is_token,
            authorization: header.map(|value| String::from_utf8_lossy(value.as_bytes()).into()),
            granted: is_token.then(|| granted(&exchange.ending)).flatten(),
        });
        exchange
    }
}

fn came(ending: &Ending) -> Came {
    match ending {
        Ending::Answer(response) => {
            let asked = wait_hint(response).filter(|asked| !asked.is_zero());
            Came::Answer { status: response.status().as_u16(), asked }
        }
        Ending::Failed(_) | Ending::ResetBefore | Ending::ResetAfter | Ending::Truncated { .. } => {
            Came::Break
        }
        Ending::Silence => Came::Silence,
    }
}

/// Reads the token out of an answer, as a client sends it.
fn granted(ending: &Ending) -> Option<String> {
    let Ending::Answer(response) = ending else { return None };
    let answer: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
    Some(format!("Bearer {}", answer["access_token"].as_str()?))
}
