//! Arbitrary calls: when each begins, what it asks for, how patient it is, and when it is dropped.

use core::time::Duration;

use glp_core::call::{CallOptions, Config, Patience};
use glp_core::greenlake::Route;
use glp_core::operation::Operation;
use glp_core::testkit::World;
use glp_core::time::Instant;
use glp_core::trace::CallId;
use proptest::prelude::*;
use tests::{guarded, read, some, write};

use crate::service::{ATTEMPT, Line, Service, lines};

/// How long each call may take in all, unless a law is about that; longer than its waits are.
const OPERATION: Duration = Duration::from_secs(300);

/// How long a token lives, in seconds: short enough to be renewed within a plan.
const LIFE: u64 = 120;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) lines: Vec<Line>,
    pub(crate) callers: Vec<Caller>,
    pub(crate) attempts: u32,
    /// How long each call may take in all.
    pub(crate) operation: Duration,
    pub(crate) seed: u64,
}

/// One call; times in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) begins: u64,
    pub(crate) asks: Asks,
    pub(crate) waits: bool,
    /// How long after its beginning it is dropped.
    pub(crate) dropped: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Asks {
    Read,
    Write,
    /// On another route, of 20 requests a minute.
    Other,
}

impl Asks {
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Read => read(),
            Self::Write => write(),
            Self::Other => Operation { route: Route::GET_SUBSCRIPTION, ..read() },
        }
    }
}

/// Plans with up to `most` callers.
pub(crate) fn plans(most: usize) -> impl Strategy<Value = Plan> {
    let asks = prop_oneof![Just(Asks::Read), Just(Asks::Write), Just(Asks::Other)];
    let caller = (0..60_000_u64, asks, any::<bool>(), prop::option::of(0..60_000_u64))
        .prop_map(|(begins, asks, waits, dropped)| Caller { begins, asks, waits, dropped });
    (lines(), prop::collection::vec(caller, 1..most), 1..5_u32, any::<u64>()).prop_map(
        |(lines, mut callers, attempts, seed)| {
            callers.sort_by_key(|caller| caller.begins);
            Plan { lines, callers, attempts, operation: OPERATION, seed }
        },
    )
}

/// Plans in which nobody is dropped: every request that went out is answered or given up.
pub(crate) fn plans_without_drops(most: usize) -> impl Strategy<Value = Plan> {
    plans(most).prop_map(|plan| {
        let staying = |caller| Caller { dropped: None, ..caller };
        Plan { callers: plan.callers.into_iter().map(staying).collect(), ..plan }
    })
}

pub(crate) fn millis(at: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(at)
}

impl Plan {
    /// Makes the world of this plan, with jitter and with breakers.
    pub(crate) fn world(&self) -> World<Service> {
        self.world_of(
            Config { seed: self.seed, backoff: Default::default(), ..guarded(3, 20) },
            LIFE,
        )
    }

    /// Makes a world under `config`, whose tokens live for `life` seconds.
    pub(crate) fn world_of(&self, config: Config, life: u64) -> World<Service> {
        let service = Service::new(self.lines.clone(), life);
        World::new(config, service).expect("a good configuration")
    }

    pub(crate) fn options(&self, waits: bool) -> CallOptions {
        CallOptions {
            attempts: some(self.attempts),
            attempt_timeout: ATTEMPT,
            operation_timeout: self.operation,
            patience: if waits { Patience::Wait } else { Patience::FailFast },
            ..CallOptions::INTERACTIVE
        }
    }

    /// Plays the plan: begins the calls, then drops some in the order of their times. Returns those
    /// that are left, with their beginnings.
    pub(crate) fn play(&self, world: &mut World<Service>) -> Vec<(CallId, Instant)> {
        let (mut drops, mut staying) = (Vec::new(), Vec::new());
        for Caller { begins, asks, waits, dropped } in &self.callers {
            world.run_until(millis(*begins));
            let call = world.start_with(asks.operation(), self.options(*waits));
            match dropped {
                Some(after) => drops.push((begins + after, call)),
                None => staying.push((call, millis(*begins))),
            }
        }
        drops.sort_unstable();
        for (at, call) in drops {
            world.run_until(world.now().max(millis(at)));
            world.cancel(call);
        }
        staying
    }

    /// Plays the plan and runs the world to its end.
    pub(crate) fn settle(&self, world: &mut World<Service>) -> Vec<(CallId, Instant)> {
        let staying = self.play(world);
        world.settle();
        staying
    }
}
