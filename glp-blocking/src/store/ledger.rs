//! The ledger of runs: one row for each, from its beginning, never deleted.

use glp_core::error::Error;
use glp_core::sync::{Outcome, RunId};
use glp_core::wall::UnixTime;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::Store;
use super::lock::{Owner, owner};
use super::value::{Timestamp, json, time, unreadable};

/// The outcome that the ledger shows of a run that has not ended.
const RUNNING: &str = "running";

/// Says how a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Its process died, or gave no sign of life for too long.
    Abandoned,
    /// Every listing was complete.
    Complete,
    /// Nothing was brought.
    Failed,
    /// Someone stopped it.
    Interrupted,
    /// Something was brought, something is missing.
    Partial,
    /// It never began: another run held the store.
    Refused,
}

impl Ending {
    const ALL: [Self; 6] = [
        Self::Abandoned,
        Self::Complete,
        Self::Failed,
        Self::Interrupted,
        Self::Partial,
        Self::Refused,
    ];

    /// Returns the name, as the ledger spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abandoned => "abandoned",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Partial => "partial",
            Self::Refused => "refused",
        }
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            Outcome::Partial => Self::Partial,
            Outcome::Failed => Self::Failed,
        }
    }
}

/// What is booked when a run ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// How it ended.
    pub ending: Ending,
    /// What it did, as the program reports it.
    pub report: Option<serde_json::Value>,
    /// What went wrong, free of secrets.
    pub error: Option<String>,
}

impl Conclusion {
    /// Makes a conclusion without report and error.
    pub const fn new(ending: Ending) -> Self {
        Self { ending, report: None, error: None }
    }

    /// Adds what the run did.
    #[must_use]
    pub fn with_report(mut self, report: serde_json::Value) -> Self {
        self.report = Some(report);
        self
    }

    /// Adds what went wrong.
    #[must_use]
    pub fn with_error(mut self, error: impl Into<String>) -> Self {
        self.error = Some(error.into());
        self
    }
}

/// Holds one run of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunEntry {
    /// The run's number.
    pub run: RunId,
    /// Who ran it.
    pub owner: Owner,
    /// When it began.
    pub started_at: UnixTime,
    /// When it ended, or gave its last sign of life.
    pub completed_at: Option<UnixTime>,
    /// How it ended; `None` while it runs.
    pub ending: Option<Ending>,
    /// What it did.
    pub report: Option<serde_json::Value>,
    /// What went wrong.
    pub error: Option<String>,
}

impl Store {
    /// Returns the last `limit` runs, the newest first.
    ///
    /// # Errors
    ///
    /// A [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn runs(&self, limit: u32) -> Result<Vec<RunEntry>, Error> {
        self.read("read the ledger", |file| runs(file, limit))
    }
}

pub(super) fn runs(file: &Connection, limit: u32) -> rusqlite::Result<Vec<RunEntry>> {
    let mut newest = file.prepare_cached(
        "SELECT pid, host, program, id, started_at, completed_at, outcome, report, error
         FROM sync_runs ORDER BY id DESC LIMIT ?1",
    )?;
    let entries = newest.query_map([limit], |row| {
        let Timestamp(started_at) = row.get(4)?;
        Ok(RunEntry {
            run: RunId(row.get(3)?),
            owner: owner(row)?,
            started_at,
            completed_at: time(row, 5)?,
            ending: ending(row.get_ref(6)?.as_str()?)?,
            report: json(row, 7)?,
            error: row.get(8)?,
        })
    })?;
    entries.collect()
}

fn ending(name: &str) -> rusqlite::Result<Option<Ending>> {
    if name == RUNNING {
        return Ok(None);
    }
    match Ending::ALL.into_iter().find(|ending| ending.name() == name) {
        Some(ending) => Ok(Some(ending)),
        None => Err(unreadable(6, UnknownOutcome)),
    }
}

/// Says that the ledger holds an outcome that this version does not write.
#[derive(Debug)]
struct UnknownOutcome;

impl std::fmt::Display for UnknownOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not an outcome of a run")
    }
}

impl std::error::Error for UnknownOutcome {}

/// Opens the entry of a new run.
pub(super) fn open(file: &Connection, owner: &Owner, now: UnixTime) -> rusqlite::Result<RunId> {
    file.execute(
        "INSERT INTO sync_runs (pid, host, program, started_at, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![owner.pid, owner.host, owner.program, Timestamp(now), RUNNING],
    )?;
    Ok(RunId(file.last_insert_rowid()))
}

/// Closes the entry of a run.
pub(super) fn close(
    file: &Connection,
    run: RunId,
    conclusion: &Conclusion,
    at: UnixTime,
) -> rusqlite::Result<()> {
    file.execute(
        "UPDATE sync_runs SET outcome = ?2, report = ?3, error = ?4, completed_at = ?5
         WHERE id = ?1",
        params![
            run.0,
            conclusion.ending.name(),
            conclusion.report.as_ref().map(ToString::to_string),
            conclusion.error,
            Timestamp(at),
        ],
    )?;
    Ok(())
}
