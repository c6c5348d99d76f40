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

/// Numbers of failures, the ends among them.
fn counts() -> impl Strategy<Value = u32> {
    prop_oneof![0..200_u32, any::<u32>(), Just(u32::MAX - 1), Just(u32::MAX)]
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

/// What callers do with schedules.
#[derive(Clone, Copy, Debug)]
enum Use {
    Wait(usize),
    Print(usize),
    Copy(usize),
}

fn uses() -> impl Strategy<Value = Vec<Use>> {
    let one = prop_oneof![
        6 => (0..8_usize).prop_map(Use::Wait),
        2 => (0..8_usize).prop_map(Use::Print),
        1 => (0..8_usize).prop_map(Use::Copy),
    ];
    prop::collection::vec(one, 1..90)
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
        backoff in backoffs(), failures in counts(), previous in any::<u64>(), seed in any::<u64>(),
    ) {
        let previous = Duration::from_nanos(previous);
        prop_assert_eq!(backoff.check(), Ok(()));
        let delay = backoff.delay_after(failures, previous, &mut SplitMix64::new(seed));
        let (least, most) = promised(&backoff, failures, previous);
        prop_assert!((least..=most).contains(&delay.as_nanos()), "{delay:?}");
        prop_assert!(delay <= backoff.max_delay, "the cap holds after jitter");
    }

    #[test]
    fn the_base_is_the_formula_in_wide_numbers(backoff in backoffs(), failures in counts()) {
        let initial = backoff.initial.as_nanos();
        let further = failures.saturating_sub(1);
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
        backoff in backoffs(), failures in counts(),
    ) {
        let listed = matches!(backoff.growth, Growth::Custom(_));
        prop_assert!(listed || backoff.base(failures) <= backoff.base(failures.saturating_add(1)));
    }

    /// The model is the list of its waits: each is drawn after the one before.
    #[test]
    fn a_schedule_is_a_place_in_a_list_whatever_is_done_to_it_and_to_its_copies(
        backoff in backoffs(), seed in any::<u64>(), steps in uses(),
    ) {
        let mut rng = SplitMix64::new(seed);
        let draw = |previous: &mut Duration, failures| {
            *previous = backoff.delay_after(failures, (*previous).max(backoff.initial), &mut rng);
            Some(*previous)
        };
        let list: Vec<_> = (1..100).scan(backoff.initial, draw).collect();
        let mut schedules = vec![(backoff.schedule(seed), 0)];
        for step in steps {
            let count = schedules.len();
            match step {
                Use::Wait(which) => {
                    let (schedule, place) = &mut schedules[which % count];
                    prop_assert_eq!(schedule.next(), Some(list[*place]));
                    *place += 1;
                }
                Use::Print(which) => {
                    let (schedule, place) = &schedules[which % count];
                    let next = &list[*place..*place + 3];
                    let text = format!("{:?}, {:?}, {:?}, …", next[0], next[1], next[2]);
                    prop_assert_eq!(format!("{schedule:.3}"), text);
                }
                Use::Copy(which) => schedules.push(schedules[which % count].clone()),
            }
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
fn fixed_linear_exponential_and_custom_waits_grow_as_they_say() {
    let plain = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    for (growth, text) in [
        (Growth::Fixed, "1s, 1s, 1s, 1s, 1s, …"),
        (Growth::Linear { step: secs(20) }, "1s, 21s, 41s, 60s, 60s, …"),
        (Growth::Exponential { factor: some(3) }, "1s, 3s, 9s, 27s, 60s, …"),
        (Growth::Custom(&LISTED), "1s, 30s, 3s, 60s, 60s, …"),
        (Growth::Custom(&[]), "1s, 1s, 1s, 1s, 1s, …"),
    ] {
        let backoff = Backoff { growth, ..plain };
        assert_eq!(format!("{:.5}", backoff.schedule(0)), text);
        assert_eq!(backoff.base(0), backoff.base(1), "no failure is taken as one");
    }
}

/// One backoff with each kind of jitter.
const KINDS: [Jitter; 5] = [
    Jitter::None,
    Jitter::Equal,
    Jitter::Full,
    Jitter::Decorrelated,
    Jitter::Proportional { percent: 25 },
];

#[test]
fn every_kind_of_jitter_fills_its_range_from_end_to_end() {
    for (jitter, least, most) in [
        (KINDS[0], 8_000, 8_000),
        (KINDS[1], 4_000, 8_000),
        (KINDS[2], 0, 8_000),
        (KINDS[3], 1_000, 15_000),
        (KINDS[4], 6_000, 10_000),
    ] {
        let backoff = Backoff { jitter, ..Backoff::DEFAULT };
        let mut rng = SplitMix64::new(7);
        let delays: Vec<_> =
            (0..1_000).map(|_| backoff.delay_after(4, secs(5), &mut rng).as_millis()).collect();
        let (shortest, longest) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
        let near = (most - least) / 50;
        assert!(least <= *shortest && *shortest <= least + near, "{jitter:?}: {shortest}");
        assert!(most - near <= *longest + 1 && *longest <= most, "{jitter:?}: {longest}");
    }
}

#[test]
fn r5_no_kind_of_jitter_reaches_over_the_cap() {
    for jitter in KINDS {
        let backoff = Backoff { jitter, ..Backoff::DEFAULT };
        for seed in 0..100 {
            assert!(backoff.schedule(seed).take(20).all(|wait| wait <= secs(60)), "{jitter:?}");
        }
    }
}

#[test]
fn without_jitter_no_random_number_is_drawn() {
    let mut rng = SplitMix64::new(7);
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    assert_eq!(backoff.delay_after(3, secs(1), &mut rng), secs(4));
    assert_eq!(rng, SplitMix64::new(7));
}

/// By hand from the published SplitMix64 sequence of this seed: the longest wait of each range,
/// less (draw × (longest − shortest + 1)) ÷ 2⁶⁴.
#[test]
fn one_seed_gives_one_schedule_on_every_platform_for_every_kind_of_jitter() {
    const DRAWS: [u128; 3] =
        [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
    let pick =
        |draw: usize, least: u128, most: u128| most - ((DRAWS[draw] * (most - least + 1)) >> 64);
    let (one, two, four) = (1_000_000_000, 2_000_000_000, 4_000_000_000);
    let wandered = pick(0, one, 3 * one);
    let wandered = [wandered, pick(1, one, 3 * wandered)];
    let waits: [[u128; 3]; 5] = [
        [one, two, four],
        [824_960_229, 1_826_355_904, 2_935_585_392],
        [pick(0, 0, one), pick(1, 0, two), pick(2, 0, four)],
        [wandered[0], wandered[1], pick(2, one, 3 * wandered[1])],
        [
            pick(0, one * 3 / 4, one * 5 / 4),
            pick(1, two * 3 / 4, two * 5 / 4),
            pick(2, four * 3 / 4, four * 5 / 4),
        ],
    ];
    for (jitter, waits) in KINDS.into_iter().zip(waits) {
        let backoff = Backoff { jitter, ..Backoff::DEFAULT };
        let drawn: Vec<_> =
            backoff.schedule(1_234_567).take(3).map(|wait| wait.as_nanos()).collect();
        assert_eq!(drawn, waits, "{jitter:?}");
    }
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
