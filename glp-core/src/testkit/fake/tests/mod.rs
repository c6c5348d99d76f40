//! The fake as a client meets it.

mod client;
mod faults;
mod pages;
mod queries;
mod robustness;
mod syncs;
mod tokens;
mod writes;
