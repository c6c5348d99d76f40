//! `process_concurrent`, `try_process_concurrent` and `gather_with_errors`.

use std::future::ready;

use glp_core::concurrent::{
    ItemError, gather_with_errors, process_concurrent, try_process_concurrent,
};
use glp_core::testkit::VirtualTimer;
use proptest::prelude::*;

use crate::gauge::Gauge;
use crate::{at_most, now, sleep};

/// Takes `milliseconds`, then doubles.
async fn double(timer: &VirtualTimer, gauge: &Gauge, milliseconds: u64, item: u32) -> u32 {
    let _inside = gauge.enter();
    sleep(timer, milliseconds).await;
    item * 2
}

async fn evens_fail(item: u32) -> Result<u32, String> {
    if item.is_multiple_of(2) { Err(format!("{item} is even")) } else { Ok(item) }
}

#[test]
fn t17_process_concurrent_keeps_the_input_order_when_completion_is_reversed() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

    let work = |item: u32| double(&timer, &gauge, 100 - u64::from(item), item);
    let doubled = timer.run(process_concurrent(1..=5, at_most(10), work));

    assert_eq!(doubled, [2, 4, 6, 8, 10]);
    assert_eq!(gauge.most(), 5);
    assert_eq!(now(&timer), 99, "they overlap");
}

#[test]
fn t18_process_concurrent_reaches_its_limit_and_refills_a_slot_at_once() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

    // Item 0 takes as long as all the others together: they pass it by, four at a time.
    let work = |item: u32| double(&timer, &gauge, if item == 0 { 40 } else { 10 }, item);
    timer.run(process_concurrent(0..17, at_most(5), work));

    assert_eq!(gauge.most(), 5);
    assert_eq!(gauge.begun(), 17);
    assert_eq!(now(&timer), 40, "no slot was ever idle");
}

#[test]
fn t19_process_concurrent_leaves_errors_in_their_places() {
    let results = VirtualTimer::new().run(process_concurrent(1..=5, at_most(2), evens_fail));

    let two = Err("2 is even".to_owned());
    assert_eq!(results, [Ok(1), two, Ok(3), Err("4 is even".to_owned()), Ok(5)]);
}

#[test]
fn k6_the_first_error_stops_the_siblings_and_begins_nothing_more() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

    let result = timer.run(try_process_concurrent(0..20, at_most(3), |item| {
        let (timer, gauge) = (&timer, &gauge);
        async move {
            let _inside = gauge.enter();
            sleep(timer, if item == 1 { 5 } else { 10 }).await;
            if item == 1 { Err("lost") } else { Ok(item) }
        }
    }));

    assert_eq!(result, Err(ItemError { index: 1, error: "lost" }));
    assert_eq!(result.unwrap_err().to_string(), "item 1: lost");
    assert_eq!((gauge.begun(), gauge.now()), (3, 0));
    assert_eq!(now(&timer), 5);
}

#[test]
fn try_process_concurrent_returns_every_value_where_nothing_fails() {
    let values = VirtualTimer::new()
        .run(try_process_concurrent(1..=3, at_most(2), |item| ready(Ok::<_, &str>(item * 10))));
    assert_eq!(values, Ok(vec![10, 20, 30]));
}

#[test]
fn k9_no_future_is_made_before_its_turn() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

    timer.run(process_concurrent(0..10, at_most(2), |_| {
        let inside = gauge.enter(); // when the future is made, not when it is polled
        let timer = &timer;
        async move {
            sleep(timer, 1).await;
            drop(inside);
        }
    }));

    assert_eq!(gauge.most(), 2);
}

#[test]
fn no_items_give_no_outputs() {
    assert!(VirtualTimer::new().run(process_concurrent([], at_most(1), ready::<u8>)).is_empty());
}

#[test]
fn t20_gather_with_errors_separates_values_and_errors_and_keeps_positions() {
    let work = [ready(Ok("a")), ready(Err("b")), ready(Ok("c")), ready(Err("d"))];

    let gathered = VirtualTimer::new().run(gather_with_errors(work, None));

    assert_eq!(gathered.values, [(0, "a"), (2, "c")]);
    assert_eq!(gathered.errors, [(1, "b"), (3, "d")]);
}

#[test]
fn gathering_nothing_gives_nothing() {
    let nothing: [std::future::Ready<Result<u8, u8>>; 0] = [];
    let gathered = VirtualTimer::new().run(gather_with_errors(nothing, None));
    assert!(gathered.values.is_empty() && gathered.errors.is_empty());
}

#[test]
fn t21_gather_with_errors_reaches_its_limit() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let work = (0..10).map(|item| {
        let (timer, gauge) = (&timer, &gauge);
        async move { Ok::<_, ()>(double(timer, gauge, 10, item).await) }
    });

    let gathered = timer.run(gather_with_errors(work, Some(at_most(3))));

    assert_eq!((gathered.values.len(), gathered.errors.len()), (10, 0));
    assert_eq!(gauge.most(), 3);
}

proptest! {
    #[test]
    fn law_outputs_are_in_input_order_and_as_many_run_as_may(
        times in prop::collection::vec(0_u64..50, 0..40), limit in 1_usize..10,
    ) {
        let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

        let work = |(index, milliseconds): (usize, u64)| {
            let (timer, gauge) = (&timer, &gauge);
            async move {
                let _inside = gauge.enter();
                sleep(timer, milliseconds + 1).await;
                index
            }
        };
        let items = times.iter().copied().enumerate();
        let outputs = timer.run(process_concurrent(items, at_most(limit), work));

        prop_assert!(outputs.into_iter().eq(0..times.len()));
        prop_assert_eq!(gauge.most(), limit.min(times.len()));
    }

    #[test]
    fn law_a_run_takes_exactly_as_long_as_slots_that_are_never_idle(
        times in prop::collection::vec(1_u64..50, 1..40), limit in 1_usize..10,
    ) {
        let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

        let work = |milliseconds| double(&timer, &gauge, milliseconds, 0);
        timer.run(process_concurrent(times.iter().copied(), at_most(limit), work));

        // The model: each item goes to the slot that is free first.
        let mut slots = vec![0_u64; limit];
        for milliseconds in &times {
            *slots.iter_mut().min().unwrap() += milliseconds;
        }
        prop_assert_eq!(now(&timer), u128::from(*slots.iter().max().unwrap()));
    }
}
