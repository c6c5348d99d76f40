//! A breaker as words, and back.
//!
//! | word | high half | low half |
//! |---|---|---|
//! | 0 | failures in a row | epoch |
//! | 1 | isolations | failed recoveries |
//! | 2 | changes of state (48 bits) | what is small (16 bits) |
//! | 3 | the last trace | |
//! | 4 | the last failure | |
//! | 5 | open until, or the ramp-up's end, or the last probe back | |
//!
//! Behind them stand the rest of a half-open round, the configuration where it is another than the
//! breaker was made with, and the window of the rates.

use alloc::vec::Vec;

use crate::breaker::machine::Phase;
use crate::breaker::round::Round;
use crate::breaker::shared::register::{INLINE, Kind};
use crate::breaker::shared::words::{AsWords, Words, halves};
use crate::breaker::window::Window;
use crate::breaker::{Breaker, Config, Mode, Reason};
use crate::time::Instant;

/// The word whose low half is the epoch.
pub(super) const EPOCH: usize = 0;
/// The word that says until when an open breaker refuses.
pub(super) const UNTIL: usize = 5;

const _: () = assert!(EPOCH < INLINE && UNTIL < INLINE, "they are read on the quick path");

/// What is small: phase, mode and last reason, then flags.
const SMALL_BITS: u32 = 16;
const MODE: u32 = 2;
const REASON: u32 = 4;
const HAS_FAILED: u64 = 1 << 8;
const RAMPS_UP: u64 = 1 << 9;
const RECONFIGURED: u64 = 1 << 10;

/// What a shared breaker was made with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) config: &'a Config,
    pub(super) seed: u64,
}

/// Says what the head may tell of a breaker.
pub(super) fn kind(breaker: &Breaker) -> Kind {
    if breaker.isolations > 0 || breaker.mode == Mode::Disabled {
        return Kind::Slow;
    }
    match breaker.phase {
        Phase::Closed { ramp_ends: None } if breaker.is_unmoved_by_success() => Kind::Passing,
        Phase::Closed { ramp_ends: None } => Kind::Admitting,
        Phase::Open { until } if breaker.mode == Mode::Enforce && until > breaker.latest => {
            Kind::Shut
        }
        Phase::Closed { .. } | Phase::Open { .. } | Phase::HalfOpen(_) => Kind::Slow,
    }
}

/// Writes a breaker down.
pub(super) fn encode(breaker: &Breaker, origin: Origin<'_>) -> Vec<u64> {
    let mut words = Vec::with_capacity(INLINE);
    words.push(halves(breaker.failures, breaker.epoch));
    words.push(halves(breaker.isolations, breaker.failed_recoveries));
    words.push(breaker.transitions << SMALL_BITS | small(breaker, origin));
    words.push(breaker.latest.as_nanos());
    words.push(breaker.last_failure_at.unwrap_or_default().as_nanos());
    match &breaker.phase {
        Phase::Closed { ramp_ends } => words.push(ramp_ends.unwrap_or_default().as_nanos()),
        Phase::Open { until } => words.push(until.as_nanos()),
        Phase::HalfOpen(round) => round.write(&mut words),
    }
    if breaker.config != *origin.config {
        breaker.config.write(&mut words);
    }
    if let Some(window) = &breaker.window {
        window.write(&mut words);
    }
    words
}

/// Reads a breaker; no words are a new one.
pub(super) fn decode(words: &[u64], origin: Origin<'_>) -> Breaker {
    if words.is_empty() {
        return Breaker::seeded(*origin.config, origin.seed);
    }
    let words = &mut Words::new(words);
    let (failures, epoch) = words.halves();
    let (isolations, failed_recoveries) = words.halves();
    let third = words.next();
    let latest = Instant::from_nanos(words.next());
    let last_failure = Instant::from_nanos(words.next());
    let phase = match third & 0b11 {
        0 => {
            let ramp_ends = Instant::from_nanos(words.next());
            Phase::Closed { ramp_ends: (third & RAMPS_UP != 0).then_some(ramp_ends) }
        }
        1 => Phase::Open { until: Instant::from_nanos(words.next()) },
        _ => Phase::HalfOpen(Round::read(words)),
    };
    let config = if third & RECONFIGURED == 0 { *origin.config } else { AsWords::read(words) };
    Breaker {
        config,
        seed: origin.seed,
        phase,
        window: config.rates.map(|rates| Window::read(rates.span, words)),
        failures,
        failed_recoveries,
        mode: mode(third >> MODE & 0b11),
        isolations,
        epoch,
        latest,
        last_failure_at: (third & HAS_FAILED != 0).then_some(last_failure),
        admitted: 0,
        rejected: 0,
        transitions: third >> SMALL_BITS,
        last_reason: reason(third >> REASON & 0b1111),
        recent: [None; 2],
    }
}

fn small(breaker: &Breaker, origin: Origin<'_>) -> u64 {
    let flag = |is: bool, bit: u64| if is { bit } else { 0 };
    let phase = match breaker.phase {
        Phase::Closed { .. } => 0,
        Phase::Open { .. } => 1,
        Phase::HalfOpen(_) => 2,
    };
    let mode = breaker.mode as u64;
    let reason = breaker.last_reason.map_or(0, |reason| reason as u64 + 1);
    let ramps_up = matches!(breaker.phase, Phase::Closed { ramp_ends: Some(_) });
    phase
        | mode << MODE
        | reason << REASON
        | flag(breaker.last_failure_at.is_some(), HAS_FAILED)
        | flag(ramps_up, RAMPS_UP)
        | flag(breaker.config != *origin.config, RECONFIGURED)
}

fn mode(number: u64) -> Mode {
    let modes = [Mode::Enforce, Mode::Observe, Mode::Disabled];
    modes.into_iter().find(|mode| *mode as u64 == number).unwrap_or_default()
}

fn reason(number: u64) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| *reason as u64 + 1 == number)
}
