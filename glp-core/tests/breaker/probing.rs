//! What a half-open breaker admits, and what decides it.

use glp_core::breaker::{
    Barrier, Breaker, Config, Outcome, Rates, Reason, Recovery, Share, Slow, Span, State,
};

use crate::{admitted, at, opened, seconds, send, some, touchy};

const OK: Outcome = Outcome::Success;
const BAD: Outcome = Outcome::Failure;

#[test]
fn it_closes_after_the_success_threshold_and_says_what_it_saw() {
    let mut breaker = opened(Config { success_threshold: some(2), ..touchy() });
    assert_eq!(send(&mut breaker, OK, at(10)), None);
    assert_eq!(breaker.status(at(10)).success_count, 1);
    let closed = send(&mut breaker, OK, at(11)).expect("the second success closes it");
    assert_eq!((closed.reason, closed.successes, closed.failures), (Reason::Recovered, 2, 1));
    assert_eq!(breaker.status(at(11)).failure_count, 0);
}

#[test]
fn a_failed_probe_opens_it_for_its_whole_time_and_earlier_successes_are_no_credit() {
    let mut breaker = opened(Config { success_threshold: some(2), ..touchy() });
    send(&mut breaker, OK, at(10));
    let reopened = send(&mut breaker, BAD, at(12)).expect("one failure reopens");
    assert_eq!((reopened.reason, reopened.successes), (Reason::ProbesFailed, 1));
    assert_eq!(breaker.try_acquire(at(21)).unwrap_err().retry_at, at(22));
    assert_eq!(send(&mut breaker, OK, at(22)), None, "two successes are needed anew");
}

/// Lets probes of a four-in-five breaker answer one after the other; says which one decided.
fn four_of_five(outcomes: &[Outcome]) -> Option<(usize, Reason)> {
    let share = Share::percent(80).expect("from 1 to 100");
    let recovery = Recovery::Ratio { probes: some(5), share };
    let mut breaker = opened(Config { recovery, ..touchy() });
    outcomes.iter().enumerate().find_map(|(index, outcome)| {
        let change = send(&mut breaker, *outcome, at(10))?;
        (change.reason != Reason::CoolDownOver).then_some((index + 1, change.reason))
    })
}

#[test]
fn by_ratio_the_verdict_falls_as_soon_as_it_is_certain() {
    assert_eq!(four_of_five(&[OK, OK, OK, OK]), Some((4, Reason::Recovered)));
    assert_eq!(four_of_five(&[BAD, OK, OK, OK, OK]), Some((5, Reason::Recovered)));
    assert_eq!(four_of_five(&[OK, BAD, BAD]), Some((3, Reason::ProbesFailed)));
    assert_eq!(four_of_five(&[BAD, OK, OK]), None);
}

#[test]
fn a_slow_probe_is_a_failed_probe_where_slow_calls_open() {
    let slow = Some(Slow { limit: seconds(3), share: Share::ALL });
    let span = Span::Calls(core::num::NonZeroU16::MIN);
    let rates = Rates { span, minimum_calls: some(1), failures: None, slow };
    let mut breaker = opened(Config { rates: Some(rates), ..touchy() });
    assert_eq!(send(&mut breaker, OK.took(seconds(4)), at(10)).unwrap().to, State::Open);
    assert_eq!(send(&mut breaker, OK.took(seconds(3)), at(20)).unwrap().to, State::Closed);
}

#[test]
fn b3_no_more_probes_are_out_than_allowed_however_many_ask() {
    let mut breaker = opened(Config { max_probes: some(3), ..touchy() });
    let probes: Vec<_> = (0..50).filter_map(|_| breaker.try_acquire(at(10)).ok()).collect();
    assert_eq!(probes.len(), 3);
    assert_eq!(breaker.status(at(10)).rejected, Some(47));
}

#[test]
fn b9_a_probe_that_is_dropped_or_ignored_comes_back_and_decides_nothing() {
    let mut breaker = opened(touchy());
    let dropped = admitted(&mut breaker, at(10));
    assert_eq!(breaker.peek(at(10)).unwrap_err().barrier, Barrier::ProbesOut);
    assert_eq!(breaker.release(dropped), None);
    assert_eq!(send(&mut breaker, Outcome::Ignore, at(10)), None);
    let status = breaker.status(at(10));
    assert_eq!((status.state, status.success_count, status.probes_out), (State::HalfOpen, 0, 0));
}

#[test]
fn a_leaked_probes_lease_expires_and_its_late_result_changes_nothing() {
    let mut breaker = opened(Config { probe_lease: seconds(5), ..touchy() });
    let leaked = admitted(&mut breaker, at(10));
    assert_eq!(breaker.try_acquire(at(14)).unwrap_err().retry_at, at(15));
    let second = admitted(&mut breaker, at(15));
    assert_eq!(breaker.report(leaked, BAD, at(15)), None);
    assert_eq!(breaker.report(second, OK, at(15)).unwrap().to, State::Closed);
}

fn two_per_round() -> Config {
    Config { probes_per_round: some(2), probe_lease: seconds(5), ..touchy() }
}

#[test]
fn a_round_that_spends_its_probes_without_a_verdict_opens_again() {
    let mut breaker = opened(two_per_round());
    assert_eq!(send(&mut breaker, Outcome::Ignore, at(10)), None);
    let reopened = send(&mut breaker, Outcome::Ignore, at(12)).expect("the last of the round");
    assert_eq!((reopened.to, reopened.reason), (State::Open, Reason::ProbesSpent));
    assert_eq!(breaker.peek(at(12)).unwrap_err().retry_at, at(22));

    send(&mut breaker, Outcome::Ignore, at(22));
    let dropped = admitted(&mut breaker, at(22));
    let reopened = breaker.release(dropped).expect("a drop spends the last one too");
    assert_eq!((reopened.at, reopened.reason), (at(22), Reason::ProbesSpent));
}

#[test]
fn a_spent_round_waits_for_the_probes_that_are_out() {
    let mut breaker = opened(Config { max_probes: some(2), ..two_per_round() });
    let (one, two) = (admitted(&mut breaker, at(10)), admitted(&mut breaker, at(10)));
    breaker.release(one);
    let refused = breaker.try_acquire(at(11)).unwrap_err();
    assert_eq!((refused.barrier, refused.retry_at), (Barrier::ProbesOut, at(15) + seconds(10)));
    assert_eq!(breaker.report(two, OK, at(14)).unwrap().reason, Reason::Recovered);
}

#[test]
fn a_spent_round_whose_last_probe_is_lost_was_over_when_its_lease_expired() {
    let mut breaker = opened(two_per_round());
    send(&mut breaker, Outcome::Ignore, at(10));
    let leaked = admitted(&mut breaker, at(10));
    assert_eq!(breaker.state(at(14)), State::HalfOpen);
    assert_eq!(breaker.state(at(15)), State::Open);
    let status = breaker.status(at(15));
    assert_eq!((status.state, status.next_permitted_at), (State::Open, Some(at(25))));

    assert_eq!(breaker.peek(at(15)).unwrap_err().barrier, Barrier::CoolDown);
    assert_eq!(breaker.state(at(25)), State::HalfOpen, "told of nothing, it knows the time");

    let before = breaker.transitions();
    let probe = admitted(&mut breaker, at(30));
    let told: Vec<_> = breaker.since(before).map(|change| (change.at, change.to)).collect();
    assert_eq!(told, [(at(15), State::Open), (at(30), State::HalfOpen)]);
    assert_eq!(breaker.report(leaked, BAD, at(30)), None);
    breaker.release(probe);
}

#[test]
fn fewer_probes_than_the_verdict_needs_are_taken_as_that_many() {
    let config = Config { success_threshold: some(3), probes_per_round: some(1), ..touchy() };
    assert!(config.check().is_err(), "though the check refuses them by name");
    let mut breaker = opened(config);
    let closed: Vec<bool> = (0..3).map(|_| send(&mut breaker, OK, at(10)).is_some()).collect();
    assert_eq!(closed, [false, false, true]);
}

#[test]
fn b4_results_of_an_earlier_epoch_neither_close_nor_reopen_nor_move_the_open_time() {
    let mut breaker = Breaker::new(touchy());
    let (first, second) = (admitted(&mut breaker, at(0)), admitted(&mut breaker, at(0)));
    let third = admitted(&mut breaker, at(0));
    send(&mut breaker, BAD, at(0));
    assert_eq!(breaker.report(first, BAD, at(9)), None);
    assert_eq!(breaker.peek(at(9)).unwrap_err().retry_at, at(10));
    let probe = admitted(&mut breaker, at(10));
    assert_eq!(breaker.report(second, OK, at(10)), None);
    assert_eq!(breaker.report(third, BAD, at(10)), None);
    assert_eq!(breaker.state(at(10)), State::HalfOpen);
    assert_eq!(breaker.report(probe, OK, at(10)).unwrap().reason, Reason::Recovered);
}

#[test]
fn a_lost_probe_makes_no_room_where_fewer_may_be_out_than_before() {
    let two = Config { max_probes: some(2), probe_lease: seconds(5), ..touchy() };
    let mut breaker = opened(two);
    let (_lost, out) = (admitted(&mut breaker, at(10)), admitted(&mut breaker, at(12)));
    breaker.reconfigure(Config { max_probes: some(1), ..two }, at(12));
    let refused = breaker.try_acquire(at(15)).expect_err("the other probe is out");
    assert_eq!((refused.retry_at, refused.barrier), (at(17), Barrier::ProbesOut));
    breaker.release(out);
    assert!(breaker.try_acquire(at(15)).is_ok());
}

#[test]
fn a_probe_that_comes_back_when_its_lease_ends_is_lost() {
    let mut breaker = opened(Config { probe_lease: seconds(5), ..touchy() });
    let probe = admitted(&mut breaker, at(10));
    assert_eq!(breaker.report(probe, OK, at(15)), None);
    assert_eq!(breaker.state(at(15)), State::HalfOpen, "it decides nothing");
}

#[test]
fn every_refusal_says_in_words_what_stands_in_the_way_and_until_when() {
    let mut breaker = opened(touchy());
    let words = |breaker: &Breaker, now| breaker.peek(now).unwrap_err().to_string();
    assert_eq!(words(&breaker, at(0)), "the breaker is open until 10.000000000s");
    let _probe = admitted(&mut breaker, at(10));
    assert_eq!(words(&breaker, at(10)), "probes are out, at most until 130.000000000s");
    let _isolation = breaker.isolate();
    assert_eq!(words(&breaker, at(10)), "the breaker is isolated by hand");
}
