//! The async client in virtual time, over a script: what its callers see.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod listings;
mod requests;
mod settings;
mod virtual_runtime;
