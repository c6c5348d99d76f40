//! `ConcurrentBatcher`.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures::FutureExt;
use futures::future::{self, Either};
use glp_core::concurrent::{
    BatchFailure, ConcurrentBatcher, FailedBatch, gather_with_errors, process_concurrent,
};
use glp_core::testkit::VirtualTimer;
use proptest::prelude::*;

use crate::gauge::Gauge;
use crate::{at_most, now, sleep};

type Batcher<'a> = ConcurrentBatcher<'a, u32, Vec<u32>, &'static str>;

/// Makes a batcher whose batches take `milliseconds` and come to their items.
fn slow<'a>(
    timer: &'a VirtualTimer,
    gauge: &'a Gauge,
    size: usize,
    max_concurrent: usize,
    milliseconds: u64,
) -> Batcher<'a> {
    ConcurrentBatcher::new(at_most(size), at_most(max_concurrent), move |items| async move {
        let _inside = gauge.enter();
        sleep(timer, milliseconds).await;
        Ok(items.to_vec())
    })
}

#[test]
fn t25_a_full_batch_is_processed_and_the_rest_is_pending() {
    let seen = Mutex::new(Vec::new());
    let batcher = ConcurrentBatcher::new(at_most(3), at_most(3), |items: Arc<[u32]>| {
        seen.lock().unwrap().push(items.to_vec());
        future::ready(Ok::<_, &str>(()))
    });

    VirtualTimer::new().run(async {
        for item in 0..5 {
            batcher.add(item).await;
        }
    });

    assert_eq!(*seen.lock().unwrap(), [[0, 1, 2]]);
    assert_eq!((batcher.pending_count(), batcher.in_flight_count()), (2, 0));
}

#[test]
fn t26_flush_processes_the_rest_and_returns_results_in_batch_order() {
    let timer = VirtualTimer::new();
    // The earlier the batch, the longer it takes.
    let batcher = ConcurrentBatcher::new(at_most(3), at_most(3), |items: Arc<[u32]>| {
        let timer = &timer;
        async move {
            sleep(timer, 100 - u64::from(items[0])).await;
            Ok::<_, &str>(items.to_vec())
        }
    });

    let (first, second) = timer.run(async {
        for item in 0..5 {
            batcher.add(item).await;
        }
        (batcher.flush().await, batcher.flush().await)
    });

    assert_eq!(first.results, [vec![0, 1, 2], vec![3, 4]]);
    assert_eq!(now(&timer), 100, "flush waits for the batches in flight");
    assert!(second.results.is_empty() && second.failed.is_empty(), "K3: only what is new");
    assert_eq!(batcher.pending_count(), 0);
}

#[test]
fn t27_the_items_of_a_failed_batch_come_back() {
    let batcher = ConcurrentBatcher::new(at_most(2), at_most(3), |items: Arc<[u32]>| async move {
        if items[0] == 0 { Err("lost") } else { Ok(items.len()) }
    });

    let flushed = VirtualTimer::new().run(async {
        for item in 0..4 {
            batcher.add(item).await;
        }
        batcher.flush().await
    });

    assert_eq!(flushed.results, [2]);
    let items = Arc::from([0, 1]);
    assert_eq!(flushed.failed, [FailedBatch { items, failure: BatchFailure::Error("lost") }]);
}

#[test]
fn k1_batches_overlap_and_a_producer_waits_only_beyond_them() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let batcher = slow(&timer, &gauge, 2, 3, 10);

    let waited = timer.run(async {
        let mut waited = Vec::new();
        for item in 0..10 {
            batcher.add(item).await;
            waited.push(now(&timer));
        }
        batcher.flush().await;
        waited
    });

    assert_eq!(gauge.most(), 3);
    assert_eq!(waited, [0, 0, 0, 0, 0, 0, 0, 10, 10, 10], "the fourth batch waits for a slot");
    assert_eq!(now(&timer), 20);
}

#[test]
fn k2_many_producers_lose_and_repeat_nothing() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let batcher = slow(&timer, &gauge, 3, 2, 7);
    let producers = (0..10).map(|producer| {
        let (batcher, timer) = (&batcher, &timer);
        async move {
            for item in 0..10 {
                sleep(timer, u64::from((producer * item) % 4)).await;
                batcher.add(producer * 10 + item).await;
            }
            Ok::<_, ()>(())
        }
    });

    let flushed = timer.run(async {
        gather_with_errors(producers, None).await;
        batcher.flush().await
    });

    let mut items = flushed.results.concat();
    items.sort_unstable();
    assert!(items.into_iter().eq(0..100));
    assert_eq!((gauge.most(), flushed.failed.len()), (2, 0));
}

#[test]
fn an_add_that_is_dropped_or_never_awaited_has_added_its_item() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let batcher = slow(&timer, &gauge, 1, 1, 10);

    let flushed = timer.run(async {
        batcher.add(0).await;
        assert!(batcher.add(1).now_or_never().is_none(), "it waits for the first");
        drop(batcher.add(2));
        batcher.flush().await
    });

    assert_eq!(flushed.results, [[0], [1], [2]]);
}

#[test]
fn a_flush_that_is_dropped_has_taken_nothing() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let batcher = slow(&timer, &gauge, 2, 1, 10);

    let flushed = timer.run(async {
        batcher.add(0).await;
        assert!(batcher.flush().now_or_never().is_none());
        batcher.flush().await
    });

    assert_eq!(flushed.results, [[0]]);
}

#[test]
fn a_flush_does_not_wait_for_what_is_added_later() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let batcher = slow(&timer, &gauge, 1, 2, 10);

    let (flushed, ()) = timer.run(future::join(
        async {
            batcher.add(0).await;
            let flushed = batcher.flush().await;
            assert_eq!(now(&timer), 10);
            flushed
        },
        async {
            sleep(&timer, 5).await;
            batcher.add(1).await;
        },
    ));

    assert_eq!(flushed.results, [[0]]);
    assert_eq!(timer.run(batcher.flush()).results, [[1]]);
}

#[test]
fn drive_carries_batches_forward_while_their_producer_is_elsewhere() {
    let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
    let batcher = slow(&timer, &gauge, 1, 2, 10);

    let producer = pin!(async {
        batcher.add(0).await;
        sleep(&timer, 100).await;
        assert_eq!(batcher.in_flight_count(), 0);

        drop(batcher.add(1));
        sleep(&timer, 100).await;
        assert_eq!((gauge.begun(), batcher.in_flight_count()), (2, 0));
    });
    let driver = pin!(batcher.drive());
    let end = timer.run(future::select(producer, driver));

    assert!(matches!(end, Either::Left(_)));
}

#[test]
fn a_panic_surfaces_once_and_its_items_come_back() {
    let batcher = ConcurrentBatcher::new(at_most(2), at_most(1), |items: Arc<[u32]>| async move {
        assert_ne!(items[0], 0, "a bug in the processing");
        Ok::<_, &str>(items.to_vec())
    });
    batcher.add(0).now_or_never().unwrap();

    let panicked = catch_unwind(AssertUnwindSafe(|| batcher.add(1).now_or_never()));
    let flushed = VirtualTimer::new().run(async {
        batcher.add(2).await;
        batcher.flush().await
    });

    assert!(panicked.is_err());
    assert_eq!(flushed.results, [[2]]);
    let items = Arc::from([0, 1]);
    assert_eq!(flushed.failed, [FailedBatch { items, failure: BatchFailure::Panicked }]);
}

#[test]
fn processing_may_add_to_the_batcher_it_serves() {
    let batcher = Arc::new_cyclic(|batcher: &Weak<Batcher<'static>>| {
        let batcher = batcher.clone();
        ConcurrentBatcher::new(at_most(1), at_most(2), move |items: Arc<[u32]>| {
            let batcher = batcher.upgrade();
            async move {
                if let (0, Some(batcher)) = (items[0], batcher) {
                    batcher.add(1).await;
                }
                Ok(items.to_vec())
            }
        })
    });

    let results = VirtualTimer::new().run(async {
        batcher.add(0).await;
        [batcher.flush().await.results, batcher.flush().await.results]
    });

    assert_eq!(results.concat(), [[0], [1]]);
}

#[test]
fn carrying_ends_even_while_one_batch_spins_and_another_waits_for_room() {
    let outside = AtomicBool::new(false);
    let batcher = Arc::new_cyclic(|batcher: &Weak<Batcher<'_>>| {
        let (batcher, outside) = (batcher.clone(), &outside);
        ConcurrentBatcher::new(at_most(1), at_most(2), move |items: Arc<[u32]>| {
            let batcher = batcher.upgrade();
            async move {
                match (items[0], batcher) {
                    (0, Some(batcher)) => batcher.add(2).await,
                    (1, _) => {
                        while !outside.load(SeqCst) {
                            yield_now().await;
                        }
                    }
                    _ => {}
                }
                Ok(items.to_vec())
            }
        })
    });

    drop((batcher.add(0), batcher.add(1)));
    let set = async {
        yield_now().await;
        outside.store(true, SeqCst);
    };
    let (flushed, ()) = VirtualTimer::new().run(future::join(batcher.flush(), set));

    assert_eq!(flushed.results, [[0], [1]]);
}

/// Polls a future on this thread, which rests until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Lets everybody else go first, once.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if core::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn k2_producers_on_many_threads_lose_and_repeat_nothing_and_none_sleeps_for_ever() {
    const THREADS: u32 = 8;
    const ITEMS: u32 = 500;
    let gauge = Gauge::default();
    let batcher = ConcurrentBatcher::new(at_most(3), at_most(2), |items: Arc<[u32]>| {
        let gauge = &gauge;
        async move {
            let _inside = gauge.enter();
            for _ in 0..items[0] % 3 {
                yield_now().await;
            }
            Ok::<_, &str>(items.to_vec())
        }
    });

    let batches = thread::scope(|scope| {
        let produce = |thread: u32| {
            let batcher = &batcher;
            move || {
                block_on(async {
                    let mut batches = Vec::new();
                    for item in 0..ITEMS {
                        batcher.add(thread * ITEMS + item).await;
                        if item % 50 == 0 {
                            batches.append(&mut batcher.flush().await.results);
                        }
                    }
                    batches.append(&mut batcher.flush().await.results);
                    batches
                })
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(produce(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });

    let mut items = batches.concat();
    items.sort_unstable();
    assert!(items.into_iter().eq(0..THREADS * ITEMS));
    assert!(gauge.most() <= 2);
}

proptest! {
    #[test]
    fn law_every_item_comes_back_exactly_once_in_a_result_or_a_failure(
        pauses in prop::collection::vec(0_u64..6, 0..60),
        size in 1_usize..5,
        max_concurrent in 1_usize..4,
        producers in 1_usize..5,
        flush_every in 1_usize..20,
    ) {
        let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
        let batcher = ConcurrentBatcher::new(at_most(size), at_most(max_concurrent), |items| {
            let (timer, gauge) = (&timer, &gauge);
            async move {
                let items: Arc<[usize]> = items;
                let _inside = gauge.enter();
                sleep(timer, items[0] as u64 % 7).await;
                if items[0].is_multiple_of(3) { Err("lost") } else { Ok(items.to_vec()) }
            }
        });
        let back = Mutex::new(Vec::new());
        let flush = async || {
            let flushed = batcher.flush().await;
            let mut back = back.lock().unwrap();
            back.extend(flushed.results.concat());
            back.extend(flushed.failed.iter().flat_map(|batch| batch.items.to_vec()));
        };

        timer.run(async {
            let items = pauses.iter().copied().enumerate();
            process_concurrent(items, at_most(producers), async |(item, pause)| {
                sleep(&timer, pause).await;
                batcher.add(item).await;
                if item % flush_every == 0 {
                    flush().await;
                }
            })
            .await;
            flush().await;
        });

        let mut back = back.into_inner().unwrap();
        back.sort_unstable();
        prop_assert!(back.into_iter().eq(0..pauses.len()));
        prop_assert!(gauge.most() <= max_concurrent);
        prop_assert_eq!((batcher.pending_count(), batcher.in_flight_count()), (0, 0));
    }
}
