//! One call, from its first poll to its result.

use alloc::boxed::Box;
use alloc::string::ToString;
use core::mem;
use core::time::Duration;

use http::header;

use crate::breaker::Report;
use crate::call::action::{Action, Event};
use crate::call::circuits::{Blocked, Permits};
use crate::call::config::{CallOptions, Patience};
use crate::call::core::Core;
use crate::call::failure;
use crate::call::leg::Leg;
use crate::classify::{Answer, Facts, Next, Unauthorized, classify};
use crate::error::{Error, SyncKind};
use crate::exchange::Response;
use crate::hint::{quota_left, wait_hint};
use crate::limiter::Ticket;
use crate::operation::{Decode, Malformed, Operation, Replay};
use crate::retry::Retry;
use crate::time::Instant;
use crate::token::{self, Ask, Generation, Grant, Landing};
use crate::trace::{CallId, Notice, Why};

/// Carries one request through token, pace, breakers and retries.
///
/// See the [module](crate::call) for the loop that drives it, and `testkit::World` for one in
/// virtual time.
#[derive(Debug)]
pub struct Call {
    pub(super) id: CallId,
    /// The operation's request as it goes out, but for the token.
    leg: Leg,
    pub(super) operation: Operation,
    pub(super) options: CallOptions,
    pub(super) retry: Retry,
    /// Sends of the request itself.
    pub(super) attempts: u32,
    /// Sends of requests for a token.
    pub(super) token_attempts: u32,
    pub(super) renewals: Renewals,
    pub(super) doubt: Doubt,
    /// A token this call fetched itself: good for one send, however short its life.
    pub(super) granted: Option<Grant>,
    /// The wait that was last told of, so that polling again does not tell it twice.
    announced: Option<(Instant, Why)>,
    /// The place in the line of the operation's route.
    ticket: Option<Ticket>,
    pub(super) state: State,
}

/// Whether this call has already renewed a token that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewals {
    Left,
    Spent,
}

/// Whether the server may have acted on an earlier attempt of a request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    None,
    Raised,
}

pub(super) enum State {
    /// Decide again at the next poll.
    Ready,
    Waiting {
        until: Instant,
        why: Why,
    },
    OnWire(Box<OnWire>),
    Done(Result<Response, Error>),
}

/// A request that is out, with all that must be settled when it ends.
pub(super) struct OnWire {
    leg: Leg,
    purpose: Purpose,
    permits: Permits,
    sent_at: Instant,
    give_up_at: Instant,
}

/// What came of a send, judged.
pub(super) struct Answered {
    pub(super) event: Event,
    pub(super) malformed: Option<Malformed>,
    /// How long the server asked to be left alone.
    pub(super) hint: Option<Duration>,
    pub(super) next: Next,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Api(Generation),
    Token,
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Ready => "Ready",
            Self::Waiting { .. } => "Waiting",
            Self::OnWire(_) => "OnWire",
            Self::Done(_) => "Done",
        })
    }
}

impl Call {
    /// Makes a call that has not begun; its time runs from the first poll.
    ///
    /// With options that cannot be used ([`Config::check_call`]) it ends at the first poll, with a
    /// configuration error.
    ///
    /// [`Config::check_call`]: crate::call::Config::check_call
    pub fn new(operation: Operation, options: CallOptions, core: &mut Core) -> Self {
        let route = core.config().route(operation.route);
        let operation = Operation { route, ..operation };
        let state = match core.config().check_call(&options) {
            Ok(()) => State::Ready,
            Err(invalid) => State::Done(Err(Error::invalid(invalid))),
        };
        Self {
            id: core.next_call(),
            leg: Leg::api(&operation, &core.config.base_url, &core.api),
            operation,
            options,
            retry: Retry::new(options.retry(core.config().backoff)),
            attempts: 0,
            token_attempts: 0,
            renewals: Renewals::Left,
            doubt: Doubt::None,
            granted: None,
            announced: None,
            ticket: None,
            state,
        }
    }

    /// Returns the call's number.
    pub const fn id(&self) -> CallId {
        self.id
    }

    /// Says what to do now. Polling again at the same instant says the same.
    pub fn poll(&mut self, core: &mut Core, now: Instant) -> Action {
        let now = core.advance(now);
        let deadline = self.retry.start(&mut core.budget, now);
        if now >= deadline && !matches!(self.state, State::Done(_)) {
            let error = self.timed_out();
            self.finish(core, Err(error), now);
        }
        if matches!(self.state, State::Waiting { until, .. } if now >= until) {
            self.state = State::Ready;
        }
        if matches!(self.state, State::Ready)
            && let Some(action) = self.set_out(core, now, deadline)
        {
            return action;
        }
        match &self.state {
            State::Done(result) => Action::Done(result.clone()),
            State::OnWire(wire) => {
                Action::Send { request: wire.leg.request.clone(), give_up_at: wire.give_up_at }
            }
            State::Waiting { until, why } => Action::Sleep { until: *until, why: *why },
            // `set_out` puts something on the wire, ends the call, or has answered above.
            State::Ready => Action::Sleep { until: now, why: Why::Backoff },
        }
    }

    /// Takes what came of the last [`Action::Send`]. Without a request on the wire, nothing.
    pub fn handle(&mut self, core: &mut Core, event: Event, now: Instant) {
        let now = core.advance(now);
        let wire = match mem::replace(&mut self.state, State::Ready) {
            State::OnWire(wire) => wire,
            other => return self.state = other,
        };
        let OnWire { leg, purpose, permits, sent_at, .. } = *wire;
        let (event, malformed) = self.decode(event, purpose);
        let verdict = classify(answer(&event, malformed.as_ref()), self.facts(purpose));
        let took = now.since(sent_at);
        let (host, route) = (verdict.host.took(took), verdict.route.took(took));
        let hint = match &event {
            Event::Response(response) => wait_hint(response),
            Event::Failed(_) => None,
        };
        // The breaker of a route opens for as long as the server asked.
        let route = Report { retry_after: hint, ..route };
        core.report(&leg, permits, [host, route], now);
        if let Event::Response(response) = &event
            && let Some(quota) = quota_left(response)
        {
            core.observe(&leg.route, quota, now);
        }
        let answer = Answered { event, malformed, hint, next: verdict.next };
        match purpose {
            Purpose::Token => self.token_answered(core, &leg.route, answer, sent_at, now),
            Purpose::Api(generation) => self.answered(core, answer, generation, now),
        }
    }

    /// Gives back all that the call holds: permits, and the token flight. Needs no clock, does no
    /// I/O and cannot fail; does nothing to a call that is done.
    pub fn cancel(&mut self, core: &mut Core) {
        self.give_back(core);
        if !matches!(self.state, State::Done(_)) {
            let error = Error::new(SyncKind::General, "the call was cancelled");
            self.state = State::Done(Err(error));
        }
    }

    /// Tries to put a request on the wire; answers with an action where it cannot yet.
    fn set_out(&mut self, core: &mut Core, now: Instant, deadline: Instant) -> Option<Action> {
        if let Err(blocked) = core.breakers_admit(&self.leg, now) {
            return self.blocked_by_breaker(core, &blocked, now, deadline);
        }
        if let Err(blocked) = core.pace_admits(&self.leg, self.ticket.as_ref(), now) {
            self.ticket.get_or_insert_with(|| core.join_line(&self.leg.route));
            return self.wait_turn(core, &blocked, now, deadline);
        }
        let ask = match self.granted.take() {
            Some(grant) => Ask::Use(grant),
            None => core.token.ask(self.id, now),
        };
        match ask {
            Ask::Use(grant) => {
                self.send_api(core, &grant, now);
                None
            }
            Ask::Fetch => self.fetch_token(core, now, deadline),
            Ask::Wait(until) => {
                let until = until.min(deadline);
                self.announce(core, until, Why::Token, now);
                Some(Action::Park { until, why: Why::Token })
            }
            Ask::Failed(error) => {
                self.finish(core, Err(error), now);
                None
            }
        }
    }

    fn send_api(&mut self, core: &mut Core, grant: &Grant, now: Instant) {
        let mut leg = self.leg.clone();
        let headers = leg.request.headers_mut();
        headers.insert(header::AUTHORIZATION, grant.authorization.clone());
        self.attempts += 1;
        self.send(core, leg, Purpose::Api(grant.generation), self.attempts, now);
    }

    fn fetch_token(&mut self, core: &mut Core, now: Instant, deadline: Instant) -> Option<Action> {
        let leg = core.token_leg.clone();
        if let Err(blocked) = core.breakers_admit(&leg, now) {
            return self.blocked_by_breaker(core, &blocked, now, deadline);
        }
        if let Err(blocked) = core.pace_admits(&leg, None, now) {
            return self.wait_turn(core, &blocked, now, deadline);
        }
        // A token that came and was refused may have to be fetched again; the attempts stay spent.
        if self.token_attempts >= self.options.attempts.get() {
            self.finish(core, Err(failure::no_fetch_left()), now);
            return None;
        }
        self.token_attempts += 1;
        self.send(core, leg, Purpose::Token, self.token_attempts, now);
        None
    }

    fn send(&mut self, core: &mut Core, leg: Leg, purpose: Purpose, attempt: u32, now: Instant) {
        let give_up_at = self.retry.give_up_at(now);
        if purpose == Purpose::Token {
            core.token.depart(self.id, give_up_at);
        }
        let ticket = match purpose {
            Purpose::Api(_) => self.ticket.take(),
            Purpose::Token => None,
        };
        let permits = core.admit(&leg, ticket, now);
        core.note(Notice::Sent { call: self.id, route: leg.route.to_string(), attempt });
        self.announced = None;
        let wire = OnWire { leg, purpose, permits, sent_at: now, give_up_at };
        self.state = State::OnWire(Box::new(wire));
    }

    fn blocked_by_breaker(
        &mut self,
        core: &mut Core,
        blocked: &Blocked,
        now: Instant,
        deadline: Instant,
    ) -> Option<Action> {
        if self.options.patience == Patience::FailFast || blocked.retry_at >= deadline {
            let error = failure::circuit_open(blocked, core.wall(blocked.retry_at));
            self.finish(core, Err(error), now);
            return None;
        }
        let (until, why) = (blocked.retry_at, blocked.why);
        self.announce(core, until, why, now);
        Some(match why {
            Why::ProbesOut => Action::Park { until, why },
            _ => Action::Sleep { until, why },
        })
    }

    fn wait_turn(
        &mut self,
        core: &mut Core,
        blocked: &Blocked,
        now: Instant,
        deadline: Instant,
    ) -> Option<Action> {
        let delay = blocked.retry_at.since(now);
        let too_long = blocked.why == Why::ServerAsked && delay > self.options.max_server_wait;
        if blocked.retry_at >= deadline || too_long {
            self.finish(core, Err(failure::turn_too_late(blocked, delay)), now);
            return None;
        }
        let (until, why) = (blocked.retry_at, blocked.why);
        self.announce(core, until, why, now);
        // Woken early where somebody ahead leaves the line.
        Some(Action::Park { until, why })
    }

    /// Reads the body of a success once, where something says how.
    fn decode(&self, event: Event, purpose: Purpose) -> (Event, Option<Malformed>) {
        let decode = match purpose {
            Purpose::Token => Some(token::decode as Decode),
            Purpose::Api(_) => self.operation.decode,
        };
        match (event, decode) {
            (Event::Response(mut response), Some(decode)) if response.status().is_success() => {
                let malformed = decode(&mut response).err();
                (Event::Response(response), malformed)
            }
            (event, _) => (event, None),
        }
    }

    fn facts(&self, purpose: Purpose) -> Facts {
        match purpose {
            Purpose::Token => {
                Facts { replay: Replay::Idempotent, unauthorized: Unauthorized::Fail }
            }
            Purpose::Api(_) => {
                let unauthorized = match self.renewals {
                    Renewals::Left => Unauthorized::RenewToken,
                    Renewals::Spent => Unauthorized::Fail,
                };
                Facts { replay: self.operation.replay, unauthorized }
            }
        }
    }

    pub(super) fn announce(&mut self, core: &mut Core, until: Instant, why: Why, now: Instant) {
        if self.announced != Some((until, why)) {
            self.announced = Some((until, why));
            core.note(Notice::Waiting { call: self.id, delay: until.since(now), why });
        }
    }

    pub(super) fn finish(
        &mut self,
        core: &mut Core,
        result: Result<Response, Error>,
        now: Instant,
    ) {
        self.give_back(core);
        let elapsed = self.retry.elapsed(now);
        let result = result.map_err(|error| {
            let error = match self.doubt {
                Doubt::None => error,
                Doubt::Raised => error.with_outcome_unknown(),
            };
            error
                .with_attempts(self.attempts.max(self.token_attempts))
                .with_elapsed(elapsed)
                .with_method(self.operation.route.method().to_string())
                .with_endpoint(self.operation.route.template().to_string())
                .with_timestamp(core.wall(now))
        });
        self.state = State::Done(result);
    }

    fn give_back(&mut self, core: &mut Core) {
        if let Some(ticket) = self.ticket.take() {
            core.leave_line(&self.operation.route, ticket);
        }
        if core.token.land(self.id) == Landing::Ended {
            core.wake();
        }
        if let State::OnWire(wire) = &mut self.state {
            let permits = mem::take(&mut wire.permits);
            core.release(&wire.leg, permits);
        }
    }

    fn timed_out(&self) -> Error {
        let limit = self.options.operation_timeout;
        let during = match (&self.state, self.announced) {
            (State::OnWire(_), _) => "sending",
            (_, Some((_, why))) => why.explain(),
            _ => "deciding",
        };
        let error = failure::timed_out(limit, during);
        let Operation { request, replay, .. } = &self.operation;
        let changes = *replay == Replay::Once || !request.method().is_safe();
        match &self.state {
            State::OnWire(wire) if changes && wire.purpose != Purpose::Token => {
                error.with_outcome_unknown()
            }
            _ => error,
        }
    }
}

fn answer<'a>(event: &'a Event, malformed: Option<&Malformed>) -> Answer<'a> {
    match (event, malformed) {
        (Event::Response(_), Some(_)) => Answer::Malformed,
        (Event::Response(response), None) => Answer::Response(response),
        (Event::Failed(failure), _) => Answer::Failed(failure.kind),
    }
}
