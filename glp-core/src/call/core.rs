//! What all calls of one client share: breakers, paces, the retry budget, the token, randomness,
//! the record.

use alloc::collections::VecDeque;
use alloc::string::ToString;
use core::time::Duration;

use crate::breaker::{self, Isolation, Report};
use crate::budget::Budget;
use crate::call::circuits::{Blocked, Change, Circuit, Circuits, Control, NamedStatus, Permits};
use crate::call::config::{CallOptions, Config, Guard};
use crate::call::leg::{Leg, host_of};
use crate::call::paces::Paces;
use crate::greenlake::Route;
use crate::hint::Quota;
use crate::invalid::Invalid;
use crate::limiter::Ticket;
use crate::operation::ASSUMED_QUOTA;
use crate::rng::SplitMix64;
use crate::time::Instant;
use crate::token::TokenSlot;
use crate::trace::{CallId, Notice, Stats};
use crate::wall::UnixTime;

/// Holds what all calls of one client share.
///
/// Pure state: it is handed to every [`Call`](crate::call::Call) step together with `now`. The
/// adapters keep it behind the one lock of [`drive::Shared`](crate::drive::Shared).
#[derive(Debug)]
pub struct Core {
    pub(super) config: Config,
    pub(super) rng: SplitMix64,
    pub(super) budget: Budget,
    pub(super) token: TokenSlot,
    /// The breaker of the API's host, named once.
    pub(super) api: Circuit,
    /// The token request, made once.
    pub(super) token_leg: Leg,
    circuits: Circuits,
    paces: Paces,
    latest: Instant,
    next_call: u64,
    wakes: u64,
    stats: Stats,
    notices: VecDeque<Notice>,
    listening: Listening,
}

/// Whether anyone takes the notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listening {
    No,
    Yes,
}

impl Core {
    /// Makes the shared state of one client.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the field that cannot be used.
    pub fn new(config: Config) -> Result<Self, Invalid> {
        config.check()?;
        let breaker = match config.breaker {
            Guard::On(breaker) => breaker,
            Guard::Off => breaker::Config::DEFAULT,
        };
        Ok(Self {
            rng: SplitMix64::new(config.seed),
            budget: Budget::new(config.budget),
            api: Circuit::of_host(&host_of(&config.base_url)),
            token_leg: Leg::token(&config.credentials),
            circuits: Circuits::new(breaker, config.max_circuits, config.seed),
            paces: Paces::default(),
            config,
            token: TokenSlot::default(),
            latest: Instant::ZERO,
            next_call: 1,
            wakes: 0,
            stats: Stats::default(),
            notices: VecDeque::new(),
            listening: Listening::No,
        })
    }

    /// Returns the configuration in force.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Returns what a call is allowed unless it says otherwise.
    pub const fn defaults(&self) -> CallOptions {
        self.config.call
    }

    /// Counts the moments at which parked calls should look again.
    pub const fn wakes(&self) -> u64 {
        self.wakes
    }

    /// Returns the sums of all that happened.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Begins to keep notices, for [`next_notice`](Self::next_notice) to hand out. Whoever calls
    /// this takes them: they are kept without a bound.
    pub fn listen(&mut self) {
        self.listening = Listening::Yes;
    }

    /// Hands out the next notice, in order.
    pub fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Returns how many retries the budget that all calls share can pay for at `now`.
    pub fn affordable_retries(&self, now: Instant) -> u32 {
        self.budget.affordable(now)
    }

    /// Says whether a request for a token is out at `now`, or its fetcher waits to send it again.
    pub fn is_fetching_token(&self, now: Instant) -> bool {
        self.token.is_fetching(now)
    }

    /// Returns the wall time of `now`.
    pub fn wall(&self, now: Instant) -> UnixTime {
        self.config.origin + now.since(Instant::ZERO)
    }

    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.latest = self.latest.max(now);
        self.latest
    }

    pub(super) fn next_call(&mut self) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        id
    }

    pub(super) fn wake(&mut self) {
        self.wakes += 1;
    }

    pub(super) fn note(&mut self, notice: Notice) {
        self.stats.note(&notice);
        if self.listening == Listening::Yes {
            self.notices.push_back(notice);
        }
    }

    fn note_changes(&mut self, changes: impl IntoIterator<Item = Change>) {
        for (circuit, transition) in changes {
            self.note(Notice::Breaker { name: circuit.to_string(), transition });
        }
    }

    /// Says whether both breakers of a leg would admit it.
    pub(super) fn breakers_admit(&self, leg: &Leg, now: Instant) -> Result<(), Blocked> {
        self.circuits.admit(leg, now)
    }

    /// Says whether the route's pace admits a leg, in its turn if it stands in line.
    pub(super) fn pace_admits(
        &self,
        leg: &Leg,
        ticket: Option<&Ticket>,
        now: Instant,
    ) -> Result<(), Blocked> {
        self.paces.admit(&leg.route, ticket, now)
    }

    /// Stands in the line of a route.
    pub(super) fn join_line(&mut self, route: &Route) -> Ticket {
        self.paces.join(&self.config, route, self.latest)
    }

    /// Leaves the line of a route; whoever is behind moves up and looks again.
    pub(super) fn leave_line(&mut self, route: &Route, ticket: Ticket) {
        if self.paces.leave(route, ticket) > 0 {
            self.wake();
        }
    }

    /// Takes the leg's turn and its permits. Both were seen to be free at the same `now`.
    pub(super) fn admit(&mut self, leg: &Leg, ticket: Option<Ticket>, now: Instant) -> Permits {
        self.paces.take(&self.config, &leg.route, ticket, now);
        if self.config.breaker == Guard::Off {
            return Permits::default();
        }
        let (permits, changes) = self.circuits.acquire(leg, now);
        self.stats.unguarded += permits.missing();
        self.note_changes(changes);
        permits
    }

    /// Reports what came of a leg to both breakers: to its host's, and to its route's.
    pub(super) fn report(
        &mut self,
        leg: &Leg,
        permits: Permits,
        reports: [Report; 2],
        now: Instant,
    ) {
        let probing = permits.probe();
        let changes = self.circuits.report(leg, permits, reports, now);
        if probing || !changes.is_empty() {
            self.wake();
        }
        self.note_changes(changes);
    }

    /// Gives a leg's permits back unused.
    pub(super) fn release(&mut self, leg: &Leg, permits: Permits) {
        let changes = self.circuits.release(leg, permits);
        self.note_changes(changes);
        self.wake();
    }

    /// Holds every call of a route for `delay` from `now`.
    pub(super) fn hold(&mut self, route: &Route, delay: Duration, now: Instant) {
        self.paces.hold(&self.config, route, delay, now);
    }

    /// Heeds what the server says is left of a route's quota.
    pub(super) fn observe(&mut self, route: &Route, quota: Quota, now: Instant) {
        self.paces.observe(&self.config, route, quota, now);
    }
}

/// The breakers in human hands.
impl Core {
    /// Shows every breaker at `now`: the hosts, then the routes, each in order of name.
    pub fn circuit_status(&self, now: Instant) -> impl Iterator<Item = NamedStatus> + '_ {
        self.circuits.status(now)
    }

    /// Closes every breaker by hand.
    pub fn reset_breakers(&mut self, now: Instant) {
        let now = self.advance(now);
        let changes = self.circuits.control_all(Control::Reset, now);
        self.note_changes(changes);
        self.wake();
    }

    /// Acts upon one breaker by hand: a host's or a route's, under the name by which its
    /// [status](Self::circuit_status) calls it. Where there is none yet, it is made.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where breakers are off, the name is none, or there are as many breakers as there
    /// may be.
    pub fn control(&mut self, name: &str, control: Control, now: Instant) -> Result<(), Invalid> {
        let (circuit, now) = (self.circuit(name)?, self.advance(now));
        let change = self.circuits.control(&circuit, control, now).map_err(full)?;
        self.note_changes(change);
        self.wake();
        Ok(())
    }

    /// Refuses every request to a host or a route, until what this returns is handed to
    /// [`lift`](Self::lift). The name is as for [`control`](Self::control).
    ///
    /// # Errors
    ///
    /// As [`control`](Self::control).
    pub fn isolate(&mut self, name: &str, now: Instant) -> Result<Isolation, Invalid> {
        let (circuit, now) = (self.circuit(name)?, self.advance(now));
        let isolation = self.circuits.isolate(&circuit, now).map_err(full)?;
        self.wake();
        Ok(isolation)
    }

    /// Ends one isolation.
    pub fn lift(&mut self, name: &str, isolation: Isolation) {
        if let Ok(circuit) = self.circuit(name) {
            self.circuits.lift(&circuit, isolation);
            self.wake();
        }
    }

    /// Puts another configuration of the breakers in force; they keep their states.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the field that cannot be used, or says that breakers are off.
    pub fn reconfigure_breakers(
        &mut self,
        config: breaker::Config,
        now: Instant,
    ) -> Result<(), Invalid> {
        self.guarded()?;
        let breaker = Guard::On(config);
        let next = Config { breaker, ..self.config.clone() };
        next.check()?;
        self.config = next;
        let now = self.advance(now);
        self.circuits.reconfigure(config, now);
        self.wake();
        Ok(())
    }

    /// Finds what a name names: `GET /path` is a route, anything else a host.
    fn circuit(&self, name: &str) -> Result<Circuit, Invalid> {
        self.guarded()?;
        let [token_host, token_route] = &self.token_leg.circuits;
        let api = &self.api;
        match name.split_once(' ') {
            _ if name == token_route.to_string() => Ok(token_route.clone()),
            _ if name == token_host.host() => Ok(token_host.clone()),
            _ if name == api.host() => Ok(api.clone()),
            Some((method, template)) if template.starts_with('/') => {
                let method = method.parse().map_err(|_| unknown(name))?;
                let route = Route::new(&method, template.to_string(), ASSUMED_QUOTA);
                Ok(api.with_route(&route))
            }
            _ => Err(unknown(name)),
        }
    }

    fn guarded(&self) -> Result<(), Invalid> {
        match self.config.breaker {
            Guard::On(_) => Ok(()),
            Guard::Off => Err(Invalid::new("breaker", "off", "on, to be acted upon")),
        }
    }
}

fn unknown(name: &str) -> Invalid {
    let limit = "the host of the API or of the token service, or a route such as GET /path";
    Invalid::new("circuit", format_args!("{name:?}"), limit)
}

fn full(full: breaker::Full) -> Invalid {
    Invalid::new("circuits", full.capacity, "fewer than max_circuits, or one of them at rest")
}
