//! The client as its callers see it: from many threads, within a runtime, and when a call panics.
#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use glp_blocking::{Client, ClientBuilder, Transport};
use glp_core::backoff::Backoff;
use glp_core::call::CallOptions;
use glp_core::error::{ApiKind, Error, ErrorKind, SyncKind};
use glp_core::exchange::{Failure, Request, Response};
use glp_core::greenlake::{Device, List, Resource, Route};
use glp_core::operation::Operation;
use glp_core::pager::Pager;
use glp_core::testkit::{Ending, Exchange, Script, Server};
use glp_core::time::Instant;
use glp_core::trace::{Notice, Why};
use http::Method;
use http::header::AUTHORIZATION;
use support::fake;

fn builder() -> ClientBuilder {
    Client::builder()
        .base_url("https://api.example")
        .token_url("https://sso.example/token")
        .client_id("me")
        .client_secret("hunter2".into())
        .backoff(Backoff { initial: Duration::from_millis(1), ..Backoff::DEFAULT })
        .seed(7)
}

/// Answers from memory, at once.
struct Memory<S>(Mutex<S>);

impl<S: Server + Send + 'static> Transport for Memory<S> {
    fn send(&self, request: Request, _: Duration) -> Result<Response, Failure> {
        match self.0.lock().unwrap().answer(&request, Instant::ZERO).ending {
            Ending::Answer(response) => Ok(response),
            other => panic!("the script holds answers only, not {other:?}"),
        }
    }
}

fn client(server: impl Server + Send + 'static) -> Client {
    builder().transport(Memory(Mutex::new(server))).build().unwrap()
}

/// A request on a route with quota enough for any test.
fn read() -> Operation {
    let route = Route::new(&Method::GET, "/x", NonZeroU32::new(100_000).unwrap());
    Operation { route, ..Operation::get("/x") }
}

fn devices() -> Pager {
    Pager::by_offset(List::of(Resource::Devices))
}

const FIRST: &str = r#"{"items":[{"id":"a"},{"id":"b"}],"total":3}"#;
const LAST: &str = r#"{"items":[{"id":"c"}],"total":3}"#;

#[test]
fn the_rows_of_all_pages_come_as_they_were_written() {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);

    let rows = client(script).pages(devices()).rows().unwrap();

    let texts: Vec<_> = rows.iter().map(|row| row.get()).collect();
    assert_eq!(texts, [r#"{"id":"a"}"#, r#"{"id":"b"}"#, r#"{"id":"c"}"#]);
}

#[test]
fn a_page_that_failed_is_asked_for_again() {
    let script = Script::new().status(200).body(FIRST).status(403).status(200).body(LAST);
    let client = client(script);

    let pages: Vec<_> =
        client.pages(devices()).map(|page| page.map(|page| page.items.len())).collect();

    assert_eq!(pages[0].as_ref().unwrap(), &2);
    assert_eq!(pages[1].as_ref().unwrap_err().status(), Some(403));
    assert_eq!(pages[2].as_ref().unwrap(), &1);
    assert_eq!(pages.len(), 3);
}

#[test]
fn a_listing_that_ends_before_its_end_says_so_once() {
    let nothing = r#"{"items":[],"total":3}"#;
    let script = Script::new().status(200).body(FIRST).status(200).body(nothing);
    let client = client(script);

    let last = client.pages(devices()).last().unwrap().unwrap_err();

    assert_eq!(last.kind(), ErrorKind::Sync(SyncKind::Partial));
}

#[test]
fn one_row_comes_as_its_model() {
    let script = Script::new().status(200).body(r#"{"id":"d-1"}"#).status(404).status(200);
    let client = client(script);

    assert_eq!(client.device("d-1").unwrap().id, "d-1");
    let error = client.subscription("s-1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::NotFound));
    let error = client.device("..").unwrap_err();
    assert!(error.message().starts_with("id is "), "{error}");
}

#[test]
fn a_path_that_is_none_is_refused_before_anything_is_sent() {
    let client = client(Script::new());

    for path in ["devices", "//\u{0}", "https://elsewhere/", ""] {
        let error = client.get(path).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration(_)), "{path:?}: {error}");
    }
    assert_eq!(client.stats().requests, 0);
}

#[test]
fn all_rows_come_as_their_model() {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);

    let devices: Vec<Device> = client(script).fetch_all(List::of(Resource::Devices)).unwrap();

    assert_eq!(devices.iter().map(|device| &*device.id).collect::<Vec<_>>(), ["a", "b", "c"]);
}

type Verb = fn(&Client) -> Result<Response, Error>;

#[test]
fn what_may_do_it_twice_is_sent_once_and_what_does_the_same_is_sent_again() {
    let requests = |script: Script, send: Verb| {
        let client = client(script.status(502).status(200));
        (send(&client).is_ok(), client.stats().requests - client.stats().token_fetches)
    };
    let again: [Verb; 4] = [
        |client| client.get("/x"),
        |client| client.put("/x", &7),
        |client| client.merge("/x", &7),
        |client| client.delete("/x"),
    ];
    let once: [Verb; 2] = [|client| client.post("/x", &7), |client| client.patch("/x", &7)];

    for send in again {
        assert_eq!(requests(Script::new(), send), (true, 2));
    }
    for send in once {
        assert_eq!(requests(Script::new(), send), (false, 1));
    }
    assert_eq!(client(Script::new().status(204).body("")).delete("/x").unwrap().status(), 204);
}

#[test]
fn other_options_hold_for_every_call_of_the_client_that_has_them() {
    let client = client(Script::new().status(503));
    let once = CallOptions { attempts: NonZeroU32::MIN, ..client.options() };

    let error = client.with(once).get("/x").unwrap_err();

    assert_eq!(error.attempts(), 1);
    assert_eq!(client.options(), CallOptions::INTERACTIVE, "the others keep theirs");
}

/// Says when the second page is asked for, or a new token for it, and does not answer that before it
/// is told to.
struct Telling {
    refuses: AtomicBool,
    asked: Mutex<Sender<()>>,
    answer: Mutex<Receiver<()>>,
    then: Memory<Script>,
}

impl Telling {
    fn tell(&self) {
        self.asked.lock().unwrap().send(()).unwrap();
        _ = self.answer.lock().unwrap().recv();
    }
}

impl Transport for Telling {
    fn send(&self, request: Request, timeout: Duration) -> Result<Response, Failure> {
        let second = request.uri().query().is_some_and(|query| query.contains("offset=2"));
        let renewal = request.method() == Method::POST && self.then.0.lock().unwrap().tokens() == 1;
        if renewal && !self.refuses.swap(true, Ordering::SeqCst) {
            self.tell();
        } else if second && !self.refuses.load(Ordering::SeqCst) {
            let mut refused = Response::default();
            *refused.status_mut() = http::StatusCode::UNAUTHORIZED;
            return Ok(refused);
        } else if second {
            self.tell();
        }
        self.then.send(request, timeout)
    }
}

/// Makes a client whose second page comes, once it is told to; or whose second page waits for a new
/// token until then.
fn telling(refuses: bool) -> (Receiver<()>, Sender<()>, Client) {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);
    let ((asked, told), (tell, answer)) = (channel(), channel());
    let (asked, answer) = (Mutex::new(asked), Mutex::new(answer));
    // What refuses once, refuses no more.
    let refuses = AtomicBool::new(!refuses);
    let transport = Telling { refuses, asked, answer, then: Memory(Mutex::new(script)) };
    (told, tell, builder().transport(transport).build().unwrap())
}

#[test]
fn the_next_page_is_asked_for_while_the_caller_works_on_this_one() {
    let (asked, answer, client) = telling(false);
    let mut pages = client.pages(devices());

    pages.next().unwrap().unwrap();
    asked.recv().unwrap();

    assert_eq!(client.stats().requests, 3, "for a token and for two pages");
    answer.send(()).unwrap();
    assert_eq!(pages.next().unwrap().unwrap().items.len(), 1);
    assert!(pages.next().is_none());
}

#[test]
fn pages_that_are_dropped_give_back_at_once_what_the_page_ahead_held() {
    let (asked, _blocked, client) = telling(true);
    let mut pages = client.pages(devices());
    pages.next().unwrap().unwrap();
    asked.recv().unwrap();

    drop(pages);

    assert!(client.get("/x").is_ok(), "another call fetches the token");
    assert_eq!(client.stats().waits.get(&Why::Token), None, "and waits for nobody");
}

#[test]
fn without_read_ahead_a_page_is_asked_for_when_it_is_wanted() {
    let script = Script::new().status(200).body(FIRST).status(200).body(LAST);
    let client = client(script);
    let mut pages = client.pages(devices()).without_read_ahead();

    pages.next().unwrap().unwrap();
    assert_eq!(client.stats().requests, 2);

    assert!(pages.next().unwrap().is_ok());
    assert!(pages.next().is_none());
}

/// Grants token after token; accepts the second one and all that come after.
fn revoked() -> impl Server + Send {
    let mut granted = 0;
    move |request: &Request, _: Instant| {
        let mut response = Response::new(Bytes::from_static(b"{}"));
        if request.method() == Method::POST {
            granted += 1;
            *response.body_mut() =
                format!(r#"{{"access_token":"t{granted}","expires_in":7200}}"#).into();
        } else if request.headers()[AUTHORIZATION] == "Bearer t1" {
            *response.status_mut() = http::StatusCode::UNAUTHORIZED;
        }
        Exchange { after: Duration::ZERO, ending: Ending::Answer(response) }
    }
}

#[test]
fn two_hundred_threads_on_a_token_that_is_no_good_fetch_one_new_one() {
    const THREADS: usize = 200;
    let (client, begin) = (client(revoked()), Barrier::new(THREADS));

    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                begin.wait();
                assert_eq!(client.call(read()).unwrap().status(), 200);
            });
        }
    });

    assert_eq!(client.stats().token_fetches, 2, "the one that was no good, and one more");
}

/// Panics at its first request, as soon as another call waits for what that one would bring.
struct Panics {
    first: AtomicBool,
    awaited: Arc<Barrier>,
    then: Memory<Script>,
}

impl Transport for Panics {
    fn send(&self, request: Request, timeout: Duration) -> Result<Response, Failure> {
        if self.first.swap(false, Ordering::SeqCst) {
            self.awaited.wait();
            panic!("on purpose");
        }
        self.then.send(request, timeout)
    }
}

#[test]
fn a_call_that_panics_gives_everything_back_and_wakes_whoever_waited_for_it() {
    let awaited = Arc::new(Barrier::new(2));
    let parked = awaited.clone();
    let then = Memory(Mutex::new(Script::new()));
    let client = builder()
        .transport(Panics { first: true.into(), awaited, then })
        .observer(move |notice| {
            if let Notice::Waiting { why: Why::Token, .. } = notice {
                parked.wait();
            }
        })
        .build()
        .unwrap();

    let ended = thread::scope(|scope| {
        let calls = [(); 2].map(|()| scope.spawn(|| client.call(read())));
        calls.map(|call| call.join().ok())
    });

    let panicked = ended.iter().filter(|result| result.is_none()).count();
    assert_eq!((panicked, ended.into_iter().flatten().filter(Result::is_ok).count()), (1, 1));
    assert!(client.call(read()).is_ok());
}

#[tokio::test]
async fn within_a_runtime_of_one_thread_a_call_neither_panics_nor_hangs() {
    assert!(over_loopback().call(read()).is_ok());
}

#[test]
fn within_the_main_function_of_a_tokio_program_neither() {
    #[tokio::main]
    async fn main() -> u16 {
        over_loopback().call(read()).unwrap().status().as_u16()
    }

    assert_eq!(main(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_a_runtime_of_more_threads_as_little() {
    let client = over_loopback();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(read()) })
        })
        .collect();

    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    assert_eq!(client.stats().token_fetches, 1);
}

/// Talks to a server that falls over once.
fn over_loopback() -> Client {
    let url = fake(Script::new().status(503).status(200));
    builder().base_url(&url).token_url(format!("{url}/token")).build().unwrap()
}
