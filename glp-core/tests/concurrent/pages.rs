//! `process_pages_concurrent`.

use std::cell::RefCell;
use std::future::ready;

use futures::stream::{self, Stream};
use glp_core::concurrent::{PageDone, PageError, process_pages_concurrent};
use glp_core::testkit::VirtualTimer;
use proptest::prelude::*;

use crate::gauge::Gauge;
use crate::{at_most, now, sleep};

/// Gives `pages`, each after `milliseconds`, and notes when it was asked for each.
fn source<'a, P>(
    timer: &'a VirtualTimer,
    milliseconds: u64,
    pages: Vec<Result<P, &'static str>>,
    asked: &'a RefCell<Vec<u128>>,
) -> impl Stream<Item = Result<P, &'static str>> + 'a
where
    P: 'a,
{
    stream::unfold(pages.into_iter(), move |mut pages| async move {
        asked.borrow_mut().push(now(timer));
        sleep(timer, milliseconds).await;
        pages.next().map(|page| (page, pages))
    })
}

fn page_done(page: usize, successes: usize) -> PageDone {
    PageDone { page, successes }
}

#[test]
fn t24_process_pages_concurrent_keeps_order_and_reports_every_page() {
    let pages = stream::iter([[1, 2, 3], [4, 5, 6], [7, 8, 9]].map(Ok::<_, &str>));
    let mut reports = Vec::new();

    let done = VirtualTimer::new().run(process_pages_concurrent(
        pages,
        at_most(5),
        |item| ready(Ok::<_, &str>(item * 10)),
        |report| reports.push(report),
    ));

    assert_eq!(done.values, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
    assert_eq!((done.errors.len(), done.source_error), (0, None));
    assert_eq!(reports, [page_done(1, 3), page_done(2, 3), page_done(3, 3)]);
}

#[test]
fn k5_errors_say_the_page_and_the_index() {
    let pages = stream::iter([[1, 2], [3, 4]].map(Ok::<_, &str>));

    let done = VirtualTimer::new().run(process_pages_concurrent(
        pages,
        at_most(1),
        |item| ready(if item == 4 { Err("lost") } else { Ok(item) }),
        |_| {},
    ));

    assert_eq!(done.values, [1, 2, 3]);
    assert_eq!(done.errors, [PageError { page: 2, index: 1, error: "lost" }]);
    assert_eq!(done.errors[0].to_string(), "page 2, item 1: lost");
}

#[test]
fn k7_the_next_page_is_fetched_while_the_last_one_is_processed() {
    let (timer, asked) = (VirtualTimer::new(), RefCell::default());
    let pages = source(&timer, 10, vec![Ok([1, 2]), Ok([3, 4]), Ok([5, 6])], &asked);

    let process = |item| {
        let timer = &timer;
        async move {
            sleep(timer, 10).await;
            Ok::<_, &str>(item)
        }
    };
    let done = timer.run(process_pages_concurrent(pages, at_most(2), process, |_| {}));

    assert_eq!(done.values, [1, 2, 3, 4, 5, 6]);
    assert_eq!(*asked.borrow(), [0, 10, 20, 30]);
    assert_eq!(now(&timer), 40, "not 70, one after the other");
}

#[test]
fn no_more_than_one_page_is_read_ahead() {
    let (timer, asked) = (VirtualTimer::new(), RefCell::default());
    let pages = source(&timer, 0, vec![Ok([1, 2]), Ok([3, 4]), Ok([5, 6])], &asked);

    let process = |item| {
        let timer = &timer;
        async move {
            sleep(timer, 10).await;
            Ok::<_, &str>(item)
        }
    };
    timer.run(process_pages_concurrent(pages, at_most(1), process, |_| {}));

    assert_eq!(*asked.borrow(), [0, 0, 20, 40], "each as the page before it begins");
}

#[test]
fn k7_a_source_that_fails_loses_nothing_that_came_before() {
    let (timer, asked) = (VirtualTimer::new(), RefCell::default());
    let pages = vec![Ok([1, 2]), Err("connection lost"), Ok([3, 4])];
    let pages = source(&timer, 10, pages, &asked);
    let mut reports = Vec::new();

    let process = |item| {
        let timer = &timer;
        async move {
            sleep(timer, 100).await;
            Ok::<_, &str>(item)
        }
    };
    let report = |page| reports.push(page);
    let done = timer.run(process_pages_concurrent(pages, at_most(1), process, report));

    assert_eq!(done.values, [1, 2]);
    assert_eq!(done.source_error, Some("connection lost"));
    assert_eq!(reports, [page_done(1, 2)]);
    assert_eq!(asked.borrow().len(), 2, "it is asked no more");
}

#[test]
fn k9_a_slow_item_does_not_hold_the_next_page_up_but_pages_are_reported_in_order() {
    let timer = VirtualTimer::new();
    let pages = stream::iter([vec![100, 1], vec![], vec![1, 1]].map(Ok::<_, &str>));
    let mut reports = Vec::new();

    let process = |milliseconds| {
        let timer = &timer;
        async move {
            sleep(timer, milliseconds).await;
            Ok::<_, &str>(now(timer))
        }
    };
    let report = |page: PageDone| reports.push((page.page, page.successes));
    let done = timer.run(process_pages_concurrent(pages, at_most(2), process, report));

    assert_eq!(done.values, [100, 1, 2, 3], "page 3 is done while page 1 is not");
    assert_eq!(reports, [(1, 2), (2, 0), (3, 2)]);
}

#[test]
fn no_pages_give_nothing() {
    let pages = stream::empty::<Result<Vec<u8>, &str>>();
    let done = VirtualTimer::new().run(process_pages_concurrent(
        pages,
        at_most(1),
        |item| ready(Ok::<_, &str>(item)),
        |_| panic!("there is no page to report"),
    ));
    assert!(done.values.is_empty());
}

proptest! {
    #[test]
    fn law_every_item_is_processed_once_in_order_within_the_limit(
        sizes in prop::collection::vec(0_usize..8, 0..8),
        times in prop::collection::vec(0_u64..20, 64),
        fetch in 0_u64..20,
        limit in 1_usize..6,
    ) {
        let (timer, gauge, asked) = (VirtualTimer::new(), Gauge::default(), RefCell::default());
        let mut items = 0..;
        let pages: Vec<_> =
            sizes.iter().map(|size| Ok(items.by_ref().take(*size).collect::<Vec<usize>>())).collect();
        let mut reports = Vec::new();

        let process = |item: usize| {
            let (timer, gauge, times) = (&timer, &gauge, &times);
            async move {
                let _inside = gauge.enter();
                sleep(timer, times[item]).await;
                if times[item] % 3 == 0 { Err(item) } else { Ok(item) }
            }
        };
        let pages = source(&timer, fetch, pages, &asked);
        let report = |page: PageDone| reports.push(page.page);
        let done = timer.run(process_pages_concurrent(pages, at_most(limit), process, report));

        let total = sizes.iter().sum();
        let (failed, good): (Vec<_>, Vec<_>) = (0..total).partition(|item| times[*item] % 3 == 0);
        prop_assert_eq!(done.values, good);
        prop_assert!(done.errors.iter().map(|error| error.error).eq(failed));
        prop_assert!(reports.into_iter().eq(1..=sizes.len()));
        prop_assert!(gauge.most() <= limit && gauge.begun() == total);
    }
}
