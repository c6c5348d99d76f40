//! Filters and sorts select and order as the guide says.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use http::Uri;
use serde_json::Value;

use super::client::{Client, DEVICES, SUBSCRIPTIONS, column, json, settings};

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Lists the devices that a filter takes.
fn devices(client: &mut Client, filter: &str) -> Vec<String> {
    client.page(&format!("{DEVICES}?filter={}", encode(filter))).items
}

#[test]
fn a_filter_takes_the_rows_that_a_reader_would_take() {
    let mut client = Client::new(settings());
    let all = client.list(DEVICES, 2_000, "");
    let rows: Vec<Value> = all.iter().map(|raw| serde_json::from_str(raw).unwrap()).collect();
    let category = |row: &Value| row["category"] == "NETWORK";
    let archived = |row: &Value| row["archived"] == true;
    let since = |row: &Value| row["createdAt"].as_str().unwrap() >= "2024-06-01T00:00:00Z";
    let swiss = |row: &Value| row["location"]["country"] == "Switzerland";
    let unnamed = |row: &Value| row["deviceName"].is_null();
    type Reader<'a> = &'a dyn Fn(&Value) -> bool;
    let cases: [(&str, Reader<'_>); 9] = [
        ("category eq 'NETWORK'", &category),
        ("not category eq 'NETWORK'", &|row| !category(row)),
        ("category ne 'NETWORK'", &|row| !category(row)),
        ("archived eq true or location/country eq 'Switzerland'", &|row| {
            archived(row) || swiss(row)
        }),
        ("createdAt ge '2024-06-01T00:00:00Z'", &since),
        ("createdAt lt \"2024-06-01T00:00:00Z\"", &|row| !since(row)),
        ("category in 'STORAGE','COMPUTE' and not archived eq true", &|row| {
            !category(row) && !archived(row)
        }),
        ("(category in ['STORAGE', 'COMPUTE']) and (deviceName eq null)", &|row| {
            !category(row) && unnamed(row)
        }),
        ("location/country eq null", &|row| row["location"].is_null()),
    ];
    for (filter, takes) in cases {
        let expected: Vec<&String> =
            all.iter().zip(&rows).filter(|(_, row)| takes(row)).map(|(raw, _)| raw).collect();
        assert!(!expected.is_empty(), "{filter} takes nothing: the case proves little");
        assert_eq!(devices(&mut client, filter).iter().collect::<Vec<_>>(), expected, "{filter}");
    }
}

#[test]
fn and_binds_closer_than_or() {
    let mut client = Client::new(settings());
    let loose = devices(&mut client, "archived eq true or archived eq false and isFlex eq true");
    let tight = devices(&mut client, "(archived eq true or archived eq false) and isFlex eq true");
    assert!(tight.len() < loose.len());
}

#[test]
fn quantities_compare_as_numbers_however_they_are_typed() {
    let mut client = Client::new(settings());
    let count = |client: &mut Client, filter: &str| {
        client.page(&format!("{SUBSCRIPTIONS}?filter={}", encode(filter))).items.len()
    };
    let numeric = count(&mut client, "quantity gt 9");
    assert!(numeric > 0 && numeric < 30);
    assert_eq!(count(&mut client, "quantity gt '9'"), numeric);
}

#[test]
fn a_doubled_quote_stands_for_itself() {
    let mut client = Client::new(settings());
    assert!(devices(&mut client, "model eq 'it''s or model ne null'").is_empty());
    assert_eq!(devices(&mut client, "model ne 'it''s'").len(), 60);
}

#[test]
fn what_is_no_filter_and_no_sort_is_a_bad_request_that_names_it() {
    let mut client = Client::new(settings());
    let deep = format!("{}archived eq true", "not ".repeat(1_000));
    let long = format!("archived eq true{}", " and archived eq true".repeat(1_000));
    for filter in [
        "",
        "colour eq 'red'",
        "model",
        "model eq",
        "model like 'a'",
        "model eq red",
        "model eq 'a",
        "(model eq 'a'",
        "model eq 'a')",
        "model eq 'a' model eq 'b'",
        "and",
        "model in ()",
        "model in ['a'",
        "eq eq eq",
        "model eq 'a' and",
        &deep,
        &long,
    ] {
        let response = client.get(&format!("{DEVICES}?filter={}", encode(filter)));
        assert_eq!(response.status(), 400, "{filter}");
        assert_eq!(json(&response)["errorDetails"][0]["issues"][0]["subject"], "filter");
    }
    for sort in ["", "colour", "id up", "id asc desc", "id,,createdAt"] {
        let response = client.get(&format!("{DEVICES}?sort={}", encode(sort)));
        assert_eq!(response.status(), 400, "{sort}");
        assert_eq!(json(&response)["errorDetails"][0]["issues"][0]["subject"], "sort");
    }
}

#[test]
fn what_is_no_page_is_a_bad_request() {
    let mut client = Client::new(settings());
    for query in [
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=99999999999",
        "offset=-1",
        "offset=x",
        "limit=1&limit=2",
        "colour=red",
        "offset=%zz",
    ] {
        let target = format!("{DEVICES}?{query}");
        assert!(target.parse::<Uri>().is_ok());
        assert_eq!(client.status(&target), 400, "{query}");
    }
    assert!(client.page(&format!("{DEVICES}?offset=18446744073709551615")).items.is_empty());
}

#[test]
fn rows_are_sorted_by_each_key_in_its_direction_and_then_by_id() {
    let mut client = Client::new(settings());
    let rows = client.list(DEVICES, 7, "&sort=category%20desc,createdAt%20asc");
    let text = |value: &Value| String::from(value.as_str().unwrap());
    let keys: Vec<(String, String)> = column(&rows, "category")
        .iter()
        .zip(&column(&rows, "createdAt"))
        .map(|(category, created)| (text(category), text(created)))
        .collect();
    assert!(keys.is_sorted_by(|one, two| one.0 > two.0 || one.0 == two.0 && one.1 <= two.1));

    let rows = client.list(DEVICES, 7, "&sort=type");
    let ids: Vec<String> = column(&rows, "id").iter().map(text).collect();
    assert!(ids.is_sorted());
}
