//! A store in memory: the shortest thing that keeps the contract.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;

use crate::error::{DatabaseKind, Error};
use crate::greenlake::Resource;
use crate::sync::{
    Begun, Checkpoint, Command, Counts, Measure, Publication, Reply, RunId, Staged, StagedRow,
    Store,
};
use crate::wall::UnixTime;

/// Keeps rows in ordered maps: the model that every real store is compared with.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::Resource;
/// use glp_core::sync::{Command, Store};
/// use glp_core::testkit::ModelStore;
///
/// let mut store = ModelStore::default();
/// store.fail_at(2);
/// assert!(store.execute(Command::Begin { resource: Resource::Devices }).is_ok());
/// assert!(store.execute(Command::Begin { resource: Resource::Devices }).is_err());
/// assert!(store.execute(Command::Begin { resource: Resource::Devices }).is_ok());
/// assert_eq!(store.live(Resource::Devices).count(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelStore {
    tables: BTreeMap<Resource, Table>,
    commands: u64,
    fail_at: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    rows: BTreeMap<String, Row>,
    /// By id: the raw text, and the pass that staged it.
    staged: BTreeMap<String, (String, u32)>,
    checkpoint: Option<Checkpoint>,
    generation: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    raw: String,
    retired: Option<(RunId, UnixTime)>,
}

impl ModelStore {
    /// Makes the `n`-th command from now fail, counted from 1; it changes nothing. Once.
    pub fn fail_at(&mut self, n: u64) {
        self.fail_at = Some(self.commands.saturating_add(n));
    }

    /// Returns the live rows: id and raw text, by id.
    pub fn live(&self, resource: Resource) -> impl Iterator<Item = (&str, &str)> {
        self.rows(resource)
            .filter(|(_, row)| row.retired.is_none())
            .map(|(id, row)| (id.as_str(), row.raw.as_str()))
    }

    /// Returns the ids of the retired rows, each with the run that retired it and when.
    pub fn retired(&self, resource: Resource) -> impl Iterator<Item = (&str, RunId, UnixTime)> {
        self.rows(resource).filter_map(|(id, row)| {
            let (run, at) = row.retired?;
            Some((id.as_str(), run, at))
        })
    }

    /// Returns the published generation; 0 before the first.
    pub fn generation(&self, resource: Resource) -> u64 {
        self.tables.get(&resource).map_or(0, |table| table.generation)
    }

    /// Returns the checkpoint of an unfinished listing.
    pub fn checkpoint(&self, resource: Resource) -> Option<&Checkpoint> {
        self.tables.get(&resource)?.checkpoint.as_ref()
    }

    /// Returns how many commands the store was given.
    pub fn commands(&self) -> u64 {
        self.commands
    }

    fn rows(&self, resource: Resource) -> impl Iterator<Item = (&String, &Row)> {
        self.tables.get(&resource).into_iter().flat_map(|table| &table.rows)
    }
}

impl Store for ModelStore {
    fn execute(&mut self, command: Command) -> Result<Reply, Error> {
        self.commands += 1;
        if self.fail_at == Some(self.commands) {
            return Err(Error::new(DatabaseKind::Transaction, "the model was told to fail here"));
        }
        Ok(match command {
            Command::Begin { resource } => Reply::Begun(self.table(resource).begin()),
            Command::Discard { resource } => {
                let table = self.table(resource);
                table.staged.clear();
                table.checkpoint = None;
                Reply::Done
            }
            Command::Stage { rows, checkpoint } => {
                Reply::Staged(self.table(checkpoint.resource).stage(rows, checkpoint))
            }
            Command::Measure { resource, pass } => {
                Reply::Measured(self.table(resource).measure(pass))
            }
            Command::Publish { resource, publication, run, at } => {
                Reply::Published(self.table(resource).publish(publication, (run, at)))
            }
        })
    }
}

impl ModelStore {
    fn table(&mut self, resource: Resource) -> &mut Table {
        self.tables.entry(resource).or_default()
    }
}

impl Table {
    fn begin(&self) -> Begun {
        Begun {
            checkpoint: self.checkpoint.clone(),
            staged: self.staged.len() as u64,
            live: self.live().count() as u64,
            generation: self.generation,
        }
    }

    fn stage(
        &mut self,
        rows: impl IntoIterator<Item = StagedRow>,
        checkpoint: Checkpoint,
    ) -> Staged {
        let pass = checkpoint.pass;
        let mut fresh = 0;
        for StagedRow { id, raw } in rows {
            let before = self.staged.insert(id, (raw, pass));
            fresh += u64::from(before.is_none_or(|(_, staged_in)| staged_in != pass));
        }
        self.checkpoint = Some(checkpoint);
        let distinct = self.staged.values().filter(|(_, staged_in)| *staged_in == pass).count();
        Staged { fresh, distinct: distinct as u64 }
    }

    fn measure(&self, pass: u32) -> Measure {
        let listed = |id: &&String| self.staged.get(*id).is_some_and(|(_, staged)| *staged == pass);
        let live = self.live().count() as u64;
        Measure { live, missing: live - self.live().filter(listed).count() as u64 }
    }

    fn publish(&mut self, publication: Publication, by: (RunId, UnixTime)) -> Counts {
        let mut staged = core::mem::take(&mut self.staged);
        self.checkpoint = None;
        self.generation += 1;
        let mut counts = Counts { generation: self.generation, ..Counts::default() };
        if let Publication::Complete { pass } = publication {
            staged.retain(|_, (_, staged_in)| *staged_in == pass);
            let listed: BTreeSet<&String> = staged.keys().collect();
            for (id, row) in &mut self.rows {
                if row.retired.is_none() && !listed.contains(id) {
                    row.retired = Some(by);
                    counts.retired += 1;
                }
            }
        }
        for (id, (raw, _)) in staged {
            let before = self.rows.insert(id, Row { raw: raw.clone(), retired: None });
            let count = match before {
                None => &mut counts.inserted,
                Some(Row { retired: Some(_), .. }) => &mut counts.restored,
                Some(row) if row.raw == raw => &mut counts.unchanged,
                Some(_) => &mut counts.updated,
            };
            *count += 1;
        }
        counts
    }

    fn live(&self) -> impl Iterator<Item = &String> {
        self.rows.iter().filter(|(_, row)| row.retired.is_none()).map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const DEVICES: Resource = Resource::Devices;

    fn stage(store: &mut ModelStore, pass: u32, rows: &[(&str, &str)]) -> Staged {
        let row = |(id, raw): &(&str, &str)| StagedRow { id: (*id).into(), raw: (*raw).into() };
        let first = Checkpoint::first(DEVICES, String::new(), UnixTime::EPOCH);
        let checkpoint = Checkpoint { pass, ..first };
        let rows = rows.iter().map(row).collect();
        match store.execute(Command::Stage { rows, checkpoint }) {
            Ok(Reply::Staged(staged)) => staged,
            other => panic!("{other:?}"),
        }
    }

    fn publish(store: &mut ModelStore, publication: Publication) -> Counts {
        let (run, at) = (RunId(9), UnixTime::from_secs(9));
        match store.execute(Command::Publish { resource: DEVICES, publication, run, at }) {
            Ok(Reply::Published(counts)) => counts,
            other => panic!("{other:?}"),
        }
    }

    fn live(store: &ModelStore) -> Vec<(&str, &str)> {
        store.live(DEVICES).collect()
    }

    #[test]
    fn staged_rows_are_not_live_until_they_are_published() {
        let mut store = ModelStore::default();
        stage(&mut store, 1, &[("a", "1")]);
        assert_eq!(live(&store), []);
        publish(&mut store, Publication::Complete { pass: 1 });
        assert_eq!((live(&store), store.generation(DEVICES)), ([("a", "1")].to_vec(), 1));
        assert_eq!(store.checkpoint(DEVICES), None);
    }

    #[test]
    fn a_publication_counts_what_it_changed() {
        let mut store = ModelStore::default();
        stage(&mut store, 1, &[("back", "1"), ("gone", "1"), ("new", "1"), ("same", "1")]);
        publish(&mut store, Publication::Complete { pass: 1 });
        stage(&mut store, 1, &[("gone", "1"), ("new", "1"), ("same", "1")]);
        publish(&mut store, Publication::Complete { pass: 1 });

        stage(&mut store, 1, &[("back", "1"), ("first", "1"), ("new", "2"), ("same", "1")]);
        let counts = publish(&mut store, Publication::Complete { pass: 1 });
        let expected = Counts {
            inserted: 1,
            updated: 1,
            unchanged: 1,
            retired: 1,
            restored: 1,
            generation: 3,
        };
        assert_eq!(counts, expected);
        let retired: Vec<_> = store.retired(DEVICES).collect();
        assert_eq!(retired, [("gone", RunId(9), UnixTime::from_secs(9))]);
    }

    #[test]
    fn only_the_rows_of_the_clean_pass_are_published() {
        let mut store = ModelStore::default();
        stage(&mut store, 1, &[("a", "1"), ("b", "1")]);
        assert_eq!(stage(&mut store, 2, &[("b", "2")]), Staged { fresh: 1, distinct: 1 });
        publish(&mut store, Publication::Complete { pass: 2 });
        assert_eq!(live(&store), [("b", "2")]);
    }

    #[test]
    fn upserts_only_takes_the_rows_of_every_pass_and_retires_none() {
        let mut store = ModelStore::default();
        stage(&mut store, 1, &[("old", "1")]);
        publish(&mut store, Publication::Complete { pass: 1 });
        stage(&mut store, 1, &[("a", "1")]);
        stage(&mut store, 2, &[("b", "1")]);
        publish(&mut store, Publication::UpsertsOnly);
        assert_eq!(live(&store), [("a", "1"), ("b", "1"), ("old", "1")]);
    }

    #[test]
    fn a_measure_looks_at_one_pass() {
        let mut store = ModelStore::default();
        stage(&mut store, 1, &[("a", "1"), ("b", "1")]);
        publish(&mut store, Publication::Complete { pass: 1 });
        stage(&mut store, 1, &[("a", "1"), ("b", "1")]);
        stage(&mut store, 2, &[("b", "1")]);
        let measure = store.execute(Command::Measure { resource: DEVICES, pass: 2 }).unwrap();
        assert_eq!(measure, Reply::Measured(Measure { live: 2, missing: 1 }));
    }

    #[test]
    fn a_failed_command_changes_nothing() {
        let mut store = ModelStore::default();
        stage(&mut store, 1, &[("a", "1")]);
        let before = store.tables.clone();
        store.fail_at(1);
        assert!(store.execute(Command::Discard { resource: DEVICES }).is_err());
        assert_eq!(store.tables, before);
    }
}
