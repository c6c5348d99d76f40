//! What calls share, and what they leave behind when they are dropped.
#![cfg(feature = "testkit-server")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU32;
use std::time::Duration;

use glp_core::error::ErrorKind;
use glp_core::greenlake::Route;
use glp_core::operation::Operation;
use glp_core::testkit::Script;
use glp_tokio::{Client, InMemory};
use http::Method;

/// A client of a server that takes a second for each answer.
fn client() -> Client {
    let script = Script::new().latency(Duration::from_secs(1)).status(200);
    let builder = Client::builder().workspace_id("0a1b").client_id("me");
    builder.client_secret("hunter2".into()).transport(InMemory::new(script)).build().unwrap()
}

/// An operation that no pace holds up.
fn unpaced() -> Operation {
    let quota = NonZeroU32::new(1_000_000).unwrap();
    Operation { route: Route::new(&Method::GET, "/anything", quota), ..Operation::get("/anything") }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_tasks_fetch_one_token() {
    let client = client();

    let calls: Vec<_> = (0..200)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(unpaced()).await })
        })
        .collect();

    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    assert_eq!(client.stats().token_fetches, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let client = client();
    let half_way = client.clock().now() + Duration::from_millis(500);

    let dropped = client.clock().within(half_way, client.call(unpaced())).await;
    let next = client.call(unpaced()).await;

    assert!(dropped.is_none(), "it was fetching the token");
    assert!(next.is_ok(), "the next one fetches it anew, and does not wait for the one dropped");
    assert_eq!(client.clock().now(), half_way + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_path_that_is_none_is_refused_before_anything_is_sent() {
    let client = client();

    for path in ["devices", "//\u{0}", "https://elsewhere/", ""] {
        let error = client.get(path).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration(_)), "{path:?}: {error}");
    }
    assert_eq!(client.stats().requests, 0);
}
