//! The policies as calls see them: a whole client against a scripted service, in virtual time.

use glp_core::backoff::{Backoff, Jitter};
use glp_core::budget::{self, Tokens};
use glp_core::call::{Config, Credentials, Guard};
use glp_core::operation::Operation;
use glp_core::testkit::{Script, World};
use glp_core::trace::Cause;

use crate::some;

fn config() -> Config {
    let credentials = Credentials::for_workspace("0a1b", "me", "secret".into());
    let config = Config::new("https://api.example", credentials).expect("a good configuration");
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    Config { backoff, breaker: Guard::Off, ..config }
}

fn world(config: Config, script: Script) -> World<Script> {
    World::new(config, script).expect("a good configuration")
}

fn read() -> Operation {
    Operation::get("/devices/v1/devices")
}

#[test]
fn law_9_r11_the_retries_of_all_calls_are_at_most_the_budget_they_share() {
    let tokens = Tokens { capacity: some(25), ..Tokens::DEFAULT };
    let config = Config { budget: budget::Config::Tokens(tokens), ..config() };
    let mut world = world(config, Script::new().status(503));
    let calls: Vec<_> = (0..10).map(|_| world.start(read())).collect();
    world.settle();
    assert!(calls.into_iter().all(|call| world.take(call).is_some_and(|result| result.is_err())));
    assert_eq!(world.stats().retries[&Cause::Server], 5);
    assert_eq!(world.core().affordable_retries(world.now()), 0);
}

#[test]
fn an_empty_budget_ends_a_call_at_once_and_the_error_says_whose_it_is() {
    let tokens = Tokens { capacity: some(10), ..Tokens::DEFAULT };
    let config = Config { budget: budget::Config::Tokens(tokens), ..config() };
    let mut world = world(config, Script::new().status(503));
    assert!(world.run(read()).is_err(), "two retries, which empty it");
    let begun = world.now();
    let error = world.run(read()).unwrap_err();
    assert_eq!((error.attempts(), world.now()), (1, begun));
    let gave_up = error.details().iter().find(|(key, _)| *key == "gave_up");
    let text = "our own retry budget is empty; the wait would have been 1s";
    assert_eq!(gave_up, Some(&("gave_up", text.into())));
    assert_eq!(error.retry_after(), None, "the server said nothing");
}

#[test]
fn a_retry_that_helps_is_paid_back() {
    let mut world = world(config(), Script::new().status(503).status(200));
    let full = world.core().affordable_retries(world.now());
    assert!(world.run(read()).is_ok());
    assert_eq!(world.core().affordable_retries(world.now()), full);
}
