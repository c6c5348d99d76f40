//! What opens a breaker, for how long, and how the load returns.

use core::num::{NonZeroU8, NonZeroU16};

use glp_core::breaker::{
    Barrier, Breaker, Config, Growth, Outcome, RampUp, Rates, Reason, Share, Slow, Span, State,
    Tally,
};
use glp_core::time::Instant;

use crate::{at, opened, seconds, send, some, touchy};

const OK: Outcome = Outcome::Success;
const BAD: Outcome = Outcome::Failure;

fn last_calls(calls: u16, minimum: u32) -> Rates {
    let span = Span::Calls(NonZeroU16::new(calls).expect("above zero"));
    Rates { span, minimum_calls: some(minimum), failures: Some(Share::HALF), slow: None }
}

fn only(rates: Rates) -> Config {
    Config { failure_threshold: Config::NEVER, rates: Some(rates), ..touchy() }
}

#[test]
fn five_failures_in_a_row_open_it_and_a_success_between_them_begins_anew() {
    let mut breaker = Breaker::new(Config::DEFAULT);
    for outcome in [BAD, BAD, BAD, BAD, OK, BAD, BAD, BAD, BAD] {
        assert_eq!(send(&mut breaker, outcome, at(0)), None);
    }
    let opened = send(&mut breaker, BAD, at(0)).expect("the fifth in a row");
    assert_eq!((opened.reason, opened.failures), (Reason::Failures, 5));
    assert_eq!((opened.from, opened.to, opened.at), (State::Closed, State::Open, at(0)));
}

#[test]
fn a_failure_rate_opens_it_once_the_minimum_of_calls_is_counted() {
    let mut breaker = Breaker::new(only(last_calls(10, 4)));
    for outcome in [BAD, OK, BAD] {
        assert_eq!(send(&mut breaker, outcome, at(0)), None, "three calls say nothing");
    }
    let opened = send(&mut breaker, OK, at(0)).expect("two of four failed");
    assert_eq!(opened.reason, Reason::FailureRate);
    assert_eq!(opened.window, Tally { calls: 4, failures: 2, slow: 0 });
    assert_eq!(breaker.status(at(0)).window, Tally::default(), "the next epoch begins empty");
}

#[test]
fn after_ten_thousand_successes_a_count_window_of_ten_needs_five_failures() {
    let mut breaker = Breaker::new(only(last_calls(10, 10)));
    for _ in 0..10_000 {
        send(&mut breaker, OK, at(0));
    }
    let opened_by = (1..=10).find(|_| send(&mut breaker, BAD, at(0)).is_some());
    assert_eq!(opened_by, Some(5));
}

#[test]
fn b7_failures_days_apart_do_not_add_up_in_a_time_window_and_one_success_does_not_wipe_it() {
    let span = Span::Time { length: seconds(10), buckets: NonZeroU8::new(10).unwrap() };
    let config = only(Rates { span, ..last_calls(1, 4) });
    let mut breaker = Breaker::new(config);
    for day in 0..10 {
        assert_eq!(send(&mut breaker, BAD, at(day * 86_400)), None);
    }
    let mut breaker = Breaker::new(config);
    for (second, outcome) in [(0, BAD), (1, OK), (2, BAD)] {
        assert_eq!(send(&mut breaker, outcome, at(second)), None);
    }
    assert_eq!(send(&mut breaker, BAD, at(3)).unwrap().reason, Reason::FailureRate);
}

#[test]
fn slow_calls_open_it_and_just_as_long_as_the_limit_is_not_slow() {
    let slow = Some(Slow { limit: seconds(3), share: Share::HALF });
    let mut breaker = Breaker::new(only(Rates { failures: None, slow, ..last_calls(10, 2) }));
    for _ in 0..5 {
        assert_eq!(send(&mut breaker, OK.took(seconds(3)), at(0)), None);
    }
    let late = OK.retry_after(seconds(9)).took(seconds(4));
    let mut changes = (0..5).filter_map(|_| send(&mut breaker, late, at(4)));
    let opened = changes.next().expect("half of the calls were slow");
    assert_eq!(opened.reason, Reason::SlowRate);
    assert_eq!(opened.window, Tally { calls: 10, failures: 0, slow: 5 });
}

#[test]
fn conditions_combine_and_any_of_them_opens_it() {
    let slow = Some(Slow { limit: seconds(3), share: Share::ALL });
    let rates = Rates { slow, ..last_calls(10, 4) };
    let config = Config { failure_threshold: some(3), rates: Some(rates), ..touchy() };
    let reason = |reports: [glp_core::breaker::Report; 4]| {
        let mut breaker = Breaker::new(config);
        reports.into_iter().find_map(|report| send(&mut breaker, report, at(0))).map(|it| it.reason)
    };
    let (ok, bad, slow) = (OK.into(), BAD.into(), OK.took(seconds(4)));
    assert_eq!(reason([bad, bad, bad, ok]), Some(Reason::Failures));
    assert_eq!(reason([bad, ok, bad, ok]), Some(Reason::FailureRate));
    assert_eq!(reason([slow, slow, slow, slow]), Some(Reason::SlowRate));
    assert_eq!(reason([ok, bad, slow, ok]), None);
}

#[test]
fn an_ignored_result_counts_nowhere() {
    let config = Config { failure_threshold: some(2), rates: Some(last_calls(2, 2)), ..touchy() };
    let mut breaker = Breaker::new(config);
    send(&mut breaker, BAD, at(0));
    send(&mut breaker, Outcome::Ignore.took(seconds(1_000)), at(0));
    let status = breaker.status(at(0));
    assert_eq!(status.window, Tally { calls: 1, failures: 1, slow: 0 });
    assert_eq!(status.failure_count, 1, "nor does it end a run of failures");
}

#[test]
fn it_is_open_for_a_fixed_time_unless_told_otherwise() {
    let breaker = opened(Config { failure_threshold: some(1), ..Config::DEFAULT });
    assert_eq!(breaker.peek(at(59)).unwrap_err().retry_at, at(60));
    assert!(breaker.peek(at(60)).is_ok());
}

#[test]
fn the_open_time_grows_with_each_failed_recovery_up_to_its_cap_and_a_close_resets_it() {
    let growth = Growth { factor: some(3), cap: seconds(50), spread: None };
    let mut breaker = opened(Config { growth: Some(growth), ..touchy() });
    let mut now = at(0);
    for expected in [10, 30, 50, 50] {
        let until = breaker.peek(now).unwrap_err().retry_at;
        assert_eq!(until.since(now), seconds(expected));
        now = until;
        send(&mut breaker, BAD, now);
    }
    assert_eq!(breaker.status(now).failed_recoveries, 4);
    now = breaker.peek(now).unwrap_err().retry_at;
    send(&mut breaker, OK, now).expect("one success closes it");
    send(&mut breaker, BAD, now).expect("one failure opens it");
    assert_eq!(breaker.peek(now).unwrap_err().retry_at, now + seconds(10));
}

#[test]
fn the_open_time_is_jittered_by_the_seed_alone_and_within_its_spread() {
    let growth = Growth { spread: Some(Share::HALF), ..Growth::DEFAULT };
    let config = Config { growth: Some(growth), ..touchy() };
    let times = |seed: u64| {
        let mut breaker = Breaker::seeded(config, seed);
        send(&mut breaker, BAD, at(0));
        breaker.peek(at(0)).unwrap_err().retry_at
    };
    let drawn: Vec<Instant> = (0..100).map(times).collect();
    assert!(drawn.iter().all(|until| at(5) <= *until && *until <= at(10)), "{drawn:?}");
    assert!(drawn.iter().any(|until| *until < at(6)) && drawn.iter().any(|until| *until > at(9)));
    assert_eq!(drawn, (0..100).map(times).collect::<Vec<_>>());

    let mut breaker = Breaker::new(config);
    let mut forced_until = || {
        breaker.reset(at(0));
        breaker.force_open(at(0)).expect("it was closed");
        breaker.peek(at(0)).expect_err("it is open").retry_at
    };
    let (first, second) = (forced_until(), forced_until());
    assert_ne!(first, second, "each open time is drawn anew");
}

#[test]
fn it_is_open_for_as_long_as_the_server_asked_and_no_longer_than_allowed() {
    let until = |hint: u64| {
        let mut breaker = Breaker::new(Config { max_server_wait: seconds(90), ..touchy() });
        send(&mut breaker, BAD.retry_after(seconds(hint)), at(0));
        breaker.peek(at(0)).unwrap_err().retry_at
    };
    assert_eq!(until(3), at(3), "shorter than its own time");
    assert_eq!(until(42), at(42), "longer than its own time");
    assert_eq!(until(1_000_000), at(90));
    assert_eq!(until(0), at(10), "zero is no hint");
}

#[test]
fn the_hint_of_a_failed_probe_reopens_for_as_long_and_no_sum_of_times_overflows() {
    let mut breaker = opened(touchy());
    send(&mut breaker, BAD.retry_after(seconds(7)), at(10));
    assert_eq!(breaker.peek(at(10)).unwrap_err().retry_at, at(17));

    let for_ever = Config { cool_down: core::time::Duration::MAX, ..touchy() };
    assert_eq!(opened(for_ever).peek(at(0)).unwrap_err().retry_at, Instant::MAX);
}

fn ramping() -> Config {
    let start = Share::percent(10).expect("from 1 to 100");
    Config { ramp_up: Some(RampUp { start, over: seconds(100) }), ..touchy() }
}

/// A breaker that opened at the origin and closed ten seconds later.
fn closed_again(config: Config) -> Breaker {
    let mut breaker = opened(config);
    let closed = send(&mut breaker, OK, at(10)).expect("one success closes it");
    assert_eq!(closed.to, State::Closed);
    breaker
}

#[test]
fn after_a_close_the_admitted_share_grows_from_the_start_share_to_all() {
    let mut breaker = closed_again(ramping());
    let mut tenth = |tenth: u64| {
        let instants = (10 + tenth * 10..20 + tenth * 10).map(at);
        instants.filter(|now| breaker.try_acquire(*now).is_ok()).count()
    };
    let admitted: Vec<usize> = (0..11).map(&mut tenth).collect();
    assert_eq!(admitted, [2, 2, 3, 5, 5, 5, 7, 8, 9, 9, 10]);
    assert_eq!(breaker.status(at(120)).rejected, Some(45), "of a hundred that came evenly");
}

#[test]
fn a_refusal_during_the_ramp_up_says_when_to_come_back_and_asking_changes_nothing() {
    let breaker = closed_again(ramping());
    let refused = breaker.clone().try_acquire(at(11)).unwrap_err();
    assert_eq!(refused.barrier, Barrier::RampUp);
    assert_eq!(breaker.status(at(11)).next_permitted_at, Some(refused.retry_at));
    let mut asked = breaker;
    for _ in 0..1_000 {
        assert_eq!(asked.try_acquire(at(11)), Err(refused));
    }
    assert!(asked.try_acquire(refused.retry_at).is_ok());
}

#[test]
fn a_failure_during_the_ramp_up_opens_it_again_and_a_reset_by_hand_skips_it() {
    let mut breaker = closed_again(ramping());
    assert_eq!(send(&mut breaker, BAD, at(10)).unwrap().reason, Reason::Failures);

    let mut breaker = closed_again(ramping());
    breaker.reset(at(11));
    assert!((11..110).all(|second| breaker.peek(at(second)).is_ok()));
}

#[test]
fn a_success_of_a_healthy_breaker_leaves_no_trace_of_its_time_but_one_after_a_failure_does() {
    let open_until = |before: Outcome| {
        let config = Config { failure_threshold: some(2), ..touchy() };
        let mut breaker = Breaker::new(config);
        send(&mut breaker, before, at(3));
        send(&mut breaker, OK, at(100));
        // The clock runs back.
        send(&mut breaker, BAD, at(5));
        send(&mut breaker, BAD, at(6));
        breaker.peek(at(6)).expect_err("two in a row open it").retry_at
    };
    assert_eq!(open_until(OK), at(6) + seconds(10));
    assert_eq!(open_until(BAD), at(100) + seconds(10));
}

#[test]
fn the_last_failure_is_the_last_failure_and_no_success() {
    let mut breaker = Breaker::new(Config { failure_threshold: some(9), ..touchy() });
    send(&mut breaker, BAD, at(3));
    send(&mut breaker, OK, at(4));
    assert_eq!(breaker.status(at(5)).last_failure_at, Some(at(3)));
}

#[test]
fn a_hint_added_to_a_duration_is_heeded() {
    let mut breaker = Breaker::new(touchy());
    send(&mut breaker, BAD.took(seconds(1)).retry_after(seconds(77)), at(0));
    assert_eq!(breaker.peek(at(0)).unwrap_err().retry_at, at(77));
}
