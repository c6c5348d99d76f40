//! What a caller does: one call after another, each of another kind, some called off half-way.

use core::time::Duration;

use glp_core::call::{CallOptions, NamedStatus, Patience};
use glp_core::greenlake::{self, List, Resource};
use glp_core::operation::Operation;
use glp_core::rng::{SplitMix64, up_to};
use glp_core::trace::Stats;
use tests::some;

/// Callers at once.
pub(crate) const CALLERS: u64 = 64;

/// Routes that are called.
pub(crate) const ROUTES: usize = 4;

/// The longest rest between two calls of one caller.
const REST: Duration = Duration::from_millis(300);

/// How often a last call is made before it counts as one that cannot succeed: the retry budget that
/// the callers have emptied ends it at its first failure.
pub(crate) const LAST_TRIES: u32 = 20;

/// The rest between two such tries.
pub(crate) const LAST_REST: Duration = Duration::from_secs(1);

/// One call.
pub(crate) struct Task {
    pub(crate) operation: Operation,
    pub(crate) options: CallOptions,
    /// When the caller loses interest, if it does.
    pub(crate) gives_up: Option<Duration>,
    /// How long the caller rests afterwards.
    pub(crate) rest: Duration,
}

impl Task {
    pub(crate) fn draw(rng: &mut SplitMix64) -> Self {
        let number = |rng: &mut SplitMix64, below: u64| {
            up_to(rng, Duration::from_nanos(below - 1)).as_nanos() as usize
        };
        let operation = operation(number(rng, ROUTES as u64));
        let patience = if number(rng, 2) == 0 { Patience::Wait } else { Patience::FailFast };
        let options = CallOptions {
            patience,
            operation_timeout: Duration::from_secs(1) + up_to(rng, Duration::from_secs(20)),
            attempt_timeout: Duration::from_millis(200) + up_to(rng, Duration::from_secs(2)),
            ..CallOptions::INTERACTIVE
        };
        let gives_up = (number(rng, 4) == 0).then(|| up_to(rng, Duration::from_secs(2)));
        Self { operation, options, gives_up, rest: up_to(rng, REST) }
    }

    /// The last calls, which nobody calls off: each must succeed, or something was left in its way.
    pub(crate) fn last() -> [(Operation, CallOptions); ROUTES] {
        let options = CallOptions { attempts: some(12), ..CallOptions::BATCH };
        [0, 1, 2, 3].map(|route| (operation(route), options))
    }
}

fn operation(route: usize) -> Operation {
    let page = |resource| List::of(resource).page(0, some(50));
    let id = "00000000-0000-4000-8000-000000000000";
    match route {
        0 => page(Resource::Devices),
        1 => page(Resource::Subscriptions),
        2 => greenlake::device(id).unwrap_or_else(|_| page(Resource::Devices)),
        _ => greenlake::subscription(id).unwrap_or_else(|_| page(Resource::Devices)),
    }
}

/// What came of all calls.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) answered: u64,
    pub(crate) requests: u64,
    /// At the end, when all calls are over.
    pub(crate) probes_out: u32,
    /// How many of the last calls were answered.
    pub(crate) last_calls: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, answered: bool) {
        self.calls += 1;
        self.answered += u64::from(answered);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.answered += other.answered;
    }

    pub(crate) fn conclude(&mut self, stats: &Stats, breakers: &[NamedStatus]) {
        self.requests = stats.requests;
        self.probes_out = breakers.iter().map(|one| one.status.probes_out).sum();
    }

    pub(crate) fn line(&self) -> String {
        let Self { calls, answered, requests, probes_out, last_calls } = self;
        format!("{calls} {answered} {requests} {probes_out} {last_calls}")
    }

    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::parse);
        let mut next = || words.next()?.ok();
        Some(Self {
            calls: next()?,
            answered: next()?,
            requests: next()?,
            probes_out: next()?.try_into().ok()?,
            last_calls: next()?.try_into().ok()?,
        })
    }
}
