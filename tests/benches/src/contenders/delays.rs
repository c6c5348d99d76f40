//! The next wait, with jitter: eight of them after one another, then from the first again.

use std::hint::black_box;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use glp_core::backoff::{Backoff, Jitter};
use glp_core::rng::SplitMix64;
use rand_core::Rng;

use super::primitives::empty_loop;
use crate::sampler::{Contender, Side};

pub const SCHEDULE: &str = "Backoff::schedule, equal jitter";

/// Waits of one operation, before another begins.
pub const IN_A_ROW: u64 = 8;

/// Calls `next` for each wait, of an iterator that is begun anew after a few.
fn waits<I: Iterator + Clone + 'static>(
    name: &'static str,
    side: Side,
    fresh: I,
) -> Contender<'static> {
    let mut iterator = fresh.clone();
    Contender::new(name, side, move |time| {
        if time % IN_A_ROW == 0 {
            iterator = fresh.clone();
        }
        black_box(iterator.next());
    })
}

pub fn all() -> Vec<Contender<'static>> {
    let full = Backoff { jitter: Jitter::Full, ..Backoff::DEFAULT };
    let mut rng = SplitMix64::new(7);
    let mut seeded = SplitMix64::new(7);
    let second = Duration::from_secs(1);
    let minute = Duration::from_secs(60);
    let mut backon = ExponentialBuilder::default()
        .with_min_delay(second)
        .with_max_delay(minute)
        .without_max_times()
        .with_jitter()
        .build();
    let reliakit = reliakit_backoff::Backoff::exponential(second, 2).with_max_delay(minute);
    vec![
        empty_loop(),
        waits(SCHEDULE, Side::Ours, Backoff::DEFAULT.schedule(7)),
        waits("Backoff::schedule, full jitter", Side::Ours, full.schedule(7)),
        Contender::new("Backoff::delay_after, equal jitter", Side::Ours, move |time| {
            let failures = (time % IN_A_ROW) as u32 + 1;
            black_box(black_box(&Backoff::DEFAULT).delay_after(failures, Duration::ZERO, &mut rng));
        }),
        waits(
            "failsafe, full jitter",
            Side::Peer,
            failsafe::backoff::full_jittered(second, minute),
        ),
        // It cannot be cloned, so it is not begun anew: it stays at its longest.
        Contender::new("backon, exponential, adds jitter", Side::Peer, move |_| {
            black_box(backon.next());
        }),
        Contender::new("reliakit, exponential, full jitter", Side::Peer, move |time| {
            let delay = reliakit.delay((time % IN_A_ROW) as u32).unwrap_or(minute);
            black_box(reliakit_backoff::full_jitter(delay, seeded.next_u32()));
        }),
    ]
}
