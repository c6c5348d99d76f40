//! What an error means for the next attempt.

use super::Error;
use super::kind::{ErrorKind, NetworkKind, SyncKind};
use crate::retry::{Failure, Nature};

/// Judges an error as the retry decision sees it.
///
/// An unknown outcome must not be repeated; a breaker that is open is not waited for; else it goes
/// by [`Error::is_recoverable`] and carries the server's hint.
///
/// # Examples
///
/// ```
/// use glp_core::error::{ApiKind, Error};
/// use glp_core::retry::{Failure, Nature};
///
/// let busy = Error::new(ApiKind::Server, "busy").with_status(503);
/// assert_eq!(Failure::from(&busy).nature, Nature::Passing);
///
/// let absent = Error::new(ApiKind::NotFound, "no such device").with_status(404);
/// assert_eq!(Failure::from(&absent).nature, Nature::Permanent);
/// ```
impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let nature = match error.kind() {
            _ if error.is_outcome_unknown() => Nature::NotReplayable,
            ErrorKind::Sync(SyncKind::CircuitOpen) => Nature::Permanent,
            _ if !error.is_recoverable() => Nature::Permanent,
            ErrorKind::Network(NetworkKind::Timeout) => Nature::TimedOut,
            _ => Nature::Passing,
        };
        Self { nature, hint: error.retry_after() }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::error::ApiKind;

    #[test]
    fn r9_r10_the_nature_goes_by_what_the_error_says_of_itself() {
        let nature = |error: Error| Failure::from(&error).nature;
        let timeout = || Error::new(NetworkKind::Timeout, "no answer");

        assert_eq!(nature(timeout()), Nature::TimedOut);
        assert_eq!(nature(timeout().with_recoverable(false)), Nature::Permanent);
        assert_eq!(nature(timeout().with_outcome_unknown()), Nature::NotReplayable);
        assert_eq!(nature(Error::new(SyncKind::CircuitOpen, "open")), Nature::Permanent);
        assert_eq!(nature(Error::new(NetworkKind::Dns, "no such host")), Nature::Passing);
        assert_eq!(nature(Error::new(NetworkKind::Certificate, "expired")), Nature::Permanent);
    }

    #[test]
    fn r6_absent_and_zero_are_told_apart() {
        let limited = || Error::new(ApiKind::RateLimit, "slow down");
        assert_eq!(Failure::from(&limited()).hint, None);
        let at_once = limited().with_retry_after(Duration::ZERO);
        assert_eq!(Failure::from(&at_once).hint, Some(Duration::ZERO));
    }
}
