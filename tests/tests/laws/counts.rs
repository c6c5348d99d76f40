//! Law 9: no more goes out than attempts, budget and quotas allow.

use core::time::Duration;
use std::collections::BTreeMap;

use glp_core::budget::{self, Tokens};
use glp_core::call::Config;
use glp_core::greenlake::Route;
use glp_core::time::Instant;
use glp_core::trace::{CallId, Cause, Notice};
use proptest::prelude::*;
use tests::{config, guarded, read, some};

use crate::plan::{plans, plans_without_drops};
use crate::service::sends;

const MINUTE: Duration = Duration::from_secs(60);

proptest! {
    #[test]
    fn law_9_sends_are_at_most_calls_times_attempts(plan in plans(12)) {
        let mut world = plan.world();
        plan.settle(&mut world);
        let sent = sends(&world).iter().filter(|send| !send.heard.is_token).count();
        prop_assert!(sent <= plan.callers.len() * plan.attempts as usize);
    }

    #[test]
    fn law_9_what_retries_cost_is_at_most_the_budget_and_what_successes_give_back(
        plan in plans_without_drops(20), capacity in 10..40_u32,
    ) {
        let tokens = Tokens { capacity: some(capacity), ..Tokens::DEFAULT };
        let config = Config { budget: budget::Config::Tokens(tokens), ..guarded(9, 20) };
        let mut world = plan.world_of(config, 120);
        let calls = plan.settle(&mut world);
        let (mut spent, mut last) = (0, BTreeMap::<CallId, u32>::new());
        for (_, notice) in world.log() {
            let cost = match notice {
                Notice::Retrying { cause: Cause::Unauthorized, .. } => continue,
                Notice::Retrying { call, cause: Cause::Timeout } => (*call, 10),
                Notice::Retrying { call, .. } => (*call, 5),
                _ => continue,
            };
            spent += cost.1;
            last.insert(cost.0, cost.1);
        }
        let succeeded = calls.into_iter().filter(|(call, _)| {
            world.take(*call).is_some_and(|result| result.is_ok())
        });
        let given_back: u32 = succeeded.map(|(call, _)| last.get(&call).copied().unwrap_or(1)).sum();
        prop_assert!(spent <= capacity + given_back, "{spent} of {capacity} + {given_back}");
    }

    #[test]
    fn law_9_requests_in_any_window_are_at_most_the_quota_of_their_route(plan in plans(80)) {
        let mut world = plan.world_of(Config { seed: plan.seed, ..config() }, 120);
        plan.settle(&mut world);
        let mut sent = BTreeMap::<String, Vec<Instant>>::new();
        for send in sends(&world) {
            sent.entry(send.route).or_default().push(send.heard.at);
        }
        let quota = |route: &str| match route {
            "POST token" => 60,
            route if route == read().route.to_string() => read().route.quota().get(),
            _ => Route::GET_SUBSCRIPTION.quota().get(),
        };
        for (route, times) in sent {
            for (place, from) in times.iter().enumerate() {
                let within = times[place..].iter().filter(|at| at.since(*from) < MINUTE).count();
                prop_assert!(within <= quota(&route) as usize, "{within} of {route} from {from:?}");
            }
        }
    }
}
