//! What the store promises, as traces: given, when, then.

mod history;

use glp_core::error::DatabaseKind;
use glp_core::greenlake::Resource::{self, Devices, Subscriptions};
use glp_core::sync::schema::Value;
use glp_core::sync::{
    Begun, Checkpoint, Command, Counts, Measure, Publication, Reply, RunId, Staged, StagedRow,
    Store as _,
};
use glp_core::wall::UnixTime;
use tempfile::TempDir;

use super::{ListFilter, Rows, Store};

const NOON: UnixTime = UnixTime::from_secs(1_795_435_200);
const COMPLETE: Publication = Publication::Complete { pass: 1 };

fn file() -> (TempDir, impl Fn() -> Store) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("inventory.db");
    (directory, move || Store::open(&path).unwrap())
}

fn checkpoint(resource: Resource, pass: u32) -> Checkpoint {
    Checkpoint {
        resource,
        scope: "test".into(),
        pass,
        offset: 0,
        total: None,
        last_id: None,
        largest_page: 0,
        row_errors: 0,
        drifted: false,
        started_at: NOON,
    }
}

fn stage(store: &mut Store, resource: Resource, pass: u32, rows: &[(&str, &str)]) -> Staged {
    let rows = rows.iter().map(|&(id, raw)| StagedRow { id: id.into(), raw: raw.into() }).collect();
    let command = Command::Stage { rows, checkpoint: checkpoint(resource, pass) };
    match store.execute(command).unwrap() {
        Reply::Staged(staged) => staged,
        other => panic!("{other:?}"),
    }
}

fn publish(store: &mut Store, resource: Resource, publication: Publication, run: i64) -> Counts {
    let command = Command::Publish { resource, publication, run: RunId(run), at: NOON };
    match store.execute(command).unwrap() {
        Reply::Published(counts) => counts,
        other => panic!("{other:?}"),
    }
}

/// Stages `rows` in pass 1 and publishes them as a complete listing.
fn list(store: &mut Store, resource: Resource, run: i64, rows: &[(&str, &str)]) -> Counts {
    stage(store, resource, 1, rows);
    publish(store, resource, COMPLETE, run)
}

fn begin(store: &mut Store, resource: Resource) -> Begun {
    match store.execute(Command::Begin { resource }).unwrap() {
        Reply::Begun(begun) => begun,
        other => panic!("{other:?}"),
    }
}

fn live(store: &Store, resource: Resource) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    store.for_each_live(resource, |id, raw| rows.push((id.into(), raw.into()))).unwrap();
    rows
}

fn count(store: &Store, sql: &str) -> i64 {
    store.connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn staged_rows_are_invisible_until_they_are_published() {
    let (_directory, open) = file();
    let (mut writer, reader) = (open(), open());

    let staged = stage(&mut writer, Devices, 1, &[("a", "{}"), ("b", "{}")]);
    assert_eq!(staged, Staged { fresh: 2, distinct: 2 });
    assert_eq!(live(&reader, Devices), []);

    publish(&mut writer, Devices, COMPLETE, 1);
    assert_eq!(live(&reader, Devices).len(), 2);
    let begun = begin(&mut writer, Devices);
    assert_eq!(begun, Begun { checkpoint: None, staged: 0, live: 2, generation: 1 });
}

#[test]
fn a_reader_sees_one_generation_to_the_end_of_its_read() {
    let (_directory, open) = file();
    let (mut writer, reader) = (open(), open());
    list(&mut writer, Devices, 1, &[("a", "1"), ("b", "1")]);

    let mut seen = Vec::new();
    reader
        .for_each_live(Devices, |id, raw| {
            // In the middle of the read, a whole generation is published.
            if seen.is_empty() {
                list(&mut writer, Devices, 2, &[("b", "2"), ("c", "2")]);
            }
            seen.push(format!("{id}{raw}"));
        })
        .unwrap();

    assert_eq!(seen, ["a1", "b1"]);
    assert_eq!(live(&reader, Devices), [("b".into(), "2".into()), ("c".into(), "2".into())]);
}

#[test]
fn an_unchanged_listing_writes_no_row() {
    let (_directory, open) = file();
    let mut store = open();
    let rows = [("a", r#"{"tags":{"k":"v"}}"#), ("b", "{}")];
    list(&mut store, Devices, 1, &rows);
    let before = store.list(Devices, &ListFilter::default()).unwrap();

    let counts = list(&mut store, Devices, 2, &rows);

    assert_eq!(counts, Counts { unchanged: 2, generation: 2, ..Counts::default() });
    assert_eq!(store.list(Devices, &ListFilter::default()).unwrap(), before);
}

#[test]
fn a_row_is_inserted_updated_retired_and_restored() {
    let (_directory, open) = file();
    let mut store = open();
    list(&mut store, Devices, 1, &[("a", "1"), ("b", "1")]);

    stage(&mut store, Devices, 1, &[("b", "2"), ("c", "1")]);
    let measured = store.execute(Command::Measure { resource: Devices, pass: 1 }).unwrap();
    assert_eq!(measured, Reply::Measured(Measure { live: 2, missing: 1 }));
    let counts = publish(&mut store, Devices, COMPLETE, 2);
    let expected =
        Counts { inserted: 1, updated: 1, retired: 1, generation: 2, ..Counts::default() };
    assert_eq!(counts, expected);
    let retired = store.get(Devices, "a").unwrap().unwrap();
    assert_eq!(retired.value("retired_by_run"), Some(&Value::Integer(2)));
    assert_eq!(retired.value("retired_at"), Some(&Value::Time(NOON)));

    let counts = list(&mut store, Devices, 3, &[("a", "1"), ("b", "2"), ("c", "1")]);
    let expected = Counts { restored: 1, unchanged: 2, generation: 3, ..Counts::default() };
    assert_eq!(counts, expected);
    let restored = store.get(Devices, "a").unwrap().unwrap();
    assert_eq!(restored.value("retired_at"), Some(&Value::Null));
    assert_eq!(restored.value("first_seen_run"), Some(&Value::Integer(1)));
}

#[test]
fn an_incomplete_listing_retires_nothing() {
    let (_directory, open) = file();
    let mut store = open();
    list(&mut store, Subscriptions, 1, &[("a", "1"), ("b", "1")]);
    let complete_at = store.status(0).unwrap().resources[1].last_complete_at;

    stage(&mut store, Subscriptions, 1, &[("b", "2")]);
    stage(&mut store, Subscriptions, 2, &[("c", "1")]);
    let counts = publish(&mut store, Subscriptions, Publication::UpsertsOnly, 2);

    let expected = Counts { inserted: 1, updated: 1, generation: 2, ..Counts::default() };
    assert_eq!(counts, expected);
    let status = store.status(0).unwrap().resources.swap_remove(1);
    assert_eq!((status.live, status.retired), (3, 0));
    assert_eq!((status.last_complete_at, status.last_complete_run), (complete_at, Some(RunId(1))));
}

#[test]
fn a_complete_listing_takes_over_its_own_pass_only() {
    let (_directory, open) = file();
    let mut store = open();
    stage(&mut store, Devices, 1, &[("a", "1"), ("b", "1")]);
    let staged = stage(&mut store, Devices, 2, &[("b", "1"), ("c", "1")]);
    assert_eq!(staged, Staged { fresh: 2, distinct: 2 });
    let staged = stage(&mut store, Devices, 2, &[("c", "2"), ("d", "1")]);
    assert_eq!(staged, Staged { fresh: 1, distinct: 3 });

    let counts = publish(&mut store, Devices, Publication::Complete { pass: 2 }, 1);

    assert_eq!(counts.inserted, 3);
    let ids: Vec<_> = live(&store, Devices).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["b", "c", "d"]);
}

#[test]
fn a_killed_listing_is_found_again_with_its_checkpoint() {
    let (_directory, open) = file();
    let mut store = open();
    stage(&mut store, Devices, 3, &[("a", "1")]);
    drop(store);

    let begun = begin(&mut open(), Devices);

    assert_eq!(begun.checkpoint, Some(checkpoint(Devices, 3)));
    assert_eq!(begun.staged, 1);
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let (_directory, open) = file();
    let mut store = open();
    stage(&mut store, Devices, 1, &[("a", "1"), ("b", "1")]);
    store
        .connection
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON devices WHEN new.id = 'b'
             BEGIN SELECT raise(ABORT, 'the disk is full'); END",
        )
        .unwrap();

    let command =
        Command::Publish { resource: Devices, publication: COMPLETE, run: RunId(1), at: NOON };
    let error = store.execute(command).unwrap_err();

    assert_eq!(error.kind(), DatabaseKind::Integrity.into());
    assert!(error.message().contains("cannot publish a listing in "), "{error}");
    let begun = begin(&mut store, Devices);
    assert_eq!((begun.staged, begun.live, begun.generation), (2, 0, 0));
    assert!(begun.checkpoint.is_some());
}

#[test]
fn children_follow_their_row_and_the_views_show_live_rows_only() {
    let (_directory, open) = file();
    let mut store = open();
    let old = r#"{"serialNumber":"CN1","deviceType":"AP","subscription":[{"id":"s-1"},{"id":"s-2"}],"tags":{"site":"Bonn"}}"#;
    let new = r#"{"serialNumber":"CN1","deviceType":"AP","subscription":[{"id":"s-1"}],"tags":{}}"#;
    let subscription = r#"{"key":"KEY1","subscriptionStatus":"STARTED","quantity":"0"}"#;
    list(&mut store, Subscriptions, 1, &[("s-1", subscription)]);
    list(&mut store, Devices, 1, &[("a", old), ("b", old)]);
    assert_eq!(count(&store, "SELECT count(*) FROM device_subscriptions"), 4);

    list(&mut store, Devices, 2, &[("a", new)]);

    assert_eq!(count(&store, "SELECT count(*) FROM device_tags WHERE device_id = 'a'"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM device_tags WHERE device_id = 'b'"), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM active_devices"), 1);
    assert_eq!(count(&store, "SELECT total FROM device_summary"), 1);
    assert_eq!(count(&store, "SELECT quantity FROM subscription_summary"), 0);
    let key = "SELECT count(*) FROM devices_with_subscriptions WHERE subscription_key = 'KEY1'";
    assert_eq!(count(&store, key), 1);
}

#[test]
fn every_view_can_be_read() {
    let (_directory, open) = file();
    let store = open();
    let views = "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'view'";
    let views: String = store.connection.query_row(views, [], |row| row.get(0)).unwrap();
    for view in views.split(',') {
        count(&store, &format!("SELECT count(*) FROM {view}"));
    }
    assert_eq!(views.split(',').count(), 8);
}

#[test]
fn a_view_of_what_ends_soon_goes_by_the_calendar() {
    let (_directory, open) = file();
    let mut store = open();
    let now: String = store
        .connection
        .query_row("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+10 days')", [], |row| row.get(0))
        .unwrap();
    let raw = format!(r#"{{"subscriptionStatus":"STARTED","endTime":"{now}"}}"#);
    let device = format!(r#"{{"subscription":[{{"id":"s-9","endTime":"{now}"}}]}}"#);
    list(&mut store, Subscriptions, 1, &[("s-1", &raw)]);
    list(&mut store, Devices, 1, &[("a", &device)]);
    assert_eq!(count(&store, "SELECT days_remaining / 11 FROM subscriptions_expiring_soon"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM devices_expiring_soon"), 1);
}

#[test]
fn a_device_is_found_by_its_serial_number_in_any_case() {
    let (_directory, open) = file();
    let mut store = open();
    let raw = r#"{"id":"a","serialNumber":"CnX9","archived":"false"}"#;
    list(&mut store, Devices, 1, &[("a", raw), ("b", r#"{"serialNumber":"Z"}"#)]);

    let device = store.get(Devices, "cNx9").unwrap().unwrap();

    assert_eq!(device.value("id"), Some(&Value::Text("a".into())));
    assert_eq!(device.value("raw_data"), Some(&Value::Json(raw.into())));
    assert_eq!(device.value("archived"), Some(&Value::Boolean(false)));
    assert_eq!(store.get(Devices, "nothing' OR 1=1 --").unwrap(), None);
    let json = serde_json::to_value(&device).unwrap();
    assert_eq!(json["raw_data"]["serialNumber"], "CnX9");
}

#[test]
fn a_list_is_narrowed_by_column_and_in_a_stable_order() {
    let (_directory, open) = file();
    let mut store = open();
    let north = r#"{"serialNumber":"2","region":"North","archived":true}"#;
    let south = r#"{"serialNumber":"1","region":"South","createdAt":"2026-01-01T00:00:00Z"}"#;
    list(&mut store, Devices, 1, &[("a", north), ("b", south), ("gone", north)]);
    list(&mut store, Devices, 2, &[("a", north), ("b", south)]);

    let ids = |filter: ListFilter| -> Vec<String> {
        let records = store.list(Devices, &filter).unwrap();
        records.iter().map(|record| record.values[0].to_string()).collect()
    };
    let all = ListFilter::default;
    assert_eq!(ids(all()), ["b", "a"]);
    assert_eq!(ids(all().limit(1)), ["b"]);
    assert_eq!(ids(all().rows(Rows::Retired)), ["gone"]);
    assert_eq!(ids(all().rows(Rows::All).equal("region", "NORTH")), ["a", "gone"]);
    assert_eq!(ids(all().equal("archived", "true")), ["a"]);
    assert_eq!(ids(all().equal("created_at", "2026-01-01T00:00:00.000Z")), ["b"]);
    assert_eq!(ids(all().equal("region", "' OR 1=1")), [""; 0]);

    let refused = |column: &str, value: &str| {
        store.list(Devices, &all().equal(column, value)).unwrap_err().message().to_string()
    };
    assert_eq!(refused("archived", "maybe"), "archived is maybe: it must be true or false");
    assert!(refused("1=1 --", "x").starts_with("there is no column 1=1 --: it must be one of id,"));
}

#[test]
fn what_ends_is_listed_by_its_end() {
    let (_directory, open) = file();
    let mut store = open();
    let ending = |status: &str, end: &str| {
        format!(
            r#"{{"subscriptionStatus":"{status}","endTime":"{end}","quantity":"5","availableQuantity":2}}"#
        )
    };
    let late = ending("STARTED", "2026-12-01T00:00:00.5Z");
    let early = ending("NOT_STARTED", "2026-12-01T00:00:00Z");
    let (ended, beyond) =
        (ending("ENDED", "2026-12-01T00:00:00Z"), ending("STARTED", "2026-12-02T00:00:00Z"));
    let rows = [
        ("late", &*late),
        ("early", &*early),
        ("ended", &*ended),
        ("beyond", &*beyond),
        ("open", "{}"),
    ];
    list(&mut store, Subscriptions, 1, &rows);

    let before = "2026-12-02T00:00:00Z".parse().unwrap();
    let expiring = store.expiring(NOON, before).unwrap();

    let ids: Vec<_> = expiring.iter().map(|subscription| &*subscription.id).collect();
    assert_eq!(ids, ["early", "late"]);
    assert_eq!((expiring[0].quantity, expiring[0].available_quantity), (Some(5), Some(2)));
}

#[test]
fn a_path_that_cannot_be_used_is_named_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let reason = |path: &std::path::Path| {
        let error = Store::open(path).unwrap_err();
        assert!(error.message().contains(&*path.to_string_lossy()), "{error}");
        error.message().rsplit_once(": ").unwrap().1.to_string()
    };
    assert_eq!(reason(&directory.path().join("no/such.db")), "its directory does not exist");
    assert_eq!(reason(directory.path()), "it is a directory");
    let missing = Store::open_read_only(directory.path().join("no.db")).unwrap_err();
    assert_eq!(missing.kind(), DatabaseKind::ConnectionPool.into());
}

#[test]
fn a_store_opened_for_reading_writes_nothing() {
    let (directory, open) = file();
    list(&mut open(), Devices, 1, &[("a", "{}")]);
    let mut reader = Store::open_read_only(directory.path().join("inventory.db")).unwrap();
    assert_eq!(live(&reader, Devices).len(), 1);
    assert!(reader.execute(Command::Discard { resource: Devices }).is_err());
}
