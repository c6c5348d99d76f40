//! One call, from its first poll to its result.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::mem;
use core::time::Duration;

use http::header;

use crate::breaker::Outcome;
use crate::call::action::{Action, Event};
use crate::call::config::{CallOptions, Patience};
use crate::call::core::{Blocked, Core, Permits};
use crate::call::leg::Leg;
use crate::classify::{Answer, Facts, Hold, Next, Unauthorized, Verdict, classify};
use crate::error::{ApiKind, AuthenticationKind, Error, NetworkKind, SyncKind};
use crate::exchange::{Request, Response};
use crate::hint::wait_hint;
use crate::operation::{Malformed, Operation, Replay};
use crate::rng::up_to;
use crate::time::Instant;
use crate::token::{Ask, Generation, Grant, Landing};
use crate::trace::{CallId, Cause, Notice, Why};

/// Jitter adds at most a tenth to a wait that the server asked for…
const HINT_SPREAD: u32 = 10;
/// … and at most this.
const HINT_SPREAD_LIMIT: Duration = Duration::from_secs(1);

/// Carries one request through token, pace, breakers and retries.
///
/// See the [module](crate::call) for the loop that drives it, and
/// [`World`](crate::testkit::World) for one in virtual time.
#[derive(Debug)]
pub struct Call {
    id: CallId,
    operation: Operation,
    options: CallOptions,
    started: Option<Instant>,
    /// Sends of the request itself.
    attempts: u32,
    /// Sends of requests for a token.
    token_attempts: u32,
    /// Waits that were our own backoff: the exponent, which no hint disturbs.
    backoffs: u32,
    renewals: Renewals,
    /// A token this call fetched itself: good for one send, however short its life.
    granted: Option<Grant>,
    /// The wait that was last told of, so that polling again does not tell it twice.
    announced: Option<(Instant, Why)>,
    state: State,
}

/// Whether this call has already renewed a token that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewals {
    Left,
    Spent,
}

enum State {
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
struct OnWire {
    leg: Leg,
    purpose: Purpose,
    permits: Permits,
    sent_at: Instant,
    give_up_at: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
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
    pub fn new(operation: Operation, options: CallOptions, core: &mut Core) -> Self {
        Self {
            id: core.next_call(),
            operation,
            options,
            started: None,
            attempts: 0,
            token_attempts: 0,
            backoffs: 0,
            renewals: Renewals::Left,
            granted: None,
            announced: None,
            state: State::Ready,
        }
    }

    /// Returns the call's number.
    pub const fn id(&self) -> CallId {
        self.id
    }

    /// Says what to do now. Polling again at the same instant says the same.
    pub fn poll(&mut self, core: &mut Core, now: Instant) -> Action {
        let now = core.advance(now);
        let started = *self.started.get_or_insert(now);
        let deadline = started + self.options.operation_timeout;
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
            State::Ready => Action::Sleep { until: now, why: Why::Backoff },
        }
    }

    /// Takes what came of the last [`Action::Send`]. Without a request on the wire, nothing.
    pub fn handle(&mut self, core: &mut Core, event: Event, now: Instant) {
        let now = core.advance(now);
        let State::OnWire(wire) = mem::replace(&mut self.state, State::Ready) else {
            return;
        };
        let OnWire { leg, purpose, permits, sent_at, .. } = *wire;
        let (event, malformed) = self.decode(event, purpose);
        let verdict = classify(answer(&event, malformed.as_ref()), self.facts(purpose));
        match purpose {
            Purpose::Token => {
                let Event::Response(response) = &event else {
                    core.report(&leg, permits, verdict.host, verdict.route, now);
                    return self.token_refused(core, &leg, event, verdict, now);
                };
                if verdict.next != Next::Accept {
                    core.report(&leg, permits, verdict.host, verdict.route, now);
                    return self.token_refused(core, &leg, event, verdict, now);
                }
                match core.token.arrive(self.id, response.body(), sent_at) {
                    Ok(grant) => {
                        core.report(&leg, permits, verdict.host, verdict.route, now);
                        self.token_came(core, grant);
                    }
                    Err(malformed) => {
                        core.report(&leg, permits, Outcome::Ignore, Outcome::Ignore, now);
                        let error = no_token(&malformed);
                        self.token_failed(core, error, now);
                    }
                }
            }
            Purpose::Api(generation) => {
                core.report(&leg, permits, verdict.host, verdict.route, now);
                self.answered(core, event, malformed, verdict, generation, now);
            }
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
        let api = Leg::api(&self.operation, core.config());
        if let Err(blocked) = core.breakers_admit(&api, now) {
            return self.blocked_by_breaker(core, &blocked, now, deadline);
        }
        if let Err(blocked) = core.pace_admits(&api, now) {
            return self.wait_turn(core, &blocked, now, deadline);
        }
        let ask = match self.granted.take() {
            Some(grant) => Ask::Use(grant),
            None => core.token.ask(self.id, now),
        };
        match ask {
            Ask::Use(grant) => {
                self.send_api(core, api, &grant, now, deadline);
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

    fn send_api(
        &mut self,
        core: &mut Core,
        mut leg: Leg,
        grant: &Grant,
        now: Instant,
        deadline: Instant,
    ) {
        let headers = leg.request.headers_mut();
        headers.insert(header::AUTHORIZATION, grant.authorization.clone());
        self.attempts += 1;
        self.send(core, leg, Purpose::Api(grant.generation), self.attempts, now, deadline);
    }

    fn fetch_token(&mut self, core: &mut Core, now: Instant, deadline: Instant) -> Option<Action> {
        let leg = core.token_leg.0.clone();
        if let Err(blocked) = core.breakers_admit(&leg, now) {
            return self.blocked_by_breaker(core, &blocked, now, deadline);
        }
        if let Err(blocked) = core.pace_admits(&leg, now) {
            return self.wait_turn(core, &blocked, now, deadline);
        }
        self.token_attempts += 1;
        self.send(core, leg, Purpose::Token, self.token_attempts, now, deadline);
        None
    }

    fn send(
        &mut self,
        core: &mut Core,
        leg: Leg,
        purpose: Purpose,
        attempt: u32,
        now: Instant,
        deadline: Instant,
    ) {
        let give_up_at = (now + self.options.attempt_timeout).min(deadline);
        if purpose == Purpose::Token {
            core.token.depart(self.id, give_up_at);
        }
        let permits = core.admit(&leg, now);
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
            let error = circuit_open(blocked);
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
            let error = Error::new(ApiKind::RateLimit, "the route's turn comes too late")
                .with_retry_at(blocked.retry_at)
                .with_retry_after(delay);
            self.finish(core, Err(error), now);
            return None;
        }
        self.announce(core, blocked.retry_at, blocked.why, now);
        Some(Action::Sleep { until: blocked.retry_at, why: blocked.why })
    }

    /// Reads the body of a success once, where the operation says how.
    fn decode(&self, event: Event, purpose: Purpose) -> (Event, Option<Malformed>) {
        match (event, self.operation.decode, purpose) {
            (Event::Response(mut response), Some(decode), Purpose::Api(_))
                if response.status().is_success() =>
            {
                let malformed = decode(&mut response).err();
                (Event::Response(response), malformed)
            }
            (event, ..) => (event, None),
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

    fn answered(
        &mut self,
        core: &mut Core,
        event: Event,
        malformed: Option<Malformed>,
        verdict: Verdict,
        generation: Generation,
        now: Instant,
    ) {
        match (verdict.next, event) {
            (Next::Accept, Event::Response(response)) => self.finish(core, Ok(response), now),
            (Next::RenewToken, event) => {
                core.token.invalidate(generation);
                if self.attempts >= self.options.attempts.get() {
                    let error = self.error(&event, malformed);
                    return self.finish(core, Err(error), now);
                }
                self.renewals = Renewals::Spent;
                core.note(Notice::Retrying { call: self.id, cause: Cause::Unauthorized });
            }
            (Next::Retry { cause, hold }, event) => {
                let error = self.error(&event, malformed);
                let route = self.operation.route.clone();
                if let Err(error) =
                    self.retry(core, &route, self.attempts, cause, hold, &event, error, now)
                {
                    self.finish(core, Err(error), now);
                }
            }
            (Next::FailUnknown, event) => {
                let error = self.error(&event, malformed).with_outcome_unknown();
                self.finish(core, Err(error), now);
            }
            (_, event) => {
                let error = self.error(&event, malformed);
                self.finish(core, Err(error), now);
            }
        }
    }

    fn token_came(&mut self, core: &mut Core, grant: Grant) {
        core.note(Notice::TokenFetched { generation: grant.generation });
        core.wake();
        self.granted = Some(grant);
    }

    fn token_refused(
        &mut self,
        core: &mut Core,
        leg: &Leg,
        event: Event,
        verdict: Verdict,
        now: Instant,
    ) {
        let error = token_error(&event);
        let Next::Retry { cause, hold } = verdict.next else {
            return self.token_failed(core, error, now);
        };
        let (route, sends) = (&leg.route, self.token_attempts);
        if let Err(error) = self.retry(core, route, sends, cause, hold, &event, error, now) {
            return self.token_failed(core, error, now);
        }
        // The flight stays with this call while it waits, and for one attempt more.
        if let State::Waiting { until, .. } = self.state {
            core.token.depart(self.id, until + self.options.attempt_timeout);
        }
    }

    /// Ends the call's flight without a token; an old one that is still good is used to its end.
    fn token_failed(&mut self, core: &mut Core, error: Error, now: Instant) {
        core.token.fail(self.id, &error, now);
        core.wake();
        match core.token.usable(now) {
            Some(grant) => self.granted = Some(grant),
            None => self.finish(core, Err(error), now),
        }
    }

    /// Decides on a wait before the next send, or hands the error back with the reason in it.
    #[expect(clippy::too_many_arguments, reason = "the inputs of one decision, used once each")]
    fn retry(
        &mut self,
        core: &mut Core,
        route: &crate::greenlake::Route,
        sends: u32,
        cause: Cause,
        hold: Hold,
        event: &Event,
        error: Error,
        now: Instant,
    ) -> Result<(), Error> {
        let hint = match event {
            Event::Response(response) => wait_hint(response),
            Event::Failed(_) => None,
        };
        let error = match hint {
            Some(hint) => error.with_retry_after(hint),
            None => error,
        };
        // A hint of zero gives leave, not an order: our own backoff still keeps the loop cool.
        let asked = hint.filter(|hint| !hint.is_zero());
        let (delay, why) = match asked {
            Some(hint) => {
                let spread = (hint / HINT_SPREAD).min(HINT_SPREAD_LIMIT);
                (hint.saturating_add(up_to(&mut core.rng, spread)), Why::ServerAsked)
            }
            None => {
                self.backoffs = self.backoffs.saturating_add(1);
                let backoff = core.config().backoff;
                (backoff.delay(self.backoffs, &mut core.rng), Why::Backoff)
            }
        };
        if hold == Hold::Yes || (hold == Hold::IfHinted && asked.is_some()) {
            core.hold(route, asked.unwrap_or(delay), now);
        }
        if asked.is_some_and(|hint| hint > self.options.max_server_wait) {
            return Err(error.with_detail("gave_up", "the server asked for too long a wait"));
        }
        if sends >= self.options.attempts.get() {
            return Err(error.with_detail("gave_up", "attempts exhausted"));
        }
        let until = now + delay;
        if self.started.is_some_and(|started| until >= started + self.options.operation_timeout) {
            return Err(error.with_detail("gave_up", "the deadline would pass"));
        }
        core.note(Notice::Retrying { call: self.id, cause });
        self.announce(core, until, why, now);
        self.state = State::Waiting { until, why };
        Ok(())
    }

    fn announce(&mut self, core: &mut Core, until: Instant, why: Why, now: Instant) {
        if self.announced != Some((until, why)) {
            self.announced = Some((until, why));
            core.note(Notice::Waiting { call: self.id, delay: until.since(now), why });
        }
    }

    fn finish(&mut self, core: &mut Core, result: Result<Response, Error>, now: Instant) {
        self.give_back(core);
        let started = self.started.unwrap_or(now);
        let result = result.map_err(|error| {
            error
                .with_attempts(self.attempts.max(self.token_attempts))
                .with_elapsed(now.since(started))
                .with_method(self.operation.route.method().to_string())
                .with_endpoint(self.operation.route.template().to_string())
                .with_timestamp(core.wall(now))
        });
        self.state = State::Done(result);
    }

    fn give_back(&mut self, core: &mut Core) {
        if core.token.land(self.id) == Landing::Ended {
            core.wake();
        }
        if let State::OnWire(wire) = &mut self.state {
            let permits = mem::take(&mut wire.permits);
            core.release(&wire.leg, permits);
        }
    }

    fn error(&self, event: &Event, malformed: Option<Malformed>) -> Error {
        let (method, endpoint) = (self.operation.route.method(), self.operation.route.template());
        match (malformed, event) {
            (Some(malformed), Event::Response(response)) => undecodable(&malformed, response)
                .with_detail("query", query_of(&self.operation.request)),
            (_, Event::Response(response)) => Error::from_response(response, method, endpoint),
            (_, Event::Failed(failure)) => Error::from_failure(failure, method, endpoint),
        }
    }

    fn timed_out(&self) -> Error {
        let limit = self.options.operation_timeout;
        let during = match (&self.state, self.announced) {
            (State::OnWire(_), _) => "sending",
            (_, Some((_, why))) => why.explain(),
            _ => "deciding",
        };
        let message = format!("the operation took longer than {limit:?} ({during})");
        let error = Error::new(NetworkKind::Timeout, message)
            .with_detail("timeout_seconds", limit.as_secs_f64());
        match (&self.state, self.operation.replay) {
            (State::OnWire(_), Replay::Once) => error.with_outcome_unknown(),
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

fn circuit_open(blocked: &Blocked) -> Error {
    Error::new(SyncKind::CircuitOpen, format!("the circuit breaker of {} is open", blocked.name))
        .with_retry_at(blocked.retry_at)
        .with_detail("breaker", blocked.name.clone())
}

fn undecodable(malformed: &Malformed, response: &Response) -> Error {
    Error::new(ApiKind::Decode, format!("the answer does not decode, {malformed}"))
        .with_status(response.status().as_u16())
        .with_detail("byte", malformed.at as u64)
}

fn query_of(request: &Request) -> String {
    request.uri().query().unwrap_or_default().to_string()
}

fn no_token(malformed: &Malformed) -> Error {
    Error::new(AuthenticationKind::TokenFetch, malformed.problem.clone())
        .with_recoverable(false)
        .with_detail("byte", malformed.at as u64)
}

/// An answer of the token service that brought no token.
fn token_error(event: &Event) -> Error {
    match event {
        Event::Response(response) => {
            let status = response.status().as_u16();
            let cause = Error::from_response(response, "POST", "token");
            let rejected =
                status == 401 || (status == 400 && cause.message().contains("invalid_client"));
            let (kind, message) = if rejected {
                (AuthenticationKind::InvalidCredentials, "Invalid client credentials")
            } else {
                (AuthenticationKind::TokenFetch, "the token service gave no token")
            };
            Error::new(kind, message).with_status(status).with_cause(cause)
        }
        Event::Failed(failure) => {
            Error::new(AuthenticationKind::TokenFetch, "the token service did not answer")
                .with_cause(Error::from_failure(failure, "POST", "token"))
        }
    }
}
