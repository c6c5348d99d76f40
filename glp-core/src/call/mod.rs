//! The call machine: one request carried through token, pace, breakers and retries.
//!
//! The machine decides, the adapter carries bytes and waits. Its loop is this, in any runtime:
//!
//! 1. [`Call::poll`] says what to do now.
//! 2. [`Action::Send`]: send the request, until `give_up_at`; hand what came of it to
//!    [`Call::handle`], an answer and a failure alike; go to 1.
//! 3. [`Action::Sleep`]: wait until the instant; go to 1.
//! 4. [`Action::Park`]: wait until the instant, or until the core's [`Core::wakes`] has changed;
//!    go to 1.
//! 5. [`Action::Done`]: that is the call's result.
//!
//! A call that is dropped before it is done must be given to [`Call::cancel`]: it needs no clock,
//! does no I/O and cannot fail. [`drive`](crate::drive) does all of that.
//!
//! # The order of decisions
//!
//! Inside `poll` the first that applies answers: the deadline; a pending wait; an open breaker (a
//! peek, so that no token is fetched for a call that will be refused); the route's pace; the token;
//! and last the breakers' permits, so that a probe is held only while bytes are on the wire.

mod action;
mod circuits;
mod config;
mod core;
mod environment;
mod failure;
mod leg;
mod machine;
mod paces;
mod policy;
mod settings;
mod settle;

pub use self::action::{Action, Event};
pub use self::circuits::{Control, NamedStatus};
pub use self::config::{CallOptions, Config, Credentials, Guard, Patience, PlainHttp, is_loopback};
pub use self::core::Core;
pub use self::machine::Call;
pub use self::settings::{Names, Settings};
