//! `process_pages_concurrent`.

use std::sync::Mutex;

use glp_blocking::{PageDone, PageError, process_pages_concurrent};
use proptest::prelude::*;

use crate::stage::{House, Stage};
use crate::{at_most, panic_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Asked(usize),
    Begun(u32),
    Ended(u32),
}

type Log = Stage<Vec<Step>>;

/// Gives `pages`, and notes when it was asked for each.
fn source<'a, P: Send + 'a>(
    log: &'a Log,
    pages: Vec<Result<P, &'static str>>,
) -> impl Iterator<Item = Result<P, &'static str>> + Send + 'a {
    let mut asked = 0;
    let mut pages = pages.into_iter();
    std::iter::from_fn(move || {
        asked += 1;
        log.change(|log| log.push(Step::Asked(asked)));
        pages.next()
    })
}

fn position(log: &Log, step: Step) -> usize {
    log.look(|log| log.iter().position(|known| *known == step).unwrap())
}

fn page_done(page: usize, successes: usize) -> PageDone {
    PageDone { page, successes }
}

#[test]
fn k5_errors_say_the_page_and_the_index() {
    let pages = [[1, 2], [3, 4]].map(Ok::<_, &str>);
    let process = |item| if item == 4 { Err("lost") } else { Ok(item) };

    let done = process_pages_concurrent(pages, at_most(1), process, |_| {});

    assert_eq!(done.values, [1, 2, 3]);
    assert_eq!(done.errors, [PageError { page: 2, index: 1, error: "lost" }]);
}

#[test]
fn k7_the_next_page_is_fetched_while_the_last_one_is_processed() {
    let log = Log::default();
    let pages = source(&log, vec![Ok([1]), Ok([2]), Ok([3])]).inspect(|page| {
        // The page before it is at work, and stays there until this one was asked for.
        if let Ok([item]) = page
            && *item > 1
        {
            log.wait_for(|log| log.contains(&Step::Begun(item - 1)));
        }
    });

    let process = |item: u32| {
        log.change(|log| log.push(Step::Begun(item)));
        log.wait_for(|log| log.contains(&Step::Asked(item as usize + 1)));
        Ok::<_, &str>(item)
    };
    let done = process_pages_concurrent(pages, at_most(1), process, |_| {});

    assert_eq!(done.values, [1, 2, 3]);
}

#[test]
fn no_more_than_one_page_is_read_ahead() {
    let log = Log::default();
    let pages = source(&log, vec![Ok([1, 2]), Ok([3, 4]), Ok([5, 6])]);

    let process = |item: u32| {
        log.change(|log| log.push(Step::Ended(item)));
        Ok::<_, &str>(item)
    };
    process_pages_concurrent(pages, at_most(1), process, |_| {});

    let asked = |page| position(&log, Step::Asked(page));
    let ended = |item| position(&log, Step::Ended(item));
    assert!(asked(3) > ended(2) && asked(4) > ended(4), "each as the page before it begins");
}

#[test]
fn k7_a_source_that_fails_loses_nothing_that_came_before_and_is_asked_no_more() {
    let log = Log::default();
    let pages = source(&log, vec![Ok([1, 2]), Err("connection lost"), Ok([3, 4])]);
    let mut reports = Vec::new();

    let process = |item| {
        log.wait_for(|log| log.contains(&Step::Asked(2)));
        Ok::<u32, &str>(item)
    };
    let done = process_pages_concurrent(pages, at_most(1), process, |page| reports.push(page));

    assert_eq!((done.values, done.source_error), (vec![1, 2], Some("connection lost")));
    assert_eq!(reports, [page_done(1, 2)]);
    assert_eq!(log.look(Vec::len), 2);
}

#[test]
fn k9_a_slow_item_does_not_hold_the_next_page_up_but_pages_are_reported_in_order() {
    let log = Log::default();
    let pages = source(&log, vec![Ok(vec![1, 2]), Ok(vec![]), Ok(vec![3, 4])]);
    let mut reports = Vec::new();

    let process = |item| {
        if item == 1 {
            log.wait_for(|log| log.contains(&Step::Ended(4)));
        }
        log.change(|log| log.push(Step::Ended(item)));
        Ok::<_, &str>(item)
    };
    let report = |page: PageDone| reports.push((page.page, page.successes));
    let done = process_pages_concurrent(pages, at_most(2), process, report);

    assert_eq!(done.values, [1, 2, 3, 4]);
    assert_eq!(reports, [(1, 2), (2, 0), (3, 2)]);
}

#[test]
fn a_source_or_an_item_that_panics_does_so_in_the_caller() {
    let pages =
        (0..3).map(|page| if page == 1 { panic!("no page") } else { Ok::<_, &str>([page]) });
    let process = |item: u32| Ok::<_, &str>(item);
    assert_eq!(
        panic_of(|| process_pages_concurrent(pages, at_most(2), process, |_| {})),
        "no page"
    );

    let pages = [Ok::<_, &str>([1, 2])];
    let process = |item| if item == 2 { panic!("no item") } else { Ok::<_, &str>(item) };
    assert_eq!(
        panic_of(|| process_pages_concurrent(pages, at_most(2), process, |_| {})),
        "no item"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn law_every_item_is_processed_once_in_order_within_the_limit(
        sizes in prop::collection::vec(0_usize..8, 0..8), limit in 1_usize..6,
    ) {
        let house = Stage::<House>::default();
        let mut items = 0..;
        let pages: Vec<_> = sizes
            .iter()
            .map(|size| Ok::<_, &str>(items.by_ref().take(*size).collect::<Vec<usize>>()))
            .collect();
        let (mut reports, seen) = (Vec::new(), Mutex::new(Vec::new()));

        let process = |item: usize| {
            let _inside = house.enter();
            seen.lock().unwrap().push(item);
            if item.is_multiple_of(3) { Err(item) } else { Ok(item) }
        };
        let report = |page: PageDone| reports.push(page.page);
        let done = process_pages_concurrent(pages, at_most(limit), process, report);

        let total = sizes.iter().sum();
        let (failed, good): (Vec<_>, Vec<_>) = (0..total).partition(|item| item % 3 == 0);
        prop_assert_eq!(done.values, good);
        prop_assert!(done.errors.iter().map(|error| error.error).eq(failed));
        prop_assert!(reports.into_iter().eq(1..=sizes.len()));
        prop_assert!(house.look(|house| house.most) <= limit);
        prop_assert_eq!(seen.into_inner().unwrap().len(), total);
    }
}
