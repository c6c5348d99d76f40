//! One trace for every rule.

use std::num::NonZeroU32;

use glp_core::error::{ApiKind, AuthenticationKind, Error, SyncKind};
use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Ended, Step};
use glp_core::sync::{
    Counts, Guard, MAX_IDLE_PAGES, MAX_ROWS, Outcome, ResourceReport, Start, Store,
};
use glp_core::testkit::ModelStore;

use crate::trace::{NOON, Trace, holding, live, three_rows};

const DEVICES: Resource = Resource::Devices;
const SUBSCRIPTIONS: Resource = Resource::Subscriptions;

fn devices(ended: &Ended) -> &ResourceReport {
    &ended.report.resources[&DEVICES]
}

fn reason(ended: &Ended) -> &str {
    devices(ended).reason.as_deref().unwrap_or_default()
}

#[track_caller]
fn assert_partial(ended: &Ended, because: &str) {
    assert_eq!(
        (ended.report.outcome, devices(ended).outcome),
        (Outcome::Partial, Outcome::Partial)
    );
    assert!(reason(ended).contains(because), "{}", reason(ended));
    assert_eq!(devices(ended).counts.retired, 0);
}

#[test]
fn every_page_but_the_first_begins_with_the_last_row_read() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], 4);
    trace.page(2, &["c", "d"], 4);
    let (ended, store) = trace.ends();

    let counts = Counts { inserted: 4, generation: 1, ..Counts::default() };
    assert_eq!(devices(&ended).counts, counts);
    assert_eq!((devices(&ended).outcome, devices(&ended).listed), (Outcome::Complete, 4));
    assert_eq!((devices(&ended).pages, devices(&ended).passes), (2, 1));
    assert_eq!(live(&store), ["a", "b", "c", "d"]);
}

#[test]
fn a_complete_listing_retires_what_it_does_not_hold() {
    let mut trace = Trace::of_devices(holding(&["a", "b", "c"]));
    trace.page(0, &["a", "c"], 2);
    let (ended, store) = trace.ends();
    assert_eq!((devices(&ended).counts.retired, devices(&ended).counts.unchanged), (1, 2));
    assert_eq!(live(&store), ["a", "c"]);
}

#[test]
fn p1_one_row_gone_before_the_cursor_and_one_come_after_it_shows_at_the_fence_alone() {
    let mut trace = Trace::of_devices(holding(&["a", "b", "c", "d", "e"]));
    trace.page(0, &["a", "b", "c"], 5);
    // `a` goes and `f` comes: five rows before, five rows after, and `d` would never be read.
    trace.page(2, &["d", "e", "f"], 5);
    // The second pass.
    trace.page(0, &["b", "c", "d"], 5);
    trace.page(2, &["d", "e", "f"], 5);
    let (ended, store) = trace.ends();

    assert_eq!((devices(&ended).outcome, devices(&ended).passes), (Outcome::Complete, 2));
    assert_eq!(live(&store), ["b", "c", "d", "e", "f"]);
    let note = "reading devices again, pass 2 of 3: a page did not begin with the last row read";
    assert_eq!(ended.report.notes, [note]);
}

#[test]
fn rows_that_move_in_every_pass_are_kept_and_none_is_retired() {
    let mut trace = Trace::of_devices(holding(&["a", "b", "z"]));
    for pass in 1..=2 {
        trace.page(0, &["a", "b", "c"], None);
        assert_eq!(trace.run.progress().unwrap().pass, pass);
        trace.page(2, &["d", "e"], None);
    }
    // The last pass is read to its end, so that the rows behind the movement are not left out.
    trace.page(0, &["a", "b", "c"], None);
    trace.page(2, &["d", "e", "f"], None);
    trace.page(4, &["f", "g"], None);
    trace.page(5, &["g"], None);
    let (ended, store) = trace.ends();

    assert_partial(&ended, "rows moved while they were listed, still in pass 3");
    assert_eq!(devices(&ended).passes, 3);
    assert_eq!(live(&store), ["a", "b", "c", "d", "e", "f", "g", "z"]);
}

#[test]
fn one_pass_only_can_be_asked_for() {
    let settings = three_rows().max_passes(NonZeroU32::MIN);
    let mut trace = Trace::with(ModelStore::default(), &[DEVICES], NOON, settings);
    trace.page(0, &["a", "b", "c"], 5);
    trace.page(2, &["d", "e"], 5);
    trace.page(3, &["e"], 5);
    assert_partial(&trace.ends().0, "still in pass 1: a page did not begin");
}

#[test]
fn a_total_that_changes_begins_a_new_pass() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], 5);
    trace.page(2, &["c", "d", "e"], 6);
    trace.page(0, &["a", "b", "c"], 6);
    trace.page(2, &["c", "d", "e"], 6);
    trace.page(4, &["e", "f"], 6);
    let (ended, _) = trace.ends();
    assert_eq!(devices(&ended).outcome, Outcome::Complete);
    assert!(ended.report.notes[0].ends_with("the total changed from 5 to 6"));
}

#[test]
fn a_row_that_comes_twice_begins_a_new_pass() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], None);
    trace.page(2, &["c", "a"], None);
    trace.page(0, &["b", "c", "a"], None);
    trace.page(2, &["a"], None);
    let (ended, _) = trace.ends();
    assert_eq!((devices(&ended).outcome, devices(&ended).listed), (Outcome::Complete, 3));
    assert!(ended.report.notes[0].ends_with("a row came twice"));
}

#[test]
fn an_empty_page_before_the_end_is_no_end() {
    let mut trace = Trace::of_devices(holding(&["a", "b", "c", "d"]));
    for _ in 1..=3 {
        trace.page(0, &["a", "b", "c"], None);
        trace.page(2, &[], None);
    }
    assert_partial(&trace.ends().0, "a page did not begin with the last row read");
}

#[test]
fn fewer_rows_than_announced_are_not_a_complete_listing() {
    let mut trace = Trace::of_devices(holding(&["a", "b", "c", "d"]));
    for _ in 1..=3 {
        trace.page(0, &["a", "b", "c"], 4);
        trace.page(2, &["c"], 4);
    }
    assert_partial(&trace.ends().0, "4 rows were announced and 3 came");
}

#[test]
fn p2_without_a_total_the_end_is_a_page_with_nothing_behind_the_fence() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], None);
    trace.page(2, &["c", "d"], None);
    trace.page(3, &["d"], None);
    assert_eq!(devices(&trace.ends().0).outcome, Outcome::Complete);
}

#[test]
fn p3_a_page_shorter_than_one_before_is_no_end() {
    let mut trace = Trace::of_devices(holding(&["a", "b", "c", "d", "e"]));
    trace.page(0, &["a", "b", "c"], None);
    trace.page(2, &["c", "d"], None);
    trace.page(3, &["d", "e"], None);
    trace.page(4, &["e"], None);
    let (ended, store) = trace.ends();
    assert_eq!((devices(&ended).outcome, live(&store).len()), (Outcome::Complete, 5));
}

#[test]
fn a_total_told_by_an_earlier_page_only_does_not_end_the_listing() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], 5);
    // `n` has come since, so five rows are not all of them; this page does not tell.
    trace.page(2, &["c", "n", "d"], None);
    trace.page(4, &["d", "e"], None);
    trace.page(5, &["e"], None);
    trace.page(0, &["a", "b", "c"], 6);
    trace.page(2, &["c", "n", "d"], 6);
    trace.page(4, &["d", "e"], 6);
    let (ended, _) = trace.ends();
    assert_eq!((devices(&ended).outcome, devices(&ended).listed), (Outcome::Complete, 6));
    assert!(ended.report.notes[0].ends_with("5 rows were announced and 6 came"));
}

#[test]
fn a_listing_of_one_row_is_complete() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a"], None);
    trace.page(0, &["a"], None);
    trace.page(1, &[], None);
    assert_eq!(devices(&trace.ends().0).outcome, Outcome::Complete);
}

#[test]
fn a_service_that_gives_one_row_a_page_is_read_and_nothing_is_retired() {
    let settings = three_rows().max_passes(NonZeroU32::MIN);
    let mut trace = Trace::with(holding(&["z"]), &[DEVICES], NOON, settings);
    trace.page(0, &["a"], None);
    trace.page(0, &["a"], None);
    trace.page(1, &["b"], None);
    trace.page(1, &["b"], None);
    trace.page(2, &[], None);
    let (ended, store) = trace.ends();
    assert_partial(&ended, "the service gave one row a page");
    assert_eq!(live(&store), ["a", "b", "z"]);
}

#[test]
fn a_service_that_ignores_the_offset_is_given_up() {
    let settings = three_rows().max_passes(NonZeroU32::MIN);
    let mut trace = Trace::with(ModelStore::default(), &[DEVICES], NOON, settings);
    trace.page(0, &["a", "b"], None);
    trace.page(1, &["a", "b"], None);
    for idle in 1..u64::from(MAX_IDLE_PAGES) {
        trace.page(1 + idle, &["a", "b"], None);
    }
    let (ended, _) = trace.ends();
    assert_eq!(ended.report.outcome, Outcome::Failed);
    assert!(reason(&ended).contains("10 pages in a row brought no new id"), "{}", reason(&ended));
}

#[test]
fn a_listing_that_never_ends_is_given_up() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], None);
    trace.asks(2);
    let mut store = trace.store;
    let mut checkpoint = store.checkpoint(DEVICES).unwrap().clone();
    checkpoint.offset = MAX_ROWS;
    let _ = store.execute(Command::Stage { rows: vec![], checkpoint }).unwrap();

    let settings = three_rows().max_passes(NonZeroU32::MIN);
    let mut trace = Trace::with(store, &[DEVICES], NOON, settings);
    trace.page(MAX_ROWS - 1, &["c", "d", "e"], None);
    let (ended, _) = trace.ends();
    assert_eq!(ended.report.outcome, Outcome::Failed);
    assert!(reason(&ended).contains("goes on after 10000000 rows"), "{}", reason(&ended));
}

#[test]
fn a_row_without_an_id_is_left_out_and_nothing_is_retired() {
    let mut trace = Trace::of_devices(holding(&["a", "z"]));
    trace.body(0, r#"{"items":[{"id":"a"},{"id":null},{"id":7}],"total":5}"#);
    trace.body(2, r#"{"items":[{"id":7},"row",{"id":"b"}],"total":5}"#);
    let (ended, store) = trace.ends();
    assert_partial(&ended, "rows without an id: 2");
    assert_eq!((devices(&ended).row_errors, devices(&ended).listed), (2, 3));
    assert_eq!(live(&store), ["7", "a", "b", "z"]);
}

#[test]
fn retiring_too_much_is_refused_until_it_is_allowed() {
    let ids: Vec<String> = (100..150).map(|n| n.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let store = holding(&ids);
    let list = |store, guard| {
        let settings = three_rows().guard(guard);
        let mut trace = Trace::with(store, &[DEVICES], NOON, settings);
        trace.page(0, &ids[..29], 29);
        trace.ends()
    };

    let (ended, store) = list(store, Guard::default());
    assert_partial(&ended, "21 of 50 live rows are not listed any more");
    assert_eq!(live(&store).len(), 50);

    let (ended, store) = list(store, Guard::OFF);
    assert_eq!((ended.report.outcome, devices(&ended).counts.retired), (Outcome::Complete, 21));
    assert_eq!(live(&store).len(), 29);
}

#[test]
fn an_empty_listing_retires_nothing() {
    let mut trace = Trace::of_devices(holding(&["a"]));
    trace.page(0, &[], 0);
    let (ended, store) = trace.ends();
    assert_partial(&ended, "1 of 1 live rows");
    assert_eq!(live(&store), ["a"]);

    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &[], 0);
    assert_eq!(trace.ends().0.report.outcome, Outcome::Complete, "nothing listed, nothing live");
}

#[test]
fn one_resource_fails_and_the_other_is_synced_all_the_same() {
    let mut trace = Trace::with(holding(&["a", "z"]), &Resource::ALL, NOON, three_rows());
    trace.page(0, &["a", "b", "c"], 5);
    trace.fails(2, Error::new(ApiKind::Server, "the service failed"));
    assert_eq!(trace.run.progress().unwrap().resource, SUBSCRIPTIONS);
    trace.page(0, &["s"], 1);
    let (ended, store) = trace.ends();

    assert_eq!(ended.report.outcome, Outcome::Partial);
    assert_eq!(devices(&ended).outcome, Outcome::Failed);
    assert_eq!(ended.report.resources[&SUBSCRIPTIONS].outcome, Outcome::Complete);
    assert!(reason(&ended).starts_with("page at row 2: "), "{}", reason(&ended));
    assert!(devices(&ended).error_code.is_some() && ended.error.is_none());
    assert_eq!(live(&store), ["a", "z"], "nothing of a failed listing is published");
}

#[test]
fn the_run_after_a_failed_one_resumes_it() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], 5);
    trace.fails(2, Error::new(ApiKind::Server, "the service failed"));
    let (ended, store) = trace.ends();
    assert_eq!((ended.report.outcome, devices(&ended).listed), (Outcome::Failed, 3));

    let mut trace = Trace::with(store, &[DEVICES], NOON + 60, three_rows());
    trace.asks(2);
    assert_eq!(trace.run.notes(), ["resuming devices at row 3"]);
    assert_eq!(trace.run.progress().unwrap().rows, 3);
    trace.page(2, &["c", "d", "e"], 5);
    let (ended, store) = trace.ends();
    assert_eq!((devices(&ended).resumed_at, devices(&ended).pages), (Some(3), 1));
    assert_eq!((devices(&ended).outcome, live(&store).len()), (Outcome::Complete, 5));
}

/// A store with a listing of devices that was stopped after three rows, at noon.
fn interrupted() -> ModelStore {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "c"], 5);
    trace.asks(2);
    trace.store
}

#[test]
fn rows_that_moved_between_two_runs_show_at_the_fence() {
    let mut trace = Trace::with(interrupted(), &[DEVICES], NOON + 60, three_rows());
    trace.page(2, &["d", "e", "f"], 5);
    trace.page(0, &["b", "c", "d"], 5);
    trace.page(2, &["d", "e", "f"], 5);
    let (ended, store) = trace.ends();
    assert_eq!((devices(&ended).outcome, devices(&ended).passes), (Outcome::Complete, 2));
    assert_eq!(live(&store), ["b", "c", "d", "e", "f"]);
}

#[test]
fn a_checkpoint_that_does_not_fit_is_discarded_and_the_report_says_why() {
    let afresh = three_rows().start(Start::Afresh);
    for (seconds, settings, why) in [
        (NOON + 3_601, three_rows(), "it is 3601 s old, over 3600 s"),
        (NOON - 1, three_rows(), "it is from the future"),
        (NOON, afresh, "a full listing was asked for"),
    ] {
        let mut trace = Trace::with(interrupted(), &[DEVICES], seconds, settings);
        trace.page(0, &["a"], 1);
        let (ended, store) = trace.ends();
        let discarded = devices(&ended).discarded.as_deref().unwrap();
        assert!(discarded.starts_with(why), "{discarded}");
        assert!(ended.report.notes[0].starts_with("listing devices afresh; "));
        assert_eq!(live(&store), ["a"], "the rows staged before are gone");
    }
}

#[test]
fn a_listing_that_was_stopped_after_rows_moved_is_read_again() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.page(0, &["a", "b", "a"], None);
    let Step::Store(command) = trace.run.poll() else { panic!("the page is to be kept") };
    trace.store.execute(command).unwrap();
    // Killed here: the page is staged, and the run never heard of it.
    let mut trace = Trace::of_devices(trace.store);
    trace.page(0, &["a", "b"], 2);
    let (ended, _) = trace.ends();
    let why = "reading devices again, pass 2 of 3: an earlier run saw rows move";
    assert_eq!(ended.report.notes, ["resuming devices at row 3", why]);
    assert_eq!((devices(&ended).outcome, devices(&ended).passes), (Outcome::Complete, 2));
}

#[test]
fn wrong_credentials_end_the_whole_run() {
    let mut trace = Trace::with(ModelStore::default(), &Resource::ALL, NOON, three_rows());
    trace.fails(0, Error::new(AuthenticationKind::InvalidCredentials, "refused"));
    let (ended, _) = trace.ends();
    assert_eq!(ended.report.outcome, Outcome::Failed);
    let kind = ended.error.unwrap().kind();
    assert_eq!(kind, AuthenticationKind::InvalidCredentials.into());
    let subscriptions = ended.report.resources[&SUBSCRIPTIONS].reason.as_deref().unwrap();
    assert!(subscriptions.starts_with("not begun, because the run ended"), "{subscriptions}");
}

#[test]
fn an_error_of_the_store_ends_the_run_and_is_handed_out() {
    let mut trace = Trace::with(ModelStore::default(), &Resource::ALL, NOON, three_rows());
    trace.page(0, &["a"], 1);
    trace.store.fail_at(3);
    let (ended, store) = trace.ends();
    assert_eq!((ended.report.outcome, ended.report.resources.len()), (Outcome::Failed, 2));
    assert!(ended.error.is_some());
    assert_eq!(live(&store).len(), 0);
}

#[test]
fn a_page_that_does_not_decode_ends_the_resource_with_its_place() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.body(0, r#"{"items":7}"#);
    let (ended, _) = trace.ends();
    assert!(reason(&ended).starts_with("page at row 0: "), "{}", reason(&ended));
    assert!(reason(&ended).contains("at byte 9: `items` is not an array"), "{}", reason(&ended));
}

#[test]
fn asking_twice_gives_the_same_step() {
    let mut trace = Trace::of_devices(ModelStore::default());
    let twice = |trace: &Trace| {
        let step = format!("{:?}", trace.run.poll());
        assert_eq!(step, format!("{:?}", trace.run.poll()));
        step
    };
    assert!(twice(&trace).contains("Begin"));
    trace.asks(0);
    assert!(twice(&trace).contains("offset=0"));
    trace.page(0, &["a"], 1);
    assert!(twice(&trace).contains("Stage"));
}

#[test]
fn an_answer_that_was_not_asked_for_is_an_error_and_no_panic() {
    let mut trace = Trace::of_devices(ModelStore::default());
    trace.run.fetched(Ok(glp_core::exchange::Response::default()));
    assert!(reason(&trace.ends().0).contains("a page came that was not asked for"));

    let mut trace = Trace::of_devices(ModelStore::default());
    trace.run.stored(Ok(glp_core::sync::Reply::Done));
    let (ended, _) = trace.ends();
    assert!(ended.error.unwrap().message().contains("the store's reply is to another command"));

    let mut trace = Trace::of_devices(ModelStore::default());
    trace.fails(0, Error::new(SyncKind::CircuitOpen, "the breaker is open"));
    trace.run.fetched(Ok(glp_core::exchange::Response::default()));
    assert_eq!(trace.ends().0.report.outcome, Outcome::Failed, "after the end nothing changes");
}
