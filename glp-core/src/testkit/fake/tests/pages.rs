//! Pages hold the rows, all of them, once, to the byte.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::client::{Client, DEVICES, SUBSCRIPTIONS, column, json, settings};
use crate::greenlake::Resource;
use crate::testkit::{Envelope, Service, Settings};

fn truth(service: &Service, resource: Resource) -> Vec<String> {
    service.truth(resource).map(|(_, raw)| raw).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn paging_brings_every_row_once_and_to_the_byte(limit in 1_u32..=200, seed: u64) {
        let mut client = Client::new(settings().with_seed(seed));
        for (resource, path) in [(Resource::Devices, DEVICES), (Resource::Subscriptions, SUBSCRIPTIONS)] {
            let rows = client.list(path, limit, "");
            prop_assert_eq!(rows, truth(&client.service, resource));
        }
    }

    #[test]
    fn a_sorted_listing_holds_the_same_rows(limit in 1_u32..=80, sort in "(createdAt|region|archived|id)( asc| desc)?(,id)?") {
        let mut client = Client::new(settings());
        let query = format!("&sort={}", sort.replace(' ', "%20"));
        let mut rows = client.list(DEVICES, limit, &query);
        let mut expected = truth(&client.service, Resource::Devices);
        rows.sort();
        expected.sort();
        prop_assert_eq!(rows, expected);
    }
}

#[test]
fn rows_are_json_with_unlike_ids_serials_and_addresses() {
    let service = Service::new(Settings::default().with_devices(3_000).unwrap());
    let rows = truth(&service, Resource::Devices);
    for name in ["id", "serialNumber", "macAddress"] {
        let values: BTreeSet<String> =
            column(&rows, name).iter().map(|value| value.as_str().unwrap().into()).collect();
        assert_eq!(values.len(), rows.len(), "{name}");
    }
}

#[test]
fn some_rows_are_odd_in_each_way_that_a_client_must_bear() {
    let service = Service::new(Settings::default());
    let devices = truth(&service, Resource::Devices);
    let subscriptions = truth(&service, Resource::Subscriptions);
    assert!(column(&devices, "deviceType").iter().any(|kind| kind == "QUANTUM_RELAY"));
    assert!(column(&devices, "powerDraw").iter().any(|value| value.is_object()));
    assert!(devices.iter().any(|raw| raw.contains("\"deviceName\":null")));
    assert!(column(&subscriptions, "quantity").iter().any(|quantity| quantity.is_string()));
    assert!(column(&subscriptions, "quantity").iter().any(|quantity| quantity.is_number()));
}

#[test]
fn a_device_names_a_subscription_that_is_there() {
    let service = Service::new(settings());
    let subscriptions: BTreeSet<String> =
        service.truth(Resource::Subscriptions).map(|(id, _)| id).collect();
    let assigned = column(&truth(&service, Resource::Devices), "subscription");
    let mut ids = assigned.iter().filter_map(|entry| entry[0]["id"].as_str()).peekable();
    assert!(ids.peek().is_some());
    assert!(ids.all(|id| subscriptions.contains(id)));
}

#[test]
fn some_subscriptions_end_within_ninety_days() {
    let mut client = Client::new(Settings::default());
    let filter =
        "endTime%20ge%20'2026-01-01T00:00:00Z'%20and%20endTime%20lt%20'2026-04-01T00:00:00Z'";
    let page = client.page(&format!("{SUBSCRIPTIONS}?filter={filter}"));
    assert!(page.items.len() > 5 && page.items.len() < 50, "{}", page.items.len());
}

#[test]
fn an_envelope_tells_what_the_settings_say() {
    let mut client = Client::new(settings());
    let page = client.page("/devices/v1/devices?offset=50&limit=20");
    assert_eq!(page.items.len(), 10);
    assert_eq!(page.envelope["count"], 10);
    assert_eq!(page.envelope["offset"], 50);
    assert_eq!(page.envelope["total"], 60);

    let mut client = Client::new(settings().with_envelope(Envelope::Bare));
    let page = client.page(DEVICES);
    assert_eq!(page.envelope["count"], 60);
    assert!(page.envelope.get("total").is_none() && page.envelope.get("offset").is_none());
}

#[test]
fn limits_are_those_of_the_reference() {
    let mut client = Client::new(Settings::default().with_devices(2_500).unwrap());
    for (path, default, max) in
        [(DEVICES, 2_000, 2_000), ("/devices/v2beta1/devices", 100, 500), (SUBSCRIPTIONS, 50, 200)]
    {
        assert_eq!(client.page(path).items.len(), default);
        assert_eq!(client.status(&format!("{path}?limit={max}")), 200);
        assert_eq!(client.status(&format!("{path}?limit={}", max + 1)), 400);
    }
}

#[test]
fn an_id_leads_to_its_row() {
    let mut client = Client::new(settings());
    let (id, raw) = client.service.truth(Resource::Devices).next().unwrap();
    let response = client.get(&format!("{DEVICES}/{id}"));
    assert_eq!(response.body(), raw.as_bytes());

    client.service.delete(Resource::Devices, &id).unwrap();
    let response = client.get(&format!("{DEVICES}/{id}"));
    assert_eq!(response.status(), 404);
    assert_eq!(json(&response)["errorCode"], "HPE_GL_ERROR_NOT_FOUND");
    assert_eq!(client.status("/devices/v1/devices/no-uuid"), 400);
}

#[test]
fn changes_by_hand_show_at_once() {
    let mut client = Client::new(settings());
    let (id, before) = client.service.truth(Resource::Devices).nth(5).unwrap();
    let listed = |client: &mut Client| client.list(DEVICES, 2_000, "&sort=createdAt,id");

    client.service.update(Resource::Devices, &id).unwrap();
    let after = client.service.truth(Resource::Devices).nth(5).unwrap().1;
    assert!(after != before && listed(&mut client).contains(&after));

    client.service.delete(Resource::Devices, &id).unwrap();
    assert!(!listed(&mut client).contains(&after));
    assert!(client.service.update(Resource::Devices, &id).is_err());

    client.service.restore(Resource::Devices, &id).unwrap();
    let inserted = client.service.insert(Resource::Devices);
    assert_eq!(listed(&mut client).len(), 61);
    assert!(client.service.truth(Resource::Devices).any(|(id, _)| id == inserted));
    assert_eq!(client.service.mutations(Resource::Devices), 4);
    assert_eq!(client.service.mutations(Resource::Subscriptions), 0);
}

#[test]
fn the_time_of_day_does_not_change_the_rows() {
    let rows = |today: &str| {
        let settings = settings().with_today(today.parse().unwrap());
        truth(&Service::new(settings), Resource::Subscriptions)
    };
    assert_eq!(rows("2026-11-23T00:00:00Z"), rows("2026-11-23T23:59:59Z"));
    assert_ne!(rows("2026-11-23T00:00:00Z"), rows("2026-11-24T00:00:00Z"));
}
