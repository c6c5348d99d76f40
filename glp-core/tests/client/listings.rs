//! Listings: as rows of their model, as pages, as a stream.

use futures::TryStreamExt;
use glp_core::error::{ApiKind, ErrorKind, SyncKind};
use glp_core::greenlake::{Device, List, Resource, Subscription};
use glp_core::pager::Pager;
use glp_core::testkit::Script;

use crate::virtual_runtime::scripted;

const FIRST: &str = r#"{"items":[{"id":"a"},{"id":"b"}],"total":3}"#;
const LAST: &str = r#"{"items":[{"id":"c"}],"total":3}"#;

fn two_pages() -> Script {
    Script::new().status(200).body(FIRST).status(200).body(LAST)
}

fn devices() -> List {
    List::of(Resource::Devices)
}

#[test]
fn all_rows_of_a_listing_come_as_their_model() {
    let (runtime, builder, sent) = scripted(two_pages());
    let client = builder.build().unwrap();

    let rows: Vec<Device> = runtime.run(client.fetch_all(devices())).unwrap();

    assert_eq!(rows.iter().map(|row| &*row.id).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(sent.lock().unwrap().len(), 2);
}

#[test]
fn a_row_that_is_none_is_named_and_a_listing_of_something_else_is_not_read() {
    let script = Script::new().status(200).body(r#"{"items":[{"id":"a"},{}],"total":2}"#);
    let (runtime, builder, sent) = scripted(script);
    let client = builder.build().unwrap();

    let broken = runtime.run(client.fetch_all::<Device>(devices())).unwrap_err();
    let other = runtime.run(client.fetch_all::<Subscription>(devices())).unwrap_err();

    assert_eq!(broken.kind(), ErrorKind::Api(ApiKind::Decode));
    assert!(broken.message().starts_with("row 2 of devices"), "{broken}");
    assert_eq!(other.message(), "list is devices: it must be subscriptions");
    assert_eq!(sent.lock().unwrap().len(), 1);
}

#[test]
fn pages_are_a_stream_that_tells_of_an_early_end_once() {
    let nothing = r#"{"items":[],"total":3}"#;
    let script = Script::new().status(200).body(FIRST).status(200).body(nothing);
    let (runtime, builder, _) = scripted(script);
    let client = builder.build().unwrap();
    let pages = client.pages(Pager::by_offset(devices()));

    let rows = pages.try_fold(0, async |rows, page| Ok(rows + page.items.len()));
    let error = runtime.run(rows);

    assert_eq!(error.unwrap_err().kind(), ErrorKind::Sync(SyncKind::Partial));
    let (runtime, builder, _) = scripted(two_pages());
    let pages = builder.build().unwrap().pages(Pager::by_offset(devices()));
    let all: Vec<_> = runtime.run(pages.try_collect()).unwrap();
    assert_eq!(all.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn where_nothing_runs_in_the_background_no_page_is_asked_for_that_nobody_waits_for() {
    let (runtime, builder, sent) = scripted(two_pages());
    let client = builder.build().unwrap();
    let mut pages = client.pages(Pager::by_offset(devices()));

    runtime.run(pages.next()).unwrap().unwrap();
    assert_eq!(sent.lock().unwrap().len(), 1);

    runtime.run(pages.next()).unwrap().unwrap();
    assert!(runtime.run(pages.next()).unwrap().is_none());
}
