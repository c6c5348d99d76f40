//! What the machine can do.

use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::sampler::{Contender, Side};
use crate::table::Scale;

const FETCH_ADD: &str = "fetch_add";
const MUTEX: &str = "std Mutex, lock and unlock";
const CLOCK: &str = "Instant::now";

pub fn all() -> Vec<Contender<'static>> {
    let (word, counter, mutex) = (AtomicU64::new(1), AtomicU64::new(0), Mutex::new(0_u64));
    vec![
        empty_loop(),
        Contender::new("relaxed load", Side::Scale, move |_| {
            black_box(black_box(&word).load(Ordering::Relaxed));
        }),
        Contender::new(FETCH_ADD, Side::Scale, move |_| {
            black_box(black_box(&counter).fetch_add(1, Ordering::Relaxed));
        }),
        Contender::new(MUTEX, Side::Scale, move |time| {
            *black_box(&mutex).lock().unwrap() = time;
        }),
        Contender::new(CLOCK, Side::Scale, |_| {
            black_box(Instant::now());
        }),
    ]
}

/// A loop that only hands its counter on.
pub fn empty_loop() -> Contender<'static> {
    Contender::new("empty loop", Side::Bare, |time| {
        black_box(time);
    })
}

/// Takes the scale from the timings of [`all`].
pub fn scale(contenders: &[Contender<'_>], timings: &[crate::sampler::Timing]) -> Scale {
    let of = |name| {
        let mut pairs = contenders.iter().zip(timings);
        pairs.find(|(contender, _)| contender.name == name).map_or(1.0, |(_, timing)| timing.quiet)
    };
    Scale { fetch_add: of(FETCH_ADD), mutex: of(MUTEX), clock: of(CLOCK) }
}
