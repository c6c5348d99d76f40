//! The breakers of a client: one for each host, one for each route of a host.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use crate::breaker::{self, Barrier, Breaker, Isolation, Permit, Registry, Report, Transition};
use crate::call::leg::Leg;
use crate::greenlake::Route;
use crate::time::Instant;
use crate::trace::Why;

/// Names what a breaker guards: a host ("does it answer at all?"), or one route of a host ("does
/// this endpoint answer well?").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Circuit {
    route: Option<Route>,
    host: Arc<str>,
}

impl Circuit {
    pub(super) fn of_host(host: &str) -> Self {
        Self { route: None, host: host.into() }
    }

    /// Names a route of this one's host.
    pub(super) fn with_route(&self, route: &Route) -> Self {
        Self { route: Some(route.clone()), host: Arc::clone(&self.host) }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

/// A route is called by its method and template; they are one client's, so its host goes without
/// saying.
impl fmt::Display for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.route {
            Some(route) => route.fmt(f),
            None => f.write_str(&self.host),
        }
    }
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

/// What is done to a breaker by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Closes it: [`Breaker::reset`].
    Reset,
    /// Opens it for its own open time: [`Breaker::force_open`].
    ForceOpen,
    /// Opens it until an instant: [`Breaker::open_until`].
    OpenUntil(Instant),
    /// Makes it guard, observe or do nothing: [`Breaker::set_mode`].
    SetMode(breaker::Mode),
}

/// The permits of one request on the wire.
#[derive(Debug, Default)]
pub(super) struct Permits {
    host: Option<Permit>,
    route: Option<Permit>,
}

impl Permits {
    /// Counts the breakers that the request goes out without, as there were too many.
    pub(super) fn missing(&self) -> u64 {
        [&self.host, &self.route].into_iter().filter(|permit| permit.is_none()).count() as u64
    }

    /// Says whether one of them is a probe's, for whose return others may wait.
    pub(super) fn probe(&self) -> bool {
        [&self.host, &self.route].into_iter().flatten().any(Permit::is_probe)
    }
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

/// A change of state and the breaker it is of.
pub(super) type Change = (Circuit, Transition);

/// The breakers of a client, at most so many; see [`Registry`].
#[derive(Debug)]
pub(super) struct Circuits {
    registry: Registry<Circuit>,
}

impl Circuits {
    pub(super) const fn new(config: breaker::Config, capacity: NonZeroU32, seed: u64) -> Self {
        Self { registry: Registry::new(config, capacity, seed) }
    }

    /// Shows every breaker at `now`: the hosts, then the routes, each in order of name.
    pub(super) fn status(&self, now: Instant) -> impl Iterator<Item = NamedStatus> + '_ {
        self.registry.iter().map(move |(circuit, breaker)| NamedStatus {
            name: circuit.to_string(),
            status: breaker.status(now),
        })
    }

    /// Says whether both breakers of a leg would admit it.
    pub(super) fn admit(&self, leg: &Leg, now: Instant) -> Result<(), Blocked> {
        for circuit in &leg.circuits {
            let Some(breaker) = self.registry.get(circuit) else { continue };
            if let Err(refused) = breaker.peek(now) {
                let why = match refused.barrier {
                    Barrier::CoolDown | Barrier::Isolated => Why::BreakerOpen,
                    Barrier::ProbesOut => Why::ProbesOut,
                    Barrier::RampUp => Why::RampUp,
                };
                let (retry_at, name) = (refused.retry_at, circuit.to_string());
                let failures = breaker.status(now).failure_count;
                return Err(Blocked { retry_at, why, name, failures });
            }
        }
        Ok(())
    }

    /// Takes the permits of a leg, which [`admit`](Self::admit) promised at the same `now`.
    pub(super) fn acquire(&mut self, leg: &Leg, now: Instant) -> (Permits, Vec<Change>) {
        let [host, route] = &leg.circuits;
        let mut changes = Vec::new();
        let route = self.acquire_one(route, now, &mut changes);
        let host = self.acquire_one(host, now, &mut changes);
        (Permits { host, route }, changes)
    }

    fn acquire_one(
        &mut self,
        circuit: &Circuit,
        now: Instant,
        changes: &mut Vec<Change>,
    ) -> Option<Permit> {
        let breaker = self.registry.obtain(circuit, now).ok()?;
        let before = breaker.transitions();
        let permit = breaker.try_acquire(now).ok();
        changes.extend(breaker.since(before).map(|change| (circuit.clone(), change)));
        permit
    }

    /// Reports to both breakers what came of a leg.
    pub(super) fn report(
        &mut self,
        leg: &Leg,
        permits: Permits,
        [host, route]: [Report; 2],
        now: Instant,
    ) -> Vec<Change> {
        let reports = [(permits.host, host), (permits.route, route)];
        self.hand_back(leg, reports, |breaker, permit, report| breaker.report(permit, report, now))
    }

    /// Gives the permits of a leg back unused.
    pub(super) fn release(&mut self, leg: &Leg, permits: Permits) -> Vec<Change> {
        let permits = [(permits.host, ()), (permits.route, ())];
        self.hand_back(leg, permits, |breaker, permit, ()| breaker.release(permit))
    }

    fn hand_back<T>(
        &mut self,
        leg: &Leg,
        permits: [(Option<Permit>, T); 2],
        back: impl Fn(&mut Breaker, Permit, T) -> Option<Transition>,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for (circuit, (permit, with)) in leg.circuits.iter().zip(permits) {
            // An evicted breaker was at rest: it has nothing to learn.
            if let Some((permit, breaker)) = permit.zip(self.registry.get_mut(circuit)) {
                changes.extend(back(breaker, permit, with).map(|change| (circuit.clone(), change)));
            }
        }
        changes
    }

    /// Acts upon every breaker.
    pub(super) fn control_all(&mut self, control: Control, now: Instant) -> Vec<Change> {
        let all = self.registry.iter_mut();
        all.filter_map(|(circuit, breaker)| Some((circuit.clone(), control.act(breaker, now)?)))
            .collect()
    }

    /// Acts upon one breaker; makes it where there is none yet.
    pub(super) fn control(
        &mut self,
        circuit: &Circuit,
        control: Control,
        now: Instant,
    ) -> Result<Option<Change>, breaker::Full> {
        let breaker = self.registry.obtain(circuit, now)?;
        Ok(control.act(breaker, now).map(|change| (circuit.clone(), change)))
    }

    /// Isolates one breaker; makes it where there is none yet.
    pub(super) fn isolate(
        &mut self,
        circuit: &Circuit,
        now: Instant,
    ) -> Result<Isolation, breaker::Full> {
        Ok(self.registry.obtain(circuit, now)?.isolate())
    }

    /// Ends one isolation.
    pub(super) fn lift(&mut self, circuit: &Circuit, isolation: Isolation) {
        // Isolated, it was not evicted.
        if let Some(breaker) = self.registry.get_mut(circuit) {
            breaker.lift(isolation);
        }
    }

    pub(super) fn reconfigure(&mut self, config: breaker::Config, now: Instant) {
        self.registry.reconfigure(config, now);
    }
}

impl Control {
    fn act(self, breaker: &mut Breaker, now: Instant) -> Option<Transition> {
        match self {
            Self::Reset => breaker.reset(now),
            Self::ForceOpen => breaker.force_open(now),
            Self::OpenUntil(until) => breaker.open_until(until, now),
            Self::SetMode(mode) => {
                breaker.set_mode(mode);
                None
            }
        }
    }
}
