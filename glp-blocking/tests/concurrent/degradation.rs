//! `with_fallback`, `with_timeout` and `try_or_default`.

use std::sync::mpsc::channel;
use std::time::Duration;

use glp_blocking::concurrent::{TimeLeft, with_timeout, with_timeout_or};
use glp_blocking::{FallbackError, TimedOut, with_fallback, with_fallback_if};
use glp_core::concurrent::ThreadTimer;
use glp_core::testkit::VirtualThreadTimer;
use glp_core::time::Instant;

use crate::{at_most, panic_of};

const LIMIT: Duration = Duration::from_millis(50);

type Answer = Result<&'static str, &'static str>;
type Time = TimeLeft<VirtualThreadTimer>;

fn sleep(timer: &VirtualThreadTimer, milliseconds: u64) {
    timer.sleep_until(timer.now() + Duration::from_millis(milliseconds));
}

#[test]
fn k10_two_failures_report_both_errors() {
    let answer = with_fallback(|| Answer::Err("offline"), |_| Answer::Err("no store"));

    let error = answer.unwrap_err();
    assert_eq!(error, FallbackError { primary: "offline", fallback: Some("no store") });
}

#[test]
fn k10_a_fallback_hides_no_error_that_it_is_not_for() {
    let worthwhile = |error: &&str| *error != "a bug";

    let answer = with_fallback_if(|| Answer::Err("a bug"), worthwhile, |_| Answer::Ok("fallback"));

    assert_eq!(answer, Err(FallbackError { primary: "a bug", fallback: None }));
}

#[test]
fn k10_an_inner_timeout_is_not_mistaken_for_ours() {
    let inner = Duration::from_millis(1);
    let work = |timer: &VirtualThreadTimer| {
        let timer = timer.clone();
        move |_: Time| {
            let clock = timer.clone();
            with_timeout(&timer, inner, move |_| sleep(&clock, 10))
        }
    };

    // Who waits, the work, and the work inside it.
    let timer = VirtualThreadTimer::for_threads(at_most(3));
    let answer = with_timeout(&timer, LIMIT, work(&timer));
    assert_eq!(answer, Ok(Err(TimedOut { limit: inner })));

    let timer = VirtualThreadTimer::for_threads(at_most(3));
    let answer = with_timeout_or(&timer, LIMIT, work(&timer), || Ok(()));
    assert_eq!(answer, Err(TimedOut { limit: inner }), "it is not replaced by the default");
}

#[test]
fn work_that_is_too_slow_is_told_how_long_it_may_take_and_that_its_time_is_up() {
    let timer = VirtualThreadTimer::for_threads(at_most(2));
    let (clock, (tell, told)) = (timer.clone(), channel());

    let answer = with_timeout(&timer, LIMIT, move |time: Time| {
        let mut left = vec![time.left()];
        while !time.is_up() {
            sleep(&clock, 20);
            left.push(time.left());
        }
        clock.leave();
        tell.send(left).unwrap();
    });

    assert_eq!(answer, Err(TimedOut { limit: LIMIT }));
    assert_eq!(timer.now(), Instant::ZERO + LIMIT);
    timer.leave(); // the work goes on by itself
    let left = [50, 30, 10, 0].map(Duration::from_millis);
    assert_eq!(told.recv().unwrap(), left);
}

#[test]
fn work_that_panics_in_time_panics_in_the_caller() {
    let timer = VirtualThreadTimer::for_threads(at_most(2));
    assert_eq!(panic_of(|| with_timeout(&timer, LIMIT, |_| panic!("on purpose"))), "on purpose");
    assert_eq!(timer.now(), Instant::ZERO);
}
