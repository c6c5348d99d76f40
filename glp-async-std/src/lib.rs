//! The GreenLake client for async-std: to come.
//!
//! async-std has been discontinued upstream ([RUSTSEC-2025-0052]); its authors point to smol. This
//! crate is for programs that still run on it. New ones are better served by `glp-tokio`.
//!
//! # In scope, in a later release
//!
//! * a `Client` of the same shape as that of `glp-tokio`, over async-std's sockets;
//! * a small runtime trait beneath it, so that another runtime costs few lines.
//!
//! Nothing else in this workspace depends on this crate, so leaving it out costs nothing. Every
//! decision is made in [`glp_core`] and will be the same here as on any other runtime.
//!
//! [RUSTSEC-2025-0052]: https://rustsec.org/advisories/RUSTSEC-2025-0052.html
