//! Any history of commands gives the same replies from SQLite as from a model of a few maps, with
//! the file closed and opened again between any two commands.

use std::collections::BTreeMap;

use glp_core::error::Error;
use glp_core::greenlake::Resource::{self, Devices};
use glp_core::sync::{
    Begun, Checkpoint, Command, Counts, Measure, Publication, Reply, RunId, Staged, StagedRow,
    Store as _,
};
use proptest::prelude::*;

use super::{NOON, checkpoint, live};
use crate::store::Store;

/// What a store promises, in maps.
#[derive(Default)]
struct Model {
    checkpoint: Option<Checkpoint>,
    staged: BTreeMap<String, (u32, String)>,
    live: BTreeMap<String, String>,
    retired: BTreeMap<String, String>,
    generation: u64,
}

impl glp_core::sync::Store for Model {
    fn execute(&mut self, command: Command) -> Result<Reply, Error> {
        Ok(match command {
            Command::Begin { .. } => Reply::Begun(Begun {
                checkpoint: self.checkpoint.clone(),
                staged: self.staged.len() as u64,
                live: self.live.len() as u64,
                generation: self.generation,
            }),
            Command::Discard { .. } => {
                self.discard();
                Reply::Done
            }
            Command::Stage { rows, checkpoint } => Reply::Staged(self.stage(rows, checkpoint)),
            Command::Measure { pass, .. } => Reply::Measured(Measure {
                live: self.live.len() as u64,
                missing: self.missing(pass).len() as u64,
            }),
            Command::Publish { publication, .. } => Reply::Published(self.publish(publication)),
        })
    }
}

impl Model {
    fn discard(&mut self) {
        self.staged.clear();
        self.checkpoint = None;
    }

    fn stage(&mut self, rows: Vec<StagedRow>, checkpoint: Checkpoint) -> Staged {
        let pass = checkpoint.pass;
        let mut fresh = 0;
        for StagedRow { id, raw } in rows {
            let before = self.staged.insert(id, (pass, raw));
            fresh += u64::from(before.is_none_or(|(other, _)| other != pass));
        }
        self.checkpoint = Some(checkpoint);
        let distinct = self.staged.values().filter(|(other, _)| *other == pass).count() as u64;
        Staged { fresh, distinct }
    }

    fn missing(&self, pass: u32) -> Vec<String> {
        let listed = |id: &String| self.staged.get(id).is_some_and(|(other, _)| *other == pass);
        self.live.keys().filter(|id| !listed(id)).cloned().collect()
    }

    fn publish(&mut self, publication: Publication) -> Counts {
        self.generation += 1;
        let mut counts = Counts { generation: self.generation, ..Counts::default() };
        if let Publication::Complete { pass } = publication {
            for id in self.missing(pass) {
                let raw = self.live.remove(&id).unwrap();
                self.retired.insert(id, raw);
                counts.retired += 1;
            }
            self.staged.retain(|_, (other, _)| *other == pass);
        }
        for (id, (_, raw)) in std::mem::take(&mut self.staged) {
            let tally = match (self.retired.remove(&id), self.live.insert(id, raw.clone())) {
                (Some(_), _) => &mut counts.restored,
                (None, None) => &mut counts.inserted,
                (None, Some(before)) if before == raw => &mut counts.unchanged,
                (None, Some(_)) => &mut counts.updated,
            };
            *tally += 1;
        }
        self.discard();
        counts
    }
}

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
        3 => publication.prop_map(move |publication| {
            Command::Publish { resource, publication, run: RunId(1), at: NOON }
        }),
    ]
}

/// What a reader of the retired rows sees.
fn retired(store: &Store) -> Vec<(String, String)> {
    let sql = "SELECT id, raw_data FROM devices WHERE retired_at IS NOT NULL ORDER BY id";
    let mut statement = store.connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Same history, same replies, same rows; the other resource is never touched.
    #[test]
    fn every_history_is_that_of_the_model(history in prop::collection::vec(command(), 1..24)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.db");
        let mut model = Model::default();
        for command in history {
            let mut store = Store::open(&path).unwrap();
            let reply = store.execute(command.clone()).unwrap();
            prop_assert_eq!(reply, model.execute(command).unwrap());
            prop_assert_eq!(live(&store, Devices), model.live.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(retired(&store), model.retired.clone().into_iter().collect::<Vec<_>>());
        }
        let mut store = Store::open(&path).unwrap();
        let untouched = Command::Begin { resource: Resource::Subscriptions };
        prop_assert_eq!(store.execute(untouched).unwrap(), Reply::Begun(Begun::default()));
    }
}
