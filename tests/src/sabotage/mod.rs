//! Broken on purpose: whether the simulation would notice.
//!
//! A suite that finds nothing may be blind. So the sources are copied, each [`Fault`] is put into
//! the copy behind a switch, the copy is built once, and the days are lived through with one fault
//! switched on after the other. Every one must be caught, by the check that is named beside it. The
//! product itself knows nothing of it.

mod fault;
mod tree;

pub use fault::{FAULTS, Fault};
pub use tree::{Tree, Unfit};
