//! Sync: a listing turned into batches, checkpoints, one publication and retirements.

mod checkpoint;
mod command;
mod report;

pub use checkpoint::Checkpoint;
pub use command::{
    Begun, Command, Counts, Measure, Publication, Reply, RunId, Staged, StagedRow, Store,
};
pub use report::{Outcome, ResourceReport, RunReport};
