//! Writes: accepted, done a while later, told of by an operation; refused where they are wrong.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use http::Method;
use http::header::LOCATION;
use serde_json::{Value, json};

use super::client::{Client, DEVICES, SUBSCRIPTIONS, json as body_of, settings};
use crate::exchange::Response;
use crate::greenlake::Resource;
use crate::testkit::{Endpoint, Faults, OperationMishap, Quota};

const V2BETA1: &str = "/devices/v2beta1/devices";

fn one(serial: &str) -> String {
    let device = json!({ "serialNumber": serial, "partNumber": "P" });
    format!("{}", json!({ "compute": [device], "network": [], "storage": [] }))
}

fn location(response: &Response) -> String {
    response.headers()[LOCATION].to_str().unwrap().into()
}

/// What the operation behind an answer shows.
fn shown(client: &mut Client, accepted: &Response) -> Value {
    let response = client.get(&location(accepted));
    assert_eq!(response.status(), 200);
    body_of(&response)
}

#[test]
fn a_write_is_accepted_at_once_and_done_when_its_time_has_come() {
    let mut client = Client::new(settings());

    let accepted = client.write(Method::POST, DEVICES, &one("S-1"));

    assert_eq!(accepted.status(), 202);
    assert_eq!(body_of(&accepted)["status"], "202 ACCEPTED");
    let running = shown(&mut client, &accepted);
    assert_eq!((&running["status"], &running["endedAt"]), (&json!("RUNNING"), &Value::Null));
    assert_eq!(client.service.len(Resource::Devices), 60);

    client.wait(Duration::from_secs(5));
    let over = shown(&mut client, &accepted);
    assert_eq!(over["status"], "SUCCEEDED");
    assert!(over["result"].is_string(), "as seen of an addition that went well");
    assert_eq!(client.service.len(Resource::Devices), 61);
}

#[test]
fn a_page_that_was_seen_before_shows_what_has_changed_since() {
    let mut client = Client::new(settings());
    let shows_the_truth = |client: &mut Client| {
        let truth: Vec<_> = client.service.truth(Resource::Devices).map(|(_, raw)| raw).collect();
        assert_eq!(client.page(DEVICES).items, truth);
        truth
    };
    let before = shows_the_truth(&mut client);
    let first = client.service.truth(Resource::Devices).next().unwrap().0;

    client.service.update(Resource::Devices, &first).unwrap();
    let updated = shows_the_truth(&mut client);
    let target = format!("{V2BETA1}?id={first}");
    let accepted = client.write(Method::PATCH, &target, r#"{"tags":{"seen":"twice"}}"#);
    assert_eq!(accepted.status(), 202);
    client.wait(Duration::from_secs(5));
    client.service.catch_up(client.now);
    let changed = shows_the_truth(&mut client);

    assert!(before[0] != updated[0] && updated[0] != changed[0]);
    assert_eq!((&before[1..], &before[1..]), (&updated[1..], &changed[1..]));
}

#[test]
fn an_operation_is_forgotten_a_day_after_its_end() {
    let mut client = Client::new(settings().with_token_life(Duration::from_secs(200_000)).unwrap());
    let accepted = client.write(Method::POST, DEVICES, &one("S-1"));
    client.wait(Duration::from_secs(5 + 24 * 3_600 - 1));
    assert_eq!(client.get(&location(&accepted)).status(), 200);
    client.wait(Duration::from_secs(1));
    assert_eq!(client.get(&location(&accepted)).status(), 404);
}

#[test]
fn an_addition_that_fails_in_all_rows_shows_their_bare_names() {
    let mut client = Client::new(settings());
    for _ in 0..2 {
        client.write(Method::POST, DEVICES, &one("S-1"));
    }
    let accepted = client.write(Method::POST, DEVICES, &one("S-1"));
    client.wait(Duration::from_secs(5));
    let over = shown(&mut client, &accepted);
    assert_eq!((&over["status"], &over["progressPercent"]), (&json!("FAILED"), &json!(0)));
    assert_eq!(over["result"], json!({ "failedDevicesSerial": ["S-1"] }));
    assert_eq!(client.service.additions("S-1"), 3);
    assert_eq!(client.service.len(Resource::Devices), 61);
}

#[test]
fn v2beta1_accepts_without_a_body() {
    let mut client = Client::new(settings());
    let device =
        r#"{"deviceType":"NETWORK","serialNumber":"S-1","macAddress":"00:00:00:00:00:01"}"#;
    let accepted = client.write(Method::POST, V2BETA1, device);
    assert_eq!(accepted.status(), 202);
    assert!(accepted.body().is_empty());
}

#[test]
fn what_is_no_write_is_a_bad_request_and_changes_nothing() {
    let mut client = Client::new(settings());
    let id = client.service.truth(Resource::Devices).next().unwrap().0;
    let device = r#"{"serialNumber":"S","partNumber":"P"}"#;
    let six = format!(r#"{{"compute":[{}],"network":[],"storage":[]}}"#, [device; 6].join(","));
    let at = |path: &str, ids: usize| {
        let ids: Vec<String> = (0..ids).map(|n| format!("id={n}{}", &id[1..])).collect();
        format!("{path}?{}", ids.join("&"))
    };
    let one_id = at(DEVICES, 1);
    let (post, patch) = (Method::POST, Method::PATCH);
    let wrong: Vec<(&Method, &str, &str)> = [
        (&post, DEVICES, "{"),
        (&post, DEVICES, "[]"),
        (&post, DEVICES, r#"{"compute":[],"network":[]}"#),
        (&post, DEVICES, r#"{"compute":[],"network":[],"storage":[]}"#),
        (&post, DEVICES, r#"{"compute":[],"network":[{"serialNumber":"S"}],"storage":[]}"#),
        (&post, DEVICES, &six),
        (&post, V2BETA1, r#"{"deviceType":"TOASTER","serialNumber":"S","partNumber":"P"}"#),
        (&post, V2BETA1, r#"{"deviceType":"NETWORK","serialNumber":"S","partNumber":"P"}"#),
        (&post, SUBSCRIPTIONS, r#"{"subscriptions":[{"key":7}]}"#),
        (&patch, DEVICES, r#"{"region":"eu"}"#),
        (&patch, &one_id, "{}"),
        (&patch, &one_id, r#"{"archived":true}"#),
        (&patch, &one_id, r#"{"region":"eu","subscription":[]}"#),
        (&patch, &one_id, r#"{"subscription":[{"id":"no"}]}"#),
    ]
    .into();
    for (method, target, body) in wrong {
        let response = client.write(method.clone(), target, body);
        assert_eq!(response.status(), 400, "{method} {target} {body}");
    }
    for (target, body) in [
        (at(DEVICES, 6), r#"{"region":"eu"}"#),
        (at(V2BETA1, 26), r#"{"region":"eu"}"#),
        (at(V2BETA1, 1), r#"{"archived":true,"region":"eu"}"#),
        (at(SUBSCRIPTIONS, 6), r#"{"tags":{}}"#),
        (format!("{one_id}&colour=red"), r#"{"region":"eu"}"#),
        (format!("{one_id}&{}", &one_id[DEVICES.len() + 1..]), r#"{"region":"eu"}"#),
    ] {
        assert_eq!(client.write(Method::PATCH, &target, body).status(), 400, "{target} {body}");
    }
    client.wait(Duration::from_secs(60));
    client.service.catch_up(client.now);
    assert_eq!(client.service.mutations(Resource::Devices), 0);
}

#[test]
fn each_write_has_its_documented_quota() {
    let mut client = Client::new(settings().with_quotas(Quota::Enforced));
    let quota = Endpoint::AddSubscriptions.quota().unwrap().get();
    let key = r#"{"subscriptions":[{"key":"K"}]}"#;
    for _ in 0..quota {
        assert_eq!(client.write(Method::POST, SUBSCRIPTIONS, key).status(), 202);
    }
    assert_eq!(client.write(Method::POST, SUBSCRIPTIONS, key).status(), 429);
    assert_eq!(client.write(Method::POST, DEVICES, &one("S")).status(), 202);
}

#[test]
fn what_goes_wrong_with_an_operation_is_planned_by_its_number() {
    let faults = Faults::none()
        .on_operation(1, OperationMishap::StuckDone)
        .on_operation(2, OperationMishap::StuckIdle);
    let mut client = Client::new(settings().with_faults(faults));
    let first = client.write(Method::POST, DEVICES, &one("S-1"));
    let second = client.write(Method::POST, DEVICES, &one("S-2"));
    client.wait(Duration::from_secs(3));
    for accepted in [&first, &second] {
        assert_eq!(shown(&mut client, accepted)["status"], "RUNNING");
    }
    client.wait(Duration::from_secs(600));
    assert_eq!(shown(&mut client, &second)["status"], "RUNNING");
    assert_eq!((client.service.additions("S-1"), client.service.additions("S-2")), (1, 0));
}
