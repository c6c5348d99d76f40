//! A fake GreenLake: the inventory API and the token service, as one pure function.
//!
//! What it answers depends on its [`Settings`], the requests so far and `now`, and on nothing
//! else: it has no clock, no socket and no randomness but its seed. A property test drives it in
//! virtual time; an adapter mounts it on a listener. Facts about the API come from its public
//! reference; where that is silent, the stricter reading is taken, so that a client which gets
//! along here gets along there.
//!
//! Writes are accepted and done a while later, as by the service: what came of them is told by an
//! asynchronous operation. `select` and `filter-tags` are refused, never ignored.
//!
//! | Noun | Room |
//! |---|---|
//! | The service: what goes wrong, then what is answered | `service`, `visit` |
//! | What goes wrong | `faults` (how often, when), `mishap`, `operation_mishap` (what), `dice` (draws it), `tally` |
//! | What is answered when nothing does | `backend`, `tokens`, `quota`, `refusal`, `page` |
//! | What is asked for | `endpoint`, `parameters`, `listing`, `filter`, `sort`, `order` (a write) |
//! | What is done later | `workshop`, `job`, `edits` |
//! | What is there | `ledger`, `inventory`, `row`, `device`, `subscription` |

mod answer;
mod backend;
mod basic;
mod device;
mod device_catalog;
mod dice;
mod edits;
mod endpoint;
mod faults;
mod field;
mod filter;
mod filter_parser;
mod hint;
mod inventory;
mod job;
mod json;
mod ledger;
mod listing;
mod mishap;
mod oddity;
mod operation_mishap;
mod order;
mod page;
mod parameters;
mod quota;
mod refusal;
mod row;
mod row_cache;
mod service;
mod settings;
mod sort;
mod subscription;
mod tally;
#[cfg(test)]
mod tests;
mod tokens;
mod uuid;
mod visit;
mod workshop;

pub use endpoint::Endpoint;
pub use faults::{Faults, Level, Outage};
pub use hint::{Hint, HintStyle};
pub use mishap::{Change, Distortion, ErrorBody, Mishap, OutageStyle, ServerStatus};
pub use operation_mishap::OperationMishap;
pub use service::{NoSuchRow, Service};
pub use settings::{Envelope, Quota, Settings};
pub use tally::Injected;
