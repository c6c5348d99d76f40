//! The whole of a retry round something that succeeds at once.

use std::future::{Future, ready as at_once};
use std::hint::black_box;
use std::time::Duration;

use backon::{BlockingRetryable, ExponentialBuilder, Retryable};
use glp_core::budget;
use glp_core::concurrent::{AttemptError, Retrying, ThreadTimer, Timer, retry_with};
use glp_core::retry::{Failure, Nature, Policy};
use glp_core::time::Instant as At;
use tower::retry::{Policy as TowerPolicy, Retry as TowerRetry};
use tower::{Service, service_fn};

use super::ready;
use crate::sampler::{Contender, Side};

pub const ON_THREADS: &str = "glp_blocking::retry_with";
pub const RETRY_WITH: &str = "concurrent::retry_with";

/// What is tried: it succeeds, which the compiler does not know.
fn work(time: u64) -> Result<u64, Nature> {
    if black_box(time) == u64::MAX { Err(Nature::Passing) } else { Ok(time) }
}

/// Uses the result of a try, as one word: two that are written apart and read at once would stall.
fn finish<E>(result: Result<u64, E>) {
    black_box(result.unwrap_or(0));
}

async fn work_later(time: u64) -> Result<u64, Nature> {
    work(time)
}

/// A timer whose clock is an argument: it stands still.
#[derive(Clone, Copy)]
struct Still;

impl ThreadTimer for Still {
    fn now(&self) -> At {
        Timer::now(self)
    }

    fn sleep_until(&self, _: At) {}

    fn park_until(&self, _: At) {}
}

impl Timer for Still {
    fn now(&self) -> At {
        black_box(At::ZERO)
    }

    fn sleep_until(&self, _: At) -> impl Future<Output = ()> + Send {
        at_once(())
    }
}

pub fn blocking() -> Vec<Contender<'static>> {
    let retrying = Retrying::new(Still, Policy::DEFAULT, budget::Config::DEFAULT, 7);
    let backoff = reliakit_backoff::Backoff::exponential(Duration::from_secs(1), 2);
    let reliakit = reliakit_retry::RetryPolicy::new(3, backoff);
    let reliakit = reliakit.expect("three attempts are allowed");
    vec![
        Contender::new("the call itself", Side::Bare, |time| {
            finish(work(time));
        }),
        Contender::new(ON_THREADS, Side::Ours, move |time| {
            let mut judge = |nature: &Nature| Failure::from(*nature);
            finish(glp_blocking::retry_with(black_box(&retrying), &mut judge, |_| work(time)));
        }),
        Contender::new("reliakit", Side::Peer, move |time| {
            finish(reliakit_retry::retry(black_box(&reliakit), || work(time), |_| true));
        }),
        Contender::new("backon", Side::Peer, |time| {
            finish((|| work(time)).retry(ExponentialBuilder::default()).call());
        }),
    ]
}

pub fn futures() -> Vec<Contender<'static>> {
    let under = |budget| Retrying::new(Still, Policy::DEFAULT, budget, 7);
    let ours = |name, budget| {
        let retrying = under(budget);
        Contender::new(name, Side::Ours, move |time| {
            let judge = |error: &AttemptError<Nature>| match error {
                AttemptError::Failed(nature) => (*nature).into(),
                AttemptError::TimedOut(_) => Nature::TimedOut.into(),
            };
            finish(ready(retry_with(black_box(&retrying), judge, || work_later(time))));
        })
    };
    let mut tower = TowerRetry::new(Thrice, service_fn(work_later));
    vec![
        Contender::new("the future itself", Side::Bare, |time| {
            finish(ready(work_later(time)));
        }),
        ours(RETRY_WITH, budget::Config::DEFAULT),
        ours("concurrent::retry_with, no budget", budget::Config::Off),
        ours(
            "concurrent::retry_with, a share of the calls",
            budget::Config::Share(budget::Share::DEFAULT),
        ),
        Contender::new("tower, a policy of three attempts", Side::Peer, move |time| {
            finish(ready(tower.call(time)));
        }),
        Contender::new("backon", Side::Peer, |time| {
            let retry = (|| work_later(time)).retry(ExponentialBuilder::default());
            finish(ready(retry.into_future()));
        }),
    ]
}

/// The least that tower asks for: its attempts are counted by nobody, for none fails.
#[derive(Clone)]
struct Thrice;

impl TowerPolicy<u64, u64, Nature> for Thrice {
    type Future = std::future::Ready<()>;

    fn retry(&mut self, _: &mut u64, result: &mut Result<u64, Nature>) -> Option<Self::Future> {
        result.is_err().then(|| at_once(()))
    }

    fn clone_request(&mut self, time: &u64) -> Option<u64> {
        Some(*time)
    }
}
