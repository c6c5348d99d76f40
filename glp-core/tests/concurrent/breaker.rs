//! The helpers around a breaker.

use std::cell::{Cell, RefCell};
use std::num::NonZeroU32;

use glp_core::breaker::{Breaker, Config, Outcome, State};
use glp_core::concurrent::{Timer, gather_with_errors, process_concurrent, retry};
use glp_core::error::{ApiKind, Error, ErrorKind, SyncKind};
use glp_core::retry::Policy;
use glp_core::testkit::VirtualTimer;

use crate::{at_most, now, sleep};

/// Guards calls, and counts those that were let through.
struct Guarded<'a> {
    timer: &'a VirtualTimer,
    breaker: RefCell<Breaker>,
    ran: Cell<u32>,
}

impl<'a> Guarded<'a> {
    fn new(timer: &'a VirtualTimer, failure_threshold: u32) -> Self {
        let failure_threshold = NonZeroU32::new(failure_threshold).expect("at least one");
        let config = Config { failure_threshold, ..Config::DEFAULT };
        Self { timer, breaker: RefCell::new(Breaker::new(config)), ran: Cell::new(0) }
    }

    /// Takes 10 milliseconds, unless the breaker is open.
    async fn call(&self, result: Result<u32, Error>) -> Result<u32, Error> {
        let admitted = self.breaker.borrow_mut().try_acquire(self.timer.now());
        let permit = admitted.map_err(|_| Error::new(SyncKind::CircuitOpen, "not admitted"))?;
        self.ran.set(self.ran.get() + 1);
        sleep(self.timer, 10).await;
        let outcome = if result.is_ok() { Outcome::Success } else { Outcome::Failure };
        self.breaker.borrow_mut().report(permit, outcome, self.timer.now());
        result
    }

    fn state(&self) -> State {
        self.breaker.borrow().state(self.timer.now())
    }
}

fn server_error() -> Error {
    Error::new(ApiKind::Server, "out of order").with_status(500)
}

#[test]
fn t35_a_breaker_inside_a_retry_counts_every_attempt_and_is_not_waited_for() {
    let timer = VirtualTimer::new();
    let guarded = Guarded::new(&timer, 2);
    let twice = Policy { attempts: NonZeroU32::new(2).expect("at least one"), ..Policy::DEFAULT };
    let call = || timer.run(retry(&timer, twice, 7, || guarded.call(Err(server_error()))));

    let error = call().unwrap_err();
    assert_eq!((error.status(), guarded.ran.get()), (Some(500), 2));
    assert_eq!(guarded.state(), State::Open);

    let before = now(&timer);
    let error = call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::CircuitOpen));
    assert_eq!((now(&timer), guarded.ran.get()), (before, 2), "no wait, and nothing was run");
}

#[test]
fn t36_concurrent_calls_through_a_breaker_that_successes_keep_closed() {
    let timer = VirtualTimer::new();
    let guarded = Guarded::new(&timer, 5);

    let work = (1..=20_u32).map(|item| {
        guarded.call(if item.is_multiple_of(3) { Err(server_error()) } else { Ok(item * 2) })
    });
    let gathered = timer.run(gather_with_errors(work, Some(at_most(5))));

    assert_eq!((gathered.values.len(), gathered.errors.len()), (14, 6));
    assert!(gathered.values.iter().all(|(_, value)| value.is_multiple_of(2)));
    assert_eq!(guarded.state(), State::Closed);
}

#[test]
fn t36_concurrent_calls_through_a_breaker_that_opens() {
    let timer = VirtualTimer::new();
    let guarded = Guarded::new(&timer, 5);

    let call = |_| guarded.call(Err(server_error()));
    let results = timer.run(process_concurrent(1..=20, at_most(5), call));

    let refused = |result: &&Result<u32, Error>| matches!(result, Err(error) if error.kind() == ErrorKind::Sync(SyncKind::CircuitOpen));
    // The first four failures are each followed by a new call; the fifth opens the breaker.
    assert_eq!((guarded.ran.get(), results.iter().filter(refused).count()), (9, 11));
    assert_eq!(guarded.state(), State::Open);
}
