//! The circuit breaker: stop asking what does not answer, and find out gently when it does again.
//!
//! ```text
//!                  a run of failures, a rate of failures
//!      ┌────────┐  or of slow calls, or by hand          ┌──────┐
//!      │ Closed │ ─────────────────────────────────────▶ │ Open │ ◀─┐
//!      └────────┘                                        └──────┘   │ probes fail,
//!        ▲    ▲            by hand (reset)                 │  │     │ or are spent
//!        │    └────────────────────────────────────────────┘  │     │ without a verdict,
//!        │                                  the open time has │     │ or by hand
//!        │ enough probes succeed,           passed, and a     ▼     │
//!        │ or by hand (reset)               request comes  ┌──────────┐
//!        └──────────────────────────────────────────────── │ HalfOpen │
//!                                                          └──────────┘
//! ```
//!
//! | state | a request asks | success | failure | ignore, release | time passes |
//! |---|---|---|---|---|---|
//! | closed | admitted; during a [`RampUp`], in the steps that admit | run := 0; window + 1; may reach a rate: open | run + 1, window + 1; run or rate reached: open | – | window forgets; ramp-up grows |
//! | open | refused until the open time ends; the first one after it: half-open, a probe | – | – | – | – |
//! | half-open | a probe, while fewer than [`Config::max_probes`] are out and [`Config::probes_per_round`] are not spent | successes + 1; enough: closed | failures + 1; more than tolerated: open | probe comes back; the last of a spent round: open | a leaked probe's lease expires; the last of a spent round: open |
//!
//! | by hand | closed | open | half-open |
//! |---|---|---|---|
//! | [`reset`](Breaker::reset) | counts := 0, new epoch | closed | closed |
//! | [`force_open`](Breaker::force_open), [`open_until`](Breaker::open_until) | open | the end moves | open |
//! | [`isolate`](Breaker::isolate), [`lift`](Breaker::lift) | refuses all, until lifted as often | same | same |
//! | [`Mode::Observe`] | refuses nothing, changes as ever | same | same |
//! | [`Mode::Disabled`] | refuses nothing, counts no result | same | same |
//!
//! In half-open a slow success is a failure: a breaker that opened because of slow calls does not
//! close on slow probes.
//!
//! Every transition begins a new *epoch*. A permit carries the epoch it was granted in; a result
//! of an earlier epoch changes nothing, so a late answer from before an outage can neither close
//! nor reopen a breaker. A probe is a *lease*: it comes back when it is reported or released, and
//! expires by itself if its holder is lost.
//!
//! What the time alone changes is seen at once by [`peek`](Breaker::peek), [`state`](Breaker::state)
//! and [`status`](Breaker::status), and becomes a [`Transition`] at the next step.
//!
//! The default configuration allocates nothing until a first probe goes out; with [`Rates`], one
//! window when it is made.
//!
//! A [`Breaker`] is a plain value for one owner. A [`SharedBreaker`] is the same machine for many
//! threads, without a lock: its permits come back by themselves, and a healthy one writes nothing.

mod admission;
mod config;
mod control;
mod growth;
mod machine;
mod outcome;
mod permit;
mod ramp_up;
mod rates;
mod recovery;
mod registry;
mod round;
mod share;
#[cfg(feature = "std")]
mod shared;
mod snapshot;
mod state;
mod status;
mod window;

pub use config::Config;
pub use control::{Isolation, Mode};
pub use growth::Growth;
pub use machine::Breaker;
pub use outcome::{Outcome, Report};
pub use permit::{Permit, Refused};
pub use ramp_up::RampUp;
pub use rates::{Rates, Slow, Span};
pub use recovery::Recovery;
pub use registry::{Full, Registry};
pub use share::Share;
#[cfg(feature = "std")]
pub use shared::{Isolated, SharedBreaker, SharedBreakerBuilder, SharedPermit};
pub use snapshot::Snapshot;
pub use state::{Barrier, Reason, State, Transition};
pub use status::Status;
pub use window::Tally;
