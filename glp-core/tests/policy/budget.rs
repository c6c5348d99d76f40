//! The retry budget: what fills it, what empties it, and that it holds under any clock.

use core::time::Duration;

use glp_core::budget::{Budget, Config, Cost, Empty, Share, Tokens};
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::{Clock, clocks, secs, some};

/// What callers do to a budget.
#[derive(Clone, Copy, Debug)]
enum Step {
    Begin,
    Retry,
    RetryAfterTimeout,
    /// A call succeeds that had no retry, or the retry that was paid for last.
    Succeed,
    SucceedAfterRetry,
}

fn steps() -> impl Strategy<Value = Vec<(Clock, Step)>> {
    let step = prop_oneof![
        Just(Step::Begin),
        Just(Step::Retry),
        Just(Step::RetryAfterTimeout),
        Just(Step::Succeed),
        Just(Step::SucceedAfterRetry),
    ];
    prop::collection::vec((clocks(), step), 1..200)
}

proptest! {
    #[test]
    fn the_bucket_is_a_number_between_zero_and_its_capacity(
        steps in steps(), capacity in 10..60_u32, retry in 1..10_u32, success in 0..8_u32,
    ) {
        let tokens = Tokens { capacity: some(capacity), retry: some(retry), success, ..Tokens::DEFAULT };
        let mut budget = Budget::new(Config::Tokens(tokens));
        let (mut left, mut receipts, mut now) = (capacity, Vec::new(), Instant::ZERO);
        for (clock, step) in steps {
            now = clock.from(now);
            let cost = match step {
                Step::Begin => { budget.began(now); continue }
                Step::Succeed => { budget.succeeded(None); left = capacity.min(left + success); continue }
                Step::SucceedAfterRetry => {
                    if let Some((charge, cost)) = receipts.pop() {
                        budget.succeeded(Some(charge));
                        left = capacity.min(left + cost);
                    }
                    continue
                }
                Step::Retry => (Cost::Retry, retry),
                Step::RetryAfterTimeout => (Cost::AfterTimeout, 10),
            };
            match budget.withdraw(cost.0, now) {
                Ok(charge) => { left -= cost.1; receipts.push((charge, cost.1)); }
                Err(Empty) => prop_assert!(left < cost.1),
            }
            prop_assert_eq!(budget.affordable(now), left / retry);
        }
    }

    #[test]
    fn law_9_retries_are_at_most_the_share_and_the_floor_in_any_window(
        steps in steps(), percent in 1..300_u32, floor_per_second in 0..3_u32, seconds in 1..8_u64,
    ) {
        let share = Share { percent: some(percent), floor_per_second, window: secs(seconds) };
        let mut budget = Budget::new(Config::Share(share));
        // The model: when calls and retries were, in tenths of the window, by the latest clock.
        let (mut began, mut retried) = (Vec::<u64>::new(), Vec::<u64>::new());
        let (mut now, mut latest) = (Instant::ZERO, Instant::ZERO);
        for (clock, step) in steps {
            now = clock.from(now);
            // A look alone does not move the budget's clock.
            let seen = latest.max(now);
            if !matches!(step, Step::Succeed | Step::SucceedAfterRetry) {
                latest = seen;
            }
            let slice = seen.as_nanos() / (seconds * 100_000_000);
            let recent = |slices: &[u64]| slices.iter().filter(|at| **at + 10 > slice).count() as u64;
            let allowed = recent(&began) * u64::from(percent) / 100;
            let allowed = (allowed + u64::from(floor_per_second) * seconds).saturating_sub(recent(&retried));
            match step {
                Step::Begin => { budget.began(now); began.push(slice); }
                Step::Retry | Step::RetryAfterTimeout => {
                    let paid = budget.withdraw(Cost::Retry, now);
                    prop_assert_eq!(paid.is_ok(), allowed > 0);
                    retried.extend(paid.map(|_| slice));
                }
                Step::Succeed | Step::SucceedAfterRetry => {
                    budget.succeeded(None);
                    prop_assert_eq!(u64::from(budget.affordable(now)), allowed);
                }
            }
        }
    }
}

#[test]
fn r11_a_hundred_retries_that_do_not_help_empty_the_default_budget() {
    let mut budget = Budget::new(Config::DEFAULT);
    let paid = (0..200).filter(|_| budget.withdraw(Cost::Retry, Instant::ZERO).is_ok()).count();
    assert_eq!(paid, 100);
    assert!(budget.withdraw(Cost::Retry, Instant::MAX).is_err(), "time alone does not fill it");
}

#[test]
fn a_retry_after_a_timeout_costs_twice_as_much() {
    let mut budget = Budget::new(Config::DEFAULT);
    let paid = (0..200).filter(|_| budget.withdraw(Cost::AfterTimeout, Instant::ZERO).is_ok());
    assert_eq!(paid.count(), 50);
}

#[test]
fn a_success_gives_back_the_cost_of_its_last_retry_and_one_without_a_retry_gives_one() {
    let mut budget = Budget::new(Config::DEFAULT);
    let _first = budget.withdraw(Cost::Retry, Instant::ZERO);
    let last = budget.withdraw(Cost::AfterTimeout, Instant::ZERO).unwrap();
    assert_eq!(budget.affordable(Instant::ZERO), 97);
    budget.succeeded(Some(last));
    assert_eq!(budget.affordable(Instant::ZERO), 99, "the first is not given back");
    (0..4).for_each(|_| budget.succeeded(None));
    assert_eq!(budget.affordable(Instant::ZERO), 99);
    budget.succeeded(None);
    assert_eq!(budget.affordable(Instant::ZERO), 100);
}

#[test]
fn the_default_share_is_a_fifth_of_the_calls_and_ten_a_second_over_ten_seconds() {
    let mut budget = Budget::new(Config::Share(Share::DEFAULT));
    let paid = |budget: &mut Budget, now| {
        (0..1_000).filter(|_| budget.withdraw(Cost::Retry, now).is_ok()).count()
    };
    assert_eq!(paid(&mut budget, Instant::ZERO), 100, "the floor");
    (0..50).for_each(|_| budget.began(Instant::ZERO));
    assert_eq!(paid(&mut budget, Instant::ZERO), 10, "and a fifth");
    assert_eq!(paid(&mut budget, Instant::ZERO + secs(9)), 0);
    assert_eq!(paid(&mut budget, Instant::ZERO + secs(10)), 100, "the window has passed");
}

#[test]
fn a_share_does_not_care_what_kind_of_failure_a_retry_follows_or_what_succeeds() {
    let share = Share { floor_per_second: 0, percent: some(100), ..Share::DEFAULT };
    let mut budget = Budget::new(Config::Share(share));
    (0..3).for_each(|_| budget.began(Instant::ZERO));
    let charge = budget.withdraw(Cost::AfterTimeout, Instant::ZERO).unwrap();
    assert_eq!(budget.affordable(Instant::ZERO), 2);
    budget.succeeded(Some(charge));
    assert_eq!(budget.affordable(Instant::ZERO), 2);
}

#[test]
fn law_10_a_clock_at_its_end_neither_panics_nor_forgets() {
    for config in [Config::DEFAULT, Config::Share(Share::DEFAULT), Config::Off] {
        let mut budget = Budget::new(config);
        budget.began(Instant::MAX);
        assert!(budget.withdraw(Cost::Retry, Instant::MAX).is_ok());
        let left = budget.affordable(Instant::MAX);
        assert_eq!(budget.affordable(Instant::ZERO), left);
    }
    let longest = Share { window: Duration::MAX, ..Share::DEFAULT };
    assert_eq!(Budget::new(Config::Share(longest)).affordable(Instant::MAX), u32::MAX);
}

#[test]
fn a_budget_prints_itself() {
    for (config, text) in [
        (Config::default(), "500 tokens: 5 a retry, 10 after a timeout, 1 back from a success"),
        (Config::Share(Share::DEFAULT), "20 retries per 100 calls and 10 a second, over 10s"),
        (Config::Off, "off"),
    ] {
        assert_eq!(config.to_string(), text);
    }
}

#[test]
fn the_share_forgets_what_is_older_than_its_window() {
    let share = Share { floor_per_second: 0, ..Share::DEFAULT };
    let mut budget = Budget::new(Config::Share(share));
    (0..5).for_each(|_| budget.began(Instant::ZERO));
    assert_eq!(budget.affordable(Instant::ZERO + Duration::from_millis(9_999)), 1);
    assert_eq!(budget.affordable(Instant::ZERO + secs(10)), 0);
}

#[test]
fn a_budget_that_is_off_pays_for_everything() {
    let mut budget = Budget::new(Config::Off);
    assert!((0..10_000).all(|_| budget.withdraw(Cost::AfterTimeout, Instant::ZERO).is_ok()));
}

#[test]
fn misuse_is_refused_by_name() {
    let tokens = Tokens { capacity: some(7), ..Tokens::DEFAULT };
    assert_eq!(Config::Tokens(tokens).check().unwrap_err().field, "budget.after_timeout");
    let tokens = Tokens { capacity: some(4), ..Tokens::DEFAULT };
    assert_eq!(Config::Tokens(tokens).check().unwrap_err().field, "budget.retry");
    let share = Share { window: Duration::from_millis(999), ..Share::DEFAULT };
    assert_eq!(Config::Share(share).check().unwrap_err().field, "budget.window");
    let one_retry = Tokens { capacity: some(10), ..Tokens::DEFAULT };
    assert_eq!(Config::Tokens(one_retry).check(), Ok(()));
    assert_eq!(Config::Share(Share { window: secs(1), ..Share::DEFAULT }).check(), Ok(()));
}
