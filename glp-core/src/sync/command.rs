//! What the sync machine asks of a store, and what a store answers.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::greenlake::Resource;
use crate::sync::Checkpoint;
use crate::wall::UnixTime;

/// Names one run in the run ledger; numbers grow, the store hands them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// Holds one row as the service gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedRow {
    /// The service's id of the row.
    pub id: String,
    /// The row's JSON text, byte for byte.
    pub raw: String,
}

/// Says which staged rows a publication takes over, and what it does with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// The listing of `pass` is complete: its rows become the live ones, and live rows that are
    /// not among them are retired.
    Complete {
        /// The clean pass.
        pass: u32,
    },
    /// The listing is not complete: every staged row is inserted or updated, none is retired.
    UpsertsOnly,
}

/// Asks a store to do one thing, in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Look up where a listing stands. Answered by [`Reply::Begun`].
    Begin {
        /// What is to be listed.
        resource: Resource,
    },
    /// Drop the staged rows and the checkpoint of a listing. Answered by [`Reply::Done`].
    Discard {
        /// The listing to forget.
        resource: Resource,
    },
    /// Keep the rows of one page and the checkpoint after it. Answered by [`Reply::Staged`].
    ///
    /// A row staged before, in this pass or an earlier one, is replaced and its pass set to this
    /// one. Rows staged in earlier passes and not seen in this one stay.
    Stage {
        /// The rows, each id at most once.
        rows: Vec<StagedRow>,
        /// The state of the listing after these rows; it names the resource and the pass.
        checkpoint: Checkpoint,
    },
    /// Count what a complete publication of `pass` would retire. Answered by [`Reply::Measured`].
    Measure {
        /// What is being listed.
        resource: Resource,
        /// The pass to measure.
        pass: u32,
    },
    /// Make the staged rows the live ones, as a new generation; drop the staged rows and the
    /// checkpoint. One transaction: a reader sees all of it or nothing. Answered by
    /// [`Reply::Published`].
    Publish {
        /// What was listed.
        resource: Resource,
        /// What is taken over.
        publication: Publication,
        /// The run to which insertions, updates and retirements are booked.
        run: RunId,
        /// The wall time to note in `synced_at` and `retired_at`.
        at: UnixTime,
    },
}

/// Where a listing stands in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// The checkpoint of an unfinished listing, if there is one.
    pub checkpoint: Option<Checkpoint>,
    /// Rows staged by that listing.
    pub staged: u64,
    /// Live rows published so far.
    pub live: u64,
    /// The published generation; 0 before the first.
    pub generation: u64,
}

/// What staging one page brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staged {
    /// Rows of the page whose id this pass had not staged before.
    pub fresh: u64,
    /// Distinct ids staged in this pass so far.
    pub distinct: u64,
}

/// What a complete publication would retire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Live rows now.
    pub live: u64,
    /// Live rows that are not among the pass's rows.
    pub missing: u64,
}

/// The differences one publication made, in rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that were not in the store.
    pub inserted: u64,
    /// Live rows whose content changed.
    pub updated: u64,
    /// Live rows listed again with the same content.
    pub unchanged: u64,
    /// Live rows that the listing no longer holds.
    pub retired: u64,
    /// Retired rows that are listed again.
    pub restored: u64,
    /// The generation now visible.
    pub generation: u64,
}

/// A store's answer to a [`Command`].
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To [`Command::Begin`].
    Begun(Begun),
    /// To [`Command::Discard`].
    Done,
    /// To [`Command::Measure`].
    Measured(Measure),
    /// To [`Command::Publish`].
    Published(Counts),
    /// To [`Command::Stage`].
    Staged(Staged),
}

/// Carries out the commands of the sync machine.
///
/// Each command is one transaction: after an error nothing of it is to be seen. The same history of
/// commands gives the same replies from every store; `testkit` holds the model they are compared
/// with.
pub trait Store {
    /// Carries out one command.
    ///
    /// # Errors
    ///
    /// A [`Database`](crate::error::ErrorKind::Database) error; the store is as it was before.
    fn execute(&mut self, command: Command) -> Result<Reply, Error>;

    /// Notes that the run is alive at `at`. A driver calls it at least every [`HEARTBEAT`] while it
    /// waits for a page; a store that one process alone can hold needs none.
    ///
    /// # Errors
    ///
    /// A [`Database`](crate::error::ErrorKind::Database) error, also where another process has
    /// taken the store over.
    fn heartbeat(&mut self, _at: UnixTime) -> Result<(), Error> {
        Ok(())
    }
}

/// The longest time between two heartbeats of a run that waits.
pub const HEARTBEAT: Duration = Duration::from_secs(10);
