//! Rate limiters: whether one more may go out.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Duration;

use glp_core::limiter::{Limiter, Pace};
use glp_core::time::Instant as At;
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use reliakit_ratelimit::RateLimiter as Reliakit;

use super::primitives::empty_loop;
use crate::sampler::{Contender, Side};

pub const ADMITTED: &str = "Limiter::take, admitted";
pub const REFUSED: &str = "Limiter::take, refused";

/// A million a second, all of them at once if need be; each loop comes once in a microsecond.
const A_MILLION: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
const MICROSECOND: u64 = 1_000;

/// A limiter, and the instants at which it is asked: one later than the other, over all samples.
fn paced(name: &'static str, pace: Pace, every: u64, admits: bool) -> Contender<'static> {
    let (mut limiter, mut now) = (Limiter::new(pace), 0);
    if !admits {
        while limiter.take(At::ZERO).is_ok() {}
    }
    Contender::new(name, Side::Ours, move |_| {
        now += every;
        let taken = limiter.take(At::from_nanos(black_box(now)));
        assert_eq!(taken.is_ok(), admits);
        black_box(taken.map_or_else(|later| later.retry_at.as_nanos(), |()| 0));
    })
}

pub fn all() -> Vec<Contender<'static>> {
    let pace = Pace { quota: A_MILLION, window: Duration::from_secs(1), burst: NonZeroU32::MIN };
    let never = Pace { window: Duration::from_secs(1_000_000_000), quota: NonZeroU32::MIN, ..pace };
    let looked_at = Limiter::new(pace);
    let plenty = Quota::per_second(NonZeroU32::new(1_000_000_000).unwrap());
    let governor = RateLimiter::direct(plenty);
    let faked = RateLimiter::direct_with_clock(plenty, FakeRelativeClock::default());
    let refusing = RateLimiter::direct(Quota::per_hour(NonZeroU32::MIN));
    _ = refusing.check();
    let (mut reliakit, mut now) = (Reliakit::new(1_000_000, 1, MICROSECOND), 0);
    vec![
        empty_loop(),
        paced(ADMITTED, pace, 2 * MICROSECOND, true),
        paced(REFUSED, never, 1, false),
        Contender::new("Limiter::check, admitted", Side::Ours, move |now| {
            black_box(black_box(&looked_at).check(At::from_nanos(black_box(now))).is_ok());
        }),
        Contender::new("governor, admitted, clock faked", Side::Peer, move |_| {
            assert!(faked.check().is_ok());
        }),
        Contender::new("governor, admitted", Side::Peer, move |_| {
            black_box(governor.check().is_ok());
        }),
        Contender::new("governor, refused", Side::Peer, move |_| {
            assert!(refusing.check().is_err());
        }),
        Contender::new("reliakit, admitted, no lock", Side::Peer, move |_| {
            now += 2 * MICROSECOND;
            assert!(reliakit.try_acquire_one(black_box(now)));
        }),
    ]
}
