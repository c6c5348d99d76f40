//! The one lock: no wake-up is lost, whatever happens between "park" and parking. A call that
//! waits in vain would wait for ever here, which the model checker reports as a deadlock.

use core::future::Future;
use core::num::NonZeroU32;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::Arc;
use std::task::Wake;

use glp_core::breaker;
use glp_core::call::{Action, CallOptions, Config, Control, Core, Credentials, Event, Guard};
use glp_core::drive::{InFlight, Shared};
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::time::Instant;
use glp_core::trace::Why;
use loom::thread::{self, Thread};

use crate::explore;

const START: Instant = Instant::ZERO;
const COOL_DOWN: Duration = Duration::from_secs(10);
const HOST: &str = "api.example";

/// One request a minute, so that the second one stands in line.
fn read() -> Operation {
    let operation = Operation::get("/devices");
    Operation { route: operation.route.with_quota(NonZeroU32::MIN), ..operation }
}

/// On a route of its own, which has no line.
fn another(path: &str) -> Operation {
    Operation::get(path)
}

fn shared() -> Shared {
    let credentials = Credentials {
        token_url: "https://sso.example/token".into(),
        client_id: "client".into(),
        client_secret: "secret".into(),
    };
    let one_probe = breaker::Config {
        max_probes: NonZeroU32::MIN,
        success_threshold: NonZeroU32::MIN,
        cool_down: COOL_DOWN,
        ..breaker::Config::DEFAULT
    };
    let config = Config::new("https://api.example", credentials).expect("a good configuration");
    let config = Config { breaker: Guard::On(one_probe), ..config };
    Shared::new(Core::new(config).expect("a good configuration"), None)
}

fn start(shared: &Shared, operation: Operation) -> InFlight {
    shared.start(operation, CallOptions::BATCH)
}

fn token() -> Event {
    Event::Response(Response::new(r#"{"access_token":"t","expires_in":900}"#.into()))
}

/// Begins a call that asks for the token.
fn fetcher(shared: &Shared, operation: Operation) -> InFlight {
    let mut call = start(shared, operation);
    assert!(is_send(&call.poll(START)));
    call
}

/// Begins a call that waits for what another one holds.
fn waiting(shared: &Shared, operation: Operation, now: Instant, why: Why) -> InFlight {
    let mut call = start(shared, operation);
    assert_eq!(parked_for(&call.poll(now)), Some(why));
    call
}

/// Makes a client with a token in it.
fn with_token() -> Shared {
    let shared = shared();
    fetcher(&shared, another("/first")).handle(token(), START);
    shared
}

fn is_send(action: &Action) -> bool {
    matches!(action, Action::Send { .. })
}

fn parked_for(action: &Action) -> Option<Why> {
    match action {
        Action::Park { why, .. } => Some(*why),
        _ => None,
    }
}

/// Wakes a thread of the model.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for as long as it takes: no timer comes to the rescue.
fn wait(future: impl Future<Output = ()>) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    while future.as_mut().poll(&mut context).is_pending() {
        thread::park();
    }
}

/// Drives a call up to the request that it sends, without a timer.
fn until_sent(call: &mut InFlight, now: Instant) {
    while !is_send(&call.poll(now)) {
        wait(call.parked());
    }
}

#[test]
fn a_token_that_comes_between_a_poll_and_its_parking_wakes_the_call() {
    explore(|| {
        let shared = shared();
        let mut fetcher = fetcher(&shared, another("/a"));
        let mut other = waiting(&shared, another("/b"), START, Why::Token);
        let race = thread::spawn(move || fetcher.handle(token(), START));
        until_sent(&mut other, START);
        race.join().unwrap();
    });
}

#[test]
fn a_fetcher_that_is_dropped_wakes_those_who_wait_and_one_fetches() {
    explore(|| {
        let shared = shared();
        let fetcher = fetcher(&shared, another("/a"));
        let mut other = waiting(&shared, another("/b"), START, Why::Token);
        let race = thread::spawn(move || drop(fetcher));
        until_sent(&mut other, START);
        race.join().unwrap();
        assert!(shared.look(|core| core.is_fetching_token(START)));
        drop(other);
        assert!(!shared.look(|core| core.is_fetching_token(START)));
    });
}

#[test]
fn all_who_wait_are_woken_by_one_token() {
    explore(|| {
        let shared = shared();
        let mut fetcher = fetcher(&shared, another("/a"));
        let mut one = waiting(&shared, another("/b"), START, Why::Token);
        let mut two = waiting(&shared, another("/c"), START, Why::Token);
        let first = thread::spawn(move || until_sent(&mut one, START));
        let second = thread::spawn(move || until_sent(&mut two, START));
        fetcher.handle(token(), START);
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn one_who_is_dropped_while_it_waits_takes_nobody_elses_wake_up_along() {
    explore(|| {
        let shared = shared();
        let mut fetcher = fetcher(&shared, another("/a"));
        let mut dropped = waiting(&shared, another("/b"), START, Why::Token);
        let mut staying = waiting(&shared, another("/c"), START, Why::Token);
        let nobody = Context::from_waker(Waker::noop());
        assert_eq!(pin!(dropped.parked()).poll(&mut { nobody }), Poll::Pending);
        let race = thread::spawn(move || drop(dropped));
        let landing = thread::spawn(move || fetcher.handle(token(), START));
        until_sent(&mut staying, START);
        race.join().unwrap();
        landing.join().unwrap();
    });
}

#[test]
fn a_probe_that_is_dropped_wakes_the_call_that_waits_for_it() {
    explore(|| {
        let (shared, now) = (with_token(), START + COOL_DOWN);
        shared.control(HOST, Control::ForceOpen, START).unwrap();
        let mut probe = start(&shared, another("/a"));
        assert!(is_send(&probe.poll(now)));
        let mut other = waiting(&shared, another("/b"), now, Why::ProbesOut);
        let race = thread::spawn(move || drop(probe));
        until_sent(&mut other, now);
        race.join().unwrap();
        drop(other);
        let out = shared.look(|core| core.circuit_status(now).any(|one| one.status.probes_out > 0));
        assert!(!out);
    });
}

#[test]
fn a_probe_that_is_answered_wakes_the_call_that_waits_for_it() {
    explore(|| {
        let (shared, now) = (with_token(), START + COOL_DOWN);
        shared.control(HOST, Control::ForceOpen, START).unwrap();
        let mut probe = start(&shared, another("/a"));
        assert!(is_send(&probe.poll(now)));
        let mut other = waiting(&shared, another("/b"), now, Why::ProbesOut);
        let answer = Event::Response(Response::default());
        let race = thread::spawn(move || probe.handle(answer, now));
        until_sent(&mut other, now);
        race.join().unwrap();
    });
}

#[test]
fn who_leaves_the_line_wakes_who_stands_behind() {
    explore(|| {
        let shared = with_token();
        let mut first = start(&shared, read());
        assert!(is_send(&first.poll(START)));
        let ahead = waiting(&shared, read(), START, Why::Pacing);
        let mut behind = waiting(&shared, read(), START, Why::Pacing);
        let Action::Park { until: late, .. } = behind.poll(START) else { panic!("it waits") };
        let race = thread::spawn(move || drop(ahead));
        // Its place moves up by one, and no timer tells it so.
        wait(behind.parked());
        race.join().unwrap();
        let Action::Park { until, .. } = behind.poll(START) else { panic!("it still waits") };
        assert!(until < late, "{until:?}");
    });
}
