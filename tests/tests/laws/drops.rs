//! Law 6: what a dropped call held is free again.

use glp_core::limiter::{Limiter, Pace};
use glp_core::operation::Operation;
use glp_core::time::Instant;
use glp_core::trace::{Notice, Why};
use proptest::prelude::*;
use tests::read;

use crate::plan::plans;
use crate::service::{Service, sends};

type World = glp_core::testkit::World<Service>;

/// Says when a newcomer's turn would be had only what was sent been asked for.
fn turn_of_a_newcomer(world: &World, operation: &Operation, now: Instant) -> Option<Instant> {
    let mut limiter = Limiter::new(Pace::per_minute(operation.route.quota()));
    for send in sends(world).iter().filter(|send| send.route == operation.route.to_string()) {
        assert_eq!(limiter.take(send.heard.at), Ok(()));
    }
    limiter.check(now).err().map(|later| later.retry_at)
}

proptest! {
    #[test]
    fn law_6_after_any_prefix_dropping_all_calls_leaves_no_probe_out_no_slot_taken_no_flight(
        plan in plans(12), callers in 1..40_usize, steps in 0..200_usize,
    ) {
        let mut world = plan.world();
        let patient = plan.options(true);
        let calls: Vec<_> = (0..callers).map(|_| world.start_with(read(), patient)).collect();
        for _ in 0..steps {
            world.step();
        }
        calls.into_iter().for_each(|call| world.cancel(call));

        let now = world.now();
        prop_assert!(world.core().circuit_status(now).all(|one| one.status.probes_out == 0));
        prop_assert!(!world.core().is_fetching_token(now));

        let turn = turn_of_a_newcomer(&world, &read(), now);
        let newcomer = world.start(read());
        world.step();
        for (at, notice) in world.log() {
            if let Notice::Waiting { call, delay, why: Why::Pacing } = notice
                && *call == newcomer
            {
                prop_assert_eq!(Some(*at + *delay), turn, "a slot is taken that nobody used");
            }
        }
    }
}
