//! The laws of calls, each a property over arbitrary services, drops and clocks.
//!
//! | law | says | property |
//! |---|---|---|
//! | 1, 2, 3 | a breaker opens, probes and forgets as it promises | `glp-core/tests/breaker/laws.rs` |
//! | 4 | polling twice at one instant says the same | [`clocks`] |
//! | 5 | where the world always answers, every call ends | [`waits`] |
//! | 6 | dropping all calls leaves no probe out, no slot taken, no token flight | [`drops`] |
//! | 7 | no wait ends before the hint, passes the deadline or leaves its bounds; one seed, one trace | [`waits`] |
//! | 8 | one token request at a time; an old 401 discards no new token | [`tokens`] |
//! | 9 | sends ≤ calls × attempts, retries ≤ budget, requests per window ≤ quota | [`counts`] |
//! | 10 | a clock that stands, jumps or runs backwards neither panics nor admits early | [`clocks`] |
//! | 11 | only a complete listing retires a row; killing loses and repeats nothing | `glp-core/tests/sync/laws.rs` |
//!
//! Of laws 7, 9 and 10 what concerns one policy alone stands in `glp-core/tests/policy`.

mod clocks;
mod counts;
mod drops;
mod plan;
mod service;
mod tokens;
mod waits;
