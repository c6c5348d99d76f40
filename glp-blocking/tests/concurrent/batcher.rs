//! `ConcurrentBatcher`.

use std::sync::{Arc, Mutex};
use std::thread;

use glp_blocking::{BatchFailure, ConcurrentBatcher, FailedBatch};
use proptest::prelude::*;

use crate::stage::{House, Stage};
use crate::{at_most, panic_of};

#[test]
fn k1_batches_overlap_and_a_producer_waits_only_beyond_them() {
    let house = Stage::<House>::default();
    let added = Stage::<u32>::default();
    let process = |items: Arc<[u32]>| {
        let _inside = house.enter();
        house.wait_for(|house| house.most == 3);
        // A producer that waited for fewer than three batches would never come so far.
        added.wait_for(|added| *added >= 7);
        Ok::<_, &str>(items.to_vec())
    };

    let flushed = thread::scope(|scope| {
        let batcher = ConcurrentBatcher::new(scope, at_most(2), at_most(3), process);
        for item in 0..10 {
            batcher.add(item);
            added.change(|added| *added += 1);
            let full = (item as usize).div_ceil(2);
            assert!(
                house.look(|house| house.ended) + 3 >= full,
                "no more than three are in flight"
            );
        }
        batcher.flush()
    });

    assert_eq!(flushed.results.concat(), (0..10).collect::<Vec<_>>());
    assert_eq!(house.look(|house| house.most), 3);
}

#[test]
fn k2_many_producers_lose_and_repeat_nothing_and_none_waits_for_ever() {
    const THREADS: u32 = 8;
    const ITEMS: u32 = 500;
    let house = Stage::<House>::default();
    let process = |items: Arc<[u32]>| {
        let _inside = house.enter();
        Ok::<_, &str>(items.to_vec())
    };

    let batches = thread::scope(|scope| {
        let batcher = &ConcurrentBatcher::new(scope, at_most(3), at_most(2), process);
        let produce = |thread| {
            let mut batches = Vec::new();
            for item in 0..ITEMS {
                batcher.add(thread * ITEMS + item);
                if item % 50 == 0 {
                    batches.append(&mut batcher.flush().results);
                }
            }
            batches.append(&mut batcher.flush().results);
            batches
        };
        thread::scope(|producers| {
            let threads: Vec<_> =
                (0..THREADS).map(|thread| producers.spawn(move || produce(thread))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        })
    });

    let mut items = batches.concat();
    items.sort_unstable();
    assert!(items.into_iter().eq(0..THREADS * ITEMS));
    assert!(house.look(|house| house.most) <= 2);
}

#[test]
fn k3_the_items_of_a_failed_batch_come_back_and_a_flush_returns_only_what_is_new() {
    let process = |items: Arc<[u32]>| if items[0] == 0 { Err("lost") } else { Ok(items.to_vec()) };

    let [first, second, third] = thread::scope(|scope| {
        let batcher = ConcurrentBatcher::new(scope, at_most(2), at_most(1), process);
        (0..3).for_each(|item| batcher.add(item));
        let first = batcher.flush();
        // What failed is added again, and fails no more.
        first.failed[0].items.iter().for_each(|item| batcher.add(item + 10));
        [first, batcher.flush(), batcher.flush()]
    });

    let items = Arc::from([0, 1]);
    assert_eq!(first.failed, [FailedBatch { items, failure: BatchFailure::Error("lost") }]);
    assert_eq!(first.results, [[2]]);
    assert_eq!((second.results, second.failed.len()), (vec![vec![10, 11]], 0));
    assert!(third.results.is_empty() && third.failed.is_empty());
}

#[test]
fn a_flush_does_not_wait_for_what_is_added_later() {
    let gate = Stage::<bool>::default();
    let process = |items: Arc<[u32]>| {
        gate.wait_for(|open| *open || items[0] == 0);
        Ok::<_, &str>(items.to_vec())
    };

    let [first, second] = thread::scope(|scope| {
        let batcher = ConcurrentBatcher::new(scope, at_most(1), at_most(2), process);
        batcher.add(0);
        let first = batcher.flush();
        batcher.add(1);
        gate.change(|open| *open = true);
        [first, batcher.flush()]
    });

    assert_eq!([first.results, second.results].concat(), [[0], [1]]);
}

#[test]
fn a_panic_surfaces_once_in_a_flush_and_its_items_come_back() {
    let process = |items: Arc<[u32]>| {
        if items[0] == 0 {
            panic!("a bug in the processing");
        }
        Ok::<_, &str>(items.to_vec())
    };

    let (words, flushed) = thread::scope(|scope| {
        let batcher = ConcurrentBatcher::new(scope, at_most(2), at_most(1), process);
        (0..3).for_each(|item| batcher.add(item));
        (panic_of(|| batcher.flush()), batcher.flush())
    });

    assert_eq!((words, flushed.results), ("a bug in the processing", vec![vec![2]]));
    let items = Arc::from([0, 1]);
    assert_eq!(flushed.failed, [FailedBatch { items, failure: BatchFailure::Panicked }]);
}

#[test]
fn a_batcher_that_is_dropped_processes_what_is_full_and_its_scope_ends() {
    let seen = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let process = |items: Arc<[u32]>| {
            seen.lock().unwrap().push(items.to_vec());
            Ok::<_, &str>(())
        };
        let batcher = ConcurrentBatcher::new(scope, at_most(2), at_most(1), process);
        (0..5).for_each(|item| batcher.add(item));
        assert_eq!(batcher.pending_count(), 1);
    });
    assert_eq!(seen.into_inner().unwrap(), [[0, 1], [2, 3]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn law_every_item_comes_back_exactly_once_in_a_result_or_a_failure(
        total in 0_usize..60,
        size in 1_usize..5,
        max_concurrent in 1_usize..4,
        flush_every in 1_usize..20,
    ) {
        let house = Stage::<House>::default();
        let process = |items: Arc<[usize]>| {
            let _inside = house.enter();
            if items[0].is_multiple_of(3) { Err("lost") } else { Ok(items.to_vec()) }
        };
        let mut back = Vec::new();

        let counts = thread::scope(|scope| {
            let (size, at_once) = (at_most(size), at_most(max_concurrent));
            let batcher = ConcurrentBatcher::new(scope, size, at_once, process);
            for item in 0..=total {
                if item == total || item % flush_every == 0 {
                    let flushed = batcher.flush();
                    back.extend(flushed.results.concat());
                    back.extend(flushed.failed.iter().flat_map(|batch| batch.items.to_vec()));
                }
                if item < total {
                    batcher.add(item);
                }
            }
            (batcher.pending_count(), batcher.in_flight_count())
        });

        back.sort_unstable();
        prop_assert!(back.into_iter().eq(0..total));
        prop_assert!(house.look(|house| house.most) <= max_concurrent);
        prop_assert_eq!(counts, (0, 0));
    }
}
