//! Tests 9 to 16.

use core::fmt::Display;
use core::time::Duration;
use std::cell::RefCell;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::error::{ApiKind, Error, ErrorKind, NetworkKind, SyncKind};
use glp_core::retry::{Failure, Nature, Policy, Rules, Why};
use glp_core::time::Instant;
use proptest::prelude::*;
use tests::some;

use crate::flavour::{Flavour, Polled, Threads};
use crate::in_both_flavours;

in_both_flavours! {
    test_retry_succeeds_on_first_attempt,
    test_retry_succeeds_after_failures,
    test_retry_exhausts_attempts,
    test_retry_respects_rate_limit_delay,
    test_retry_non_retryable_fails_immediately,
    test_retry_async_inline,
    test_retry_callback_called,
    test_exponential_backoff_increases_delay,
}

const SEED: u64 = 7;

/// Waits of exactly 50, 100, 200, … milliseconds.
const EXACT: Backoff =
    Backoff { initial: Duration::from_millis(50), jitter: Jitter::None, ..Backoff::DEFAULT };

fn policy(attempts: u32, backoff: Backoff) -> Policy {
    Policy { attempts: some(attempts), backoff, ..Policy::DEFAULT }
}

fn offline() -> Error {
    Error::new(NetworkKind::Connection, "offline")
}

/// Answers in order, the last answer for ever, and notes when each attempt began.
struct Service<'a, F> {
    flavour: &'a F,
    answers: Vec<Result<u32, Error>>,
    began: RefCell<Vec<Instant>>,
}

impl<'a, F: Flavour> Service<'a, F> {
    fn new<const N: usize>(flavour: &'a F, answers: [Result<u32, Error>; N]) -> Self {
        Self { flavour, answers: answers.into(), began: RefCell::default() }
    }

    fn answer(&self) -> Result<u32, Error> {
        let attempt = self.began.borrow().len();
        self.began.borrow_mut().push(self.flavour.now());
        self.answers[attempt.min(self.answers.len() - 1)].clone()
    }

    fn retry(&self, policy: Policy) -> Result<u32, Error> {
        self.flavour.retry(policy, SEED, || self.answer())
    }

    fn attempts(&self) -> usize {
        self.began.borrow().len()
    }

    /// The times between the attempts, in milliseconds.
    fn waits(&self) -> Vec<u128> {
        let began = self.began.borrow();
        began.windows(2).map(|pair| pair[1].since(pair[0]).as_millis()).collect()
    }
}

fn test_retry_succeeds_on_first_attempt(flavour: &impl Flavour) {
    let service = Service::new(flavour, [Ok(1)]);

    assert_eq!(service.retry(policy(3, EXACT)).expect("it succeeds"), 1);
    assert_eq!((service.attempts(), flavour.now()), (1, Instant::ZERO), "no wait was asked for");
}

fn test_retry_succeeds_after_failures(flavour: &impl Flavour) {
    let service = Service::new(flavour, [Err(offline()), Err(offline()), Ok(1)]);

    assert_eq!(service.retry(policy(3, EXACT)).expect("the third succeeds"), 1);
    assert_eq!((service.attempts(), service.waits()), (3, vec![50, 100]));
}

fn test_retry_exhausts_attempts(flavour: &impl Flavour) {
    let last = Error::new(NetworkKind::Dns, "no such host");
    let service = Service::new(flavour, [Err(offline()), Err(offline()), Err(last)]);

    let error = service.retry(policy(3, EXACT)).expect_err("it always fails");

    assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Dns), "the last error surfaces");
    assert_eq!(service.attempts(), 3);
    assert_eq!(flavour.now(), Instant::ZERO + Duration::from_millis(150), "no wait after the last");
}

fn test_retry_respects_rate_limit_delay(flavour: &impl Flavour) {
    let limited = |hint| Error::new(ApiKind::RateLimit, "slow down").with_retry_after(hint);
    let patient = Policy {
        max_server_wait: Duration::from_secs(600),
        operation_timeout: Duration::from_secs(3_600),
        ..policy(4, EXACT)
    };
    proptest!(|(seed in any::<u64>(), seconds in 1_u64..600)| {
        let asked = Duration::from_secs(seconds); // above `max_delay` too
        let answers = [Err(limited(asked)), Err(offline()), Err(limited(Duration::ZERO)), Ok(1)];
        let service = Service::new(flavour, answers);

        let answer = flavour.retry(patient, seed, || service.answer());

        prop_assert_eq!(answer.expect("the last succeeds"), 1);
        let waits = service.waits();
        prop_assert!(waits[0] >= asked.as_millis(), "jitter only adds");
        prop_assert_eq!(&waits[1..], [50, 100], "no hint, and leave to try: the backoff, undisturbed");
    });
}

fn test_retry_non_retryable_fails_immediately(flavour: &impl Flavour) {
    let permanent = [
        Error::new(ApiKind::Validation, "no such field"),
        Error::new(SyncKind::CircuitOpen, "open"),
        Error::new(NetworkKind::Certificate, "expired"),
    ];
    for error in permanent {
        let service = Service::new(flavour, [Err(error.clone())]);
        let surfaced = service.retry(policy(3, EXACT)).expect_err("it cannot be helped");
        assert_eq!((surfaced.to_string(), service.attempts()), (error.to_string(), 1));
    }

    let service = Service::new(flavour, [Err(offline())]);
    let nothing_helps = Listener { nature: Nature::Permanent, ..Listener::new(flavour) };
    let retried = flavour.retry_with(policy(3, EXACT), SEED, nothing_helps, || service.answer());
    assert_eq!((retried, service.attempts()), (Err(offline().to_string()), 1));
    assert_eq!(flavour.now(), Instant::ZERO);
}

fn test_retry_async_inline(flavour: &impl Flavour) {
    let (jittered, argument) = (policy(3, Backoff::DEFAULT), 42);
    let answers = [Err(offline()), Ok(argument * 2)];

    let inline = Service::new(flavour, answers.clone());
    assert_eq!(inline.retry(jittered).expect("the second succeeds"), 84);
    assert_eq!(inline.attempts(), 2);

    let other = Service::new(flavour, answers);
    let listener = Listener::new(flavour);
    let retried = flavour.retry_with(jittered, SEED, listener, || other.answer());
    assert_eq!((retried, other.waits()), (Ok(84), inline.waits()), "one policy and seed, one wait");

    let (polled, threads) = (Polled::default(), Threads::default());
    let [one, two] = [offline(), offline()].map(Err);
    let (one, two) = (Service::new(&polled, [one]), Service::new(&threads, [two]));
    let errors = (one.retry(jittered).is_err(), two.retry(jittered).is_err());
    assert_eq!((errors, one.waits()), ((true, true), two.waits()), "in both flavours");
}

/// Judges every error alike, and notes every wait that it hears of, and when.
struct Listener<'a, F> {
    flavour: &'a F,
    nature: Nature,
    heard: Vec<(String, u32, u128, u128)>,
}

impl<'a, F> Listener<'a, F> {
    fn new(flavour: &'a F) -> Self {
        Self { flavour, nature: Nature::Passing, heard: Vec::new() }
    }
}

impl<E: Display, F: Flavour> Rules<E> for Listener<'_, F> {
    fn judge(&mut self, _: &E) -> Failure {
        self.nature.into()
    }

    fn before_wait(&mut self, error: &E, attempt: u32, delay: Duration, _: Why) {
        let now = self.flavour.now().since(Instant::ZERO);
        self.heard.push((error.to_string(), attempt, delay.as_millis(), now.as_millis()));
    }
}

impl<E: Display, F: Flavour> Rules<E> for &mut Listener<'_, F> {
    fn judge(&mut self, error: &E) -> Failure {
        (**self).judge(error)
    }

    fn before_wait(&mut self, error: &E, attempt: u32, delay: Duration, why: Why) {
        (**self).before_wait(error, attempt, delay, why);
    }
}

fn test_retry_callback_called(flavour: &impl Flavour) {
    let mut listener = Listener::new(flavour);
    let service = Service::new(flavour, [Err(offline()), Err(offline()), Ok(1)]);
    let retried = flavour.retry_with(policy(3, EXACT), SEED, &mut listener, || service.answer());
    assert_eq!(retried, Ok(1));
    let words = offline().to_string();
    let before_each_wait = [(words.clone(), 1, 50, 0), (words, 2, 100, 50)];
    assert_eq!(listener.heard, before_each_wait, "and not on success");

    listener.heard.clear();
    let service = Service::new(flavour, [Err(offline())]);
    let retried = flavour.retry_with(policy(2, EXACT), SEED, &mut listener, || service.answer());
    assert!(retried.is_err());
    assert_eq!(listener.heard.len(), 1, "not on the final failure");
}

fn test_exponential_backoff_increases_delay(flavour: &impl Flavour) {
    let service = Service::new(flavour, [Err(offline())]);
    assert!(service.retry(policy(4, EXACT)).is_err());
    assert_eq!(service.waits(), [50, 100, 200]);

    let capped = Backoff { max_delay: Duration::from_millis(300), ..EXACT };
    let service = Service::new(flavour, [Err(offline())]);
    assert!(service.retry(policy(6, capped)).is_err());
    assert_eq!(service.waits(), [50, 100, 200, 300, 300], "the cap is reached and held");

    proptest!(|(seed in any::<u64>())| {
        let service = Service::new(flavour, [Err(offline())]);
        let jittered = policy(4, Backoff { jitter: Jitter::Equal, ..EXACT });
        let retried = flavour.retry(jittered, seed, || service.answer());
        prop_assert!(retried.is_err());
        for (wait, longest) in service.waits().into_iter().zip([50, 100, 200]) {
            prop_assert!((longest / 2..=longest).contains(&wait), "half is fixed, half is drawn");
        }
    });
}
