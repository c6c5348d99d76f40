//! Sync: a listing turned into batches, checkpoints, one publication and retirements.
//!
//! A [`Run`] reads one resource after the other. It asks for pages and gives a [`Store`] rows to
//! keep aside; when a listing is at its end it has them published in one transaction. It performs
//! no I/O: whoever drives it sends what [`Run::poll`] asks for and reports what came of it.
//!
//! ```
//! use glp_core::error::Error;
//! use glp_core::exchange::Response;
//! use glp_core::operation::Operation;
//! use glp_core::sync::{Ended, Run, Step, Store};
//!
//! fn drive(
//!     mut run: Run,
//!     store: &mut impl Store,
//!     mut send: impl FnMut(Operation) -> Result<Response, Error>,
//! ) -> Ended {
//!     loop {
//!         match run.poll() {
//!             Step::Fetch(operation) => run.fetched(send(operation)),
//!             Step::Store(command) => run.stored(store.execute(command)),
//!             Step::Done(ended) => return ended,
//!         }
//!     }
//! }
//! ```
//!
//! # The promise
//!
//! A row is retired only by a complete, error-free listing of exactly its scope. Whatever else
//! happens (an error, a kill, rows that move, a row without an id, a listing that misses too much)
//! retires nothing.
//!
//! # The fence
//!
//! An offset counts rows, and rows come and go while a listing is read: when one before the offset
//! vanishes, the next page begins one row late, and a row that was there all the time is never
//! seen. A changed `total` does not tell: one row may vanish before the offset while another comes
//! after it.
//!
//! So every page but the first is asked for from one row earlier. It must begin with the last row
//! already read: the fence. If it does, the rows behind it are those that follow the fence *now*;
//! and since the [order](crate::greenlake::Sort::stable) is total and no row ever changes its place
//! in it, no row that was present throughout was skipped. If it does not, rows have moved; the
//! listing is read again, in a new pass. After [`Settings::max_passes`] passes that moved, the last
//! one is read to its end all the same, its rows are inserted and updated, and nothing is retired.
//!
//! The same fence makes it safe to resume a killed run. It costs one row a page. Should the service
//! not keep to the order, ids are seen twice, or their number is not `total`; that counts as
//! movement too.
//!
//! A page that is shorter than another proves nothing: a service may cap a page as it likes. The
//! end is where a page's own `total` says, or, where that page gives none, a page with nothing
//! behind the fence. A service that gives one row a page cannot be fenced, and so retires nothing.
//!
//! Source: ours.

mod checkpoint;
mod command;
mod drift;
mod guard;
mod listing;
mod reading;
mod report;
mod run;
pub mod schema;
mod settings;

pub use checkpoint::Checkpoint;
pub use command::{
    Begun, Command, Counts, HEARTBEAT, Measure, Publication, Reply, RunId, Staged, StagedRow, Store,
};
pub use guard::Guard;
pub use listing::{MAX_IDLE_PAGES, MAX_ROWS, Progress};
pub use report::{Outcome, ResourceReport, RunReport};
pub use run::{Ended, Run, Step};
pub use settings::{Settings, Start};
