//! Circuit breakers: healthy, and open.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use failsafe::failure_policy::ConsecutiveFailures;
use failsafe::{CircuitBreaker as _, StateMachine, backoff};
use glp_core::breaker::{Breaker, Config, Outcome, Registry, SharedBreaker};
use glp_core::time::Instant as At;
use reliakit_circuit::CircuitBreaker as Reliakit;
use tower::{Service, service_fn};
use tower_resilience_circuitbreaker::CircuitBreakerLayer;

use super::primitives::empty_loop;
use super::ready;
use crate::sampler::{Contender, Side};

pub const SHARED: &str = "SharedBreaker";
pub const PLAIN: &str = "Breaker (&mut)";

/// The peers that threads can share without glue of ours.
pub const SHAREABLE: [&str; 4] = [FAILSAFE, NOBREAK, RECLOSER, TOWER];

pub const FAILSAFE: &str = "failsafe, consecutive failures";
pub const NOBREAK: &str = "nobreak";
pub const RECLOSER: &str = "recloser, window of 100";
pub const TOWER: &str = "tower-resilience, consecutive failures";

/// Failures in a row that open each of them, and how long they stay open: longer than we measure.
const THRESHOLD: u32 = 5;
const LONG: Duration = Duration::from_secs(3_600);

pub type Failsafe = StateMachine<ConsecutiveFailures<backoff::Constant>, ()>;

pub fn failsafe() -> Failsafe {
    let policy = failsafe::failure_policy::consecutive_failures(THRESHOLD, backoff::constant(LONG));
    failsafe::Config::new().failure_policy(policy).build()
}

pub fn nobreak() -> nobreak::CircuitBreaker {
    nobreak::builder().with_failure_threshold(THRESHOLD as usize).with_open_duration(LONG).build()
}

pub fn recloser() -> recloser::Recloser {
    recloser::Recloser::custom().closed_len(100).open_wait(LONG).build()
}

pub const fn reliakit() -> Reliakit {
    Reliakit::new(THRESHOLD, LONG.as_nanos() as u64)
}

/// A service behind the breaker of tower-resilience; it answers what it is asked.
pub fn tower() -> impl Service<Result<u64, ()>, Response = u64, Error: std::fmt::Debug> {
    let layer = CircuitBreakerLayer::builder()
        .consecutive_failures(THRESHOLD as usize)
        .wait_duration_in_open(LONG)
        .build();
    let layer = layer.expect("the configuration is one that it takes");
    layer.layer_fn(service_fn(|answer: Result<u64, ()>| async move { answer }))
}

/// Sends one request through a service of tower's that is ready at once.
pub fn send<S: Service<Result<u64, ()>, Response = u64>>(
    service: &mut S,
    answer: Result<u64, ()>,
) -> Result<u64, S::Error> {
    ready(std::future::poll_fn(|context| service.poll_ready(context)))?;
    ready(service.call(answer))
}

/// What a peer's call does inside: it succeeds, which the compiler does not know.
pub fn succeed(time: u64) -> Result<u64, ()> {
    if black_box(time) == u64::MAX { Err(()) } else { Ok(time) }
}

fn fail(_: u64) -> Result<u64, ()> {
    Err(())
}

/// One admission and the success after it.
#[inline(always)] // or one row would pay for a call, and another would not
pub fn admit(breaker: &SharedBreaker, now: u64) {
    let now = At::from_nanos(black_box(now));
    if let Ok(permit) = breaker.try_acquire(now) {
        black_box(permit.report(Outcome::Success, now).is_some());
    }
}

/// One admission and the success after it, of the breaker that nobody shares.
#[inline(always)] // likewise
pub fn admit_plain(breaker: &mut Breaker, now: u64) {
    let now = At::from_nanos(black_box(now));
    if let Ok(permit) = breaker.try_acquire(now) {
        black_box(breaker.report(permit, Outcome::Success, now).is_some());
    }
}

pub fn closed() -> Vec<Contender<'static>> {
    let shared = SharedBreaker::new(Config::DEFAULT);
    let recovered = SharedBreaker::new(Config::DEFAULT);
    recovered.force_open(At::ZERO);
    recovered.reset(At::ZERO);
    let mut plain = Breaker::new(Config::DEFAULT);
    let mut registry = Registry::new(Config::DEFAULT, NonZeroU32::new(1_000).unwrap(), 0);
    let (failsafe, nobreak, recloser) = (failsafe(), nobreak(), recloser());
    let (mut reliakit, locked, mut tower) = (reliakit(), Mutex::new(reliakit()), tower());
    let origin = Instant::now();
    vec![
        empty_loop(),
        Contender::new(SHARED, Side::Ours, move |now| admit(&shared, now)),
        Contender::new("SharedBreaker that was open once", Side::Ours, move |now| {
            admit(&recovered, now);
        }),
        Contender::new(PLAIN, Side::Ours, move |now| admit_plain(&mut plain, now)),
        Contender::new("Registry of 1 000, by key", Side::Ours, move |now| {
            if let Ok(breaker) = registry.obtain(&(now % 1_000), At::from_nanos(now)) {
                admit_plain(breaker, now);
            }
        }),
        Contender::new(FAILSAFE, Side::Peer, move |time| {
            black_box(failsafe.call(|| succeed(time)).is_ok());
        }),
        Contender::new(NOBREAK, Side::Peer, move |time| {
            black_box(nobreak.call(|| succeed(time)).is_ok());
        }),
        Contender::new(RECLOSER, Side::Peer, move |time| {
            black_box(recloser.call(|| succeed(time)).is_ok());
        }),
        Contender::new("reliakit, no lock", Side::Peer, move |now| {
            if black_box(reliakit.allow(black_box(now))) {
                reliakit.on_success();
            }
        }),
        Contender::new("reliakit in a std Mutex, with Instant::now", Side::Peer, move |_| {
            let now = origin.elapsed().as_nanos() as u64;
            if black_box(locked.lock().unwrap().allow(now)) {
                locked.lock().unwrap().on_success();
            }
        }),
        Contender::new(TOWER, Side::Peer, move |time| {
            black_box(send(&mut tower, succeed(time)).is_ok());
        }),
    ]
}

pub fn open() -> Vec<Contender<'static>> {
    let shared = SharedBreaker::new(Config::DEFAULT);
    shared.open_until(At::MAX, At::ZERO);
    let mut plain = Breaker::new(Config::DEFAULT);
    plain.open_until(At::MAX, At::ZERO);
    let (failsafe, nobreak, recloser) = (failsafe(), nobreak(), recloser());
    let (mut reliakit, mut tower) = (reliakit(), tower());
    for time in 0..200 {
        _ = failsafe.call(|| fail(time));
        _ = nobreak.call(|| fail(time));
        _ = recloser.call(|| fail(time));
        _ = send(&mut tower, fail(time));
        reliakit.on_failure(u64::MAX / 2);
    }
    vec![
        empty_loop(),
        Contender::new(SHARED, Side::Ours, move |now| {
            if let Err(refused) = shared.try_acquire(At::from_nanos(black_box(now))) {
                black_box(refused.retry_at.as_nanos());
            }
        }),
        Contender::new(PLAIN, Side::Ours, move |now| {
            if let Err(refused) = plain.try_acquire(At::from_nanos(black_box(now))) {
                black_box(refused.retry_at.as_nanos());
            }
        }),
        Contender::new(FAILSAFE, Side::Peer, move |time| {
            assert!(failsafe.call(|| succeed(time)).is_err());
        }),
        Contender::new(NOBREAK, Side::Peer, move |time| {
            assert!(nobreak.call(|| succeed(time)).is_err());
        }),
        Contender::new(RECLOSER, Side::Peer, move |time| {
            assert!(recloser.call(|| succeed(time)).is_err());
        }),
        Contender::new("reliakit, no lock", Side::Peer, move |now| {
            assert!(!black_box(reliakit.allow(black_box(now))));
        }),
        Contender::new(TOWER, Side::Peer, move |time| {
            assert!(send(&mut tower, succeed(time)).is_err());
        }),
    ]
}
