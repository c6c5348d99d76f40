//! The decision after a failure: each reason to go on or to give up, and the bounds of the wait.

use core::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::budget::{self, Budget, Cost, Share, Tokens};
use glp_core::retry::{Decision, Failure, GiveUp, Nature, Policy, Retry, Rules, Why};
use glp_core::rng::SplitMix64;
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::{Clock, at, clocks, secs, some};

/// Exact waits: 1 s, 2 s, 4 s, …
const EXACT: Policy =
    Policy { backoff: Backoff { jitter: Jitter::None, ..Backoff::DEFAULT }, ..Policy::DEFAULT };

/// One operation with everything it needs to decide.
struct Trial {
    retry: Retry,
    budget: Budget,
    rng: SplitMix64,
}

impl Trial {
    fn new(policy: Policy) -> Self {
        let budget = Budget::new(budget::Config::DEFAULT);
        let mut trial = Self { retry: Retry::new(policy), budget, rng: SplitMix64::new(7) };
        trial.retry.start(&mut trial.budget, Instant::ZERO);
        trial
    }

    fn failed(&mut self, nature: Nature, hint: Option<Duration>, now: Instant) -> Decision {
        let failure = Failure { nature, hint };
        self.retry.failed(failure, &mut self.budget, &mut self.rng, now)
    }

    fn passing(&mut self, now: Instant) -> Decision {
        self.failed(Nature::Passing, None, now)
    }
}

fn after(seconds: u64) -> Decision {
    Decision::After { delay: secs(seconds), why: Why::Backoff }
}

#[test]
fn a_passing_failure_is_tried_again_after_the_backoff() {
    let mut trial = Trial::new(EXACT);
    assert_eq!(trial.passing(at(0)), after(1));
    assert_eq!(trial.passing(at(1)), after(2));
}

#[test]
fn r7_the_last_attempt_gives_up_at_once_and_names_the_wait_that_would_have_been() {
    let mut trial = Trial::new(Policy { attempts: some(1), ..EXACT });
    let would_have_waited = secs(1);
    let decision = trial.passing(at(0));
    assert_eq!(decision, Decision::GiveUp(GiveUp::AttemptsExhausted { would_have_waited }));
    assert_eq!(decision.delay(), Some(secs(1)));
}

#[test]
fn r9_r10_what_is_permanent_or_not_replayable_is_not_tried_again() {
    let mut trial = Trial::new(EXACT);
    let permanent = trial.failed(Nature::Permanent, Some(secs(3)), at(0));
    assert_eq!(permanent, Decision::GiveUp(GiveUp::Permanent));
    assert_eq!(permanent.delay(), None);
    let once = trial.failed(Nature::NotReplayable, None, at(0));
    assert_eq!(once, Decision::GiveUp(GiveUp::NotReplayable));
}

#[test]
fn r1_r2_a_hint_is_a_floor_that_the_cap_does_not_cut() {
    let policy = Policy { max_server_wait: secs(600), operation_timeout: secs(900), ..EXACT };
    let mut trial = Trial::new(policy);
    let Decision::After { delay, why: Why::ServerAsked } =
        trial.failed(Nature::Passing, Some(secs(300)), at(0))
    else {
        panic!("a wait that the server asked for");
    };
    assert!(secs(300) <= delay && delay <= secs(301), "{delay:?}");
}

#[test]
fn jitter_adds_to_a_hint_up_to_a_tenth_of_it_and_up_to_a_second() {
    for (asked, more) in [(secs(5), 500), (secs(10), 1_000), (secs(60), 1_000)] {
        let added: Vec<_> = (0..500)
            .map(|seed| {
                let mut trial = Trial { rng: SplitMix64::new(seed), ..Trial::new(EXACT) };
                let decision = trial.failed(Nature::Passing, Some(asked), at(0));
                (decision.delay().expect("a wait") - asked).as_millis()
            })
            .collect();
        let (least, most) = (added.iter().min().unwrap(), added.iter().max().unwrap());
        assert!(
            *least <= more / 50 && more - more / 50 <= *most && *most <= more,
            "{least} {most}"
        );
    }
}

#[test]
fn r4_the_backoff_goes_on_undisturbed_after_a_hint() {
    let mut trial = Trial::new(Policy { attempts: some(9), ..EXACT });
    assert_eq!(trial.passing(at(0)), after(1));
    _ = trial.failed(Nature::Passing, Some(secs(20)), at(1));
    assert_eq!(trial.passing(at(30)), after(2));
}

#[test]
fn r6_a_hint_of_zero_gives_leave_and_our_own_backoff_keeps_the_loop_cool() {
    let mut trial = Trial::new(EXACT);
    assert_eq!(trial.failed(Nature::Passing, Some(Duration::ZERO), at(0)), after(1));
}

#[test]
fn a_hint_beyond_the_limit_is_a_no() {
    let decision = Trial::new(EXACT).failed(Nature::Passing, Some(secs(61)), at(0));
    assert!(matches!(decision, Decision::GiveUp(GiveUp::ServerSaysNo { .. })));
    assert!(decision.delay() >= Some(secs(61)));
}

#[test]
fn a_hint_of_just_the_limit_is_waited_for() {
    let decision = Trial::new(EXACT).failed(Nature::Passing, Some(secs(60)), at(0));
    assert!(matches!(decision, Decision::After { why: Why::ServerAsked, .. }));
}

#[test]
fn law_10_a_clock_that_runs_backwards_wins_no_time() {
    let mut trial = Trial::new(Policy { attempts: some(9), ..EXACT });
    for now in [at(119), at(0)] {
        let decision = trial.passing(now);
        assert!(matches!(decision, Decision::GiveUp(GiveUp::DeadlineWouldPass { .. })), "{now:?}");
    }
    assert_eq!(trial.retry.give_up_at(at(0)), at(120));
    assert_eq!(trial.retry.elapsed(at(0)), secs(119));
}

#[test]
fn an_operation_counts_as_one_call_however_often_it_is_started() {
    let share = Share { percent: some(100), floor_per_second: 0, ..Share::DEFAULT };
    let mut budget = Budget::new(budget::Config::Share(share));
    let mut retry = Retry::new(EXACT);
    for second in [0, 1, 2] {
        assert_eq!(retry.start(&mut budget, at(second)), at(120));
    }
    assert_eq!(budget.affordable(at(2)), 1);
}

#[test]
fn r11_a_wait_that_would_reach_the_deadline_is_not_begun() {
    let mut trial = Trial::new(Policy { operation_timeout: secs(10), ..EXACT });
    assert_eq!(trial.passing(at(8)), after(1));
    let would_have_waited = secs(2);
    let decision = trial.passing(at(8));
    assert_eq!(decision, Decision::GiveUp(GiveUp::DeadlineWouldPass { would_have_waited }));
}

#[test]
fn r11_an_attempt_ends_with_its_own_timeout_or_at_the_deadline() {
    let trial = Trial::new(EXACT);
    assert_eq!(trial.retry.give_up_at(at(0)), at(30));
    assert_eq!(trial.retry.give_up_at(at(100)), at(120));
    assert_eq!(trial.retry.elapsed(at(100)), secs(100));
}

#[test]
fn r11_an_empty_budget_gives_up_and_names_the_wait_that_would_have_been() {
    let mut trial = Trial::new(EXACT);
    while trial.budget.withdraw(Cost::Retry, at(0)).is_ok() {}
    let would_have_waited = secs(1);
    let decision = trial.passing(at(0));
    assert_eq!(decision, Decision::GiveUp(GiveUp::BudgetEmpty { would_have_waited }));
    let text = GiveUp::BudgetEmpty { would_have_waited }.to_string();
    assert_eq!(text, "our own retry budget is empty; the wait would have been 1s");
}

#[test]
fn only_a_retry_is_paid_for_and_a_success_gives_the_last_payment_back() {
    let mut trial = Trial::new(EXACT);
    let full = trial.budget.affordable(at(0));
    assert_eq!(trial.passing(at(0)), after(1));
    assert_eq!(trial.budget.affordable(at(0)), full - 1);
    assert!(matches!(trial.failed(Nature::TimedOut, None, at(0)), Decision::After { .. }));
    assert_eq!(trial.budget.affordable(at(0)), full - 3, "a timeout costs twice as much");
    assert!(matches!(trial.passing(at(0)), Decision::GiveUp(GiveUp::AttemptsExhausted { .. })));
    assert_eq!(trial.budget.affordable(at(0)), full - 3, "no retry, no payment");
    trial.retry.succeeded(&mut trial.budget);
    assert_eq!(trial.budget.affordable(at(0)), full - 1);
}

#[test]
fn r12_rules_judge_each_error_and_hear_of_each_wait_but_none_after_the_last() {
    struct Heard(Vec<(&'static str, u32, Duration)>);
    impl Rules<&'static str> for Heard {
        fn judge(&mut self, error: &&'static str) -> Failure {
            Failure::from(if *error == "busy" { Nature::Passing } else { Nature::Permanent })
        }

        fn before_wait(&mut self, error: &&'static str, attempt: u32, delay: Duration, _: Why) {
            self.0.push((error, attempt, delay));
        }
    }
    let (mut heard, mut trial) = (Heard(Vec::new()), Trial::new(EXACT));
    let Trial { retry, budget, rng } = &mut trial;
    for error in ["busy", "busy", "busy", "gone"] {
        _ = retry.failed_by(&error, &mut heard, budget, rng, at(0));
    }
    assert_eq!(heard.0, [("busy", 1, secs(1)), ("busy", 2, secs(2))]);
}

#[test]
fn the_default_is_three_attempts_of_30_seconds_within_two_minutes_and_a_minute_for_the_server() {
    let Policy { attempts, attempt_timeout, operation_timeout, max_server_wait, backoff } =
        Policy::default();
    assert_eq!((attempts, attempt_timeout, operation_timeout), (some(3), secs(30), secs(120)));
    assert_eq!(
        (max_server_wait, backoff.to_string()),
        (secs(60), "1s x 2, at most 60s, equal jitter".into())
    );
}

#[test]
fn law_10_a_clock_at_its_end_gives_up_and_does_not_panic() {
    let mut trial = Trial::new(EXACT);
    let decision = trial.passing(Instant::MAX);
    assert!(matches!(decision, Decision::GiveUp(GiveUp::DeadlineWouldPass { .. })));
    assert_eq!(trial.retry.give_up_at(Instant::MAX), at(120));

    let (mut late, mut budget) = (Retry::new(EXACT), Budget::new(budget::Config::DEFAULT));
    assert_eq!(late.start(&mut budget, Instant::MAX), Instant::MAX);
    let mut rng = SplitMix64::new(7);
    let decision = late.failed(Nature::Passing.into(), &mut budget, &mut rng, Instant::MAX);
    assert!(matches!(decision, Decision::GiveUp(GiveUp::DeadlineWouldPass { .. })));
}

#[test]
fn an_operation_that_has_not_begun_has_taken_no_time() {
    let retry = Retry::new(EXACT);
    assert_eq!(retry.elapsed(at(7)), Duration::ZERO);
    assert_eq!(retry.give_up_at(at(7)), at(37));
}

#[test]
fn every_reason_to_give_up_says_itself_in_words() {
    let would_have_waited = secs(3);
    for (reason, text) in [
        (GiveUp::Permanent, "sending again cannot help"),
        (GiveUp::NotReplayable, "it must not be sent twice"),
        (GiveUp::ServerSaysNo { would_have_waited }, "the server asked for too long a wait"),
        (GiveUp::AttemptsExhausted { would_have_waited }, "attempts exhausted"),
        (GiveUp::DeadlineWouldPass { would_have_waited }, "the deadline would pass"),
        (
            GiveUp::BudgetEmpty { would_have_waited },
            "our own retry budget is empty; the wait would have been 3s",
        ),
    ] {
        assert_eq!(reason.to_string(), text);
    }
}

#[test]
fn misuse_is_refused_by_name() {
    let refused = [
        ("attempt_timeout", Policy { attempt_timeout: Duration::ZERO, ..EXACT }),
        ("operation_timeout", Policy { operation_timeout: Duration::ZERO, ..EXACT }),
        (
            "backoff.initial",
            Policy { backoff: Backoff { initial: Duration::ZERO, ..Backoff::DEFAULT }, ..EXACT },
        ),
    ];
    for (field, policy) in refused {
        assert_eq!(policy.check().unwrap_err().field, field);
    }
    assert_eq!(Policy::DEFAULT.check(), Ok(()));
}

fn failures() -> impl Strategy<Value = Vec<(Clock, Nature, Option<Duration>)>> {
    let nature = prop_oneof![
        6 => Just(Nature::Passing),
        3 => Just(Nature::TimedOut),
        1 => Just(Nature::Permanent),
        1 => Just(Nature::NotReplayable),
    ];
    let hint = prop_oneof![
        3 => Just(None),
        3 => (0..100_u64).prop_map(|hint| Some(secs(hint))),
        1 => any::<u64>().prop_map(|hint| Some(secs(hint))),
    ];
    prop::collection::vec((clocks(), nature, hint), 1..20)
}

/// The model of a decision: the first line of the module's list that applies, given the wait.
fn expected(
    failed: Failure,
    attempts_left: bool,
    in_time: bool,
    paid: bool,
    wait: Duration,
) -> Decision {
    let why = if failed.asked().is_some() { Why::ServerAsked } else { Why::Backoff };
    let longest = Policy::DEFAULT.max_server_wait;
    let would_have_waited = wait;
    Decision::GiveUp(match failed.nature {
        Nature::Permanent => GiveUp::Permanent,
        Nature::NotReplayable => GiveUp::NotReplayable,
        _ if failed.asked() > Some(longest) => GiveUp::ServerSaysNo { would_have_waited },
        _ if !attempts_left => GiveUp::AttemptsExhausted { would_have_waited },
        _ if !in_time => GiveUp::DeadlineWouldPass { would_have_waited },
        _ if !paid => GiveUp::BudgetEmpty { would_have_waited },
        _ => return Decision::After { delay: wait, why },
    })
}

proptest! {
    #[test]
    fn laws_7_and_10_no_wait_ends_before_the_hint_or_passes_the_deadline_under_any_clock(
        failures in failures(), seed in any::<u64>(), attempts in 1..6_u32, tokens in 10..40_u32,
    ) {
        let policy = Policy { attempts: some(attempts), ..Policy::DEFAULT };
        let tokens = Tokens { capacity: some(tokens), ..Tokens::DEFAULT };
        let (mut left, mut budget) = (tokens.capacity.get(), Budget::new(budget::Config::Tokens(tokens)));
        let (mut retry, mut rng) = (Retry::new(policy), SplitMix64::new(seed));
        let deadline = retry.start(&mut budget, at(100));
        let (mut now, mut latest, mut waits, mut backoffs) = (at(100), at(100), 0, 0);
        for (failed, (clock, nature, hint)) in (1..).zip(failures) {
            now = clock.from(now);
            latest = latest.max(now);
            let failure = Failure { nature, hint };
            let decision = retry.failed(failure, &mut budget, &mut rng, now);
            let wait = decision.delay().unwrap_or_default();
            let cost = if nature == Nature::TimedOut { 10 } else { 5 };
            let in_time = latest + wait < deadline;
            prop_assert_eq!(decision, expected(failure, failed < attempts, in_time, left >= cost, wait));
            match (nature, failure.asked()) {
                (Nature::Permanent | Nature::NotReplayable, _) => continue,
                (_, Some(asked)) => {
                    let more = (asked / 10).min(secs(1));
                    prop_assert!(asked <= wait && wait <= asked.saturating_add(more), "a floor");
                }
                (_, None) => {
                    backoffs += 1;
                    prop_assert!(policy.backoff.range(backoffs, wait).contains(&wait), "undisturbed");
                }
            }
            if let Decision::After { .. } = decision {
                waits += 1;
                left -= cost;
            }
            prop_assert_eq!(budget.affordable(now), left / 5, "giving up costs nothing");
        }
        prop_assert!(waits < attempts, "law 9: sends are at most the attempts");
    }
}
