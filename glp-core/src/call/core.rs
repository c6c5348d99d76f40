//! What all calls of one client share: breakers, paces, the retry budget, the token, randomness,
//! the record.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use crate::breaker::{self, Barrier, Breaker, Permit, Report, Transition};
use crate::budget::Budget;
use crate::call::config::{CallOptions, Config, Guard};
use crate::call::leg::Leg;
use crate::greenlake::Route;
use crate::hint::Quota;
use crate::invalid::Invalid;
use crate::limiter::{Later, Limiter, Pace, Ticket, Turn};
use crate::rng::SplitMix64;
use crate::time::Instant;
use crate::token::TokenSlot;
use crate::trace::{CallId, Notice, Stats, Why};
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
    /// The token request, made once.
    pub(super) token_leg: Leg,
    hosts: BTreeMap<String, Breaker>,
    routes: BTreeMap<Route, RouteGuard>,
    latest: Instant,
    next_call: u64,
    wakes: u64,
    stats: Stats,
    notices: VecDeque<Notice>,
    listening: Listening,
}

#[derive(Debug)]
struct RouteGuard {
    breaker: Breaker,
    limiter: Limiter,
}

/// Whether anyone takes the notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listening {
    No,
    Yes,
}

/// The permits of one request on the wire.
#[derive(Debug, Default)]
pub(super) struct Permits {
    host: Option<Permit>,
    route: Option<Permit>,
}

/// What stands in a request's way, and until when.
#[derive(Clone, Debug)]
pub(super) struct Blocked {
    pub(super) retry_at: Instant,
    pub(super) why: Why,
    /// The breaker or the route.
    pub(super) name: String,
    /// Consecutive failures, where it is a breaker.
    pub(super) failures: u32,
}

/// One breaker's status under its name.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NamedStatus {
    /// The host, or the route.
    pub name: String,
    /// Its status.
    #[serde(flatten)]
    pub status: breaker::Status,
}

impl Core {
    /// Makes the shared state of one client.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the field that cannot be used.
    pub fn new(config: Config) -> Result<Self, Invalid> {
        config.check()?;
        Ok(Self {
            rng: SplitMix64::new(config.seed),
            budget: Budget::new(config.budget),
            token_leg: Leg::token(&config.credentials),
            config,
            token: TokenSlot::default(),
            hosts: BTreeMap::new(),
            routes: BTreeMap::new(),
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

    /// Shows every breaker at `now`: the hosts, then the routes, each in order of name.
    pub fn circuit_status(&self, now: Instant) -> impl Iterator<Item = NamedStatus> + '_ {
        let hosts = self.hosts.iter().map(|(host, breaker)| (host.clone(), breaker));
        let routes = self.routes.iter().map(|(route, guard)| (route.to_string(), &guard.breaker));
        hosts
            .chain(routes)
            .map(move |(name, breaker)| NamedStatus { name, status: breaker.status(now) })
    }

    /// Closes every breaker by hand.
    pub fn reset_breakers(&mut self, now: Instant) {
        let now = self.advance(now);
        let changes: Vec<_> = self
            .hosts
            .iter_mut()
            .map(|(host, breaker)| (host.clone(), breaker.reset(now)))
            .chain(
                self.routes
                    .iter_mut()
                    .map(|(route, guard)| (route.to_string(), guard.breaker.reset(now))),
            )
            .collect();
        for (name, transition) in changes {
            self.note_change(name, transition);
        }
        self.wake();
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

    fn note_change(&mut self, name: String, changes: impl IntoIterator<Item = Transition>) {
        for transition in changes {
            self.note(Notice::Breaker { name: name.clone(), transition });
        }
    }

    /// Says whether both breakers of a leg would admit it.
    pub(super) fn breakers_admit(&self, leg: &Leg, now: Instant) -> Result<(), Blocked> {
        let host = self.hosts.get(&leg.host).map(|breaker| (breaker, leg.host.clone()));
        let route =
            self.routes.get(&leg.route).map(|guard| (&guard.breaker, leg.route.to_string()));
        for (breaker, name) in host.into_iter().chain(route) {
            if let Err(refused) = breaker.peek(now) {
                let why = match refused.barrier {
                    Barrier::CoolDown | Barrier::Isolated => Why::BreakerOpen,
                    Barrier::ProbesOut => Why::ProbesOut,
                    Barrier::RampUp => Why::RampUp,
                };
                let failures = breaker.status(now).failure_count;
                return Err(Blocked { retry_at: refused.retry_at, why, name, failures });
            }
        }
        Ok(())
    }

    /// Says whether the route's pace admits a leg, in its turn if it stands in line.
    pub(super) fn pace_admits(
        &self,
        leg: &Leg,
        ticket: Option<&Ticket>,
        now: Instant,
    ) -> Result<(), Blocked> {
        let Some(guard) = self.routes.get(&leg.route) else { return Ok(()) };
        guard.limiter.turn(ticket, now).map_err(|later: Later| {
            let why = match later.turn {
                Turn::Held => Why::ServerAsked,
                Turn::Pacing => Why::Pacing,
            };
            Blocked { retry_at: later.retry_at, why, name: leg.route.to_string(), failures: 0 }
        })
    }

    /// Stands in the line of a route.
    pub(super) fn join_line(&mut self, route: &Route) -> Ticket {
        Self::route_guard(&mut self.routes, &self.config, route).limiter.join()
    }

    /// Leaves the line of a route; whoever is behind moves up and looks again.
    pub(super) fn leave_line(&mut self, route: &Route, ticket: Ticket) {
        let guard = self.routes.get_mut(route);
        if guard.is_some_and(|guard| guard.limiter.leave(ticket) > 0) {
            self.wake();
        }
    }

    /// Takes the leg's turn and its permits. Both were seen to be free at the same `now`.
    pub(super) fn admit(&mut self, leg: &Leg, ticket: Option<Ticket>, now: Instant) -> Permits {
        let limiter = &mut Self::route_guard(&mut self.routes, &self.config, &leg.route).limiter;
        // Seen free by `pace_admits`; were it not, the request would merely be early.
        match ticket {
            None => _ = limiter.take(now),
            Some(ticket) => {
                if let Err((ticket, _)) = limiter.redeem(ticket, now) {
                    limiter.leave(ticket);
                }
            }
        }
        let guard = Self::route_guard(&mut self.routes, &self.config, &leg.route);
        let Guard::On(config) = self.config.breaker else { return Permits::default() };
        let (route, changes) = acquire(&mut guard.breaker, now);
        self.note_change(leg.route.to_string(), changes);
        let seed = self.config.seed;
        let host =
            self.hosts.entry(leg.host.clone()).or_insert_with(|| Breaker::seeded(config, seed));
        let (host, changes) = acquire(host, now);
        self.note_change(leg.host.clone(), changes);
        Permits { host, route }
    }

    /// Reports what came of a leg to both breakers.
    pub(super) fn report(
        &mut self,
        leg: &Leg,
        permits: Permits,
        host: Report,
        route: Report,
        now: Instant,
    ) {
        let probing = permits.probe();
        let of_host = permits.host.and_then(|permit| {
            self.hosts.get_mut(&leg.host).and_then(|breaker| breaker.report(permit, host, now))
        });
        let of_route = permits.route.and_then(|permit| {
            let guard = self.routes.get_mut(&leg.route);
            guard.and_then(|guard| guard.breaker.report(permit, route, now))
        });
        self.note_change(leg.host.clone(), of_host);
        self.note_change(leg.route.to_string(), of_route);
        if probing || of_host.is_some() || of_route.is_some() {
            self.wake();
        }
    }

    /// Gives a leg's permits back unused.
    pub(super) fn release(&mut self, leg: &Leg, permits: Permits) {
        if let (Some(permit), Some(breaker)) = (permits.host, self.hosts.get_mut(&leg.host)) {
            let change = breaker.release(permit);
            self.note_change(leg.host.clone(), change);
        }
        if let (Some(permit), Some(guard)) = (permits.route, self.routes.get_mut(&leg.route)) {
            let change = guard.breaker.release(permit);
            self.note_change(leg.route.to_string(), change);
        }
        self.wake();
    }

    /// Holds every call of a route for `delay` from `now`.
    pub(super) fn hold(&mut self, route: &Route, delay: Duration, now: Instant) {
        Self::route_guard(&mut self.routes, &self.config, route).limiter.hold(now + delay);
    }

    /// Heeds what the server says is left of a route's quota.
    pub(super) fn observe(&mut self, route: &Route, quota: Quota, now: Instant) {
        let guard = Self::route_guard(&mut self.routes, &self.config, route);
        guard.limiter.observe(quota.remaining, quota.reset, now);
    }

    fn route_guard<'a>(
        routes: &'a mut BTreeMap<Route, RouteGuard>,
        config: &Config,
        route: &Route,
    ) -> &'a mut RouteGuard {
        let breaker = match config.breaker {
            Guard::On(breaker) => breaker,
            Guard::Off => breaker::Config::DEFAULT,
        };
        routes.entry(route.clone()).or_insert_with(|| RouteGuard {
            breaker: Breaker::seeded(breaker, config.seed),
            limiter: Limiter::new(Pace::per_minute(route.quota())),
        })
    }
}

impl Permits {
    fn probe(&self) -> bool {
        [&self.host, &self.route].into_iter().flatten().any(Permit::is_probe)
    }
}

/// Takes a permit that a peek at the same `now` promised, and tells the transitions it caused.
fn acquire(
    breaker: &mut Breaker,
    now: Instant,
) -> (Option<Permit>, impl Iterator<Item = Transition> + use<>) {
    let before = breaker.transitions();
    let permit = breaker.try_acquire(now).ok();
    (permit, breaker.since(before))
}
