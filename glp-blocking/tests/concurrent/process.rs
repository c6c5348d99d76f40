//! `process_concurrent`, `try_process_concurrent` and `gather_with_errors`.

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

use glp_blocking::{ItemError, gather_with_errors, process_concurrent, try_process_concurrent};
use proptest::prelude::*;

use crate::stage::{House, Stage};
use crate::{at_most, panic_of};

#[test]
fn k6_the_first_error_stops_the_siblings_and_begins_nothing_more() {
    let house = Stage::<House>::default();

    let result = try_process_concurrent(0..20, at_most(3), |item, cancellation| {
        let _inside = house.enter();
        house.wait_for(|house| house.inside == 3 || house.ended > 0);
        if item == 1 {
            return Err("lost");
        }
        while !cancellation.is_requested() {
            thread::yield_now();
        }
        Ok(item)
    });

    assert_eq!(result, Err(ItemError { index: 1, error: "lost" }));
    let (begun, ended) = house.look(|house| (house.begun, house.ended));
    assert_eq!((begun, ended), (3, 3), "those that ran were awaited");
}

#[test]
fn k9_no_item_is_taken_before_its_turn() {
    let house = Stage::<House>::default();
    let items = (0..10).inspect(|item| {
        let ended = house.look(|house| house.ended);
        assert!(*item < ended + 2, "item {item} is taken when {ended} have ended");
    });

    process_concurrent(items, at_most(2), |_| drop(house.enter()));

    assert_eq!(house.look(|house| house.ended), 10);
}

#[test]
fn an_item_that_panics_does_so_in_the_caller_when_the_others_have_ended() {
    let house = Stage::<House>::default();

    let words = panic_of(|| {
        process_concurrent(0..20, at_most(3), |item| {
            let _inside = house.enter();
            if item == 1 {
                house.wait_for(|house| house.inside == 3);
                panic!("on purpose");
            }
            house.wait_for(|house| house.ended > 0);
        })
    });

    assert_eq!((words, house.look(|house| house.inside)), ("on purpose", 0));
}

#[test]
fn after_a_panic_nothing_more_begins() {
    let house = Stage::<House>::default();

    let words = panic_of(|| {
        process_concurrent(0..20, at_most(1), |item| {
            let _inside = house.enter();
            if item == 1 {
                panic!("on purpose");
            }
        })
    });

    assert_eq!((words, house.look(|house| house.begun)), ("on purpose", 2));
}

#[test]
fn a_panic_calls_off_the_siblings_of_a_run_that_may_fail() {
    let words = panic_of(|| {
        try_process_concurrent(0..2, at_most(2), |item, cancellation| {
            if item == 1 {
                panic!("on purpose");
            }
            while !cancellation.is_requested() {
                thread::yield_now();
            }
            Err::<(), _>("called off")
        })
    });
    assert_eq!(words, "on purpose");
}

#[test]
fn items_that_panic_while_they_are_taken_leave_nothing_running() {
    let house = Stage::<House>::default();
    let items = (0..3).inspect(|item| {
        if *item == 2 {
            house.wait_for(|house| house.begun == 2);
            panic!("no third");
        }
    });

    let words = panic_of(|| process_concurrent(items, at_most(3), |_| drop(house.enter())));

    assert_eq!((words, house.look(|house| house.inside)), ("no third", 0));
}

#[test]
fn no_items_give_no_outputs_and_no_work_gives_nothing() {
    assert!(process_concurrent([], at_most(1), |item: u8| item).is_empty());
    assert_eq!(
        try_process_concurrent([], at_most(1), |item: u8, _| Err::<u8, _>(item)),
        Ok(vec![])
    );
    let nothing: [fn() -> Result<u8, u8>; 0] = [];
    let gathered = gather_with_errors(nothing, None);
    assert!(gathered.values.is_empty() && gathered.errors.is_empty());
}

#[test]
fn work_may_borrow_and_threads_are_used_again() {
    let threads = Mutex::new(HashSet::new());
    process_concurrent(0..100, at_most(3), |_| {
        threads.lock().unwrap().insert(thread::current().id())
    });
    assert!(threads.lock().unwrap().len() <= 3);
}

#[test]
fn work_without_a_bound_all_runs_at_once() {
    let house = Stage::<House>::default();
    let work = (0..20).map(|item| {
        let house = &house;
        move || {
            house.stay_until_full(20, 20);
            Ok::<_, ()>(item)
        }
    });

    let gathered = gather_with_errors(work, None);

    assert_eq!((gathered.values.len(), house.look(|house| house.most)), (20, 20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn law_outputs_are_in_input_order_and_no_slot_is_idle_while_items_are_left(
        total in 0_usize..40, limit in 1_usize..10,
    ) {
        let house = Stage::<House>::default();

        let outputs = process_concurrent(0..total, at_most(limit), |item| {
            house.stay_until_full(limit, total);
            item
        });

        prop_assert!(outputs.into_iter().eq(0..total));
        prop_assert_eq!(house.look(|house| house.most), limit.min(total));
    }
}
