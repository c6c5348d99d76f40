//! `with_fallback`, `with_timeout` and `try_or_default`.

use std::cell::Cell;
use std::future::ready;
use std::time::Duration;

use glp_core::concurrent::{
    FallbackError, TimedOut, try_or_default, with_fallback, with_fallback_if, with_timeout,
    with_timeout_or,
};
use glp_core::testkit::VirtualTimer;

use crate::gauge::Gauge;
use crate::{now, sleep};

const LIMIT: Duration = Duration::from_millis(50);

type Answer = Result<&'static str, &'static str>;

#[test]
fn t28_with_fallback_uses_primary_and_does_not_even_make_the_fallback() {
    let made = Cell::new(false);

    let answer: Result<_, FallbackError<&str, &str>> =
        VirtualTimer::new().run(with_fallback(ready(Answer::Ok("primary")), |_| {
            made.set(true);
            ready(Ok("fallback"))
        }));

    assert_eq!((answer, made.get()), (Ok("primary"), false));
}

#[test]
fn t29_with_fallback_uses_fallback_on_error_and_hands_it_the_error() {
    let answer = VirtualTimer::new().run(with_fallback(ready(Answer::Err("offline")), |error| {
        assert_eq!(*error, "offline");
        ready(Answer::Ok("fallback"))
    }));
    assert_eq!(answer, Ok("fallback"));
}

#[test]
fn k10_two_failures_report_both_errors() {
    let answer = VirtualTimer::new()
        .run(with_fallback(ready(Answer::Err("offline")), |_| ready(Answer::Err("no store"))));

    let error = answer.unwrap_err();
    assert_eq!(error, FallbackError { primary: "offline", fallback: Some("no store") });
    assert_eq!(error.to_string(), "offline; the fallback failed too: no store");
}

#[test]
fn k10_a_fallback_hides_no_error_that_it_is_not_for() {
    let primary = ready(Answer::Err("a bug"));

    let answer = VirtualTimer::new().run(with_fallback_if(
        primary,
        |error| *error != "a bug",
        |_| ready(Answer::Ok("fallback")),
    ));

    let error = answer.unwrap_err();
    assert_eq!(error, FallbackError { primary: "a bug", fallback: None });
    assert_eq!(error.to_string(), "a bug");
}

#[test]
fn t30_with_timeout_returns_what_succeeds_within_the_limit() {
    let timer = VirtualTimer::new();

    let answer = timer.run(with_timeout(&timer, LIMIT, async {
        sleep(&timer, 10).await;
        "done"
    }));

    assert_eq!(answer, Ok("done"));
    assert_eq!(now(&timer), 10);
}

#[test]
fn t31_with_timeout_drops_what_exceeds_the_limit_and_says_the_limit() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

    let answer = timer.run(with_timeout(&timer, LIMIT, async {
        let _inside = gauge.enter();
        sleep(&timer, 10_000).await;
    }));

    assert_eq!(answer, Err(TimedOut { limit: LIMIT }));
    assert_eq!(answer.unwrap_err().to_string(), "not done within 50ms");
    assert_eq!((now(&timer), gauge.now()), (50, 0));
}

#[test]
fn work_that_is_ready_wins_over_a_time_that_is_up() {
    let timer = VirtualTimer::new();
    assert_eq!(timer.run(with_timeout(&timer, Duration::ZERO, ready(7))), Ok(7));
    assert!(timer.run(with_timeout(&timer, LIMIT, sleep(&timer, 50))).is_ok());
}

#[test]
fn t32_with_timeout_or_returns_the_default() {
    let timer = VirtualTimer::new();
    let slow = async {
        sleep(&timer, 10_000).await;
        "done"
    };
    assert_eq!(timer.run(with_timeout_or(&timer, LIMIT, slow, || "timed_out")), "timed_out");
}

#[test]
fn k10_an_inner_timeout_is_not_mistaken_for_ours() {
    let timer = VirtualTimer::new();
    let inner = Duration::from_millis(1);
    let work = || with_timeout(&timer, inner, sleep(&timer, 10));

    let answer = timer.run(with_timeout(&timer, LIMIT, work()));
    assert_eq!(answer, Ok(Err(TimedOut { limit: inner })));

    let answer = timer.run(with_timeout_or(&timer, LIMIT, work(), || Ok(())));
    assert_eq!(answer, Err(TimedOut { limit: inner }), "it is not replaced by the default");
}

#[test]
fn t33_try_or_default_returns_the_result() {
    let result = try_or_default(ready(Ok::<_, &str>(vec![1])), |_| Vec::new());
    assert_eq!(VirtualTimer::new().run(result), [1]);
}

#[test]
fn t34_try_or_default_returns_a_fresh_default_each_time() {
    let timer = VirtualTimer::new();
    let empty = || try_or_default(ready(Err::<Vec<u8>, _>("offline")), |_| Vec::new());

    let mut first = timer.run(empty());
    first.push(1);

    assert!(timer.run(empty()).is_empty());
}
