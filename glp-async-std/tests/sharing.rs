//! What calls share, and what they leave behind when they are dropped.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_std::task;
use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{FutureExt, join_all, pending};
use futures::poll;
use glp_async_std::{Client, Transport};
use glp_core::error::{ApiKind, ErrorKind, SyncKind};
use glp_core::exchange::{Failure, Request, Response};
use glp_core::greenlake::{Device, List, Resource, Route};
use glp_core::operation::Operation;
use glp_core::pager::Pager;
use glp_core::trace::Why;
use http::Method;

/// Grants tokens, the first one when the test says so, and answers all else with what is next.
#[derive(Clone, Default)]
struct Service {
    first_token: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    tokens: Arc<AtomicU64>,
    pages: Arc<Mutex<Vec<&'static str>>>,
}

impl Transport for Service {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        if !request.uri().path().ends_with("/token") {
            let page = self.pages.lock().unwrap().pop().unwrap_or("{}");
            return Ok(Response::new(page.into()));
        }
        self.tokens.fetch_add(1, Ordering::Relaxed);
        let first = self.first_token.lock().unwrap().take();
        if let Some(gate) = first
            && gate.await.is_err()
        {
            return pending().await;
        }
        Ok(Response::new(Bytes::from_static(br#"{"access_token":"t","expires_in":899}"#)))
    }
}

fn client(service: &Service) -> Client {
    let builder = Client::builder().workspace_id("0a1b").client_id("me");
    builder.client_secret("hunter2".into()).transport(service.clone()).build().unwrap()
}

/// A service that grants its first token when the sender says so, and none if it is dropped.
fn gated() -> (oneshot::Sender<()>, Service) {
    let (open, gate) = oneshot::channel();
    let service = Service::default();
    *service.first_token.lock().unwrap() = Some(gate);
    (open, service)
}

/// An operation that no pace holds up.
fn unpaced() -> Operation {
    let quota = NonZeroU32::new(1_000_000).unwrap();
    Operation { route: Route::new(&Method::GET, "/anything", quota), ..Operation::get("/anything") }
}

#[async_std::test]
async fn two_hundred_calls_at_once_fetch_one_token() {
    let (open, service) = gated();
    let client = client(&service);
    let mut calls = pin!(join_all((0..200).map(|_| client.call(unpaced()))));
    assert!(poll!(&mut calls).is_pending(), "one fetches the token, the others wait for it");

    open.send(()).unwrap();

    assert!(calls.await.iter().all(Result::is_ok));
    assert_eq!(service.tokens.load(Ordering::Relaxed), 1);
}

#[async_std::test]
async fn two_hundred_tasks_fetch_one_token() {
    let (open, service) = gated();
    let client = client(&service);
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let client = client.clone();
            task::spawn(async move { client.call(unpaced()).await })
        })
        .collect();

    open.send(()).unwrap();

    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(service.tokens.load(Ordering::Relaxed), 1);
}

#[async_std::test]
async fn a_call_that_is_dropped_while_it_fetches_the_token_leaves_it_to_whoever_waits() {
    let (_never, service) = gated();
    let client = client(&service);
    let mut fetching = Box::pin(client.call(unpaced()));
    assert!(poll!(&mut fetching).is_pending());
    let mut waiting = pin!(client.call(unpaced()));
    assert!(poll!(&mut waiting).is_pending());

    drop(fetching);

    assert!(waiting.await.is_ok());
    assert_eq!(service.tokens.load(Ordering::Relaxed), 2);
}

#[async_std::test]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let (_never, service) = gated();
    let client = client(&service);

    assert!(client.call(unpaced()).now_or_never().is_none(), "it was fetching the token");

    assert!(client.call(unpaced()).await.is_ok(), "the next one does not wait for it");
}

fn devices() -> Pager {
    Pager::by_offset(List::of(Resource::Devices))
}

const FIRST: &str = r#"{"items":[{"id":"a"},{"id":"b"}],"total":3}"#;
const LAST: &str = r#"{"items":[{"id":"c"}],"total":3}"#;

/// A service that answers with `pages`, in that order.
fn answering<const N: usize>(mut pages: [&'static str; N]) -> Service {
    pages.reverse();
    Service { pages: Arc::new(Mutex::new(pages.into())), ..Service::default() }
}

#[async_std::test]
async fn the_rows_of_all_pages_come_as_they_were_written() {
    let service = answering([FIRST, LAST]);

    let rows = client(&service).pages(devices()).rows().await.unwrap();

    let texts: Vec<_> = rows.iter().map(|row| row.get()).collect();
    assert_eq!(texts, [r#"{"id":"a"}"#, r#"{"id":"b"}"#, r#"{"id":"c"}"#]);
}

#[async_std::test]
async fn a_listing_that_ends_before_its_end_is_no_success() {
    let service = answering([FIRST, r#"{"items":[],"total":3}"#]);

    let error = client(&service).pages(devices()).rows().await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::Partial));
}

#[async_std::test]
async fn one_row_comes_as_its_model() {
    let service = answering([r#"{"id":"d-1"}"#, "{}"]);
    let client = client(&service);

    assert_eq!(client.device("d-1").await.unwrap().id, "d-1");
    let error = client.subscription("s-1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::Decode), "a row without an id");
}

#[async_std::test]
async fn a_path_that_is_none_is_refused_before_anything_is_sent() {
    let service = Service::default();
    let client = client(&service);

    for path in ["devices", "//\u{0}", "https://elsewhere/", ""] {
        let error = client.get(path).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration(_)), "{path:?}: {error}");
    }
    assert_eq!(client.stats().requests, 0);
}

/// Gives two pages, and says when the second is asked for, or a new token for it.
#[derive(Clone)]
struct Telling {
    service: Service,
    asked: Arc<Mutex<Option<oneshot::Sender<()>>>>,
    second: Second,
}

/// What becomes of the second page.
#[derive(Clone, Copy, PartialEq)]
enum Second {
    Comes,
    /// Its token is refused, and the first request for a new one is never answered.
    WaitsForToken,
}

impl Telling {
    fn tell(&self) -> bool {
        let asked = self.asked.lock().unwrap().take();
        asked.is_some_and(|asked| asked.send(()).is_ok())
    }
}

impl Transport for Telling {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        let renewal = request.uri().path().ends_with("/token")
            && self.service.tokens.load(Ordering::Relaxed) == 1;
        let second = request.uri().query().is_some_and(|query| query.contains("offset=2"));
        if self.second == Second::Comes && second {
            self.tell();
        } else if self.second == Second::WaitsForToken {
            if renewal && self.tell() {
                return pending().await;
            }
            if second {
                let mut refused = Response::default();
                *refused.status_mut() = http::StatusCode::UNAUTHORIZED;
                return Ok(refused);
            }
        }
        self.service.send(request).await
    }
}

fn telling(second: Second) -> (oneshot::Receiver<()>, Client) {
    let (asked, told) = oneshot::channel();
    let service = Service { pages: Arc::new(Mutex::new(vec![LAST, FIRST])), ..Service::default() };
    let asked = Arc::new(Mutex::new(Some(asked)));
    let builder = Client::builder().workspace_id("0a1b").client_id("me");
    let builder = builder.client_secret("hunter2".into());
    (told, builder.transport(Telling { service, asked, second }).build().unwrap())
}

#[async_std::test]
async fn the_next_page_is_asked_for_while_the_caller_works_on_this_one() {
    let (asked, client) = telling(Second::Comes);
    let mut pages = client.pages(Pager::by_offset(List::of(Resource::Devices)));

    pages.next().await.unwrap().unwrap();
    asked.await.unwrap();

    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 1);
    assert!(pages.next().await.unwrap().is_none());
}

#[async_std::test]
async fn pages_that_are_dropped_give_back_at_once_what_the_page_ahead_held() {
    let (asked, client) = telling(Second::WaitsForToken);
    let mut pages = client.pages(Pager::by_offset(List::of(Resource::Devices)));
    pages.next().await.unwrap().unwrap();
    asked.await.unwrap();

    drop(pages);

    assert!(client.get("/x").await.is_ok(), "another call fetches the token");
    assert_eq!(client.stats().waits.get(&Why::Token), None, "and waits for nobody");
}

#[async_std::test]
async fn all_rows_come_as_their_model() {
    let (_asked, client) = telling(Second::Comes);

    let devices: Vec<Device> = client.fetch_all(List::of(Resource::Devices)).await.unwrap();

    assert_eq!(devices.iter().map(|device| &*device.id).collect::<Vec<_>>(), ["a", "b", "c"]);
}
