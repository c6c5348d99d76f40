//! `run_concurrent_tasks`.

use std::thread;

use glp_blocking::{Cancellation, OnFailure, TaskEnd, run_concurrent_tasks};

use crate::panic_of;
use crate::stage::{House, Stage};

type Task<'a> = Box<dyn FnOnce(&Cancellation<'_>) -> Result<Vec<u32>, &'static str> + Send + 'a>;

/// Stops half-way once it is told to.
fn endless(cancellation: &Cancellation<'_>) -> Result<Vec<u32>, &'static str> {
    while !cancellation.is_requested() {
        thread::yield_now();
    }
    Err("stopped half-way")
}

#[test]
fn k4_fail_fast_calls_off_the_siblings_and_not_the_caller() {
    let house = Stage::<House>::default();
    let quick = |_: &Cancellation<'_>| {
        drop(house.enter());
        Ok(vec![1])
    };
    // It does not ask, so it is not stopped, and what it came to is not lost.
    let deaf = |_: &Cancellation<'_>| {
        drop(house.enter());
        Ok(vec![2])
    };
    let bad = |_: &Cancellation<'_>| {
        house.wait_for(|house| house.begun == 2);
        Err("refused")
    };
    let tasks: [(&str, Task<'_>); 4] = [
        ("quick", Box::new(quick)),
        ("bad", Box::new(bad)),
        ("slow", Box::new(endless)),
        ("deaf", Box::new(deaf)),
    ];

    let ends = run_concurrent_tasks(tasks, OnFailure::CancelSiblings);

    let expected = [
        ("quick", TaskEnd::Value(vec![1])),
        ("bad", TaskEnd::Error("refused")),
        ("slow", TaskEnd::Cancelled),
        ("deaf", TaskEnd::Value(vec![2])),
    ];
    assert_eq!(ends, expected);
}

#[test]
fn k8_a_task_that_was_called_off_is_no_success_and_two_failures_are_both_told() {
    let house = Stage::<House>::default();
    let fail = |_: &Cancellation<'_>| {
        house.stay_until_full(2, 2);
        Err::<Vec<u32>, _>("refused")
    };
    let tasks: [(&str, Task<'_>); 3] =
        [("one", Box::new(fail)), ("called off", Box::new(endless)), ("other", Box::new(fail))];

    let ends = run_concurrent_tasks(tasks, OnFailure::CancelSiblings);

    let refused = TaskEnd::Error("refused");
    let expected =
        [("one", refused.clone()), ("called off", TaskEnd::Cancelled), ("other", refused)];
    assert_eq!(ends, expected);
}

#[test]
fn a_task_that_panics_calls_the_others_off_and_panics_in_the_caller() {
    let tasks: [(&str, Task<'_>); 2] =
        [("endless", Box::new(endless)), ("panics", Box::new(|_| panic!("on purpose")))];
    assert_eq!(panic_of(|| run_concurrent_tasks(tasks, OnFailure::Continue)), "on purpose");
}

#[test]
fn the_same_name_twice_loses_nothing_and_no_tasks_end_at_once() {
    let twice: [(&str, Task<'_>); 2] =
        [("devices", Box::new(|_| Ok(vec![1]))), ("devices", Box::new(|_| Ok(vec![2])))];
    assert_eq!(run_concurrent_tasks(twice, OnFailure::Continue).len(), 2);

    let none: [(&str, Task<'_>); 0] = [];
    assert!(run_concurrent_tasks(none, OnFailure::CancelSiblings).is_empty());
}
