//! `retry` and `retry_with`.

use std::cell::RefCell;
use std::future::{Ready, pending, ready};
use std::num::NonZeroU32;
use std::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::budget::{self, Tokens};
use glp_core::concurrent::{AttemptError, GaveUp, Retrying, TimedOut, retry, retry_with};
use glp_core::error::{ApiKind, Error, ErrorKind, NetworkKind, SyncKind};
use glp_core::retry::{Failure, GiveUp, Nature, Policy, Rules, Why};
use glp_core::testkit::VirtualTimer;
use proptest::prelude::*;

use crate::now;

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
    Policy { attempts: NonZeroU32::new(attempts).expect("at least one"), ..EXACT }
}

fn offline() -> Error {
    Error::new(NetworkKind::Connection, "offline")
}

/// Answers in order, the last answer for ever, and notes when each attempt began.
struct Service<'a> {
    timer: &'a VirtualTimer,
    answers: RefCell<Vec<Result<u32, Error>>>,
    began: RefCell<Vec<u128>>,
}

impl<'a> Service<'a> {
    fn new<const N: usize>(timer: &'a VirtualTimer, mut answers: [Result<u32, Error>; N]) -> Self {
        answers.reverse();
        Self { timer, answers: RefCell::new(answers.into()), began: RefCell::default() }
    }

    fn answer(&self) -> Ready<Result<u32, Error>> {
        self.began.borrow_mut().push(now(self.timer));
        let mut answers = self.answers.borrow_mut();
        let last = answers[0].clone();
        ready(if answers.len() > 1 { answers.pop().unwrap_or(last) } else { last })
    }

    fn retry(&self, policy: Policy) -> Result<u32, Error> {
        self.timer.run(retry(self.timer, policy, SEED, || self.answer()))
    }

    fn began(&self) -> Vec<u128> {
        self.began.borrow().clone()
    }
}

#[test]
fn t09_retry_succeeds_on_the_first_attempt_and_asks_for_no_wait() {
    let timer = VirtualTimer::new();
    let service = Service::new(&timer, [Ok(1)]);

    assert_eq!(service.retry(EXACT).unwrap(), 1);
    assert_eq!(service.began(), [0]);
}

#[test]
fn t10_retry_succeeds_after_failures_and_as_many_waits() {
    let timer = VirtualTimer::new();
    let service = Service::new(&timer, [Err(offline()), Err(offline()), Ok(1)]);

    assert_eq!(service.retry(EXACT).unwrap(), 1);
    assert_eq!(service.began(), [0, 50, 150]);
}

#[test]
fn t11_exhausted_attempts_surface_the_last_error_and_wait_no_more() {
    let timer = VirtualTimer::new();
    let last = Error::new(NetworkKind::Dns, "no such host");
    let service = Service::new(&timer, [Err(offline()), Err(offline()), Err(last)]);

    let error = service.retry(attempts(3)).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Dns));
    assert!(
        error.details().iter().any(|(key, why)| *key == "gave_up" && *why == "attempts exhausted")
    );
    assert_eq!(service.began().len(), 3);
    assert_eq!(now(&timer), 150);
}

proptest! {
    #[test]
    fn t12_r1_r2_the_wait_is_never_shorter_than_the_server_asked_whatever_the_seed(
        seed in any::<u64>(), asked in 1_u64..600,
    ) {
        let timer = VirtualTimer::new();
        let asked = Duration::from_secs(asked);
        let limited = Error::new(ApiKind::RateLimit, "slow down").with_retry_after(asked);
        let service = Service::new(&timer, [Err(limited), Ok(1)]);
        let (longest, forever) = (Duration::from_secs(601), Duration::from_secs(10_000));
        let policy = Policy { max_server_wait: longest, operation_timeout: forever, ..EXACT };

        let answer = timer.run(retry(&timer, policy, seed, || service.answer()));

        prop_assert_eq!(answer.unwrap(), 1);
        prop_assert!(service.began()[1] >= asked.as_millis());
    }
}

#[test]
fn r4_the_backoff_goes_on_undisturbed_after_a_hint() {
    let timer = VirtualTimer::new();
    let hint = Duration::from_secs(20);
    let limited = Error::new(ApiKind::RateLimit, "slow down").with_retry_after(hint);
    let service = Service::new(&timer, [Err(limited), Err(offline()), Err(offline()), Ok(1)]);

    service.retry(attempts(4)).unwrap();

    let began = service.began();
    assert_eq!([began[2] - began[1], began[3] - began[2]], [50, 100]);
}

#[test]
fn t13_what_cannot_pass_fails_immediately_and_unchanged() {
    let timer = VirtualTimer::new();
    let permanent = [
        Error::new(ApiKind::Validation, "no such field"),
        Error::new(SyncKind::CircuitOpen, "open"),
        Error::new(NetworkKind::Certificate, "expired"),
    ];
    for error in permanent {
        let service = Service::new(&timer, [Err(error.clone())]);
        assert_eq!(service.retry(EXACT).unwrap_err().to_string(), error.to_string());
        assert_eq!(service.began(), [0]);
    }
}

#[test]
fn r8_an_unknown_outcome_is_not_repeated() {
    let timer = VirtualTimer::new();
    let service = Service::new(&timer, [Err(offline().with_outcome_unknown())]);

    assert!(service.retry(EXACT).unwrap_err().is_outcome_unknown());
    assert_eq!(service.began(), [0]);
}

#[test]
fn t13_a_predicate_of_ones_own_decides() {
    let timer = VirtualTimer::new();
    let only_busy = |error: &AttemptError<&str>| match error {
        AttemptError::Failed("busy") => Failure::from(Nature::Passing),
        _ => Failure::from(Nature::Permanent),
    };
    let mut answers = ["gone", "busy"].into_iter().map(Err::<(), _>).rev();
    let operation = || ready(answers.next().expect("no more than two attempts"));

    let retrying = Retrying::new(&timer, EXACT, budget::Config::Off, SEED);
    let gave_up = timer.run(retry_with(&retrying, only_busy, operation)).unwrap_err();

    let (error, why) = (AttemptError::Failed("gone"), GiveUp::Permanent);
    assert_eq!(gave_up, GaveUp { error, why, attempts: 2, elapsed: Duration::from_millis(50) });
    assert_eq!(gave_up.to_string(), "gone (attempts: 2; gave up: sending again cannot help)",);
}

#[test]
fn t14_r5_both_forms_wait_the_same_under_one_policy_and_seed() {
    let policy = Policy { backoff: Backoff::DEFAULT, ..attempts(3) };
    let (one, other) = (VirtualTimer::new(), VirtualTimer::new());
    let first = Service::new(&one, [Err(offline()), Err(offline()), Ok(1)]);
    let second = Service::new(&other, [Err(offline()), Err(offline()), Ok(1)]);

    first.retry(policy).unwrap();
    let judge = |_: &AttemptError<Error>| Failure::from(Nature::Passing);
    let retrying = Retrying::new(&other, policy, budget::Config::Off, SEED);
    other.run(retry_with(&retrying, judge, || second.answer())).unwrap();

    assert_eq!(first.began(), second.began());
}

/// Notes every wait that it hears of, and when.
struct Listener<'a> {
    timer: &'a VirtualTimer,
    heard: Vec<(u32, u128, u128, Why)>,
}

impl Rules<AttemptError<Error>> for &mut Listener<'_> {
    fn judge(&mut self, _: &AttemptError<Error>) -> Failure {
        Nature::Passing.into()
    }

    fn before_wait(
        &mut self,
        error: &AttemptError<Error>,
        attempt: u32,
        delay: Duration,
        why: Why,
    ) {
        assert!(error.to_string().contains("offline"));
        self.heard.push((attempt, delay.as_millis(), now(self.timer), why));
    }
}

#[test]
fn t15_the_observer_hears_of_each_wait_before_it_begins_and_of_no_other_failure() {
    let timer = VirtualTimer::new();
    let mut listener = Listener { timer: &timer, heard: Vec::new() };
    let service = Service::new(&timer, [Err(offline())]);

    let retrying = Retrying::new(&timer, attempts(3), budget::Config::Off, SEED);
    let result = timer.run(retry_with(&retrying, &mut listener, || service.answer()));

    assert!(result.is_err());
    assert_eq!(listener.heard, [(1, 50, 0, Why::Backoff), (2, 100, 50, Why::Backoff)]);
}

#[test]
fn t16_exponential_backoff_grows_exactly_reaches_its_cap_and_holds_it() {
    let timer = VirtualTimer::new();
    let service = Service::new(&timer, [Err(offline())]);
    let backoff = Backoff { max_delay: Duration::from_millis(300), ..EXACT.backoff };

    service.retry(Policy { backoff, ..attempts(6) }).unwrap_err();

    let gaps: Vec<_> = service.began().windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [50, 100, 200, 300, 300]);
}

#[test]
fn r11_no_attempt_and_no_wait_passes_its_time() {
    let timer = VirtualTimer::new();
    let limit = Duration::from_secs(1);
    let policy = Policy {
        attempt_timeout: limit,
        operation_timeout: Duration::from_millis(2_500),
        ..attempts(9)
    };

    let error = timer.run(retry(&timer, policy, SEED, pending::<Result<(), Error>>)).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Timeout));
    assert!(
        error.to_string().contains(&TimedOut { limit: Duration::from_millis(350) }.to_string())
    );
    assert_eq!(now(&timer), 2_500, "1000, a wait of 50, 1000, a wait of 100, what is left");
}

#[test]
fn an_empty_budget_that_operations_share_stops_them_all() {
    let timer = VirtualTimer::new();
    let capacity = Tokens::DEFAULT.retry;
    let one_retry = budget::Config::Tokens(Tokens { capacity, ..Tokens::DEFAULT });
    let retrying = Retrying::new(&timer, EXACT, one_retry, SEED);
    let judge = |_: &AttemptError<Error>| Failure::from(Nature::Passing);
    let service = Service::new(&timer, [Err(offline())]);

    let calls =
        [(); 2].map(|()| timer.run(retry_with(&retrying, judge, || service.answer())).unwrap_err());

    assert_eq!(calls.each_ref().map(|gave_up| gave_up.attempts), [2, 1]);
    assert!(calls.iter().all(|gave_up| matches!(gave_up.why, GiveUp::BudgetEmpty { .. })));
}
