//! x
#![allow(dead_code)]
mod credentials; mod exit; mod failure; mod filter; mod messages; mod meter; mod output; mod percent; mod signal; mod span;
fn main() {}
