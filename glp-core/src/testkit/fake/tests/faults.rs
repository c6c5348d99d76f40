//! Each fault comes when it is planned, and is counted when it came.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::time::Duration;

use http::header::{CONTENT_TYPE, DATE};
use proptest::prelude::*;

use super::client::{Client, DEVICES, SUBSCRIPTIONS, json, settings};
use crate::exchange::Response;
use crate::greenlake::Resource;
use crate::testkit::{
    Change, Distortion, Ending, Endpoint, ErrorBody, Faults, HintStyle, Level, Mishap, Outage,
    OutageStyle, Quota, ServerStatus, Settings,
};
use crate::time::Instant;

fn rows(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// Makes a client, the first request of which meets a mishap.
fn meets(mishap: Mishap) -> Client {
    Client::new(settings().with_faults(Faults::none().on_request(1, mishap)))
}

fn came(client: &Client, mishap: Mishap) -> u64 {
    client.service.injected().count(|other| *other == mishap)
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn too_many_requests_come_with_each_hint_and_with_none() {
    for (style, name, value) in [
        (HintStyle::RetryAfterSeconds, "retry-after", "2"),
        (HintStyle::RetryAfterDate, "retry-after", "Thu, 01 Jan 2026 00:00:03 GMT"),
        (HintStyle::ResetSeconds, "ratelimit-reset", "2"),
        (HintStyle::ResetEpoch, "x-ratelimit-reset", "1767225603"),
        (HintStyle::ResetTimestamp, "x-ratelimit-reset", "2026-01-01T00:00:03Z"),
        (HintStyle::Garbage, "retry-after", "soon"),
    ] {
        let mishap = Mishap::RateLimited(Some(style.secs(2)));
        let mut client = meets(mishap);
        let response = client.get(DEVICES);
        assert_eq!(response.status(), 429);
        assert_eq!(header(&response, name), Some(value), "{style:?}");
        assert_eq!(came(&client, mishap), 1);
        assert_eq!(client.status(DEVICES), 200);
    }
    let response = meets(Mishap::RateLimited(None)).get(DEVICES);
    assert_eq!(json(&response)["errorCode"], "HPE_GL_ERROR_TOO_MANY_REQUESTS");
    assert_eq!(response.headers().len(), 2, "content-type and date only: {response:?}");

    let response = meets(Mishap::RateLimited(Some(HintStyle::BodySeconds.secs(2)))).get(DEVICES);
    assert_eq!(json(&response)["errorDetails"][1]["retryAfterSeconds"], 2);
}

#[test]
fn the_server_fails_in_json_and_in_html() {
    for (status, code) in [
        (ServerStatus::InternalError, 500),
        (ServerStatus::BadGateway, 502),
        (ServerStatus::Unavailable, 503),
    ] {
        for (body, content_type) in
            [(ErrorBody::Json, "application/json"), (ErrorBody::Html, "text/html; charset=utf-8")]
        {
            let hint = Some(HintStyle::RetryAfterSeconds.secs(1));
            let response = meets(Mishap::ServerError { status, body, hint }).get(DEVICES);
            assert_eq!(response.status().as_u16(), code);
            assert_eq!(header(&response, CONTENT_TYPE.as_str()), Some(content_type));
            assert_eq!(header(&response, "retry-after"), Some("1"));
        }
    }
    let response = meets(Mishap::Mismatched).get(DEVICES);
    assert_eq!(
        (response.status().as_u16(), &json(&response)["httpStatusCode"]),
        (503, &422.into())
    );
    assert_eq!(meets(Mishap::Forbidden).status(DEVICES), 403);
}

#[test]
fn exchanges_end_in_each_way() {
    assert!(matches!(meets(Mishap::ResetBefore).send(DEVICES).ending, Ending::ResetBefore));
    assert!(matches!(meets(Mishap::ResetAfter).send(DEVICES).ending, Ending::ResetAfter));
    assert!(matches!(meets(Mishap::Silence).send(DEVICES).ending, Ending::Silence));
    let slow = meets(Mishap::Slow(Duration::from_secs(5))).send(DEVICES);
    assert_eq!(slow.after, Duration::from_secs(5));
    let Ending::Truncated { response, keep } = meets(Mishap::Truncated).send(DEVICES).ending else {
        panic!("the answer is whole");
    };
    assert!(keep < response.body().len());
}

#[test]
fn a_reset_before_uses_no_quota_and_a_reset_after_does() {
    let faults = |mishap| Faults::none().on_request(1, mishap);
    for (mishap, remaining) in [(Mishap::ResetBefore, "159"), (Mishap::ResetAfter, "158")] {
        let mut client = Client::new(Settings::default().with_faults(faults(mishap)));
        client.send(DEVICES);
        assert_eq!(header(&client.get(DEVICES), "ratelimit-remaining"), Some(remaining));
    }
}

#[test]
fn a_page_is_distorted_in_each_way() {
    let body = |distortion| {
        let mut client = meets(Mishap::Page(distortion));
        let response = client.get("/devices/v1/devices?limit=3");
        assert_eq!((response.status().as_u16(), came(&client, Mishap::Page(distortion))), (200, 1));
        response
    };
    let whole = Client::new(settings()).get("/devices/v1/devices?limit=3");
    assert_eq!(body(Distortion::CutAt(100)).body(), &whole.body()[..100]);
    assert!(serde_json::from_slice::<serde_json::Value>(body(Distortion::Html).body()).is_err());
    assert_eq!(json(&body(Distortion::ErrorEnvelope))["httpStatusCode"], 500);
    assert_eq!(json(&body(Distortion::Empty))["items"], serde_json::json!([]));
    assert_eq!(json(&body(Distortion::WrongTotal))["total"], 61);
    let duplicate = json(&body(Distortion::DuplicateRow));
    assert_eq!(duplicate["items"][0], duplicate["items"][2]);
    let not_an_object = json(&body(Distortion::NotAnObject));
    assert!(not_an_object["items"][0].is_string() && not_an_object["items"][1].is_object());
    let wrong_type = body(Distortion::WrongType);
    assert!(json(&wrong_type)["items"].is_string());
    assert_eq!(wrong_type.body()[Distortion::WRONG_TYPE_AT], b'"');
}

#[test]
fn a_distortion_that_found_no_page_is_not_counted() {
    let mut client = meets(Mishap::Page(Distortion::Empty));
    client.token.clear();
    assert_eq!(client.status(DEVICES), 401);
    assert_eq!(client.service.injected().total(), 0);
}

#[test]
fn rows_move_between_pages_and_a_token_dies_in_the_middle() {
    for (change, left) in [(Change::Insert, 61), (Change::Delete, 59), (Change::Update, 60)] {
        let mut client = meets(Mishap::Change(change));
        assert_eq!(client.page(DEVICES).envelope["total"], left);
        assert_eq!(client.service.mutations(Resource::Devices), 1);
    }
    let mut client = meets(Mishap::Revoked);
    assert_eq!(client.status("/devices/v1/devices?offset=20"), 401);
    client.fetch_token();
    assert_eq!(client.status("/devices/v1/devices?offset=20"), 200);
}

#[test]
fn an_outage_lasts_as_long_as_it_says_and_spares_nobody() {
    let length = Duration::from_secs(2);
    let faults =
        Faults::none().outage(Outage::after_requests(1, length)).on_request(2, Mishap::Silence);
    let mut client = Client::new(settings().with_faults(faults));
    assert_eq!(client.status(DEVICES), 200);
    assert_eq!(client.status(DEVICES), 503);
    client.wait(length - Duration::from_nanos(1));
    assert_eq!(client.status(SUBSCRIPTIONS), 503);
    client.wait(Duration::from_nanos(1));
    assert!(matches!(client.send(DEVICES).ending, Ending::Silence), "an outage moves no plan");
    assert_eq!(came(&client, Mishap::Outage(OutageStyle::Unavailable)), 2);

    let outage = Outage::at(Instant::ZERO, length).style(OutageStyle::Reset);
    let mut client = Client::new(settings());
    client.service.set_faults(Faults::none().outage(outage));
    assert!(matches!(client.send(DEVICES).ending, Ending::ResetBefore));
}

#[test]
fn a_broken_endpoint_stays_broken_and_the_others_work() {
    let broken = Mishap::ServerError {
        status: ServerStatus::Unavailable,
        body: ErrorBody::Html,
        hint: None,
    };
    let faults = Faults::none().always(Endpoint::list(Resource::Subscriptions), broken);
    let mut client = Client::new(settings().with_faults(faults));
    for _ in 0..3 {
        assert_eq!((client.status(SUBSCRIPTIONS), client.status(DEVICES)), (503, 200));
    }
    client.service.set_faults(Faults::none());
    assert_eq!(client.status(SUBSCRIPTIONS), 200);
}

#[test]
fn a_capped_limit_makes_small_pages_and_no_error() {
    let mut client = Client::new(settings().with_faults(Faults::none().cap_limit(rows(7))));
    for query in ["", "?limit=2000", "?limit=99999"] {
        assert_eq!(client.page(&format!("{DEVICES}{query}")).items.len(), 7);
    }
    assert_eq!(client.page("/devices/v1/devices?limit=3").items.len(), 3);
}

#[test]
fn a_used_up_quota_is_refused_until_its_minute_is_over() {
    let mut client = Client::new(Settings::default().with_quotas(Quota::Enforced));
    for _ in 0..60 {
        assert_eq!(client.status(SUBSCRIPTIONS), 200);
    }
    client.wait(Duration::from_millis(29_500));
    let response = client.get(SUBSCRIPTIONS);
    assert_eq!(response.status(), 429);
    assert_eq!(header(&response, "ratelimit-reset"), Some("31"));
    assert_eq!(client.status(DEVICES), 200, "each route has its own quota");
    client.wait(Duration::from_millis(30_500));
    assert_eq!(client.status(SUBSCRIPTIONS), 200);
}

#[test]
fn every_answer_has_a_date() {
    let origin = "2026-11-23T08:00:00Z".parse().unwrap();
    let mut client = Client::new(settings().with_origin(origin));
    client.wait(Duration::from_millis(2_900));
    let date = "Mon, 23 Nov 2026 08:00:03 GMT";
    assert_eq!(header(&client.get(DEVICES), DATE.as_str()), Some(date));
    assert_eq!(header(&client.get("/nowhere"), DATE.as_str()), Some(date));
}

/// Sends requests as a client would that lists for ever, and returns how each one ended.
fn endings(level: Level, seed: u64, requests: u64) -> (Client, Vec<String>) {
    let settings = settings().with_seed(seed).with_faults(Faults::level(level));
    let mut client = Client::new(settings);
    let endings = (0..requests).map(|number| {
        client.wait(Duration::from_millis(10));
        if number % 5 == 0 {
            client.fetch_token();
        }
        format!("{:?}", client.send(&format!("{DEVICES}?limit=10&offset={}", number % 6 * 10)))
    });
    let endings = endings.collect();
    (client, endings)
}

#[test]
fn a_harsh_day_brings_every_kind_of_its_trouble() {
    let (client, _) = endings(Level::Harsh, 7, 5_000);
    let injected = client.service.injected();
    let harsh = Faults::level(Level::Harsh);
    for (_, mishap) in &harsh.chances {
        assert!(injected.count(|other| other == mishap) > 0, "{mishap:?} never came");
    }
    let changes = injected.count(|mishap| matches!(mishap, Mishap::Change(_)));
    assert_eq!(changes, u64::from(harsh.most_changes), "the rows come to rest");
}

/// The retries after which a caller in [`survive`] gives up.
const RETRIES: u32 = 3;

/// Lists the devices as a plain client would: waits after a failure, fetches a token after a 401,
/// begins again when the total changes. Returns the number of rows listed.
fn survive(client: &mut Client, limit: u32) -> usize {
    let (mut listed, mut total) = (0, None);
    loop {
        let target = format!("{DEVICES}?limit={limit}&offset={listed}");
        let page = json(&persist(client, &target));
        if *total.get_or_insert_with(|| page["total"].clone()) != page["total"] {
            (listed, total) = (0, None);
            continue;
        }
        match page["items"].as_array().unwrap().len() {
            0 => return listed,
            rows => listed += rows,
        }
    }
}

fn persist(client: &mut Client, target: &str) -> Response {
    for _ in 0..=RETRIES {
        let status = match client.send(target).ending {
            Ending::Answer(response) if response.status() == 200 => return response,
            Ending::Answer(response) => response.status().as_u16(),
            _ => 0,
        };
        client.wait(Duration::from_secs(1));
        if status == 401 {
            persist_for_token(client);
        }
    }
    panic!("no answer after {RETRIES} retries");
}

fn persist_for_token(client: &mut Client) {
    let fetched = (0..=RETRIES).find_map(|_| client.fetch_token());
    assert!(fetched.is_some(), "no token after {RETRIES} retries");
}

#[test]
fn the_demo_meets_all_that_it_plans_and_loses_no_row() {
    let settings = Settings::default().with_devices(12_000).unwrap().with_faults(Faults::demo());
    let mut client = Client::new(settings);
    assert_eq!(survive(&mut client, 500), 12_000);
    let injected = client.service.injected();
    let planned = Faults::demo().planned;
    for mishap in planned.values() {
        assert!(injected.count(|other| other == mishap) > 0, "{mishap:?} never came");
    }
    assert!(injected.count(|mishap| matches!(mishap, Mishap::Outage(_))) > 0);
    assert_eq!(client.service.mutations(Resource::Devices), 0);
}

#[test]
fn a_day_without_faults_brings_none() {
    let (client, _) = endings(Level::None, 7, 500);
    assert_eq!(client.service.injected().total(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn one_seed_and_one_history_give_the_same_bytes(seed: u64) {
        prop_assert_eq!(endings(Level::Harsh, seed, 80).1, endings(Level::Harsh, seed, 80).1);
    }

    #[test]
    fn a_mild_day_never_fails_twice_in_a_row(seed: u64) {
        let (_, endings) = endings(Level::Mild, seed, 200);
        let failed = |ending: &String| !ending.contains("status: 200");
        prop_assert!(!endings.windows(2).any(|pair| pair.iter().all(failed)));
    }

    #[test]
    fn a_harsh_day_is_survived_with_three_retries(seed: u64) {
        let settings = settings().with_seed(seed).with_faults(Faults::level(Level::Harsh));
        let mut client = Client::new(settings);
        persist_for_token(&mut client);
        let listed = survive(&mut client, 5);
        prop_assert_eq!(listed, client.service.len(Resource::Devices));
    }
}
