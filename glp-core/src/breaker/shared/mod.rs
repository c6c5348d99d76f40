//! The breaker that many threads share.

mod atomic;
mod breaker;
mod builder;
mod codec;
mod control;
mod herald;
mod permit;
mod register;
mod words;

pub(super) use words::{Words, halves};

pub use breaker::SharedBreaker;
pub use builder::SharedBreakerBuilder;
pub use control::Isolated;
pub use permit::SharedPermit;
