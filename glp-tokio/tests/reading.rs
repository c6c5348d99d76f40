//! Listings and single rows, as a caller reads them.
#![cfg(feature = "testkit-server")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use glp_core::error::{ApiKind, ErrorKind, SyncKind};
use glp_core::exchange::{Request, Response};
use glp_core::greenlake::{Device, List, Resource};
use glp_core::pager::Pager;
use glp_core::testkit::{Ending, Exchange, Script, Server};
use glp_core::time::Instant;
use glp_tokio::{Client, InMemory};
use http::{Method, StatusCode};

fn client(script: impl Server + Send + 'static) -> Client {
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

#[tokio::test(start_paused = true)]
async fn all_rows_come_as_their_model() {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);

    let devices: Vec<Device> = client(script).fetch_all(List::of(Resource::Devices)).await.unwrap();

    assert_eq!(devices.iter().map(|device| &*device.id).collect::<Vec<_>>(), ["a", "b", "c"]);
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn one_page_and_no_more_is_on_its_way_while_the_caller_works_on_another() {
    let page = |row| format!(r#"{{"items":[{{"id":"{row}"}}],"total":3}}"#);
    let script = Script::new().latency(2 * SECOND);
    let script = ["a", "b", "c"].iter().fold(script, |all, row| all.status(200).body(page(row)));
    let client = client(script);
    let mut pages = client.pages(devices());

    pages.next().await.unwrap().unwrap();
    let worked_until = client.clock().now() + 60 * SECOND;
    client.clock().sleep_until(worked_until).await;

    assert_eq!(client.stats().requests, 3, "for a token and for two pages");
    pages.next().await.unwrap().unwrap();
    assert_eq!(client.clock().now(), worked_until, "the second page was there");
    assert!(pages.next().await.unwrap().is_some());
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn without_read_ahead_a_page_is_asked_for_when_it_is_wanted() {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);
    let client = client(script);
    let mut pages = client.pages(devices()).without_read_ahead();

    pages.next().await.unwrap().unwrap();
    client.clock().sleep_until(client.clock().now() + 60 * SECOND).await;

    assert_eq!(client.stats().requests, 2);
    assert!(pages.next().await.unwrap().is_some());
}

/// Gives a page, refuses the token for the next, and never answers the request for a new one. Then
/// all is well.
fn a_token_that_never_comes() -> impl Server {
    let (mut tokens, mut pages) = (0, 0);
    move |request: &Request, _: Instant| {
        let ending = if request.method() == Method::POST {
            tokens += 1;
            match tokens {
                2 => Ending::Silence,
                _ => answer(StatusCode::OK, r#"{"access_token":"t","expires_in":899}"#),
            }
        } else {
            pages += 1;
            match pages {
                1 => answer(StatusCode::OK, FIRST),
                2 => answer(StatusCode::UNAUTHORIZED, "{}"),
                _ => answer(StatusCode::OK, LAST),
            }
        };
        Exchange { after: Duration::ZERO, ending }
    }
}

fn answer(status: StatusCode, body: &'static str) -> Ending {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    Ending::Answer(response)
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_dropped_give_back_at_once_what_the_page_ahead_held() {
    let client = client(a_token_that_never_comes());
    let mut pages = client.pages(devices());
    pages.next().await.unwrap().unwrap();
    client.clock().sleep_until(client.clock().now() + SECOND).await;
    assert_eq!(client.stats().requests, 4, "the page ahead waits for a token");

    drop(pages);

    let now = client.clock().now();
    assert!(client.get("/x").await.is_ok(), "another call fetches the token");
    assert_eq!(client.clock().now(), now);
}
