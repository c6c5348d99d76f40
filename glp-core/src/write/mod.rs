//! Writes: rows added and changed, in requests of the documented size, each followed to its end.
//!
//! The service does not do a write, it accepts it: an answer of 202 names an asynchronous
//! operation, which ends minutes later, for some of its rows well and for others not. A [`Write`]
//! takes a [`Plan`] of any length to the [`Outcome`] of each row. It performs no I/O and reads no
//! clock; whoever drives it sends and waits:
//!
//! ```
//! use glp_core::error::Error;
//! use glp_core::exchange::Response;
//! use glp_core::operation::Operation;
//! use glp_core::time::Instant;
//! use glp_core::write::{Step, Write, Written};
//!
//! fn drive(
//!     mut write: Write,
//!     now: impl Fn() -> Instant,
//!     mut send: impl FnMut(Operation) -> Result<Response, Error>,
//!     mut wait_until: impl FnMut(Instant),
//! ) -> Written {
//!     loop {
//!         match write.poll(now()) {
//!             Step::Send(operation) => {
//!                 let result = send(operation);
//!                 write.handle(result, now());
//!             }
//!             Step::Wait { until, .. } => wait_until(until),
//!             Step::Done(written) => return written,
//!         }
//!     }
//! }
//! ```
//!
//! # The promise
//!
//! What may have been done is not done again before it was looked for. A request whose answer was
//! lost, an operation that never ends, that is gone or that names no row: in each case the rows are
//! read back, and only what is not there for longer than an operation may take is sent again. Each
//! row ends as done, failed, not sent, or not known; never as a guess.
//!
//! | what is known | the row is there | is not there | cannot be read |
//! |---|---|---|---|
//! | the answer to the request was lost | done | sent again, or failed | not known |
//! | accepted, but never seen to end | done | not known | not known |
//! | ended, without a word how | done | failed | not known |
//! | the service says that it failed | done | failed | failed |
//! | the service says that it is done, and names no row | done | not known | done |
//!
//! A row that is found counts as done, whoever did it: adding what is there already is no error.
//!
//! Source: ours.

mod batch;
mod ended;
mod machine;
mod outcome;
mod plan;
mod polling;
mod read_back;
mod settings;
mod step;

pub use ended::Ended;
pub use machine::Write;
pub use outcome::{Outcome, Proof, Written};
pub use plan::Plan;
pub use polling::Polling;
pub use settings::Settings;
pub use step::{Step, Why};
