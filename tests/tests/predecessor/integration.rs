//! Tests 35 and 36.

use core::time::Duration;
use std::sync::atomic::{AtomicU32, Ordering};

use glp_core::breaker::{Config, State};
use glp_core::error::{Error, ErrorKind, SyncKind};
use glp_core::retry::Policy;
use tests::some;

use crate::flavour::Flavour;
use crate::guarded::Guarded;
use crate::server_error;

const SEED: u64 = 7;

/// Calls that a breaker guards, and how many of them ran.
struct Calls {
    guarded: Guarded,
    ran: AtomicU32,
}

impl Calls {
    fn new(failures: u32) -> Self {
        let config = Config { failure_threshold: some(failures), ..Config::DEFAULT };
        Self { guarded: Guarded::new(config), ran: AtomicU32::new(0) }
    }

    /// Runs one of them.
    fn run(&self, result: Result<u32, Error>) -> Result<u32, Error> {
        self.ran.fetch_add(1, Ordering::Relaxed);
        result
    }

    fn ran(&self) -> u32 {
        self.ran.load(Ordering::Relaxed)
    }
}

fn is_refusal(result: &Result<u32, Error>) -> bool {
    let open = ErrorKind::Sync(SyncKind::CircuitOpen);
    result.as_ref().is_err_and(|error| error.kind() == open)
}

/// Doubles, but fails for the multiples of three.
fn double(item: u32) -> Result<u32, Error> {
    if item.is_multiple_of(3) { Err(server_error()) } else { Ok(item * 2) }
}

/// A breaker inside a retry.
fn retried(flavour: &impl Flavour) {
    let calls = Calls::new(2);
    let twice = Policy { attempts: some(2), ..Policy::DEFAULT };
    let call = || {
        let one = || flavour.call(&calls.guarded, || calls.run(Err(server_error())));
        flavour.retry(twice, SEED, one)
    };

    let error = call().expect_err("it always fails");
    assert_eq!((error.status(), calls.ran()), (Some(500), 2), "each attempt counts");
    assert_eq!(calls.guarded.state(flavour.now()), State::Open);

    let before = flavour.now();
    assert!(is_refusal(&call()));
    assert_eq!((flavour.now(), calls.ran()), (before, 2), "no wait, and nothing ran");
}

/// What 20 calls came to, 14 of which succeed, where no five in a row fail.
fn stays_closed(results: &[Result<u32, Error>], calls: &Calls, state: State) {
    let values: Vec<u32> = results.iter().flatten().copied().collect();
    assert_eq!((values.len(), results.len() - values.len()), (14, 6));
    assert!(values.iter().all(|value| value.is_multiple_of(2)));
    assert_eq!((calls.ran(), state), (20, State::Closed));
}

/// What 20 calls came to that all fail, five at a time: the fifth failure opens the breaker while
/// four more are out.
fn opens(results: &[Result<u32, Error>], calls: &Calls, state: State) {
    let refused = results.iter().filter(|result| is_refusal(result)).count();
    assert_eq!((calls.ran(), refused), (9, 11));
    assert_eq!(state, State::Open);
}

mod async_flavour {
    use glp_core::concurrent::Timer;
    use glp_core::testkit::VirtualTimer;
    use glp_tokio::process_concurrent;

    use super::*;
    use crate::at_most;
    use crate::flavour::Polled;

    const TAKES: Duration = Duration::from_millis(10);

    #[test]
    fn test_circuit_breaker_with_retry() {
        retried(&Polled::default());
    }

    #[test]
    fn test_concurrent_with_circuit_breaker() {
        let timer = VirtualTimer::new();
        let run = |calls: &Calls, answer: fn(u32) -> Result<u32, Error>| {
            let results = timer.run(process_concurrent(1..=20, at_most(5), async |item| {
                let work = async {
                    timer.sleep_until(timer.now() + TAKES).await;
                    calls.run(answer(item))
                };
                calls.guarded.call_async(&timer, work).await
            }));
            (results, calls.guarded.state(timer.now()))
        };

        let calls = Calls::new(5);
        let (results, state) = run(&calls, double);
        stays_closed(&results, &calls, state);

        let calls = Calls::new(5);
        let (results, state) = run(&calls, |_| Err(server_error()));
        opens(&results, &calls, state);
    }
}

mod blocking_flavour {
    use glp_blocking::process_concurrent;
    use glp_core::concurrent::ThreadTimer;
    use glp_core::testkit::VirtualThreadTimer;

    use super::*;
    use crate::at_most;
    use crate::flavour::Threads;
    use crate::stage::Stage;

    #[test]
    fn test_circuit_breaker_with_retry() {
        retried(&Threads::default());
    }

    #[test]
    fn test_concurrent_with_circuit_breaker() {
        let timer = VirtualThreadTimer::new();
        let calls = Calls::new(5);
        // Calls end in the order of their items, so that no five in a row fail.
        let turn = Stage::<u32>::default();
        let results = process_concurrent(1..=20, at_most(5), |item| {
            let result = calls.guarded.call(&timer, || {
                turn.wait_for(|ended| *ended == item - 1);
                calls.run(double(item))
            });
            turn.change(|ended| *ended += 1);
            result
        });
        stays_closed(&results, &calls, calls.guarded.state(timer.now()));

        let calls = Calls::new(5);
        // Each of the first four failures is followed by a new call, before the fifth opens it.
        let (begun, ended) = (Stage::<u32>::default(), Stage::<u32>::default());
        let results = process_concurrent(1..=20, at_most(5), |_| {
            let result = calls.guarded.call(&timer, || {
                let number = begun.change(|begun| {
                    *begun += 1;
                    *begun
                });
                begun.wait_for(|begun| *begun >= (number + 4).min(9));
                ended.wait_for(|ended| *ended == number - 1);
                calls.run(Err(server_error()))
            });
            ended.change(|ended| *ended += u32::from(!is_refusal(&result)));
            result
        });
        opens(&results, &calls, calls.guarded.state(timer.now()));
    }
}
