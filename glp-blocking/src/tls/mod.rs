//! TLS as every client here speaks it: whom to trust, and what a fault means.
//!
//! Said once, for this crate and for the async adapters, by no means only for threads: it opens no
//! socket and waits for nothing. It is not in the core, because it needs rustls.

mod fault;
mod trust;

pub use fault::{cause, causes, hopeless, unconnected, words};
pub use trust::client_config;
