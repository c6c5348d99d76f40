//! GreenLake for plain threads, and the inventory store.
//!
//! # In scope
//!
//! * feature `sqlite` (default): [`store`], the inventory in one SQLite file. It needs no HTTP
//!   client; the async adapters drive it through their blocking pools.
//!
//! # Out of scope
//!
//! Decisions. They are made in [`glp_core`], and every store answers its commands alike.

#[cfg(feature = "sqlite")]
pub mod store;
