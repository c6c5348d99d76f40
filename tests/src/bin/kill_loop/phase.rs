//! What a stopped sync was doing, as its store shows it from outside.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension};

/// What a sync was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Its run is not in the ledger yet.
    Starting,
    /// A page is awaited.
    Listing,
    /// A page is being written down.
    Staging,
    /// All pages are there, and nothing is being written.
    Measuring,
    /// The pages are being taken over.
    Publishing,
    /// Its run is closed.
    Ending,
    /// It holds the whole file, against readers too.
    Holding,
}

impl Phase {
    pub(crate) const ALL: [Self; 7] = [
        Self::Starting,
        Self::Listing,
        Self::Staging,
        Self::Measuring,
        Self::Publishing,
        Self::Ending,
        Self::Holding,
    ];

    pub(crate) const fn explain(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Listing => "listing",
            Self::Staging => "staging a page, in its transaction",
            Self::Measuring => "measuring what is staged",
            Self::Publishing => "publishing, in its transaction",
            Self::Ending => "ending",
            Self::Holding => "opening or closing the file",
        }
    }

    /// Finds out, while the process stands still, what the run after `last` was doing.
    pub(crate) fn of(store: &Path, last: i64) -> rusqlite::Result<Self> {
        Self::read(store, last).or_else(|error| busy(error).map(|()| Self::Holding))
    }

    fn read(store: &Path, last: i64) -> rusqlite::Result<Self> {
        let file = Connection::open(store)?;
        file.busy_timeout(Duration::ZERO)?;
        let newest = "SELECT id, outcome = 'running' FROM sync_runs ORDER BY id DESC LIMIT 1";
        let newest: Option<(i64, bool)> =
            file.query_row(newest, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match newest {
            None => return Ok(Self::Starting),
            Some((run, _)) if run == last => return Ok(Self::Starting),
            Some((_, false)) => return Ok(Self::Ending),
            Some((_, true)) => {}
        }
        let all_read = "SELECT count(*) FROM checkpoints
             WHERE json_extract(state, '$.offset') >= json_extract(state, '$.total')";
        let all_read = file.query_row(all_read, [], |row| row.get::<_, i64>(0))? > 0;
        Ok(match (is_writing(&file)?, all_read) {
            (true, true) => Self::Publishing,
            (true, false) => Self::Staging,
            (false, true) => Self::Measuring,
            (false, false) => Self::Listing,
        })
    }
}

/// Says whether another process is in the middle of a transaction that writes.
fn is_writing(file: &Connection) -> rusqlite::Result<bool> {
    match file.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        Ok(()) => Ok(false),
        Err(error) => busy(error).map(|()| true),
    }
}

/// Lets an error pass that says that another process holds a lock.
fn busy(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => Ok(()),
        _ => Err(error),
    }
}
