//! What the two flavours have in common, and how each does it in virtual time.

use core::fmt::Display;
use core::future::ready;
use core::time::Duration;

use glp_core::budget;
use glp_core::concurrent::{self, GaveUp, Retrying, ThreadTimer, Timer};
use glp_core::error::Error;
use glp_core::retry::{Policy, Rules};
use glp_core::testkit::{VirtualThreadTimer, VirtualTimer};
use glp_core::time::Instant;

use crate::guarded::Guarded;

pub(crate) trait Flavour {
    fn now(&self) -> Instant;

    fn sleep(&self, duration: Duration);

    fn call(
        &self,
        guarded: &Guarded,
        work: impl FnOnce() -> Result<u32, Error>,
    ) -> Result<u32, Error>;

    /// Retries under the client's own judgement.
    fn retry(
        &self,
        policy: Policy,
        seed: u64,
        operation: impl FnMut() -> Result<u32, Error>,
    ) -> Result<u32, Error>;

    /// Retries under rules; an error comes back as its words.
    fn retry_with(
        &self,
        policy: Policy,
        seed: u64,
        rules: impl RulesOnWords,
        operation: impl FnMut() -> Result<u32, Error>,
    ) -> Result<u32, String>;
}

/// Rules for the errors of either flavour.
pub(crate) trait RulesOnWords:
    Rules<Error> + Rules<concurrent::AttemptError<Error>>
{
}

impl<R: Rules<Error> + Rules<concurrent::AttemptError<Error>>> RulesOnWords for R {}

/// Futures, polled in virtual time.
#[derive(Default)]
pub(crate) struct Polled(VirtualTimer);

impl Flavour for Polled {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) {
        self.0.run(self.0.sleep_until(self.0.now() + duration));
    }

    fn call(
        &self,
        guarded: &Guarded,
        work: impl FnOnce() -> Result<u32, Error>,
    ) -> Result<u32, Error> {
        self.0.run(guarded.call_async(&self.0, async { work() }))
    }

    fn retry(
        &self,
        policy: Policy,
        seed: u64,
        mut operation: impl FnMut() -> Result<u32, Error>,
    ) -> Result<u32, Error> {
        self.0.run(concurrent::retry(&self.0, policy, seed, || ready(operation())))
    }

    fn retry_with(
        &self,
        policy: Policy,
        seed: u64,
        rules: impl RulesOnWords,
        mut operation: impl FnMut() -> Result<u32, Error>,
    ) -> Result<u32, String> {
        let retrying = Retrying::new(&self.0, policy, budget::Config::Off, seed);
        let retried = glp_tokio::retry_with(&retrying, rules, || ready(operation()));
        self.0.run(retried).map_err(words)
    }
}

/// Threads, which wait in virtual time.
#[derive(Default)]
pub(crate) struct Threads(VirtualThreadTimer);

impl Flavour for Threads {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) {
        self.0.sleep_until(self.0.now() + duration);
    }

    fn call(
        &self,
        guarded: &Guarded,
        work: impl FnOnce() -> Result<u32, Error>,
    ) -> Result<u32, Error> {
        guarded.call(&self.0, work)
    }

    fn retry(
        &self,
        policy: Policy,
        seed: u64,
        mut operation: impl FnMut() -> Result<u32, Error>,
    ) -> Result<u32, Error> {
        glp_blocking::concurrent::retry(&self.0, policy, seed, |_time| operation())
    }

    fn retry_with(
        &self,
        policy: Policy,
        seed: u64,
        rules: impl RulesOnWords,
        mut operation: impl FnMut() -> Result<u32, Error>,
    ) -> Result<u32, String> {
        let retrying = Retrying::new(&self.0, policy, budget::Config::Off, seed);
        glp_blocking::retry_with(&retrying, rules, |_time| operation()).map_err(words)
    }
}

fn words(gave_up: GaveUp<impl Display>) -> String {
    gave_up.error.to_string()
}
