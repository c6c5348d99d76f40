//! Any history of commands gives the same replies from SQLite as from the model store, with the
//! file closed and opened again between any two commands.

use glp_core::greenlake::Resource::{self, Devices};
use glp_core::sync::{Begun, Command, Publication, Reply, RunId, StagedRow, Store as _};
use glp_core::testkit::ModelStore;
use glp_core::wall::UnixTime;
use proptest::prelude::*;

use super::super::Store;
use super::super::value::Timestamp;
use super::{NOON, checkpoint, live};

/// A few ids, contents and passes, so that they meet.
fn command() -> impl Strategy<Value = Command> {
    let row =
        |(id, raw): (u8, u8)| StagedRow { id: format!("d-{id}"), raw: format!("{{\"v\":{raw}}}") };
    let rows = prop::collection::btree_map(0..6_u8, 0..3_u8, 0..5)
        .prop_map(move |rows| rows.into_iter().map(row).collect());
    let publication = prop_oneof![
        (1..3_u32).prop_map(|pass| Publication::Complete { pass }),
        Just(Publication::UpsertsOnly),
    ];
    let resource = Devices;
    prop_oneof![
        1 => Just(Command::Begin { resource }),
        1 => Just(Command::Discard { resource }),
        6 => (rows, 1..3_u32).prop_map(move |(rows, pass)| {
            Command::Stage { rows, checkpoint: checkpoint(resource, pass) }
        }),
        2 => (1..3_u32).prop_map(move |pass| Command::Measure { resource, pass }),
        3 => (publication, 1..9_i64).prop_map(move |(publication, run)| {
            Command::Publish { resource, publication, run: RunId(run), at: NOON }
        }),
    ]
}

/// Reads the ids of the retired rows, with the run that retired each and the time.
fn retired(store: &Store) -> Vec<(String, RunId, UnixTime)> {
    let sql = "SELECT id, retired_by_run, retired_at FROM devices
               WHERE retired_at IS NOT NULL ORDER BY id";
    let mut statement = store.connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        let Timestamp(at) = row.get(2)?;
        Ok((row.get(0)?, RunId(row.get(1)?), at))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn owned((id, raw): (&str, &str)) -> (String, String) {
    (id.into(), raw.into())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Same history, same replies, same rows; the other resource is never touched.
    #[test]
    fn every_history_is_that_of_the_model(history in prop::collection::vec(command(), 1..24)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.db");
        let mut model = ModelStore::default();
        for command in history {
            let mut store = Store::open(&path).unwrap();
            let reply = store.execute(command.clone()).unwrap();
            prop_assert_eq!(reply, model.execute(command).unwrap());
            prop_assert_eq!(live(&store, Devices), model.live(Devices).map(owned).collect::<Vec<_>>());
            let gone = model.retired(Devices).map(|(id, run, at)| (id.into(), run, at));
            prop_assert_eq!(retired(&store), gone.collect::<Vec<_>>());
        }
        let mut store = Store::open(&path).unwrap();
        let untouched = Command::Begin { resource: Resource::Subscriptions };
        prop_assert_eq!(store.execute(untouched).unwrap(), Reply::Begun(Begun::default()));
    }
}
