//! One error type of one word, with a two-level kind.
//!
//! [`Error`] carries what happened and how far things got; [`ErrorKind`] names the area and the
//! class. Answers and failures become errors in one place, [`Error::from_response`] and
//! [`Error::from_failure`]; the classes that take arguments of their own have named constructors.

mod advice;
mod class;
mod code;
mod collector;
#[expect(clippy::module_inception, reason = "the module is about errors, the file about the type")]
mod error;
mod exchange;
mod format;
mod kind;
mod mask;
mod outcome;
mod retry;
mod serialize;

pub use collector::{Collected, ErrorCollector};
pub use error::Error;
pub(crate) use exchange::target_origin;
pub use kind::{
    ApiKind, AuthenticationKind, ConfigurationKind, DatabaseKind, ErrorKind, NetworkKind, SyncKind,
};

/// The predecessor's other name of [`Error`].
pub type GlpClientError = Error;

/// The predecessor's other name of an error whose kind is [`AuthenticationKind::TokenFetch`].
pub type TokenError = Error;
