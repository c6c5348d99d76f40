//! Deterministic simulation: the real calls, the real sync and the real store, under a seeded day of
//! disasters in virtual time.
//!
//! A `day` is a function of its seed. The mix of what goes wrong is drawn first, then a day is
//! lived through: syncs of tens of pages beside the calls of other people, against the fake
//! service; rows come, change and go; calls are dropped at any step; the clock jumps; processes
//! are killed between steps and in the middle of a transaction. Then the faults stop, and progress
//! is demanded.
//!
//! | invariant | says | held in |
//! |---|---|---|
//! | I1 | what was there throughout a complete run is live | `judge` |
//! | I2 | one live row per id | `file` |
//! | I3 | every live row was served like that; what was gone throughout is retired | `judge` |
//! | I4 | only a complete listing retires, and no more than the guard allows | `judge` |
//! | I5 | a reader sees one generation, whole | `judge`, `file`, `shelf` |
//! | I6 | the report is the truth | `judge` |
//! | I7 | no row goes back in time | `judge` |
//! | I8 | attempts, quotas and hints are kept | `wire` |
//! | I9 | once faults stop, a run completes and every breaker closes | `day` |
//! | I10 | a second run changes nothing | `judge` |
//! | laws 3, 6, 8, 9 | of breakers, drops, tokens and writes | `circuits`, `process`, `tokens`, `wire` |
//!
//! The rare paths that must be reached over a run are named in [`Rare`].

mod circuits;
mod day;
mod draw;
mod file;
mod history;
mod judge;
mod mix;
mod process;
mod record;
mod regressions;
mod shelf;
mod sometimes;
pub mod speed;
mod swarm;
mod tokens;
mod wire;
mod witness;

pub use day::{Keeping, Report, day};
pub use record::Telling;
pub use regressions::REGRESSIONS;
pub use sometimes::{Rare, Sometimes};
pub use swarm::{Failed, Swarm, Tally};
