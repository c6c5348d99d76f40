//! The inventory in one SQLite file: rows, checkpoints and the ledger of runs.
//!
//! One file holds all of it, so one transaction can say all of it: a checkpoint never claims a
//! row that is not there, and readers see a generation whole or not at all. The file is in WAL
//! mode with `synchronous = NORMAL`: a crash of the program loses nothing, a crash of the machine
//! may lose the last commits, which the next sync fetches again. It must lie on a local disk.
//!
//! A row that the service no longer lists is retired, not deleted: it keeps its columns and its
//! children, with `retired_at` set. The views of the file show live rows only. A row's `generation`
//! and `synced_at` are those of the publication that last changed it, so a sync that finds nothing
//! new writes no row.
//!
//! Time is handed in. This module reads no clock and starts no thread; only the `…_expiring_soon`
//! views ask SQLite for the time, when someone reads them.
//!
//! # Examples
//!
//! ```
//! use glp_blocking::store::{Conclusion, Ending, Owner, Store};
//! use glp_core::greenlake::Resource;
//! use glp_core::sync::{Command, Publication, Store as _};
//! use glp_core::wall::UnixTime;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("inventory.db");
//! # let now = UnixTime::from_secs(1_795_420_800);
//! let mut store = Store::open(path)?;
//! let owner = Owner { pid: 4711, host: "alpha".into(), program: "glp".into() };
//! let started = store.begin_run(&owner, now)?;
//! store.execute(Command::Publish {
//!     resource: Resource::Devices,
//!     publication: Publication::Complete { pass: 1 },
//!     run: started.run,
//!     at: now,
//! })?;
//! store.finish_run(&Conclusion::new(Ending::Complete), now)?;
//! assert_eq!(store.status(10)?.resources[0].generation, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fault;
mod ledger;
mod lock;
mod migrate;
mod publish;
mod read;
mod record;
mod stage;
mod status;
mod value;
#[cfg(feature = "testkit")]
mod watch;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use glp_core::error::{DatabaseKind, Error};
use glp_core::sync::{self, Command, Reply};
use glp_core::wall::UnixTime;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};

pub use ledger::{Conclusion, Ending, RunEntry};
pub use lock::{HEARTBEAT_STALE, Holder, Owner, Started};
pub use read::{Expiring, ListFilter, Rows};
pub use record::Record;
pub use status::{ResourceStatus, Status};

use fault::{cannot_open, fault, unusable};

/// How often the switch to WAL mode is tried; each refusal means that another store has just been
/// opened.
const MAX_SWITCHES: u32 = 100;

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a writing connection sets; the journal's mode stays with the file.
const SETTINGS: &str = "
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    -- After a large publication the journal shrinks to 16 MiB.
    PRAGMA journal_size_limit = 16777216;
    -- 64 MiB of pages, so that a large publication writes most of them once.
    PRAGMA cache_size = -65536;
";

/// Keeps the inventory in one SQLite file.
///
/// One store is one connection: it can be sent to another thread, and several may be open on one
/// file. Only one of them at a time can have begun a run.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    held: Option<lock::Held>,
}

impl Store {
    /// Opens the file at `path` for reading and writing; makes or migrates it where need be.
    ///
    /// # Errors
    ///
    /// [`DatabaseKind::Schema`] where the file is of a newer
    /// version or not an inventory: it is left untouched. Else a
    /// [`Database`](glp_core::error::ErrorKind::Database) error that names the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |cause| cannot_open(path, cause);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(path, flags)?;
        migrate::migrate(&mut connection, path)?;
        if connection.is_readonly(MAIN_DB).map_err(failed)? {
            return Err(unusable(path, DatabaseKind::ConnectionPool, "it may not be written"));
        }
        write_ahead(&connection)
            .and_then(|()| connection.execute_batch(SETTINGS))
            .map_err(failed)?;
        Ok(Self { connection, path: path.to_path_buf(), held: None })
    }

    /// Opens the file at `path` for reading only.
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; also where there is no file, or where it is of an older version.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        migrate::check(&connection, path)?;
        Ok(Self { connection, path: path.to_path_buf(), held: None })
    }

    /// Returns the path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does `work` in one transaction that others see whole or not at all.
    fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let failed = |cause| fault(&self.path, doing, cause);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        if let Some(held) = &self.held {
            held.check(&transaction, &self.path)?;
        }
        let done = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    /// Does `work` on one state of the file, whatever is written meanwhile.
    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        // Unchecked, because only `write` nests, and it borrows the store mutably.
        let transaction = self.connection.unchecked_transaction();
        transaction
            .and_then(|transaction| work(&transaction))
            .map_err(|cause| fault(&self.path, doing, cause))
    }
}

/// Switches the file to WAL mode, unless it is in it.
///
/// SQLite refuses the switch at once while somebody else is in the middle of something, whatever
/// the busy timeout. A transaction that begins does wait; so after a refusal one is begun and ended,
/// and the switch tried again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let switch = || connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
    for _ in 1..MAX_SWITCHES {
        match switch() {
            Err(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
            }
            done => return done,
        }
    }
    switch()
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let failed = |cause| cannot_open(path, cause);
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    Ok(connection)
}

impl sync::Store for Store {
    fn execute(&mut self, command: Command) -> Result<Reply, Error> {
        match command {
            Command::Begin { resource } => {
                self.read("begin a listing", |file| stage::begin(file, resource)).map(Reply::Begun)
            }
            Command::Discard { resource } => self
                .write("discard a listing", |file| stage::discard(file, resource))
                .map(|()| Reply::Done),
            Command::Stage { rows, checkpoint } => self
                .write("stage a page", |file| stage::stage(file, &rows, &checkpoint))
                .map(Reply::Staged),
            Command::Measure { resource, pass } => self
                .read("measure a listing", |file| publish::measure(file, resource, pass))
                .map(Reply::Measured),
            Command::Publish { resource, publication, run, at } => self
                .write("publish a listing", |file| {
                    publish::publish(file, resource, publication, run, at)
                })
                .map(Reply::Published),
        }
    }

    fn heartbeat(&mut self, at: UnixTime) -> Result<(), Error> {
        // The inherent one, which wins over this.
        Self::heartbeat(self, at)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
