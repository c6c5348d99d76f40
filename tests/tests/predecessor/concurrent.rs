//! Tests 17 to 24.

mod async_flavour {
    use std::cell::{Cell, RefCell};
    use std::future::{Future, ready};
    use std::pin::Pin;
    use std::time::Duration;

    use glp_core::concurrent::Timer;
    use glp_core::testkit::VirtualTimer;
    use glp_core::time::Instant;
    use glp_tokio::{
        ItemError, OnFailure, PageDone, PageError, TaskEnd, gather_with_errors, process_concurrent,
        process_pages_concurrent, run_concurrent_tasks, try_process_concurrent,
    };

    use crate::at_most;

    async fn sleep(timer: &VirtualTimer, milliseconds: u64) {
        timer.sleep_until(timer.now() + Duration::from_millis(milliseconds)).await;
    }

    fn now(timer: &VirtualTimer) -> u128 {
        timer.now().since(Instant::ZERO).as_millis()
    }

    /// Counts how much work is under way, and the most that ever was.
    #[derive(Default)]
    struct Gauge {
        now: Cell<usize>,
        most: Cell<usize>,
    }

    impl Gauge {
        async fn hold<T>(&self, work: impl Future<Output = T>) -> T {
            self.now.set(self.now.get() + 1);
            self.most.set(self.most.get().max(self.now.get()));
            let output = work.await;
            self.now.set(self.now.get() - 1);
            output
        }
    }

    async fn evens_fail(item: u32) -> Result<u32, u32> {
        if item.is_multiple_of(2) { Err(item) } else { Ok(item) }
    }

    #[test]
    fn test_process_concurrent_basic() {
        let (timer, ended) = (VirtualTimer::new(), RefCell::<Vec<u32>>::default());

        let doubled = timer.run(process_concurrent(1..=5_u32, at_most(10), async |item| {
            sleep(&timer, 100 - u64::from(item)).await;
            ended.borrow_mut().push(item);
            item * 2
        }));

        assert_eq!(*ended.borrow(), [5, 4, 3, 2, 1]);
        assert_eq!(doubled, [2, 4, 6, 8, 10]);
    }

    #[test]
    fn test_process_concurrent_respects_limit() {
        let (timer, gauge) = (VirtualTimer::new(), Gauge::default());

        // Item 0 takes as long as all the others together: they pass it by, four at a time.
        timer.run(process_concurrent(0..21, at_most(5), async |item| {
            gauge.hold(sleep(&timer, if item == 0 { 50 } else { 10 })).await;
        }));

        assert_eq!(gauge.most.get(), 5);
        assert_eq!(now(&timer), 50, "no slot was ever idle");
    }

    #[test]
    fn test_process_concurrent_with_errors() {
        let results = VirtualTimer::new().run(process_concurrent(1..=5, at_most(5), evens_fail));
        assert_eq!(results, [Ok(1), Err(2), Ok(3), Err(4), Ok(5)]);

        let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
        let result = timer.run(try_process_concurrent(1..=5, at_most(5), async |item| {
            gauge.hold(sleep(&timer, u64::from(item) * 10)).await;
            evens_fail(item).await
        }));
        assert_eq!(result, Err(ItemError { index: 1, error: 2 }));
        assert_eq!(now(&timer), 20, "the siblings were dropped and not awaited");
    }

    #[test]
    fn test_gather_with_errors_separates_results() {
        let work = [ready(Ok("a")), ready(Err("b")), ready(Ok("c")), ready(Err("d"))];
        let gathered = VirtualTimer::new().run(gather_with_errors(work, None));
        assert_eq!(gathered.values, [(0, "a"), (2, "c")]);
        assert_eq!(gathered.errors, [(1, "b"), (3, "d")]);

        let nothing: [std::future::Ready<Result<u8, u8>>; 0] = [];
        let gathered = VirtualTimer::new().run(gather_with_errors(nothing, None));
        assert!(gathered.values.is_empty() && gathered.errors.is_empty());
    }

    #[test]
    fn test_gather_with_errors_max_concurrent() {
        let (timer, gauge) = (VirtualTimer::new(), Gauge::default());
        let work = (0..10).map(|item| {
            let (timer, gauge) = (&timer, &gauge);
            async move {
                gauge.hold(sleep(timer, 10)).await;
                Ok::<_, ()>(item)
            }
        });

        let gathered = timer.run(gather_with_errors(work, Some(at_most(3))));

        assert_eq!((gathered.values.len(), gathered.errors.len()), (10, 0));
        assert_eq!((gauge.most.get(), now(&timer)), (3, 40));
    }

    type Task<'a> = Pin<Box<dyn Future<Output = Result<Vec<u32>, &'static str>> + 'a>>;

    fn task<'a>(
        timer: &'a VirtualTimer,
        milliseconds: u64,
        result: Result<Vec<u32>, &'static str>,
    ) -> Task<'a> {
        Box::pin(async move {
            sleep(timer, milliseconds).await;
            result
        })
    }

    #[test]
    fn test_run_concurrent_tasks_with_names() {
        let timer = VirtualTimer::new();
        let tasks = [
            ("devices", task(&timer, 20, Ok(vec![1, 2, 3]))),
            ("subscriptions", task(&timer, 10, Ok(vec![4, 5]))),
        ];

        let ends = timer.run(run_concurrent_tasks(tasks, OnFailure::Continue));

        let [devices, subscriptions] = [vec![1, 2, 3], vec![4, 5]].map(TaskEnd::Value);
        assert_eq!(ends, [("devices", devices), ("subscriptions", subscriptions)]);
        assert_eq!(now(&timer), 20, "they overlap");
    }

    #[test]
    fn test_run_concurrent_tasks_with_failures() {
        let timer = VirtualTimer::new();
        let tasks = || {
            [
                ("quick", task(&timer, 1, Ok(vec![1]))),
                ("bad", task(&timer, 5, Err("refused"))),
                ("good", task(&timer, 10, Ok(vec![2]))),
            ]
        };
        let (quick, bad) = (TaskEnd::Value(vec![1]), TaskEnd::Error("refused"));

        let ends = timer.run(run_concurrent_tasks(tasks(), OnFailure::Continue));
        let good = TaskEnd::Value(vec![2]);
        assert_eq!(ends, [("quick", quick.clone()), ("bad", bad.clone()), ("good", good)]);

        let ends = timer.run(run_concurrent_tasks(tasks(), OnFailure::CancelSiblings));
        assert_eq!(ends, [("quick", quick), ("bad", bad), ("good", TaskEnd::Cancelled)]);
        assert_eq!(now(&timer), 15, "the caller goes on at once");
    }

    #[test]
    fn test_process_pages_concurrent() {
        let pages = [[1, 2, 3], [4, 5, 6], [7, 8, 9]].map(Ok::<_, &str>);
        let mut reports = Vec::new();

        let done = VirtualTimer::new().run(process_pages_concurrent(
            futures::stream::iter(pages),
            at_most(5),
            |item| ready(Ok::<_, ()>(item * 10)),
            |report| reports.push(report),
        ));

        assert_eq!(done.values, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
        assert_eq!((done.errors.len(), done.source_error), (0, None));
        assert_eq!(reports, [1, 2, 3].map(|page| PageDone { page, successes: 3 }));

        let pages = [Ok([1, 2]), Ok([3, 5]), Err("connection lost")];
        let pages = futures::stream::iter(pages);
        let done = VirtualTimer::new().run(process_pages_concurrent(
            pages,
            at_most(5),
            evens_fail,
            |_| {},
        ));
        assert_eq!((done.values, done.source_error), (vec![1, 3, 5], Some("connection lost")));
        assert_eq!(done.errors, [PageError { page: 1, index: 1, error: 2 }]);
    }
}

mod blocking_flavour {
    use std::thread;

    use glp_blocking::{
        Cancellation, ItemError, OnFailure, PageDone, PageError, TaskEnd, gather_with_errors,
        process_concurrent, process_pages_concurrent, run_concurrent_tasks, try_process_concurrent,
    };

    use crate::at_most;
    use crate::stage::{House, Stage};

    fn evens_fail(item: u32) -> Result<u32, u32> {
        if item.is_multiple_of(2) { Err(item) } else { Ok(item) }
    }

    #[test]
    fn test_process_concurrent_basic() {
        let ended = Stage::<Vec<u32>>::default();

        let doubled = process_concurrent(1..=5, at_most(10), |item| {
            ended.wait_for(|ended| ended.len() as u32 == 5 - item);
            ended.change(|ended| ended.push(item));
            item * 2
        });

        assert_eq!(ended.look(Vec::clone), [5, 4, 3, 2, 1]);
        assert_eq!(doubled, [2, 4, 6, 8, 10]);
    }

    #[test]
    fn test_process_concurrent_respects_limit() {
        let house = Stage::<House>::default();

        // No item ends before every slot is full again, and item 0 ends last.
        process_concurrent(0..20, at_most(5), |item| {
            if item == 0 {
                let _inside = house.enter();
                house.wait_for(|house| house.ended == 19);
            } else {
                house.stay_until_full(5, 20);
            }
        });

        assert_eq!(house.look(|house| house.most), 5);
    }

    #[test]
    fn test_process_concurrent_with_errors() {
        let results = process_concurrent(1..=5, at_most(5), evens_fail);
        assert_eq!(results, [Ok(1), Err(2), Ok(3), Err(4), Ok(5)]);

        let house = Stage::<House>::default();
        let result = try_process_concurrent(1..=9, at_most(3), |item, cancellation| {
            let _inside = house.enter();
            if item == 2 {
                house.wait_for(|house| house.inside == 3);
                return Err(item);
            }
            while !cancellation.is_requested() {
                thread::yield_now();
            }
            Ok(item)
        });
        assert_eq!(result, Err(ItemError { index: 1, error: 2 }));
        let (begun, inside) = house.look(|house| (house.begun, house.inside));
        assert_eq!((begun, inside), (3, 0), "nothing more began, and who ran was awaited");
    }

    #[test]
    fn test_gather_with_errors_separates_results() {
        let work = [Ok("a"), Err("b"), Ok("c"), Err("d")].map(|result| move || result);
        let gathered = gather_with_errors(work, None);
        assert_eq!(gathered.values, [(0, "a"), (2, "c")]);
        assert_eq!(gathered.errors, [(1, "b"), (3, "d")]);

        let nothing: [fn() -> Result<u8, u8>; 0] = [];
        let gathered = gather_with_errors(nothing, None);
        assert!(gathered.values.is_empty() && gathered.errors.is_empty());
    }

    #[test]
    fn test_gather_with_errors_max_concurrent() {
        let house = Stage::<House>::default();
        let work = (0..10).map(|item| {
            let house = &house;
            move || {
                house.stay_until_full(3, 10);
                Ok::<_, ()>(item)
            }
        });

        let gathered = gather_with_errors(work, Some(at_most(3)));

        assert_eq!((gathered.values.len(), gathered.errors.len()), (10, 0));
        assert_eq!(house.look(|house| house.most), 3);
    }

    type Task<'a> =
        Box<dyn FnOnce(&Cancellation<'_>) -> Result<Vec<u32>, &'static str> + Send + 'a>;

    #[test]
    fn test_run_concurrent_tasks_with_names() {
        let house = Stage::<House>::default();
        let task = |result: &[u32]| -> Task<'_> {
            let (house, result) = (&house, result.to_vec());
            Box::new(move |_| {
                house.stay_until_full(2, 2);
                Ok(result)
            })
        };
        let tasks = [("devices", task(&[1, 2, 3])), ("subscriptions", task(&[4, 5]))];

        let ends = run_concurrent_tasks(tasks, OnFailure::Continue);

        let [devices, subscriptions] = [vec![1, 2, 3], vec![4, 5]].map(TaskEnd::Value);
        assert_eq!(ends, [("devices", devices), ("subscriptions", subscriptions)]);
        assert_eq!(house.look(|house| house.most), 2, "they overlap");
    }

    #[test]
    fn test_run_concurrent_tasks_with_failures() {
        let house = Stage::<House>::default();
        let quick = |_: &Cancellation<'_>| {
            drop(house.enter());
            Ok(vec![1])
        };
        let bad = |_: &Cancellation<'_>| {
            house.wait_for(|house| house.ended > 0);
            Err("refused")
        };
        let good = |_: &Cancellation<'_>| Ok(vec![2]);
        let endless = |cancellation: &Cancellation<'_>| {
            while !cancellation.is_requested() {
                thread::yield_now();
            }
            Err("stopped half-way")
        };
        let one = |name, task| -> (&str, Task<'_>) { (name, task) };
        let value = |value| TaskEnd::Value(vec![value]);
        let refused = || TaskEnd::Error("refused");

        let tasks =
            [one("quick", Box::new(quick)), one("bad", Box::new(bad)), one("good", Box::new(good))];
        let ends = run_concurrent_tasks(tasks, OnFailure::Continue);
        assert_eq!(ends, [("quick", value(1)), ("bad", refused()), ("good", value(2))]);

        let tasks = [one("bad", Box::new(bad)), one("slow", Box::new(endless))];
        let ends = run_concurrent_tasks(tasks, OnFailure::CancelSiblings);
        assert_eq!(ends, [("bad", refused()), ("slow", TaskEnd::Cancelled)]);
    }

    #[test]
    fn test_process_pages_concurrent() {
        let pages = [[1, 2, 3], [4, 5, 6], [7, 8, 9]].map(Ok::<_, &str>);
        let mut reports = Vec::new();

        let process = |item| Ok::<_, ()>(item * 10);
        let done =
            process_pages_concurrent(pages, at_most(5), process, |report| reports.push(report));

        assert_eq!(done.values, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
        assert_eq!((done.errors.len(), done.source_error), (0, None));
        assert_eq!(reports, [1, 2, 3].map(|page| PageDone { page, successes: 3 }));

        let pages = [Ok([1, 2]), Ok([3, 5]), Err("connection lost")];
        let done = process_pages_concurrent(pages, at_most(5), evens_fail, |_| {});
        assert_eq!((done.values, done.source_error), (vec![1, 3, 5], Some("connection lost")));
        assert_eq!(done.errors, [PageError { page: 1, index: 1, error: 2 }]);
    }
}
