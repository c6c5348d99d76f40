//! Calls that share a core, what they are told, and what must hold whatever happens to them.

use std::time::Duration;

use glp_core::call::{Action, Call, CallOptions, Config, Control, Core, Credentials, Event};
use glp_core::exchange::Request;
use glp_core::greenlake::{List, Resource, Route};
use glp_core::operation::{Operation, Replay};
use glp_core::time::Instant;

use crate::step::{Asks, Step, success, token};

const SECRET: &str = "canary-5e3bb1b9";
const HOST: &str = "api.example";
const MOST_CALLS: usize = 12;

/// Rounds within which every call ends in a world that answers.
const ROUNDS: usize = 2_000;

pub(crate) struct Play {
    core: Core,
    calls: Vec<Running>,
    now: Instant,
}

struct Running {
    call: Call,
    attempts: usize,
    told: Option<Action>,
    /// Requests to the API, and for a token.
    sent: [usize; 2],
}

impl Play {
    pub(crate) fn new() -> Self {
        let credentials = Credentials {
            token_url: "https://sso.example/as/token".into(),
            client_id: "client".into(),
            client_secret: SECRET.into(),
        };
        let config = Config::new("https://api.example", credentials).expect("a good configuration");
        let core = Core::new(config).expect("a good configuration");
        Self { core, calls: Vec::new(), now: Instant::ZERO }
    }

    pub(crate) fn take(&mut self, step: Step) {
        match step {
            Step::Begin(asks) => self.begin(&asks),
            Step::Poll(number) => self.poll(number),
            Step::Answer(number, response) => self.handle(number, Event::Response(response)),
            Step::Fail(number, failure) => self.handle(number, Event::Failed(failure)),
            Step::Cancel(number) => {
                if let Some(running) = self.calls.get_mut(number) {
                    running.call.cancel(&mut self.core);
                }
            }
            Step::Clock(at) => self.now = Instant::ZERO + Duration::from_millis(at),
            Step::Pass(by) => self.now = self.now + Duration::from_millis(by),
            Step::Back(by) => {
                let by = Instant::ZERO + Duration::from_millis(by);
                self.now = Instant::ZERO + self.now.since(by);
            }
            Step::Until(number) => {
                if let Some(until) = self.calls.get(number).and_then(Running::until) {
                    self.now = until;
                }
            }
            Step::Open => {
                let opened = self.core.control(HOST, Control::ForceOpen, self.now);
                opened.expect("a host of ours");
            }
            Step::Reset => self.core.reset_breakers(self.now),
        }
    }

    /// Every other call is dropped; the rest ends, in a world that always answers.
    pub(crate) fn end(mut self) {
        for running in self.calls.iter_mut().skip(1).step_by(2) {
            running.call.cancel(&mut self.core);
        }
        let mut left = ROUNDS;
        while self.calls.iter().any(|running| !running.is_done()) {
            left -= 1;
            assert!(left > 0, "no end after {ROUNDS} rounds: {:?}", self.told());
            self.round();
        }
        let now = self.now;
        assert!(self.core.circuit_status(now).all(|one| one.status.probes_out == 0), "a probe");
        assert!(!self.core.is_fetching_token(now), "a flight for a token");
    }

    fn round(&mut self) {
        let before = self.told();
        for number in 0..self.calls.len() {
            self.poll(number);
            let Some(Action::Send { request, .. }) = &self.calls[number].told else { continue };
            let answer = if is_for_token(request) { token("900") } else { success() };
            self.handle(number, Event::Response(answer));
        }
        if before == self.told() {
            let next = self.calls.iter().filter_map(Running::until).min();
            self.now = self.now.max(next.unwrap_or(self.now));
        }
    }

    fn told(&self) -> Vec<String> {
        self.calls.iter().map(|running| format!("{:?}", running.told)).collect()
    }

    fn begin(&mut self, asks: &Asks) {
        if self.calls.len() == MOST_CALLS {
            return;
        }
        let list = List::of(Resource::Devices);
        let read = list.page(0, list.max_rows());
        let (operation, options) = match asks {
            Asks::Other => {
                (Operation { route: Route::GET_SUBSCRIPTION, ..read }, CallOptions::INTERACTIVE)
            }
            Asks::Patient => (read, CallOptions::BATCH),
            Asks::Read => (read, CallOptions::INTERACTIVE),
            Asks::Write => (Operation { replay: Replay::Once, ..read }, CallOptions::INTERACTIVE),
        };
        let attempts = options.attempts.get() as usize;
        let call = Call::new(operation, options, &mut self.core);
        self.calls.push(Running { call, attempts, told: None, sent: [0; 2] });
    }

    /// Polls twice: at one instant a call says one thing.
    fn poll(&mut self, number: usize) {
        let Some(running) = self.calls.get_mut(number) else { return };
        let action = running.call.poll(&mut self.core, self.now);
        let again = running.call.poll(&mut self.core, self.now);
        assert_eq!(format!("{action:?}"), format!("{again:?}"));
        if let Action::Done(Err(error)) = &action {
            let json = serde_json::to_string(error).expect("an error is plain data");
            assert!(![error.to_string(), format!("{error:?}"), json].concat().contains(SECRET));
        }
        running.tell(action);
    }

    fn handle(&mut self, number: usize, event: Event) {
        let Some(running) = self.calls.get_mut(number) else { return };
        running.call.handle(&mut self.core, event, self.now);
        if running.is_out() {
            running.told = None;
        }
    }
}

impl Running {
    fn is_done(&self) -> bool {
        matches!(self.told, Some(Action::Done(_)))
    }

    fn is_out(&self) -> bool {
        matches!(self.told, Some(Action::Send { .. }))
    }

    fn until(&self) -> Option<Instant> {
        match self.told {
            Some(Action::Park { until, .. } | Action::Sleep { until, .. }) => Some(until),
            _ => None,
        }
    }

    /// Counts what goes out, once a request. A token may be asked for before each attempt, and
    /// again as often as attempts may be made.
    fn tell(&mut self, action: Action) {
        if let (Action::Send { request, .. }, false) = (&action, self.is_out()) {
            let for_token = usize::from(is_for_token(request));
            self.sent[for_token] += 1;
            let limits = [self.attempts, 2 * self.attempts];
            assert!(self.sent[for_token] <= limits[for_token], "{:?} sent", self.sent);
        }
        self.told = Some(action);
    }
}

fn is_for_token(request: &Request) -> bool {
    request.uri().path() == "/as/token"
}
