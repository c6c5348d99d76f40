//! Laws 5 and 7: every call ends, and no wait is shorter or longer than it may be.

use core::time::Duration;
use std::collections::BTreeMap;

use glp_core::time::Instant;
use glp_core::trace::{CallId, Notice, Why};
use proptest::prelude::*;

use crate::plan::{Plan, plans, plans_without_drops};
use crate::service::sends;

proptest! {
    #[test]
    fn law_5_if_the_world_always_answers_every_call_reaches_done(
        plan in plans(12), operation in 1..300_u64,
    ) {
        let plan = Plan { operation: Duration::from_secs(operation), ..plan };
        let mut world = plan.world();
        let staying = plan.play(&mut world);
        let begun = world.now();
        world.settle();
        prop_assert!(world.now() <= begun + plan.operation, "no call outlives its operation timeout");
        prop_assert!(staying.into_iter().all(|(call, _)| world.take(call).is_some()));
    }

    #[test]
    fn law_7_no_request_goes_out_before_the_server_asked_for_it(plan in plans_without_drops(12)) {
        let mut world = plan.world();
        plan.settle(&mut world);
        let sends = sends(&world);
        for (place, send) in sends.iter().enumerate() {
            let Some(asked) = send.heard.asked() else { continue };
            // A 429 and a 503 hold the route; any other failure its own call.
            let held = |later: &&crate::service::Send| match send.heard.status() {
                Some(429 | 503) => later.route == send.route,
                Some(408 | 500) => later.route == send.route && later.call == send.call,
                _ => false,
            };
            let over = send.heard.over_at();
            for later in sends[place + 1..].iter().filter(|later| later.heard.at >= over) {
                prop_assert!(!held(&later) || later.heard.at >= over + asked);
            }
        }
    }

    #[test]
    fn law_7_no_wait_passes_the_deadline(
        plan in plans_without_drops(12), operation in 1..100_u64,
    ) {
        let plan = Plan { operation: Duration::from_secs(operation), ..plan };
        let mut world = plan.world();
        let begun: BTreeMap<CallId, Instant> = plan.settle(&mut world).into_iter().collect();
        for (at, notice) in world.log() {
            if let Notice::Waiting { call, delay, why } = notice {
                let (until, deadline) = (*at + *delay, begun[call] + plan.operation);
                // Whoever waits for another's token is told the deadline instead, not a day after it.
                prop_assert!(until < deadline || (*why == Why::Token && until == deadline));
            }
        }
    }

    #[test]
    fn law_7_every_jittered_delay_is_within_its_stated_bound(plan in plans(12)) {
        let mut world = plan.world();
        plan.settle(&mut world);
        let (mut backed_off, mut drawn) = (BTreeMap::<CallId, Duration>::new(), 0);
        for (_, notice) in world.log() {
            if let Notice::Waiting { call, delay, why: Why::Backoff } = notice {
                // 1 s, doubled up to 60 s, of which jitter takes half at most.
                let grown = backed_off.entry(*call).or_insert(Duration::from_secs(1));
                prop_assert!((*grown / 2..=*grown).contains(delay), "{delay:?} of {grown:?}");
                *grown = (*grown * 2).min(Duration::from_secs(60));
                drawn += 1;
            }
        }
        prop_assert_eq!(drawn, world.stats().waits.get(&Why::Backoff).map_or(0, |waits| waits.count));
    }

    #[test]
    fn law_7_one_seed_one_trace(plan in plans(12)) {
        let [mut one, mut two] = [plan.world(), plan.world()];
        plan.settle(&mut one);
        plan.settle(&mut two);
        prop_assert_eq!(one.log(), two.log());
    }
}
