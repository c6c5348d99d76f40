//! The laws of writes, each one property.

use core::num::NonZeroUsize;

use glp_core::call::CallOptions;
use glp_core::error::{ApiKind, AuthenticationKind, Error, NetworkKind};
use glp_core::exchange::Response;
use glp_core::greenlake::{ApiVersion, AsyncOperation, DeviceChange, Id, Resource};
use glp_core::testkit::{Faults, Level, OperationMishap, Quota};
use glp_core::time::Instant;
use glp_core::write::{Ended, Outcome, Plan, Polling, Settings, Step, Write};
use proptest::prelude::*;
use serde_json::Value;

use crate::world::{additions, devices_named, fake, secs, serial, world};

/// The serial numbers of a request to add devices, in either shape.
fn serials(body: &Value) -> Vec<String> {
    let serial = |device: &Value| device["serialNumber"].as_str().map(String::from);
    match serial(body) {
        Some(serial) => vec![serial],
        None => {
            let lists = body.as_object().unwrap().values();
            lists.flat_map(|list| list.as_array().unwrap().iter().filter_map(serial)).collect()
        }
    }
}

fn mishap() -> impl Strategy<Value = OperationMishap> {
    use OperationMishap::{
        Fails, Forgotten, LocatedElsewhere, Pauses, StuckDone, StuckIdle, TextResult, TimedOut,
        Timeout, Unlocated,
    };
    prop::sample::select(vec![
        Fails,
        Forgotten,
        LocatedElsewhere,
        Pauses,
        StuckDone,
        StuckIdle,
        TextResult,
        TimedOut,
        Timeout,
        Unlocated,
    ])
}

/// Answers that one operation may get.
fn answer() -> impl Strategy<Value = Result<String, Error>> {
    let shown = (0..8_usize, prop::option::of(-5..200_i64), prop::option::of(-1..4_i64));
    let shown = shown.prop_map(|(status, interval, timeout)| {
        let statuses =
            ["RUNNING", "PAUSED", "INITIALIZED", "ODD", "SUCCEEDED", "FAILED", "TIMEOUT", ""];
        let number = |name: &str, value: Option<i64>| match value {
            Some(value) => format!(r#","{name}":{value}"#),
            None => String::new(),
        };
        Ok(format!(
            r#"{{"id":"o","status":"{}"{}{}}}"#,
            statuses[status],
            number("suggestedPollingIntervalSeconds", interval),
            number("timeoutMinutes", timeout),
        ))
    });
    let failed = (0..4_u8, 0..400_u64).prop_map(|(kind, hint)| {
        Err(match kind {
            0 => Error::new(ApiKind::Server, "busy").with_retry_after(secs(hint)),
            1 => Error::new(NetworkKind::Reset, "broken"),
            2 => Error::new(AuthenticationKind::General, "no"),
            _ => Error::new(ApiKind::Decode, "no operation"),
        })
    });
    prop_oneof![6 => shown, 1 => failed]
}

proptest! {
    #[test]
    fn each_row_is_in_exactly_one_request_and_none_is_above_the_limit(
        rows in 0..80_usize, beta: bool,
    ) {
        let version = if beta { ApiVersion::V2Beta1 } else { ApiVersion::V1 };
        let devices = (0..rows).map(crate::world::device);
        let plan = Plan::add_devices(version, devices).unwrap();
        let mut named = Vec::new();
        for operation in plan.operations() {
            let body: Value = serde_json::from_slice(operation.unwrap().request.body()).unwrap();
            let serials = serials(&body);
            prop_assert!((1..=version.max_added()).contains(&serials.len()));
            named.extend(serials);
        }
        named.sort();
        prop_assert_eq!(named, (0..rows).map(serial).collect::<Vec<_>>());

        let ids = (0..rows).map(|row| Id::new(serial(row)).unwrap());
        let plan = Plan::change_devices(version, DeviceChange::Unsubscribe, ids).unwrap();
        let mut named = Vec::new();
        for operation in plan.operations() {
            let operation = operation.unwrap();
            let query = operation.request.uri().query().unwrap();
            let ids: Vec<_> = query.split('&').map(|id| id.replace("id=", "")).collect();
            prop_assert!((1..=version.max_changed()).contains(&ids.len()));
            named.extend(ids);
        }
        prop_assert_eq!(named, (0..rows).map(serial).collect::<Vec<_>>());
    }

    #[test]
    fn an_operation_is_followed_to_an_end_within_its_time_and_never_asked_too_early(
        answers in prop::collection::vec(answer(), 1..40), limit in 0..900_u64,
    ) {
        let mut accepted = Response::default();
        let location = "/devices/v1/async-operations/o".parse().unwrap();
        accepted.headers_mut().insert("location", location);
        let api = "https://api.example".parse().unwrap();
        let give_up_at = Instant::ZERO + secs(limit);
        let mut polling =
            Polling::new(&accepted, Resource::Devices, &api, secs(limit), Instant::ZERO).unwrap();
        let mut now = Instant::ZERO;
        let mut asked = None;
        let mut answers = answers.into_iter().cycle();
        let ended = loop {
            match polling.poll(now) {
                Step::Done(ended) => break ended,
                Step::Wait { until, why } => {
                    prop_assert!(now < until && until <= give_up_at && !why.explain().is_empty());
                    now = until;
                }
                Step::Send(operation) => {
                    let early = asked.is_some_and(|at| now < at + AsyncOperation::MIN_INTERVAL);
                    asked = Some(now);
                    let answer = answers.next().unwrap().map(|body| {
                        let mut response = Response::new(body.into());
                        operation.decode.unwrap()(&mut response).unwrap();
                        response
                    });
                    polling.handle(answer, now);
                    let over = matches!(polling.poll(now), Step::Done(_));
                    prop_assert!(over || !early, "only the last question may come early");
                }
            }
        };
        if let Ended::Open(error) | Ended::Over(error) | Ended::Failed(_, error) = ended {
            prop_assert!(error.to_string().contains("operation_status"));
        }
    }

    #[test]
    fn polling_a_write_twice_says_the_same_and_a_clock_that_runs_backwards_does_no_harm(
        rows in 1..30_usize, at_once in 1..5_usize, times in prop::collection::vec(0..300_u64, 1..60),
    ) {
        let at_once = NonZeroUsize::new(at_once).unwrap();
        let settings = Settings { at_once, ..Settings::DEFAULT };
        let api = "https://api.example".parse().unwrap();
        let mut write = Write::new(additions(rows), settings, api).unwrap();
        for seconds in times {
            let now = Instant::ZERO + secs(seconds);
            let step = write.poll(now);
            prop_assert_eq!(format!("{step:?}"), format!("{:?}", write.poll(now)));
            if let Step::Send(_) = step {
                let broken = Error::new(NetworkKind::Reset, "broken").with_outcome_unknown();
                write.handle(Err(broken), now);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_goes_wrong_no_row_is_added_twice_and_no_outcome_is_a_lie(
        seed: u64,
        rows in 1..24_usize,
        takes in 0..100_u64,
        mishaps in prop::collection::btree_map(1..8_u64, mishap(), 0..5),
        at_once in 1..5_usize,
    ) {
        let faults = mishaps
            .into_iter()
            .fold(Faults::level(Level::Harsh), |faults, (n, mishap)| faults.on_operation(n, mishap));
        let fake = fake(faults).with_seed(seed).with_quotas(Quota::Off);
        let mut world = world(fake.with_operation_time(secs(takes)));
        let settings =
            Settings { at_once: NonZeroUsize::new(at_once).unwrap(), ..Settings::DEFAULT };
        let api = world.core().config().base_url.clone();
        let mut write = Write::new(additions(rows), settings, api).unwrap();

        let written = world.write(&mut write, CallOptions::BATCH);

        let now = world.now();
        world.server_mut().catch_up(now);
        prop_assert_eq!(written.outcomes.len(), rows);
        let open = |(_, error): (usize, &Error)| error.message() == "The write is not over";
        prop_assert!(!written.errors().any(open), "each row has ended");
        for (row, outcome) in written.outcomes.iter().enumerate() {
            let there = devices_named(&world, &serial(row));
            prop_assert!(world.server().additions(&serial(row)) <= 1, "row {} twice", row);
            match outcome {
                Outcome::Done { .. } => prop_assert_eq!(there, 1, "{:?}", outcome),
                Outcome::Failed(_) | Outcome::NotSent(_) => {
                    prop_assert_eq!(there, 0, "{:?}", outcome);
                }
                Outcome::Unknown(_) => prop_assert!(there <= 1),
            }
        }
    }
}
