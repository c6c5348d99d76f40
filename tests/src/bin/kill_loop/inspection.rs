//! A store as it lies there, and what must hold of it whatever happened.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use glp_core::greenlake::Resource;
use glp_core::sync::Checkpoint;
use rusqlite::{Connection, OptionalExtension};

use crate::listing::{Fingerprint, Listed};

/// What was found in a store.
pub(crate) struct Inspection {
    /// The number of the newest run.
    pub(crate) newest_run: i64,
    resources: BTreeMap<Resource, Published>,
}

/// What readers see of one resource.
#[derive(Clone, Copy, PartialEq)]
struct Published {
    generation: i64,
    /// The live rows: id and text.
    live: (usize, u64),
    /// Every row, retired ones too, with all that a publication writes beside it.
    all: (usize, u64),
}

impl Inspection {
    /// Looks at the store, and checks what needs no other one to compare with.
    pub(crate) fn of(store: &Path) -> Result<Self, Box<dyn Error>> {
        let file = Connection::open(store)?;
        let verdict: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        require(verdict == "ok", || format!("integrity_check: {verdict}"))?;
        let orphan = file.query_row("PRAGMA foreign_key_check", [], |_| Ok(())).optional()?;
        require(orphan.is_none(), || "foreign_key_check: a row without its parent".into())?;
        let newest_run = check_ledger(&file)?;
        let mut resources = BTreeMap::new();
        for resource in Resource::ALL {
            check_ids(&file, resource)?;
            check_checkpoint(&file, resource)?;
            resources.insert(resource, published(&file, resource)?);
        }
        Ok(Self { newest_run, resources })
    }

    /// Checks that readers see what they saw before or, of the next generation, all that the service
    /// lists; returns how many resources were published meanwhile.
    pub(crate) fn follows(&self, before: &Self, listed: &Listed) -> Result<u32, Box<dyn Error>> {
        require(self.newest_run - before.newest_run <= 1, || "one sync made two runs".into())?;
        let mut news = 0;
        for (resource, now) in &self.resources {
            let before = &before.resources[resource];
            if now.generation == before.generation {
                require(now == before, || format!("I5: {resource} changed unpublished"))?;
                continue;
            }
            require(now.generation == before.generation + 1, || {
                format!("{resource}: generation {} after {}", now.generation, before.generation)
            })?;
            require(now.live == listed.of(*resource), || {
                format!("I5: {resource} was published, and is not what the service lists")
            })?;
            news += 1;
        }
        Ok(news)
    }

    /// Checks that the store holds what the service lists, and nothing is left to do.
    pub(crate) fn equals(&self, listed: &Listed) -> Result<(), Box<dyn Error>> {
        for (resource, published) in &self.resources {
            let (live, wanted) = (published.live, listed.of(*resource));
            require(live == wanted, || {
                format!("I1, I3: {resource}: {} rows stored, {} listed", live.0, wanted.0)
            })?;
        }
        Ok(())
    }
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Box<dyn Error>> {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}

/// Only the newest run may be open: whoever began after it has closed it.
fn check_ledger(file: &Connection) -> Result<i64, Box<dyn Error>> {
    let newest: Option<i64> =
        file.query_row("SELECT max(id) FROM sync_runs", [], |row| row.get(0))?;
    let newest = newest.unwrap_or_default();
    let open = "SELECT count(*) FROM sync_runs WHERE outcome = 'running' AND id < ?1";
    let open: i64 = file.query_row(open, [newest], |row| row.get(0))?;
    require(open == 0, || format!("{open} runs before run {newest} are open"))?;
    Ok(newest)
}

/// No id is there twice, live, retired or staged; no row is of a generation to come.
fn check_ids(file: &Connection, resource: Resource) -> Result<(), Box<dyn Error>> {
    for table in [resource.name().to_owned(), format!("staged_{resource}")] {
        let twice = format!("SELECT count(*) - count(DISTINCT id) FROM {table}");
        let twice: i64 = file.query_row(&twice, [], |row| row.get(0))?;
        require(twice == 0, || format!("I2: {twice} ids twice in {table}"))?;
    }
    let ahead = format!(
        "SELECT count(*) FROM {resource} WHERE generation >
         coalesce((SELECT generation FROM resources WHERE name = '{resource}'), 0)"
    );
    let ahead: i64 = file.query_row(&ahead, [], |row| row.get(0))?;
    require(ahead == 0, || format!("I5: {ahead} {resource} of a generation to come"))
}

/// A checkpoint claims the rows that are staged, no more and no less; without one there are none.
fn check_checkpoint(file: &Connection, resource: Resource) -> Result<(), Box<dyn Error>> {
    let kept = "SELECT state, distinct_rows FROM checkpoints WHERE resource = ?1";
    let kept: Option<(String, u64)> = file
        .query_row(kept, [resource.name()], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })
        .optional()?;
    let staged = |pass: u32| -> rusqlite::Result<u64> {
        let sql = format!("SELECT count(*) FROM staged_{resource} WHERE ?1 IN (0, pass)");
        file.query_row(&sql, [pass], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
    };
    let Some((state, distinct)) = kept else {
        let rows = staged(0)?;
        return require(rows == 0, || format!("{rows} {resource} staged without a checkpoint"));
    };
    let Checkpoint { pass, offset, row_errors, .. } = serde_json::from_str(&state)?;
    let rows = staged(pass)?;
    require(rows == distinct && rows + row_errors == offset, || {
        format!("{resource}: {rows} rows staged, {distinct} counted, read up to row {offset}")
    })
}

fn published(file: &Connection, resource: Resource) -> Result<Published, Box<dyn Error>> {
    let generation = "SELECT generation FROM resources WHERE name = ?1";
    let generation = file.query_row(generation, [resource.name()], |row| row.get(0)).optional()?;
    let (mut live, mut all) = (Fingerprint::default(), Fingerprint::default());
    let mut rows = file.prepare(&format!(
        "SELECT id, raw_data, retired_at, generation, synced_at FROM {resource} ORDER BY id"
    ))?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (id, raw) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        let retired: Option<String> = row.get(2)?;
        if retired.is_none() {
            live.add(&(id, raw));
        }
        all.add(&(id, raw, retired, row.get::<_, i64>(3)?, row.get_ref(4)?.as_str()?));
    }
    let generation = generation.unwrap_or_default();
    Ok(Published { generation, live: live.finish(), all: all.finish() })
}
