//! The circuit breaker: stop asking what does not answer, and find out gently when it does again.
//!
//! ```text
//!                 failures reach the threshold
//!      ┌────────┐ ───────────────────────────▶ ┌──────┐
//!      │ Closed │                              │ Open │ ◀─┐
//!      └────────┘                              └──────┘   │
//!           ▲                                      │      │ a probe fails
//!           │ successes reach        the cool-down │      │
//!           │ the threshold          has passed    ▼      │
//!           │                                ┌──────────┐ │
//!           └─────────────────────────────── │ HalfOpen │─┘
//!                                            └──────────┘
//! ```
//!
//! | state | a request asks | success | failure | ignore | cool-down passes |
//! |---|---|---|---|---|---|
//! | closed | admitted | count := 0 | count + 1, open at the threshold | – | – |
//! | open | refused until the cool-down ends | – | – | – | the next request is a probe |
//! | half-open | admitted while a probe is free | successes + 1, closed at the threshold | open | probe returned | – |
//!
//! Every transition begins a new *epoch*. A permit carries the epoch it was granted in; a result
//! of an earlier epoch changes nothing, so a late answer from before an outage can neither close
//! nor reopen a breaker. A probe is a *lease*: it comes back when it is reported or released, and
//! expires by itself if its holder is lost.

mod config;
mod machine;
mod state;
mod status;

pub use config::Config;
pub use machine::{Breaker, Outcome, Permit, Refused};
pub use state::{Barrier, State, Transition};
pub use status::Status;
