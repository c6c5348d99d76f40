//! The `glp` program as people meet it: started as a process, spoken to by arguments, environment
//! and signals, against a fake service on loopback.
#![cfg(all(feature = "cli", unix))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod codes;
mod demo;
mod output;
mod program;
mod secrets;
mod server;
mod stopping;
