//! Tests 25 to 27.

mod async_flavour {
    use std::future::ready;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use glp_core::concurrent::Timer;
    use glp_core::testkit::VirtualTimer;
    use glp_core::time::Instant;
    use glp_tokio::{BatchFailure, ConcurrentBatcher, FailedBatch, gather_with_errors};

    use crate::at_most;

    #[test]
    fn test_batcher_processes_full_batches() {
        let seen = Mutex::new(Vec::new());
        let batcher = ConcurrentBatcher::new(at_most(3), at_most(3), |items: Arc<[u32]>| {
            seen.lock().unwrap().push(items.to_vec());
            ready(Ok::<_, &str>(()))
        });
        VirtualTimer::new().run(async {
            for item in 0..5 {
                batcher.add(item).await;
            }
        });
        assert_eq!(*seen.lock().unwrap(), [[0, 1, 2]]);
        assert_eq!((batcher.pending_count(), batcher.in_flight_count()), (2, 0));

        let timer = VirtualTimer::new();
        let batcher = ConcurrentBatcher::new(at_most(1), at_most(3), |_: Arc<[u32]>| {
            let timer = &timer;
            async move {
                timer.sleep_until(timer.now() + Duration::from_millis(10)).await;
                Ok::<_, &str>(())
            }
        });
        let milliseconds = || timer.now().since(Instant::ZERO).as_millis();
        let waited = timer.run(async {
            let mut waited = Vec::new();
            for item in 0..4 {
                batcher.add(item).await;
                waited.push((milliseconds(), batcher.in_flight_count()));
            }
            waited
        });
        assert_eq!(waited, [(0, 1), (0, 2), (0, 3), (10, 3)], "only the fourth waits");
    }

    #[test]
    fn test_batcher_flush_processes_remaining() {
        let timer = VirtualTimer::new();
        // The earlier the batch, the longer it takes.
        let batcher = ConcurrentBatcher::new(at_most(3), at_most(3), |items: Arc<[u32]>| {
            let timer = &timer;
            async move {
                let takes = Duration::from_millis(100 - u64::from(items[0]));
                timer.sleep_until(timer.now() + takes).await;
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
        assert!(second.results.is_empty() && second.failed.is_empty());
        assert_eq!((batcher.pending_count(), batcher.in_flight_count()), (0, 0));
    }

    #[test]
    fn test_batcher_collects_errors() {
        let process = |items: Arc<[u32]>| {
            ready(if items.contains(&0) { Err("lost") } else { Ok(items.to_vec()) })
        };
        let batcher = ConcurrentBatcher::new(at_most(2), at_most(3), process);
        let flushed = VirtualTimer::new().run(async {
            for item in 0..4 {
                batcher.add(item).await;
            }
            batcher.flush().await
        });
        assert_eq!(flushed.results, [[2, 3]]);
        let items = Arc::from([0, 1]);
        assert_eq!(flushed.failed, [FailedBatch { items, failure: BatchFailure::Error("lost") }]);

        let producers = (0..8).map(|producer| {
            let batcher = &batcher;
            async move {
                for item in 0..25 {
                    batcher.add(producer * 25 + item).await;
                }
                Ok::<_, ()>(())
            }
        });
        let flushed = VirtualTimer::new().run(async {
            gather_with_errors(producers, None).await;
            batcher.flush().await
        });
        let failed = flushed.failed.iter().map(|batch| batch.items.to_vec());
        let mut items: Vec<_> = flushed.results.into_iter().chain(failed).flatten().collect();
        items.sort_unstable();
        assert!(items.into_iter().eq(0..200), "each item once");
    }
}

mod blocking_flavour {
    use std::sync::{Arc, Mutex};
    use std::thread;

    use glp_blocking::{BatchFailure, ConcurrentBatcher, FailedBatch};

    use crate::at_most;
    use crate::stage::{House, Stage};

    #[test]
    fn test_batcher_processes_full_batches() {
        let seen = Mutex::new(Vec::new());
        let pending = thread::scope(|scope| {
            let process = |items: Arc<[u32]>| {
                seen.lock().unwrap().push(items.to_vec());
                Ok::<_, &str>(())
            };
            let batcher = ConcurrentBatcher::new(scope, at_most(3), at_most(3), process);
            (0..5).for_each(|item| batcher.add(item));
            batcher.pending_count()
        });
        assert_eq!((pending, seen.into_inner().unwrap()), (2, vec![vec![0, 1, 2]]));

        let (house, open) = (Stage::<House>::default(), Stage::<bool>::default());
        thread::scope(|scope| {
            let process = |_: Arc<[u32]>| {
                let _inside = house.enter();
                open.wait_for(|open| *open);
                Ok::<_, &str>(())
            };
            let batcher = ConcurrentBatcher::new(scope, at_most(1), at_most(3), process);
            // If these waited for a batch that ends, the test would stop here.
            (0..3).for_each(|item| batcher.add(item));
            house.wait_for(|house| house.inside == 3);
            open.change(|open| *open = true);
            batcher.add(3);
            assert!(house.look(|house| house.ended > 0), "the fourth waits for one to end");
        });
        assert_eq!(house.look(|house| (house.most, house.ended)), (3, 4));
    }

    #[test]
    fn test_batcher_flush_processes_remaining() {
        let house = Stage::<House>::default();
        // The first batch ends after the second.
        let process = |items: Arc<[u32]>| {
            if items.contains(&0) {
                house.wait_for(|house| house.ended == 1);
            }
            drop(house.enter());
            Ok::<_, &str>(items.to_vec())
        };

        let (first, second, left) = thread::scope(|scope| {
            let batcher = ConcurrentBatcher::new(scope, at_most(3), at_most(3), process);
            (0..5).for_each(|item| batcher.add(item));
            let (first, second) = (batcher.flush(), batcher.flush());
            (first, second, (batcher.pending_count(), batcher.in_flight_count()))
        });

        assert_eq!(first.results, [vec![0, 1, 2], vec![3, 4]]);
        assert!(second.results.is_empty() && second.failed.is_empty());
        assert_eq!(left, (0, 0));
    }

    #[test]
    fn test_batcher_collects_errors() {
        let process =
            |items: Arc<[u32]>| if items.contains(&0) { Err("lost") } else { Ok(items.to_vec()) };
        thread::scope(|scope| {
            let batcher = &ConcurrentBatcher::new(scope, at_most(2), at_most(3), process);
            (0..4).for_each(|item| batcher.add(item));
            let flushed = batcher.flush();
            assert_eq!(flushed.results, [[2, 3]]);
            let items = Arc::from([0, 1]);
            let failure = BatchFailure::Error("lost");
            assert_eq!(flushed.failed, [FailedBatch { items, failure }]);

            thread::scope(|producers| {
                for producer in 0..8 {
                    let produce =
                        move || (0..25).for_each(|item| batcher.add(producer * 25 + item));
                    producers.spawn(produce);
                }
            });
            let flushed = batcher.flush();
            let failed = flushed.failed.iter().map(|batch| batch.items.to_vec());
            let mut items: Vec<_> = flushed.results.into_iter().chain(failed).flatten().collect();
            items.sort_unstable();
            assert!(items.into_iter().eq(0..200), "each item once");
        });
    }
}
