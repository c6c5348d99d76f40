//! Listings and single rows, as a caller reads them.
#![cfg(feature = "testkit-server")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use glp_core::error::{ApiKind, ErrorKind, SyncKind};
use glp_core::greenlake::{List, Resource};
use glp_core::pager::Pager;
use glp_core::testkit::Script;
use glp_tokio::{Client, InMemory};

fn client(script: Script) -> Client {
    Client::builder()
        .workspace_id("0a1b")
        .client_id("me")
        .client_secret("hunter2".into())
        .transport(InMemory::new(script))
        .build()
        .unwrap()
}

fn devices() -> Pager {
    Pager::by_offset(List::of(Resource::Devices))
}

const FIRST: &str = r#"{"items":[{"id":"a"},{"id":"b"}],"total":3}"#;
const LAST: &str = r#"{"items":[{"id":"c"}],"total":3}"#;

#[tokio::test(start_paused = true)]
async fn the_rows_of_all_pages_come_as_they_were_written() {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);

    let rows = client(script).pages(devices()).rows().await.unwrap();

    let texts: Vec<_> = rows.iter().map(|row| row.get()).collect();
    assert_eq!(texts, [r#"{"id":"a"}"#, r#"{"id":"b"}"#, r#"{"id":"c"}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_failed_is_asked_for_again() {
    let script = Script::new().status(200).body(FIRST).status(403).status(200).body(LAST);
    let client = client(script);
    let mut pages = client.pages(devices());

    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 2);
    assert_eq!(pages.next().await.unwrap_err().status(), Some(403));
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 1);
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_ends_before_its_end_is_no_success() {
    let nothing = r#"{"items":[],"total":3}"#;
    let script = Script::new().status(200).body(FIRST).status(200).body(nothing);

    let error = client(script).pages(devices()).rows().await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::Partial));
}

#[tokio::test(start_paused = true)]
async fn one_row_comes_as_its_model() {
    let script = Script::new().status(200).body(r#"{"id":"d-1"}"#).status(404).status(200);
    let client = client(script);

    assert_eq!(client.device("d-1").await.unwrap().id, "d-1");
    let error = client.subscription("s-1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::NotFound));
    let error = client.device("d-2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::Decode), "a row without an id");
    let error = client.device("..").await.unwrap_err();
    assert!(error.message().starts_with("id is "), "{error}");
}
