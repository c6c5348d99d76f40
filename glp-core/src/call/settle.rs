//! What a judged answer leads to: the result, another token, a wait, or an error.

use alloc::string::ToString;
use core::time::Duration;

use crate::call::action::Event;
use crate::call::core::Core;
use crate::call::failure;
use crate::call::machine::{Answered, Call, Doubt, Renewals, State};
use crate::classify::{Hold, Next};
use crate::error::Error;
use crate::exchange::Reach;
use crate::greenlake::Route;
use crate::retry::{self, Decision, Failure, Nature};
use crate::time::Instant;
use crate::token::{Fetched, Generation};
use crate::trace::{Cause, Notice, Why};

/// A failure that may be followed by another send.
struct Failed<'a> {
    route: &'a Route,
    sends: u32,
    cause: Cause,
    hold: Hold,
    hint: Option<Duration>,
    error: Error,
}

impl Call {
    /// Decides what follows an answer of the API.
    pub(super) fn answered(
        &mut self,
        core: &mut Core,
        answer: Answered,
        generation: Generation,
        now: Instant,
    ) {
        let hint = answer.hint;
        let error = match (answer.next, answer.event) {
            (Next::Accept, Event::Response(response)) => {
                self.retry.succeeded(&mut core.budget);
                return self.finish(core, Ok(response), now);
            }
            (Next::RenewToken, event) => {
                core.token.invalidate(generation);
                // At once and once per call: there is no wait to decide on and nothing to pay.
                if self.attempts < self.options.attempts.get() {
                    self.renewals = Renewals::Spent;
                    return core
                        .note(Notice::Retrying { call: self.id, cause: Cause::Unauthorized });
                }
                self.error(&event, answer.malformed)
            }
            (Next::Retry { cause, hold }, event) => {
                self.note_doubt(&event);
                let error = self.error(&event, answer.malformed);
                let (route, sends) = (&self.operation.route.clone(), self.attempts);
                match self.retry(core, Failed { route, sends, cause, hold, hint, error }, now) {
                    Ok(()) => return,
                    Err(error) => error,
                }
            }
            (Next::FailUnknown { hold }, event) => {
                let failure = Failure { nature: Nature::NotReplayable, hint };
                calm(core, &self.operation.route, hold, failure.asked(), None, now);
                self.error(&event, answer.malformed).with_outcome_unknown()
            }
            (Next::Accept | Next::Fail, event) => self.error(&event, answer.malformed),
        };
        self.finish(core, Err(error), now);
    }

    /// Remembers that the server may have acted on a request that changes something: whatever a
    /// later attempt brings, its outcome is then not known unless it succeeds.
    fn note_doubt(&mut self, event: &Event) {
        let maybe_acted_on = match event {
            Event::Response(response) => response.status().is_server_error(),
            Event::Failed(failure) => failure.kind.reach() == Reach::MaybeActedOn,
        };
        if maybe_acted_on && !self.operation.request.method().is_safe() {
            self.doubt = Doubt::Raised;
        }
    }

    /// Decides what follows an answer of the token service.
    pub(super) fn token_answered(
        &mut self,
        core: &mut Core,
        route: &Route,
        answer: Answered,
        sent_at: Instant,
        now: Instant,
    ) {
        let fetched = match &answer.event {
            Event::Response(response) if answer.next == Next::Accept => {
                response.extensions().get::<Fetched>()
            }
            _ => None,
        };
        if let Some(fetched) = fetched {
            let grant = core.token.arrive(self.id, fetched, sent_at);
            core.note(Notice::TokenFetched { generation: grant.generation });
            core.wake();
            self.granted = Some(grant);
            return;
        }
        let error = match &answer.malformed {
            Some(malformed) => failure::no_token(malformed),
            None => failure::token_error(&answer.event),
        };
        let Next::Retry { cause, hold } = answer.next else {
            return self.token_failed(core, error, now);
        };
        let (sends, hint) = (self.token_attempts, answer.hint);
        match self.retry(core, Failed { route, sends, cause, hold, hint, error }, now) {
            Err(error) => self.token_failed(core, error, now),
            Ok(()) => self.keep_flight(core),
        }
    }

    /// The flight stays with this call while it waits, and for one attempt more.
    fn keep_flight(&self, core: &mut Core) {
        if let State::Waiting { until, .. } = self.state {
            core.token.extend(self.id, until + self.options.attempt_timeout);
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

    /// Begins the wait before the next send, or hands the error back with the reason in it.
    fn retry(&mut self, core: &mut Core, failed: Failed<'_>, now: Instant) -> Result<(), Error> {
        let error = match failed.hint {
            Some(hint) => failed.error.with_retry_after(hint),
            None => failed.error,
        };
        let failure = Failure { nature: nature(failed.cause), hint: failed.hint };
        let Core { budget, rng, .. } = core;
        let decision = self.retry.decide(failed.sends, failure, budget, rng, now);
        calm(core, failed.route, failed.hold, failure.asked(), decision.delay(), now);
        match decision {
            Decision::After { delay, why } => {
                let (until, why) = (now + delay, why.into());
                core.note(Notice::Retrying { call: self.id, cause: failed.cause });
                self.announce(core, until, why, now);
                self.state = State::Waiting { until, why };
                Ok(())
            }
            Decision::GiveUp(reason) => {
                let error = error.with_detail("gave_up", reason.to_string());
                Err(match reason.would_have_waited() {
                    Some(wait) => error.with_retry_at(now + wait),
                    None => error,
                })
            }
        }
    }

    fn error(&self, event: &Event, malformed: Option<crate::operation::Malformed>) -> Error {
        let (method, endpoint) = (self.operation.route.method(), self.operation.route.template());
        match (malformed, event) {
            (Some(malformed), Event::Response(response)) => {
                failure::undecodable(&malformed, response)
                    .with_detail("query", failure::query_of(&self.operation.request))
            }
            (_, Event::Response(response)) => Error::from_response(response, method, endpoint),
            (_, Event::Failed(failure)) => Error::from_failure(failure, method, endpoint),
        }
    }
}

/// Holds the route for as long as the server asked or, where it is held in any case, for `wait`.
fn calm(
    core: &mut Core,
    route: &Route,
    hold: Hold,
    asked: Option<Duration>,
    wait: Option<Duration>,
    now: Instant,
) {
    let delay = match hold {
        Hold::No => None,
        Hold::IfHinted => asked,
        Hold::Yes => asked.or(wait),
    };
    if let Some(delay) = delay {
        core.hold(route, delay, now);
    }
}

fn nature(cause: Cause) -> Nature {
    match cause {
        Cause::Timeout => Nature::TimedOut,
        _ => Nature::Passing,
    }
}

impl From<retry::Why> for Why {
    fn from(why: retry::Why) -> Self {
        match why {
            retry::Why::Backoff => Self::Backoff,
            retry::Why::ServerAsked => Self::ServerAsked,
        }
    }
}
