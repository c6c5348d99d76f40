//! What breakers take, in bytes asked of the allocator, and what their calls allocate.

use std::num::NonZeroU32;

use allocation_counter::measure;
use glp_core::breaker::{Breaker, Config, Outcome, Registry, SharedBreaker};
use glp_core::time::Instant as At;

use crate::contenders::breakers::{self as peers, PLAIN, SHARED, admit, admit_plain};
use crate::table;
use crate::target::Target;

/// So many breakers are made to see what one takes.
const BREAKERS: u32 = 100_000;

/// So many calls are made to see what one allocates.
const CALLS: u64 = 1_000;

/// Prints both tables.
pub fn report(targets: &mut Vec<Target>) {
    let shared = bytes_each(|_| SharedBreaker::new(Config::DEFAULT));
    let failed_once = bytes_each(|_| {
        let breaker = SharedBreaker::new(Config::DEFAULT);
        breaker.force_open(At::ZERO);
        breaker
    });
    let sizes = [
        (SHARED, shared),
        ("SharedBreaker that was open once", failed_once),
        (PLAIN, bytes_each(|_| Breaker::new(Config::DEFAULT))),
        ("Registry, an entry with a u64 for its key", bytes_of_an_entry()),
        (peers::FAILSAFE, bytes_each(|_| peers::failsafe())),
        (peers::NOBREAK, bytes_each(|_| peers::nobreak())),
        (peers::RECLOSER, bytes_each(|_| peers::recloser())),
        ("reliakit, no lock", bytes_each(|_| peers::reliakit())),
        (peers::TOWER, bytes_each(|_| peers::tower())),
    ];
    let rows: Vec<_> =
        sizes.iter().map(|(name, bytes)| vec![(*name).into(), format!("{bytes:.0}")]).collect();
    table::print("Memory: 100 000 of each, the handle included", &["what", "bytes each"], &rows);
    targets.push(Target::at_most("SharedBreaker, default configuration", shared, 64.0, " B"));
    report_allocations(targets);
}

fn report_allocations(targets: &mut Vec<Target>) {
    let (healthy, open) =
        (SharedBreaker::new(Config::DEFAULT), SharedBreaker::new(Config::DEFAULT));
    open.open_until(At::MAX, At::ZERO);
    let (mut plain, mut shut) = (Breaker::new(Config::DEFAULT), Breaker::new(Config::DEFAULT));
    shut.open_until(At::MAX, At::ZERO);
    let probes =
        SharedBreaker::new(Config { cool_down: std::time::Duration::ZERO, ..Config::DEFAULT });
    let mut tower = peers::tower();
    let ours = [
        ("SharedBreaker, closed", allocations(|now| admit(&healthy, now))),
        ("Breaker (&mut), closed", allocations(|now| admit_plain(&mut plain, now))),
        (
            "SharedBreaker, refused",
            allocations(|now| {
                assert!(open.try_acquire(At::from_nanos(now)).is_err());
            }),
        ),
        (
            "Breaker (&mut), refused",
            allocations(|now| {
                assert!(shut.try_acquire(At::from_nanos(now)).is_err());
            }),
        ),
    ];
    let others = [
        (
            "SharedBreaker, a failure counted",
            allocations(|now| {
                if let Ok(permit) = probes.try_acquire(At::from_nanos(now)) {
                    permit.report(Outcome::Failure, At::from_nanos(now));
                }
            }),
        ),
        (
            peers::TOWER,
            allocations(|time| {
                _ = peers::send(&mut tower, peers::succeed(time));
            }),
        ),
    ];
    let rows: Vec<_> = ours
        .iter()
        .chain(&others)
        .map(|(name, each)| vec![(*name).into(), format!("{each:.2}")])
        .collect();
    table::print("Allocations a call", &["what", "allocations"], &rows);
    targets.extend(
        ours.map(|(name, each)| {
            Target::at_most(format!("{name}: allocations a call"), each, 0.0, "")
        }),
    );
}

fn bytes_each<T>(mut make: impl FnMut(u32) -> T) -> f64 {
    let mut held = Vec::new();
    let info = measure(|| held = (0..BREAKERS).map(&mut make).collect());
    info.bytes_current as f64 / f64::from(BREAKERS)
}

fn bytes_of_an_entry() -> f64 {
    let capacity = NonZeroU32::new(BREAKERS).unwrap();
    let mut registry = Registry::new(Config::DEFAULT, capacity, 0);
    let info = measure(|| {
        for key in 0..u64::from(BREAKERS) {
            assert!(registry.obtain(&key, At::ZERO).is_ok());
        }
    });
    info.bytes_current as f64 / f64::from(BREAKERS)
}

fn allocations(act: impl FnMut(u64)) -> f64 {
    measure(|| (0..CALLS).for_each(act)).count_total as f64 / CALLS as f64
}
