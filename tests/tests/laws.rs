//! The laws of calls, each one property over arbitrary services, drops and clocks.

use std::time::Duration;

use bytes::Bytes;
use glp_core::call::{Action, Call, CallOptions, Config, Core, Event, Guard, Patience};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::testkit::{Ending, Exchange, World};
use glp_core::time::Instant;
use glp_core::trace::{Notice, Why};
use proptest::prelude::*;
use tests::{config, guarded, read, some, write};

/// One answer of an arbitrary service.
#[derive(Clone, Debug)]
struct Line {
    after: u64,
    kind: u8,
    hint: Option<u16>,
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (0..40_000_u64, 0..14_u8, prop::option::of(0..90_u16))
        .prop_map(|(after, kind, hint)| Line { after, kind, hint });
    prop::collection::vec(line, 1..40)
}

impl Line {
    fn ending(&self) -> Ending {
        let statuses = [200, 200, 200, 429, 429, 503, 500, 401, 404, 408, 302];
        let Some(status) = statuses.get(usize::from(self.kind)) else {
            return match self.kind {
                11 => Ending::ResetBefore,
                12 => Ending::ResetAfter,
                _ => Ending::Silence,
            };
        };
        let mut response = Response::new(Bytes::from_static(b"{}"));
        *response.status_mut() = http::StatusCode::from_u16(*status).expect("a status");
        if let Some(hint) = self.hint {
            response.headers_mut().insert("retry-after", hint.into());
        }
        Ending::Answer(response)
    }
}

/// A service that answers each request with the next line, and tokens among them.
fn service(lines: Vec<Line>) -> impl FnMut(&Request, Instant) -> Exchange {
    let mut next = 0;
    move |request, _| {
        let line = &lines[next % lines.len()];
        next += 1;
        let after = Duration::from_millis(line.after);
        let token = request.uri().path() == "/as/token";
        match line.ending() {
            Ending::Answer(response) if token && response.status().is_success() => {
                let body = r#"{"access_token":"t","expires_in":120}"#;
                Exchange { after, ending: Ending::Answer(Response::new(body.into())) }
            }
            ending => Exchange { after, ending },
        }
    }
}

#[derive(Clone, Debug)]
struct Plan {
    lines: Vec<Line>,
    calls: Vec<(u64, bool, bool, Option<u64>)>,
    attempts: u32,
    seed: u64,
}

/// Calls that begin at a time, read or write, wait or fail fast, and may be dropped later.
fn plans() -> impl Strategy<Value = Plan> {
    let call = (0..60_000_u64, any::<bool>(), any::<bool>(), prop::option::of(0..60_000_u64));
    (lines(), prop::collection::vec(call, 1..12), 1..5_u32, any::<u64>()).prop_map(
        |(lines, mut calls, attempts, seed)| {
            calls.sort_by_key(|call| call.0);
            Plan { lines, calls, attempts, seed }
        },
    )
}

fn millis(at: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(at)
}

const OPERATION: Duration = Duration::from_secs(300);

fn world(plan: &Plan) -> World<impl glp_core::testkit::Server + use<>> {
    let config = Config { seed: plan.seed, backoff: Default::default(), ..guarded(3, 20) };
    World::new(config, service(plan.lines.clone())).expect("a good configuration")
}

/// Plays a plan to its end; the drops are carried out in the order of their times.
fn play<S: glp_core::testkit::Server>(world: &mut World<S>, plan: &Plan) {
    let mut drops = Vec::new();
    for (begin, reads, waits, dropped) in &plan.calls {
        world.run_until(millis(*begin));
        let patience = if *waits { Patience::Wait } else { Patience::FailFast };
        let options = CallOptions {
            attempts: some(plan.attempts),
            operation_timeout: OPERATION,
            patience,
            ..CallOptions::INTERACTIVE
        };
        let operation = if *reads { read() } else { write() };
        let handle = world.start_with(operation, options);
        drops.extend(dropped.map(|after| (begin + after, handle)));
    }
    drops.sort_unstable();
    for (at, handle) in drops {
        world.run_until(world.now().max(millis(at)));
        world.cancel(handle);
    }
}

proptest! {
    #[test]
    fn law_5_if_the_world_always_answers_every_call_reaches_done(plan in plans()) {
        let mut world = world(&plan);
        play(&mut world, &plan);
        let begun = world.now();
        world.settle();
        prop_assert!(world.now() <= begun + OPERATION, "no call outlives its operation timeout");
    }

    #[test]
    fn law_6_after_any_prefix_dropping_all_calls_leaves_nothing_taken(
        plan in plans(), steps in 0..200_usize,
    ) {
        let mut world = world(&plan);
        let handles: Vec<_> = plan.calls.iter().map(|_| world.start(read())).collect();
        for _ in 0..steps {
            world.step();
        }
        handles.into_iter().for_each(|handle| world.cancel(handle));
        let now = world.now();
        prop_assert!(world.core().circuit_status(now).all(|one| one.status.probes_out == 0));
        prop_assert!(!world.core().is_fetching_token(now));
    }

    #[test]
    fn law_7_no_wait_passes_the_deadline_or_ends_before_the_servers_hint(plan in plans()) {
        let mut world = world(&plan);
        play(&mut world, &plan);
        world.settle();
        let mut asked: Vec<(u64, Instant)> = Vec::new();
        for (at, notice) in world.log() {
            match notice {
                Notice::Waiting { call, delay, why } => {
                    prop_assert!(*delay < OPERATION);
                    if *why == Why::ServerAsked {
                        asked.push((call.0, *at + *delay));
                    }
                }
                Notice::Sent { call, route, .. } if route != "POST token" => {
                    let floor = asked.iter().rev().find(|(waiting, _)| *waiting == call.0);
                    prop_assert!(floor.is_none_or(|(_, until)| at >= until), "sent before the hint");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn law_7_one_seed_one_trace(plan in plans()) {
        let [mut one, mut two] = [world(&plan), world(&plan)];
        play(&mut one, &plan);
        play(&mut two, &plan);
        one.settle();
        two.settle();
        prop_assert_eq!(one.log(), two.log());
    }

    #[test]
    fn law_8_at_most_one_token_request_is_on_the_wire(plan in plans()) {
        let mut out = service(plan.lines.clone());
        let mut landed = Instant::ZERO;
        let mut overlaps = 0;
        let server = |request: &Request, now: Instant| {
            let exchange = out(request, now);
            if request.uri().path() == "/as/token" {
                overlaps += u32::from(now < landed);
                let silent = matches!(exchange.ending, Ending::Silence);
                let longest = CallOptions::INTERACTIVE.attempt_timeout;
                landed = now + if silent { longest } else { exchange.after.min(longest) };
            }
            exchange
        };
        // Without drops: a dropped request ends when it is dropped, not when its answer would come.
        let calls = plan.calls.iter().map(|call| (call.0, call.1, call.2, None)).collect();
        let plan = Plan { calls, ..plan.clone() };
        let mut world = World::new(guarded(3, 20), server).unwrap();
        play(&mut world, &plan);
        world.settle();
        drop(world);
        prop_assert_eq!(overlaps, 0);
    }

    #[test]
    fn law_9_sends_are_at_most_calls_times_attempts(plan in plans()) {
        let mut world = world(&plan);
        play(&mut world, &plan);
        world.settle();
        let sent = world.log().iter().filter(|(_, notice)| {
            matches!(notice, Notice::Sent { route, .. } if route != "POST token")
        });
        prop_assert!(sent.count() <= plan.calls.len() * plan.attempts as usize);
    }

    #[test]
    fn laws_4_and_10_polling_twice_says_the_same_under_any_clock(
        lines in lines(), clock in prop::collection::vec((any::<bool>(), 0..90_000_u64), 1..80),
        seed in any::<u64>(),
    ) {
        let mut core = Core::new(Config { seed, breaker: Guard::Off, ..config() }).unwrap();
        let mut call = Call::new(read(), CallOptions::INTERACTIVE, &mut core);
        let mut answers = lines.iter().cycle();
        let mut now = 0_u64;
        for (forward, by) in clock {
            now = if forward { now + by } else { now.saturating_sub(by) };
            let action = call.poll(&mut core, millis(now));
            let again = call.poll(&mut core, millis(now));
            prop_assert_eq!(format!("{action:?}"), format!("{again:?}"));
            if let Action::Send { request, .. } = action {
                let event = match answers.next().unwrap().ending() {
                    Ending::Answer(_) if request.uri().path() == "/as/token" => {
                        Event::Response(Response::new(r#"{"access_token":"t"}"#.into()))
                    }
                    Ending::Answer(response) => Event::Response(response),
                    _ => Event::Failed(Failure::new(FailureKind::Reset, "in the test")),
                };
                call.handle(&mut core, event, millis(now));
            }
        }
    }
}
