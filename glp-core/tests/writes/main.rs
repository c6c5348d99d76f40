//! Writes: whole ones against the fake service in virtual time, and their laws.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;
mod outcomes;
mod rehearsals;
mod trace;
mod unanswered;
mod world;
