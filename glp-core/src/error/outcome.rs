//! What an error says of the thing that a breaker guards.

use super::Error;
use super::kind::{ApiKind, DatabaseKind, ErrorKind, NetworkKind};
use crate::breaker::Outcome;

/// Judges an error as a breaker sees it: did what is guarded work?
///
/// A refusal of the request is an answer, and so a success. What is about us, or about somebody else
/// (a configuration, a token, a quota, another breaker), says nothing and is ignored. It is the
/// table of [`classify`](crate::classify), for errors.
///
/// # Examples
///
/// ```
/// use glp_core::breaker::Outcome;
/// use glp_core::error::{ApiKind, Error, NetworkKind};
///
/// let outcome = |error: Error| Outcome::from(&error);
/// assert_eq!(outcome(Error::new(NetworkKind::Reset, "broke off")), Outcome::Failure);
/// assert_eq!(outcome(Error::new(ApiKind::NotFound, "no such device")), Outcome::Success);
/// assert_eq!(outcome(Error::new(ApiKind::RateLimit, "slow down")), Outcome::Ignore);
/// ```
impl From<&Error> for Outcome {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Api(ApiKind::Server) => Self::Failure,
            ErrorKind::Api(ApiKind::Decode | ApiKind::RateLimit) => Self::Ignore,
            ErrorKind::Api(_) if matches!(error.status(), Some(408 | 425)) => Self::Ignore,
            ErrorKind::Api(_) | ErrorKind::DeviceLimit => Self::Success,
            ErrorKind::Network(NetworkKind::Certificate | NetworkKind::TooLarge) => Self::Ignore,
            ErrorKind::Network(_) => Self::Failure,
            ErrorKind::Database(DatabaseKind::Integrity | DatabaseKind::Schema) => Self::Ignore,
            ErrorKind::Database(_) => Self::Failure,
            ErrorKind::Authentication(_) | ErrorKind::Configuration(_) | ErrorKind::Sync(_) => {
                Self::Ignore
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AuthenticationKind, SyncKind};

    #[test]
    fn b6_only_what_is_guarded_counts() {
        let outcome = |error: Error| Outcome::from(&error);
        let status = |status| Error::new(ApiKind::Status, "an answer").with_status(status);
        for (error, expected) in [
            (Error::new(ApiKind::Server, "out of order"), Outcome::Failure),
            (Error::new(NetworkKind::Timeout, "no answer"), Outcome::Failure),
            (Error::new(DatabaseKind::Transaction, "rolled back"), Outcome::Failure),
            (status(409), Outcome::Success),
            (status(408), Outcome::Ignore),
            (Error::new(ApiKind::Decode, "no JSON"), Outcome::Ignore),
            (Error::new(NetworkKind::Certificate, "expired"), Outcome::Ignore),
            (Error::new(DatabaseKind::Integrity, "twice"), Outcome::Ignore),
            (Error::new(AuthenticationKind::General, "who?"), Outcome::Ignore),
            (Error::new(SyncKind::CircuitOpen, "open"), Outcome::Ignore),
        ] {
            assert_eq!(outcome(error.clone()), expected, "{error}");
        }
    }
}
