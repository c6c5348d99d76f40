//! What every client is made of, whatever carries its requests: settings, builder, raw requests;
//! with feature `futures` the async client itself.
//!
//! An adapter brings an [`Adapter`]: its clock, its transport, its way to the machine's files and
//! variables. `glp_tokio::Client` and `glp_async_std::Client` are [`Client`] over the clock of each;
//! a client over a runtime of your own is made the same way. The timer is part of its type: one
//! without a timer does not compile.
//!
//! ```compile_fail
//! use glp_core::client::Client;
//!
//! struct NoTimer;
//!
//! async fn example(client: &Client<NoTimer>) {
//!     let _ = client.get("/devices/v1/devices").await;
//! }
//! ```

mod adapter;
mod builder;
#[cfg(feature = "futures")]
#[expect(clippy::module_inception, reason = "the file is named after what it holds")]
mod client;
#[cfg(feature = "futures")]
mod control;
#[cfg(feature = "futures")]
mod drive;
#[cfg(feature = "futures")]
mod flight;
mod http_settings;
#[cfg(feature = "futures")]
mod pages;
mod raw;
#[cfg(feature = "futures")]
mod write;

pub use adapter::{Adapter, Parts};
pub use builder::ClientBuilder;
#[cfg(feature = "futures")]
pub use client::Client;
pub use http_settings::{HttpSettings, Proxy};
#[cfg(feature = "futures")]
pub use pages::Pages;
