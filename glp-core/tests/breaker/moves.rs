//! Arbitrary configurations and arbitrary things done to a breaker.

use core::num::{NonZeroU8, NonZeroU16};
use core::time::Duration;

use glp_core::breaker::{
    Config, Growth, Mode, Outcome, RampUp, Rates, Recovery, Share, Slow, Span,
};
use proptest::prelude::*;

use crate::some;

/// One thing done to a breaker; times in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Acquire,
    /// Reports the n-th permit that is out: its outcome, how long it took, what the server asked.
    Report(usize, Outcome, Option<u64>, Option<u64>),
    Release(usize),
    /// Forgets it: only its lease can bring it back.
    Leak(usize),
    Forward(u64),
    Backward(u64),
    Reset,
    ForceOpen,
    OpenUntil(u64),
    Isolate,
    Lift,
    SetMode(Mode),
    Reconfigure(Box<Config>),
    Restart,
}

pub(crate) fn outcomes() -> impl Strategy<Value = Outcome> + Clone {
    prop_oneof![
        2 => Just(Outcome::Failure), 2 => Just(Outcome::Success), 1 => Just(Outcome::Ignore),
    ]
}

/// What a client does by itself.
pub(crate) fn automatic() -> impl Strategy<Value = Move> + Clone {
    let report =
        (any::<usize>(), outcomes(), prop::option::of(0..20_u64), prop::option::of(0..60_u64));
    prop_oneof![
        6 => Just(Move::Acquire),
        6 => report.prop_map(|(n, outcome, took, hint)| Move::Report(n, outcome, took, hint)),
        1 => any::<usize>().prop_map(Move::Release),
        1 => any::<usize>().prop_map(Move::Leak),
        4 => (0..40_u64).prop_map(Move::Forward),
        1 => (0..40_u64).prop_map(Move::Backward),
    ]
}

/// What a client and its operator do.
pub(crate) fn any_move() -> impl Strategy<Value = Move> {
    let mode = prop_oneof![
        3 => Just(Mode::Enforce), 1 => Just(Mode::Observe), 1 => Just(Mode::Disabled),
    ];
    prop_oneof![
        30 => automatic(),
        1 => Just(Move::Reset),
        1 => Just(Move::ForceOpen),
        1 => (0..200_u64).prop_map(Move::OpenUntil),
        1 => Just(Move::Isolate),
        2 => Just(Move::Lift),
        2 => mode.prop_map(Move::SetMode),
        1 => configs().prop_map(|config| Move::Reconfigure(Box::new(config))),
        1 => Just(Move::Restart),
    ]
}

fn shares() -> impl Strategy<Value = Share> {
    (1..=100_u8).prop_map(|percent| Share::percent(percent).expect("from 1 to 100"))
}

fn rates() -> impl Strategy<Value = Rates> {
    let buckets = (1..5_u8).prop_map(|buckets| NonZeroU8::new(buckets).expect("above zero"));
    let span = prop_oneof![
        (1..6_u16).prop_map(|calls| Span::Calls(NonZeroU16::new(calls).expect("above zero"))),
        (1..60_u64, buckets).prop_map(|(length, buckets)| {
            Span::Time { length: Duration::from_nanos(length), buckets }
        }),
    ];
    let slow = (0..20_u64, shares())
        .prop_map(|(limit, share)| Slow { limit: Duration::from_nanos(limit), share });
    (span, 1..6_u32, prop::option::of(shares()), prop::option::of(slow)).prop_map(
        |(span, minimum, failures, slow)| Rates {
            span,
            minimum_calls: some(minimum),
            failures,
            slow,
        },
    )
}

/// Configurations without randomness and without ramp-up, times in nanoseconds.
pub(crate) fn configs() -> impl Strategy<Value = Config> {
    let thresholds = (prop_oneof![1..4_u32, Just(u32::MAX)], 1..4_u32, 1..3_u32, 1..6_u32);
    let times = (0..30_u64, 1..50_u64, 0..50_u64);
    let growth = (1..4_u32, 0..200_u64).prop_map(|(factor, cap)| Growth {
        factor: some(factor),
        cap: Duration::from_nanos(cap),
        spread: None,
    });
    let recovery = prop_oneof![
        Just(Recovery::Successes),
        (1..5_u32, shares())
            .prop_map(|(probes, share)| Recovery::Ratio { probes: some(probes), share }),
    ];
    (thresholds, times, prop::option::of(rates()), prop::option::of(growth), recovery).prop_map(
        |(thresholds, (cool_down, lease, wait), rates, growth, recovery)| Config {
            failure_threshold: some(thresholds.0),
            success_threshold: some(thresholds.1),
            cool_down: Duration::from_nanos(cool_down),
            max_probes: some(thresholds.2),
            probe_lease: Duration::from_nanos(lease),
            rates,
            growth,
            max_server_wait: Duration::from_nanos(wait),
            recovery,
            probes_per_round: some(thresholds.3),
            ramp_up: None,
        },
    )
}

/// Configurations of every kind.
pub(crate) fn all_configs() -> impl Strategy<Value = Config> {
    let ramp_up = (shares(), 0..300_u64)
        .prop_map(|(start, over)| RampUp { start, over: Duration::from_nanos(over) });
    (configs(), prop::option::of(ramp_up), prop::option::of(shares())).prop_map(
        |(config, ramp_up, spread)| {
            let growth = config.growth.map(|growth| Growth { spread, ..growth });
            Config { ramp_up, growth, ..config }
        },
    )
}
