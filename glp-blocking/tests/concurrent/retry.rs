//! `retry` and `retry_with`.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::time::Duration;

use glp_blocking::concurrent::{TimeLeft, retry};
use glp_blocking::{GaveUp, Retrying, retry_with};
use glp_core::backoff::{Backoff, Jitter};
use glp_core::budget::{self, Tokens};
use glp_core::concurrent::ThreadTimer;
use glp_core::error::{ApiKind, Error, NetworkKind};
use glp_core::retry::{Failure, GiveUp, Nature, Policy};
use glp_core::testkit::{VirtualThreadTimer, VirtualTimer};
use glp_core::time::Instant;
use proptest::prelude::*;

const SEED: u64 = 7;

/// Waits of exactly 50, 100, 200, … milliseconds.
const EXACT: Policy = Policy {
    backoff: Backoff {
        initial: Duration::from_millis(50),
        jitter: Jitter::None,
        ..Backoff::DEFAULT
    },
    ..Policy::DEFAULT
};

fn attempts(attempts: u32) -> Policy {
    Policy { attempts: NonZeroU32::new(attempts).unwrap(), ..EXACT }
}

fn offline() -> Error {
    Error::new(NetworkKind::Connection, "offline")
}

fn milliseconds(instant: Instant) -> u128 {
    instant.since(Instant::ZERO).as_millis()
}

#[test]
fn r4_the_backoff_goes_on_undisturbed_after_a_hint() {
    let timer = VirtualThreadTimer::new();
    let hint = Duration::from_secs(20);
    let limited = Error::new(ApiKind::RateLimit, "slow down").with_retry_after(hint);
    let mut answers = [Err(limited), Err(offline()), Err(offline()), Ok(1)].into_iter();
    let mut began = Vec::new();

    let answer = retry(&timer, attempts(4), SEED, |_| {
        began.push(milliseconds(timer.now()));
        answers.next().unwrap()
    });

    assert_eq!(answer.unwrap(), 1);
    assert_eq!([began[2] - began[1], began[3] - began[2]], [50, 100]);
}

#[test]
fn r8_an_unknown_outcome_is_not_repeated() {
    let timer = VirtualThreadTimer::new();
    let answer = retry(&timer, EXACT, SEED, |_| Err::<(), _>(offline().with_outcome_unknown()));
    assert!(answer.unwrap_err().is_outcome_unknown());
    assert_eq!(timer.now(), Instant::ZERO);
}

#[test]
fn r11_every_attempt_is_told_its_time_and_no_wait_passes_that_of_the_operation() {
    let timer = VirtualThreadTimer::new();
    let policy = Policy {
        attempt_timeout: Duration::from_secs(1),
        operation_timeout: Duration::from_millis(2_500),
        ..attempts(9)
    };
    let mut told = Vec::new();

    let answer = retry(&timer, policy, SEED, |time: TimeLeft<_>| {
        told.push(time.left().as_millis());
        timer.sleep_until(time.until());
        assert!(time.is_up());
        Err::<(), _>(Error::new(NetworkKind::Timeout, "no answer in time"))
    });

    assert_eq!(told, [1_000, 1_000, 350], "what is left after waits of 50 and 100");
    assert_eq!(milliseconds(timer.now()), 2_500);
    let details = answer.unwrap_err().details().to_vec();
    assert!(
        details.iter().any(|(key, why)| *key == "gave_up" && *why == "the deadline would pass")
    );
}

#[test]
fn a_value_that_comes_late_is_a_value() {
    let timer = VirtualThreadTimer::new();
    let answer = retry(&timer, EXACT, SEED, |time: TimeLeft<_>| {
        timer.sleep_until(time.until() + Duration::from_secs(1));
        Ok(7)
    });
    assert_eq!(answer.unwrap(), 7);
}

#[test]
fn an_empty_budget_that_operations_share_stops_them_all() {
    let capacity = Tokens::DEFAULT.retry;
    let one_retry = budget::Config::Tokens(Tokens { capacity, ..Tokens::DEFAULT });
    let retrying = Retrying::new(VirtualThreadTimer::new(), EXACT, one_retry, SEED);
    let judge = |_: &&str| Failure::from(Nature::Passing);

    let calls =
        [(); 2].map(|()| retry_with(&retrying, judge, |_| Err::<(), _>("offline")).unwrap_err());

    assert_eq!(calls.map(|gave_up| gave_up.attempts), [2, 1]);
    assert!(calls.iter().all(|gave_up| matches!(gave_up.why, GiveUp::BudgetEmpty { .. })));
}

#[test]
fn giving_up_names_the_error_the_reason_and_the_effort() {
    let retrying = Retrying::new(VirtualThreadTimer::new(), EXACT, budget::Config::Off, SEED);
    let mut errors = ["busy", "gone"].into_iter();
    let judge = |error: &&str| match *error {
        "busy" => Failure::from(Nature::Passing),
        _ => Failure::from(Nature::Permanent),
    };

    let gave_up = retry_with(&retrying, judge, |_| Err::<(), _>(errors.next().unwrap()));

    let (error, why, elapsed) = ("gone", GiveUp::Permanent, Duration::from_millis(50));
    assert_eq!(gave_up, Err(GaveUp { error, why, attempts: 2, elapsed }));
}

proptest! {
    #[test]
    fn law_both_flavours_try_at_the_same_times_whatever_fails(
        seed in any::<u64>(), attempts in 1_u32..8,
        hints in prop::collection::vec(prop::option::of(0_u64..90), 8),
    ) {
        let policy = Policy { attempts: NonZeroU32::new(attempts).unwrap(), ..Policy::DEFAULT };
        let error = |attempt: usize| match hints[attempt] {
            Some(hint) => offline().with_retry_after(Duration::from_secs(hint)),
            None => offline(),
        };

        let (timer, mut began) = (VirtualThreadTimer::new(), Vec::new());
        let blocking = retry(&timer, policy, seed, |_| {
            began.push(timer.now());
            Err::<(), _>(error(began.len() - 1))
        });

        let (timer, awaited) = (VirtualTimer::new(), RefCell::new(Vec::new()));
        let polled = timer.run(glp_core::concurrent::retry(&timer, policy, seed, || {
            awaited.borrow_mut().push(glp_core::concurrent::Timer::now(&timer));
            std::future::ready(Err::<(), _>(error(awaited.borrow().len() - 1)))
        }));

        prop_assert_eq!(began, awaited.into_inner());
        prop_assert_eq!(blocking.unwrap_err().to_string(), polled.unwrap_err().to_string());
    }
}
