//! Waits: how they grow, how they are spread, and the bounds they never leave.

use core::time::Duration;

use glp_core::backoff::{Backoff, Growth, Jitter};
use glp_core::rng::SplitMix64;
use proptest::prelude::*;

use crate::{secs, some};

const LISTED: [Duration; 3] =
    [Duration::from_secs(30), Duration::from_secs(3), Duration::from_secs(90)];

fn growths() -> impl Strategy<Value = Growth> {
    prop_oneof![
        Just(Growth::Fixed),
        any::<u64>().prop_map(|step| Growth::Linear { step: Duration::from_nanos(step) }),
        (1..=u32::MAX).prop_map(|factor| { Growth::Exponential { factor: some(factor) } }),
        (0..=3_usize).prop_map(|places| Growth::Custom(&LISTED[..places])),
    ]
}

fn jitters() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Equal),
        Just(Jitter::Full),
        Just(Jitter::Decorrelated),
        (1..=100_u8).prop_map(|percent| Jitter::Proportional { percent }),
    ]
}

fn backoffs() -> impl Strategy<Value = Backoff> {
    let initial = prop_oneof![1..=u64::MAX, 1..=10_000_000_000_u64];
    (initial, growths(), any::<u64>(), jitters()).prop_map(|(initial, growth, more, jitter)| {
        let max_delay = Duration::from_nanos(initial.saturating_add(more));
        Backoff { initial: Duration::from_nanos(initial), growth, max_delay, jitter }
    })
}

/// What the module's table promises, in whole nanoseconds that cannot overflow.
fn promised(backoff: &Backoff, failures: u32, previous: Duration) -> (u128, u128) {
    let (base, cap) = (backoff.base(failures).as_nanos(), backoff.max_delay.as_nanos());
    match backoff.jitter {
        Jitter::None => (base, base),
        Jitter::Equal => (base - base / 2, base),
        Jitter::Full => (0, base),
        Jitter::Decorrelated => {
            let initial = backoff.initial.as_nanos();
            (initial, (3 * previous.as_nanos()).min(cap).max(initial))
        }
        Jitter::Proportional { percent } => {
            let share = base * u128::from(percent) / 100;
            (base - share, (base + share).min(cap))
        }
    }
}

proptest! {
    #[test]
    fn law_7_every_jittered_delay_is_within_its_stated_bound(
        backoff in backoffs(), failures in any::<u32>(), previous in any::<u64>(), seed in any::<u64>(),
    ) {
        let previous = Duration::from_nanos(previous);
        prop_assert_eq!(backoff.check(), Ok(()));
        let delay = backoff.delay_after(failures, previous, &mut SplitMix64::new(seed));
        let (least, most) = promised(&backoff, failures, previous);
        prop_assert!((least..=most).contains(&delay.as_nanos()), "{delay:?}");
        prop_assert!(delay <= backoff.max_delay, "r5: the cap holds after jitter");
    }

    #[test]
    fn the_base_is_the_formula_in_wide_numbers(backoff in backoffs(), failures in 1..200_u32) {
        let initial = backoff.initial.as_nanos();
        let further = failures - 1;
        let grown = match backoff.growth {
            Growth::Fixed => initial,
            Growth::Linear { step } => initial + step.as_nanos() * u128::from(further),
            Growth::Exponential { factor } => {
                initial.saturating_mul(u128::from(factor.get()).saturating_pow(further))
            }
            Growth::Custom(waits) => {
                let listed = further.checked_sub(1).and_then(|place| {
                    waits.get((place as usize).min(waits.len().saturating_sub(1)))
                });
                listed.map_or(initial, Duration::as_nanos)
            }
        };
        prop_assert_eq!(backoff.base(failures).as_nanos(), grown.min(backoff.max_delay.as_nanos()));
    }

    #[test]
    fn the_base_never_shrinks_unless_it_was_written_so(
        backoff in backoffs(), failures in 0..u32::MAX,
    ) {
        let listed = matches!(backoff.growth, Growth::Custom(_));
        prop_assert!(listed || backoff.base(failures) <= backoff.base(failures + 1));
    }

    #[test]
    fn a_schedule_is_each_delay_after_the_one_before(backoff in backoffs(), seed in any::<u64>()) {
        let mut rng = SplitMix64::new(seed);
        let mut previous = backoff.initial;
        for (failures, wait) in (1..40).zip(backoff.schedule(seed)) {
            previous = backoff.delay_after(failures, previous.max(backoff.initial), &mut rng);
            prop_assert_eq!(wait, previous);
        }
    }

    #[test]
    fn one_seed_one_schedule(backoff in backoffs(), seed in any::<u64>()) {
        let waits: Vec<_> = backoff.schedule(seed).take(50).collect();
        prop_assert_eq!(waits, backoff.schedule(seed).take(50).collect::<Vec<_>>());
    }
}

#[test]
fn r5_the_waits_without_jitter_are_doubled_up_to_the_cap() {
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    assert_eq!(backoff.schedule(0).take(3).collect::<Vec<_>>(), [secs(1), secs(2), secs(4)]);
    assert_eq!(backoff.base(u32::MAX), secs(60));
}

#[test]
fn a_schedule_is_the_same_on_every_platform() {
    let backoff = Backoff::DEFAULT;
    let nanos: Vec<_> = backoff.schedule(1_234_567).take(3).map(|wait| wait.as_nanos()).collect();
    // By hand from the published SplitMix64 sequence: base − (draw × (base ÷ 2 + 1) ÷ 2⁶⁴).
    assert_eq!(nanos, [824_960_229, 1_826_355_904, 2_935_585_392]);
}

#[test]
fn decorrelated_waits_wander_between_the_initial_and_the_cap() {
    let backoff = Backoff { jitter: Jitter::Decorrelated, ..Backoff::DEFAULT };
    let waits: Vec<_> = backoff.schedule(5).take(1_000).collect();
    assert!(waits.iter().all(|wait| (secs(1)..=secs(60)).contains(wait)));
    assert!(waits.windows(2).any(|pair| pair[1] < pair[0]), "it may come down again");
    assert!(waits.iter().any(|wait| *wait > secs(30)), "and it does go up");
}

#[test]
fn proportional_waits_do_not_pile_up_on_the_cap() {
    let jitter = Jitter::Proportional { percent: 25 };
    let backoff = Backoff { initial: secs(60), jitter, ..Backoff::DEFAULT };
    let on_the_cap = backoff.schedule(5).take(1_000).filter(|wait| *wait == secs(60)).count();
    assert_eq!(on_the_cap, 0);
}

#[test]
fn misuse_is_refused_by_name() {
    const ZERO: [Duration; 2] = [Duration::from_secs(1), Duration::ZERO];
    let good = Backoff::DEFAULT;
    let refused = [
        ("backoff.initial", Backoff { initial: Duration::ZERO, ..good }),
        ("backoff.max_delay", Backoff { max_delay: Duration::from_millis(1), ..good }),
        ("backoff.growth", Backoff { growth: Growth::Custom(&ZERO), ..good }),
        ("backoff.jitter.percent", Backoff { jitter: Jitter::Proportional { percent: 0 }, ..good }),
        (
            "backoff.jitter.percent",
            Backoff { jitter: Jitter::Proportional { percent: 101 }, ..good },
        ),
    ];
    for (field, backoff) in refused {
        assert_eq!(backoff.check().unwrap_err().field, field);
    }
    assert_eq!(Backoff { max_delay: secs(1), ..good }.check(), Ok(()), "as long as the first");
}

#[test]
fn a_backoff_and_its_schedule_print_themselves() {
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    assert_eq!(backoff.to_string(), "1s x 2, at most 60s, no jitter");
    assert_eq!(format!("{:.2}", backoff.schedule(0)), "1s, 2s, …");
    let custom = Backoff { growth: Growth::Custom(&LISTED), ..Backoff::DEFAULT };
    assert_eq!(custom.to_string(), "1s, 30s, 3s, 90s, at most 60s, equal jitter");
}
