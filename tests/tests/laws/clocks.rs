//! Laws 4 and 10: one instant, one answer; and no clock makes the core panic or admit early.

use core::time::Duration;

use glp_core::breaker::State;
use glp_core::call::{Action, Call, CallOptions, Config, Core, Event, Patience};
use glp_core::exchange::{Failure, FailureKind, Response};
use glp_core::testkit::Ending;
use glp_core::time::Instant;
use proptest::prelude::*;
use tests::{guarded, is_token_request, read};

use crate::plan::millis;
use crate::service::{Line, line};

/// What happens to one of the calls, at a clock that shows anything.
#[derive(Clone, Debug)]
struct Step {
    clock: Clock,
    call: usize,
    line: Line,
    dropped: bool,
}

#[derive(Clone, Copy, Debug)]
enum Clock {
    Stands,
    Runs(u64),
    RunsBack(u64),
    /// To the last instant there is.
    Ends,
}

impl Clock {
    fn from(self, now: Instant) -> Instant {
        match self {
            Self::Stands => now,
            Self::Runs(by) => now + Duration::from_millis(by),
            Self::RunsBack(by) => Instant::ZERO + now.since(millis(by)),
            Self::Ends => Instant::MAX,
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let clock = prop_oneof![
        100 => Just(Clock::Stands),
        100 => (0..3_000_u64).prop_map(Clock::Runs),
        30 => (0..90_000_u64).prop_map(Clock::Runs),
        40 => (0..90_000_u64).prop_map(Clock::RunsBack),
        1 => Just(Clock::Ends),
    ];
    let step = (clock, 0..8_usize, line(), prop::bool::weighted(0.05))
        .prop_map(|(clock, call, line, dropped)| Step { clock, call, line, dropped });
    prop::collection::vec(step, 1..200)
}

/// A call, and what it was told last.
struct Running {
    call: Call,
    told: Option<Action>,
}

impl Running {
    fn begin(core: &mut Core, number: usize) -> Self {
        let patience = if number.is_multiple_of(2) { Patience::Wait } else { Patience::FailFast };
        let options = CallOptions { patience, ..CallOptions::INTERACTIVE };
        Self { call: Call::new(read(), options, core), told: None }
    }

    fn is_out(&self) -> bool {
        matches!(self.told, Some(Action::Send { .. }))
    }
}

/// What comes of a request that is on the wire.
fn event(line: &Line, request: &glp_core::exchange::Request) -> Event {
    match line.ending() {
        Ending::Answer(response) if is_token_request(request) && response.status() == 200 => {
            Event::Response(Response::new(r#"{"access_token":"t","expires_in":60}"#.into()))
        }
        Ending::Answer(response) => Event::Response(response),
        _ => Event::Failed(Failure::new(FailureKind::Reset, "in the test")),
    }
}

/// What no clock may bring forward, by the latest time that was ever shown.
#[derive(Default)]
struct Promises {
    latest: Instant,
    sent: Vec<Instant>,
    held_until: Instant,
}

impl Promises {
    /// Checks that a request to the API may go out now.
    fn check_send(&mut self, told: Option<&Action>, open: bool) -> Result<(), TestCaseError> {
        let minute = Duration::from_secs(60);
        if let Some(Action::Sleep { until, .. }) = told {
            prop_assert!(self.latest >= *until, "out of a sleep before its time");
        }
        prop_assert!(!open, "through an open breaker");
        prop_assert!(self.latest >= self.held_until, "while the route is held");
        self.sent.push(self.latest);
        let recent = self.sent.iter().filter(|at| self.latest.since(**at) < minute).count();
        let ended = self.latest == Instant::MAX;
        prop_assert!(ended || recent <= read().route.quota().get() as usize, "over the quota");
        Ok(())
    }
}

proptest! {
    #[test]
    fn laws_4_and_10_any_clock_polling_twice_says_the_same_and_nothing_is_admitted_early(
        steps in steps(), seed in any::<u64>(),
    ) {
        let mut core = Core::new(Config { seed, ..guarded(3, 20) }).expect("a good configuration");
        let mut calls: Vec<_> = (0..8).map(|number| Running::begin(&mut core, number)).collect();
        let (mut now, mut promises) = (Instant::ZERO, Promises::default());
        for Step { clock, call: number, line, dropped } in steps {
            now = clock.from(now);
            promises.latest = promises.latest.max(now);
            let running = &mut calls[number];
            if dropped {
                running.call.cancel(&mut core);
            }
            if let Some(Action::Send { request, .. }) = &running.told {
                let event = event(&line, request);
                if let (Event::Response(response), false) = (&event, is_token_request(request))
                    && response.status() == 429 && !dropped
                    && let Some(hint) = line.hint
                {
                    let until = promises.latest + Duration::from_secs(hint.into());
                    promises.held_until = promises.held_until.max(until);
                }
                running.call.handle(&mut core, event, now);
                running.told = None;
            }
            let guards = ["api.example", "GET /devices/v1/devices"];
            let open = core.circuit_status(promises.latest)
                .any(|one| guards.contains(&&*one.name) && one.status.state == State::Open);
            let action = running.call.poll(&mut core, now);
            let again = running.call.poll(&mut core, now);
            prop_assert_eq!(format!("{action:?}"), format!("{again:?}"));
            match &action {
                Action::Done(_) => *running = Running::begin(&mut core, number),
                Action::Send { request, .. } if !running.is_out() && !is_token_request(request) => {
                    promises.check_send(running.told.as_ref(), open)?;
                    running.told = Some(action);
                }
                _ => running.told = Some(action),
            }
        }
    }
}
