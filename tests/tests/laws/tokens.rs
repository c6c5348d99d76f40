//! Law 8: one request for a token at a time, and a good token is kept.

use core::time::Duration;
use std::collections::BTreeSet;

use proptest::prelude::*;
use tests::guarded;

use crate::plan::{Asks, Caller, Plan, plans_without_drops};
use crate::service::{Line, Service};

type World = glp_core::testkit::World<Service>;

/// Counts the requests for a token that went out while another was still on the wire.
fn overlaps(world: &World) -> usize {
    let flights: Vec<_> = world.server().heard.iter().filter(|heard| heard.is_token).collect();
    flights.windows(2).filter(|pair| pair[1].at < pair[0].over_at()).count()
}

proptest! {
    #[test]
    fn law_8_at_most_one_token_request_is_on_the_wire(plan in plans_without_drops(12)) {
        let mut world = plan.world_of(guarded(3, 20), 120);
        plan.settle(&mut world);
        prop_assert_eq!(overlaps(&world), 0);
    }

    #[test]
    fn law_8_a_401_of_generation_g_never_discards_generation_g_plus_1(
        plan in plans_without_drops(20), refusals in prop::collection::vec(any::<bool>(), 40),
    ) {
        let refused = |(line, refused): (Line, bool)| {
            if refused { Line { kind: Line::UNAUTHORIZED, ..line } } else { line }
        };
        let lines = plan.lines.iter().cloned().cycle().zip(refusals).map(refused).collect();
        let plan = Plan { lines, ..plan };
        let mut world = plan.world_of(guarded(9, 20), 1_000_000);
        plan.settle(&mut world);
        // Tokens live longer than the plan: another one is fetched only for one that was refused.
        let refused: BTreeSet<_> = world.server().heard.iter()
            .filter(|heard| !heard.is_token && heard.status() == Some(401))
            .map(|heard| &heard.authorization)
            .collect();
        prop_assert!(world.stats().token_fetches <= 1 + refused.len() as u64);
    }
}

#[test]
fn a_fetcher_whose_flight_has_expired_does_not_take_it_back_from_its_successor() {
    let line = |after, kind| Line { after, kind, hint: None };
    let caller = |begins| Caller { begins, asks: Asks::Write, waits: false, dropped: None };
    let plan = Plan {
        lines: vec![
            line(2_001, 3),
            line(7_945, 0),
            line(5_251, 7),
            line(13_384, 3),
            Line { after: 0, kind: 6, hint: Some(5) },
            line(1_596, 3),
            line(0, 3),
            line(30_001, 0),
        ],
        callers: vec![caller(7_747), caller(7_747), caller(7_747), caller(23_943)],
        attempts: 2,
        operation: Duration::from_secs(300),
        seed: 0,
    };
    let mut world = plan.world_of(guarded(3, 20), 120);
    plan.settle(&mut world);
    assert_eq!(overlaps(&world), 0);
}
