//! `run_concurrent_tasks`.

use std::future::Future;
use std::pin::Pin;

use glp_core::concurrent::{OnFailure, TaskEnd, run_concurrent_tasks};
use glp_core::testkit::VirtualTimer;

use crate::gauge::Gauge;
use crate::{now, sleep};

type Task<'a> = Pin<Box<dyn Future<Output = Result<Vec<u32>, &'static str>> + Send + 'a>>;

fn task<'a>(
    timer: &'a VirtualTimer,
    gauge: &'a Gauge,
    milliseconds: u64,
    result: Result<Vec<u32>, &'static str>,
) -> Task<'a> {
    Box::pin(async move {
        let _inside = gauge.enter();
        sleep(timer, milliseconds).await;
        result
    })
}

#[test]
fn t22_run_concurrent_tasks_overlap_and_keep_their_names_in_order() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let tasks = [
        ("subscriptions", task(&timer, &gauge, 20, Ok(vec![4, 5]))),
        ("devices", task(&timer, &gauge, 10, Ok(vec![1, 2, 3]))),
    ];

    let ends = timer.run(run_concurrent_tasks(tasks, OnFailure::Continue));

    let expected =
        [("subscriptions", TaskEnd::Value(vec![4, 5])), ("devices", TaskEnd::Value(vec![1, 2, 3]))];
    assert_eq!(ends, expected);
    assert_eq!((gauge.most(), now(&timer)), (2, 20));
}

#[test]
fn t23_a_failure_leaves_the_other_tasks_their_values() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let tasks = [
        ("bad", task(&timer, &gauge, 1, Err("refused"))),
        ("good", task(&timer, &gauge, 10, Ok(vec![1]))),
    ];

    let ends = timer.run(run_concurrent_tasks(tasks, OnFailure::Continue));

    assert_eq!(ends, [("bad", TaskEnd::Error("refused")), ("good", TaskEnd::Value(vec![1]))]);
}

#[test]
fn k4_fail_fast_cancels_the_siblings_and_not_the_caller() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let tasks = [
        ("quick", task(&timer, &gauge, 1, Ok(vec![1]))),
        ("bad", task(&timer, &gauge, 5, Err("refused"))),
        ("slow", task(&timer, &gauge, 10, Ok(vec![2]))),
    ];

    let ends = timer.run(run_concurrent_tasks(tasks, OnFailure::CancelSiblings));

    let expected = [
        ("quick", TaskEnd::Value(vec![1])),
        ("bad", TaskEnd::Error("refused")),
        ("slow", TaskEnd::Cancelled),
    ];
    assert_eq!(ends, expected);
    assert_eq!((gauge.now(), now(&timer)), (0, 5), "the slow one was dropped at once");
}

#[test]
fn the_same_name_twice_loses_nothing() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let tasks = [
        ("devices", task(&timer, &gauge, 1, Ok(vec![1]))),
        ("devices", task(&timer, &gauge, 1, Ok(vec![2]))),
    ];

    let ends = timer.run(run_concurrent_tasks(tasks, OnFailure::Continue));

    assert_eq!(ends.len(), 2);
}

#[test]
fn no_tasks_end_at_once() {
    let tasks: [(&str, Task<'_>); 0] = [];
    assert!(VirtualTimer::new().run(run_concurrent_tasks(tasks, OnFailure::Continue)).is_empty());
}
