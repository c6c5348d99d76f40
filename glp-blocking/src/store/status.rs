//! How the inventory stands.

use glp_core::error::Error;
use glp_core::greenlake::Resource;
use glp_core::sync::{Checkpoint, RunId};
use glp_core::wall::UnixTime;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::ledger::{self, RunEntry};
use super::lock::{self, Holder};
use super::value::time;
use super::{Store, stage};

/// Says how the inventory stands, all of it at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Resource by resource, in the order of [`Resource::ALL`].
    pub resources: Vec<ResourceStatus>,
    /// The run that holds the store, or held it and died.
    pub holder: Option<Holder>,
    /// The last runs, the newest first.
    pub runs: Vec<RunEntry>,
}

/// Says how one resource stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourceStatus {
    /// The resource.
    pub resource: Resource,
    /// Rows of the published generation.
    pub live: u64,
    /// Rows that the service no longer lists.
    pub retired: u64,
    /// Rows of an unfinished listing.
    pub staged: u64,
    /// The published generation; 0 before the first.
    pub generation: u64,
    /// When it was published, complete or not.
    pub published_at: Option<UnixTime>,
    /// When a complete listing was last published: the age of the data.
    pub last_complete_at: Option<UnixTime>,
    /// The run that published it.
    pub last_complete_run: Option<RunId>,
    /// Where an unfinished listing stands.
    pub checkpoint: Option<Checkpoint>,
}

impl Store {
    /// Says how the inventory stands, with the last `runs` runs.
    ///
    /// # Errors
    ///
    /// A [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn status(&self, runs: u32) -> Result<Status, Error> {
        self.read("read the status", |file| {
            let resources =
                Resource::ALL.into_iter().map(|resource| resource_status(file, resource));
            Ok(Status {
                resources: resources.collect::<rusqlite::Result<_>>()?,
                holder: lock::holder(file)?,
                runs: ledger::runs(file, runs)?,
            })
        })
    }
}

fn resource_status(file: &Connection, resource: Resource) -> rusqlite::Result<ResourceStatus> {
    let begun = stage::begin(file, resource)?;
    let all = stage::count(file, &format!("SELECT count(*) FROM {resource}"))?;
    let sql = "SELECT published_at, last_complete_at, last_complete_run
               FROM resources WHERE name = ?1";
    let published = file
        .query_row(sql, [resource.name()], |row| {
            Ok((time(row, 0)?, time(row, 1)?, row.get::<_, Option<i64>>(2)?))
        })
        .optional()?;
    let (published_at, last_complete_at, run) = published.unwrap_or_default();
    Ok(ResourceStatus {
        resource,
        live: begun.live,
        retired: all.saturating_sub(begun.live),
        staged: begun.staged,
        generation: begun.generation,
        published_at,
        last_complete_at,
        last_complete_run: run.map(RunId),
        checkpoint: begun.checkpoint,
    })
}
