//! One writer at a time: who holds the store, and what becomes of a holder that died.
//!
//! Two things guard a run. The kernel's lock on `<file>.lock` is released when its process dies,
//! whatever killed it; the lock file itself stays, as removing it would let two processes lock two
//! files of one name. The row in `sync_lock` says who holds it, for people and for the case that
//! the kernel's lock does not reach: a holder on another host, over a shared directory. There the
//! heartbeat decides.
//!
//! Every write of a run first checks that the row still names it. So a holder that was taken for
//! dead and comes back can write no more.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use glp_core::error::{DatabaseKind, Error};
use glp_core::sync::RunId;
use glp_core::wall::UnixTime;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::fault::fault;
use super::ledger::{self, Conclusion, Ending};
use super::value::Timestamp;
use super::{BUSY_TIMEOUT, Store};

/// The age of a heartbeat from which a holder on another host is taken for dead: twelve missed.
pub const HEARTBEAT_STALE: Duration = Duration::from_secs(120);

/// Names the process that runs a sync.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Owner {
    /// The process's id on its host.
    pub pid: u32,
    /// The host's name.
    pub host: String,
    /// The program's name.
    pub program: String,
}

/// Describes the run that holds the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// Who runs it.
    pub owner: Owner,
    /// Its number in the ledger.
    pub run: RunId,
    /// When it began.
    pub started_at: UnixTime,
    /// When it last showed that it is alive.
    pub heartbeat_at: UnixTime,
}

/// Says which run has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The run's number in the ledger.
    pub run: RunId,
    /// The run of a dead holder, now marked abandoned, if there was one.
    pub abandoned: Option<Holder>,
}

/// The hold of this store on its file. Dropping it releases the kernel's lock and leaves the row,
/// so that the next holder sees a run that never ended.
pub(super) struct Held {
    run: RunId,
    _file: File,
}

/// What asking for the row of the lock brings.
enum Taken {
    Ours(Started),
    Theirs(Holder),
}

impl Store {
    /// Begins a run and takes the store for it.
    ///
    /// A holder that died is taken over at once on its own host, and after [`HEARTBEAT_STALE`]
    /// from another; its run is marked abandoned. Dropping the store without
    /// [`Store::finish_run`] counts as dying.
    ///
    /// # Errors
    ///
    /// [`DatabaseKind::Locked`], at once, where another run holds the store; the error names its
    /// process and its age, and the refusal is booked in the ledger if that takes no waiting. Else
    /// a [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn begin_run(&mut self, owner: &Owner, now: UnixTime) -> Result<Started, Error> {
        let Some(file) = self.lock_file()? else {
            let holder = self.read("look for the holder", holder)?;
            return Err(self.refuse(owner, holder.as_ref(), now));
        };
        match self.write("begin a run", |file| take(file, owner, now))? {
            Taken::Ours(started) => {
                self.held = Some(Held { run: started.run, _file: file });
                Ok(started)
            }
            Taken::Theirs(holder) => Err(self.refuse(owner, Some(&holder), now)),
        }
    }

    /// Shows that the run is alive; to be called every [`HEARTBEAT`](glp_core::sync::HEARTBEAT).
    ///
    /// # Errors
    ///
    /// [`DatabaseKind::Locked`] where this store has no run, or lost it to another host that took
    /// it for dead. Else a [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn heartbeat(&mut self, now: UnixTime) -> Result<(), Error> {
        self.held_run()?;
        self.write("show a heartbeat", |file| {
            file.execute("UPDATE sync_lock SET heartbeat_at = ?1", [Timestamp(now)]).map(drop)
        })
    }

    /// Ends the run: books `conclusion` in the ledger and frees the store.
    ///
    /// # Errors
    ///
    /// As [`Store::heartbeat`]; the store stays held after a failure to write.
    pub fn finish_run(&mut self, conclusion: &Conclusion, now: UnixTime) -> Result<(), Error> {
        let run = self.held_run()?;
        self.write("finish a run", |file| {
            ledger::close(file, run, conclusion, now)?;
            file.execute("DELETE FROM sync_lock", []).map(drop)
        })?;
        self.held = None;
        Ok(())
    }

    fn held_run(&self) -> Result<RunId, Error> {
        let nothing = || Error::new(DatabaseKind::Locked, "no run was begun on this store");
        self.held.as_ref().map(|held| held.run).ok_or_else(nothing)
    }

    /// Locks `<file>.lock`, beside the file itself and not beside a link to it.
    fn lock_file(&self) -> Result<Option<File>, Error> {
        let failed = |cause: std::io::Error| {
            let message = format!("cannot lock the store {}: {cause}", self.path.display());
            Error::new(DatabaseKind::ConnectionPool, message).with_cause(cause)
        };
        let mut name = fs::canonicalize(&self.path).map_err(failed)?.into_os_string();
        name.push(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(name);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// Books the refusal, if the holder is not writing just now, and makes its error.
    fn refuse(&mut self, owner: &Owner, holder: Option<&Holder>, now: UnixTime) -> Error {
        let error = locked(&self.path, holder, now);
        let conclusion = Conclusion::new(Ending::Refused).with_error(error.message());
        let _ = self.connection.busy_timeout(Duration::ZERO);
        // The refusal is the answer, whether or not it could be booked without waiting.
        let _ = self.write("book a refusal", |file| {
            let run = ledger::open(file, owner, now)?;
            ledger::close(file, run, &conclusion, now)
        });
        let _ = self.connection.busy_timeout(BUSY_TIMEOUT);
        error
    }
}

impl Held {
    /// Fences a write: fails unless the row still names this run.
    pub(super) fn check(&self, file: &Connection, path: &Path) -> Result<(), Error> {
        let holder = holder(file).map_err(|cause| fault(path, "check the lock", cause))?;
        match holder {
            Some(holder) if holder.run == self.run => Ok(()),
            _ => Err(Error::new(
                DatabaseKind::Locked,
                format!("run {} lost the store {} to another", self.run.0, path.display()),
            )),
        }
    }
}

/// Reads the row of the lock.
pub(super) fn holder(file: &Connection) -> rusqlite::Result<Option<Holder>> {
    let sql = "SELECT pid, host, program, run, started_at, heartbeat_at
               FROM sync_lock JOIN sync_runs ON sync_runs.id = sync_lock.run";
    file.query_row(sql, [], |row| {
        let Timestamp(started_at) = row.get(4)?;
        let Timestamp(heartbeat_at) = row.get(5)?;
        Ok(Holder { owner: owner(row)?, run: RunId(row.get(3)?), started_at, heartbeat_at })
    })
    .optional()
}

/// Reads an owner from the first three columns.
pub(super) fn owner(row: &Row<'_>) -> rusqlite::Result<Owner> {
    Ok(Owner { pid: row.get(0)?, host: row.get(1)?, program: row.get(2)? })
}

/// Takes the row of the lock for a new run; the kernel's lock is already ours.
fn take(file: &Connection, owner: &Owner, now: UnixTime) -> rusqlite::Result<Taken> {
    let previous = holder(file)?;
    if let Some(holder) = &previous {
        if may_live(holder, owner, now) {
            return Ok(Taken::Theirs(holder.clone()));
        }
        let conclusion = Conclusion::new(Ending::Abandoned);
        // Its last sign of life is the last that is known of it.
        ledger::close(file, holder.run, &conclusion, holder.heartbeat_at)?;
    }
    let run = ledger::open(file, owner, now)?;
    file.execute(
        "INSERT OR REPLACE INTO sync_lock (only_row, run, heartbeat_at) VALUES (1, ?1, ?2)",
        params![run.0, Timestamp(now)],
    )?;
    Ok(Taken::Ours(Started { run, abandoned: previous }))
}

/// Says whether a holder that left its row may be alive although the kernel's lock is free: only
/// one on another host, where that lock may not reach.
fn may_live(holder: &Holder, owner: &Owner, now: UnixTime) -> bool {
    holder.owner.host != owner.host && now.since(holder.heartbeat_at) < HEARTBEAT_STALE
}

fn locked(path: &Path, holder: Option<&Holder>, now: UnixTime) -> Error {
    let path = path.display();
    let Some(holder) = holder else {
        // It has the kernel's lock and has not written its row yet.
        let message = format!("another sync is just taking the store {path}");
        return Error::new(DatabaseKind::Locked, message);
    };
    let Holder { owner: Owner { pid, host, program }, run, started_at, heartbeat_at } = holder;
    let age = now.since(*started_at).as_secs();
    let silence = now.since(*heartbeat_at).as_secs();
    let message = format!(
        "the store {path} is held by {program} (pid {pid} on {host}): run {}, begun {age} s ago, \
         last heartbeat {silence} s ago",
        run.0
    );
    Error::new(DatabaseKind::Locked, message)
        .with_detail("pid", *pid)
        .with_detail("host", host.as_str())
        .with_detail("program", program.as_str())
        .with_detail("run", run.0)
        .with_detail("age_seconds", age)
        .with_detail("heartbeat_age_seconds", silence)
}

#[cfg(test)]
mod tests {
    use glp_core::greenlake::Resource;
    use glp_core::sync::{Command, Store as _};

    use super::*;

    const NOON: UnixTime = UnixTime::from_secs(1_795_435_200);

    fn owner(pid: u32, host: &str) -> Owner {
        Owner { pid, host: host.into(), program: "glp".into() }
    }

    fn file() -> (tempfile::TempDir, impl Fn() -> Store) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.db");
        (directory, move || Store::open(&path).unwrap())
    }

    fn endings(store: &Store) -> Vec<Option<Ending>> {
        store.runs(10).unwrap().iter().map(|entry| entry.ending).collect()
    }

    #[test]
    fn a_second_run_is_refused_at_once_and_names_the_holder() {
        let (_directory, open) = file();
        let (mut first, mut second) = (open(), open());
        first.begin_run(&owner(42, "alpha"), NOON).unwrap();
        first.heartbeat(NOON + Duration::from_secs(50)).unwrap();

        let now = NOON + Duration::from_secs(53);
        let error = second.begin_run(&owner(43, "alpha"), now).unwrap_err();

        assert_eq!(error.kind(), DatabaseKind::Locked.into());
        let expected = "is held by glp (pid 42 on alpha): run 1, begun 53 s ago, last heartbeat \
                        3 s ago";
        assert!(error.message().ends_with(expected), "{error}");
        assert_eq!(endings(&second), [Some(Ending::Refused), None]);
    }

    #[test]
    fn a_finished_run_frees_the_store() {
        let (_directory, open) = file();
        let (mut first, mut second) = (open(), open());
        first.begin_run(&owner(42, "alpha"), NOON).unwrap();
        let report = serde_json::json!({ "rows": 3 });
        let conclusion = Conclusion::new(Ending::Partial).with_report(report.clone());
        first.finish_run(&conclusion, NOON).unwrap();

        let started = second.begin_run(&owner(43, "alpha"), NOON).unwrap();

        assert_eq!(started, Started { run: RunId(2), abandoned: None });
        let entry = second.runs(10).unwrap().pop().unwrap();
        assert_eq!((entry.ending, entry.report), (Some(Ending::Partial), Some(report)));
        assert!(first.finish_run(&conclusion, NOON).is_err());
    }

    #[test]
    fn a_dead_holder_on_this_host_is_taken_over_at_once() {
        let (_directory, open) = file();
        let mut first = open();
        first.begin_run(&owner(42, "alpha"), NOON).unwrap();
        drop(first); // as if killed: the kernel frees the file, the row stays

        let mut second = open();
        let started = second.begin_run(&owner(43, "alpha"), NOON).unwrap();

        assert_eq!(started.run, RunId(2));
        assert_eq!(started.abandoned.unwrap().owner.pid, 42);
        assert_eq!(endings(&second), [None, Some(Ending::Abandoned)]);
        assert_eq!(second.status(0).unwrap().holder.unwrap().run, RunId(2));
    }

    #[test]
    fn a_holder_on_another_host_is_waited_for_until_its_heartbeat_is_stale() {
        let (_directory, open) = file();
        let mut first = open();
        first.begin_run(&owner(42, "alpha"), NOON).unwrap();
        drop(first); // the lock of another host's kernel is not seen here

        let mut second = open();
        let fresh = NOON + (HEARTBEAT_STALE - Duration::from_millis(1));
        let error = second.begin_run(&owner(7, "beta"), fresh).unwrap_err();
        assert_eq!(error.kind(), DatabaseKind::Locked.into());

        let started = second.begin_run(&owner(7, "beta"), NOON + HEARTBEAT_STALE).unwrap();
        assert_eq!(started.abandoned.unwrap().owner.host, "alpha");
    }

    #[test]
    fn a_holder_taken_for_dead_can_write_no_more() {
        let (directory, open) = file();
        let mut first = open();
        first.begin_run(&owner(42, "alpha"), NOON).unwrap();
        // Over a shared directory alpha's lock is not seen by beta; a lock file of its own is the
        // same here.
        fs::remove_file(directory.path().join("inventory.db.lock")).unwrap();
        let mut second = open();
        second.begin_run(&owner(7, "beta"), NOON + HEARTBEAT_STALE).unwrap();

        let discard = Command::Discard { resource: Resource::Devices };
        let error = first.execute(discard.clone()).unwrap_err();

        assert_eq!(error.kind(), DatabaseKind::Locked.into());
        assert!(first.heartbeat(NOON).is_err());
        assert!(second.execute(discard).is_ok());
    }

    #[test]
    fn a_store_cannot_begin_two_runs() {
        let (_directory, open) = file();
        let mut store = open();
        store.begin_run(&owner(42, "alpha"), NOON).unwrap();
        let error = store.begin_run(&owner(42, "alpha"), NOON).unwrap_err();
        assert_eq!(error.kind(), DatabaseKind::Locked.into());
        store.finish_run(&Conclusion::new(Ending::Complete), NOON).unwrap();
        assert_eq!(store.status(0).unwrap().holder, None);
    }
}
