//! The exit codes, and which of them a failure or a run earns.

use std::process::ExitCode;

use glp_core::error::{ApiKind, AuthenticationKind, Error, ErrorKind, NetworkKind, SyncKind};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All was done, or the data was printed.
    Success = 0,
    /// A failure that no other code describes.
    Failure = 1,
    /// The command line or the configuration cannot be used; the command-line parser's own code.
    Usage = 2,
    /// At least one resource is incomplete; its earlier rows are as they were.
    Partial = 3,
    /// The credentials were not accepted, or may not do this.
    Authentication = 4,
    /// The service cannot be reached or is unwell: try again later.
    Unavailable = 5,
    /// The store cannot be used, or another sync holds it.
    Store = 6,
    /// Only with `--exit-code`: the report has findings.
    Findings = 10,
    /// Stopped cleanly by Ctrl-C (128 + SIGINT).
    Interrupted = 130,
    /// Stopped cleanly by SIGTERM (128 + SIGTERM).
    Terminated = 143,
}

/// The table of codes, as `--help` prints it.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  complete, or the data was printed
    1  any other failure
    2  the command line or the configuration cannot be used
    3  partial: at least one resource is incomplete, its earlier rows are untouched
    4  the credentials were not accepted, or may not do this
    5  the service is unavailable: try again later
    6  the store cannot be used, or another sync holds it
   10  only with --exit-code: the report has findings
  130  stopped by Ctrl-C
  143  stopped by SIGTERM";

impl Exit {
    /// Says which code `error` earns.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Configuration(_) => Self::Usage,
            ErrorKind::Api(ApiKind::Forbidden) => Self::Authentication,
            // No token came, but nobody refused the credentials: the token service is unwell.
            ErrorKind::Authentication(AuthenticationKind::TokenFetch) if !is_refused(error) => {
                Self::Unavailable
            }
            ErrorKind::Authentication(_) => Self::Authentication,
            ErrorKind::Api(ApiKind::RateLimit | ApiKind::Server) => Self::Unavailable,
            ErrorKind::Network(NetworkKind::Certificate | NetworkKind::TooLarge) => Self::Failure,
            ErrorKind::Network(_) | ErrorKind::Sync(SyncKind::CircuitOpen) => Self::Unavailable,
            ErrorKind::Database(_) => Self::Store,
            ErrorKind::Sync(SyncKind::Partial) => Self::Partial,
            ErrorKind::Api(_) | ErrorKind::DeviceLimit | ErrorKind::Sync(_) => Self::Failure,
        }
    }
}

/// Says whether the service turned the request itself down, and not for being busy.
fn is_refused(error: &Error) -> bool {
    error
        .status()
        .is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 425 | 429))
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use glp_core::error::{ConfigurationKind, DatabaseKind};

    use super::*;

    #[test]
    fn each_kind_of_error_earns_its_code() {
        let table: [(ErrorKind, Exit); 14] = [
            (ConfigurationKind::Missing.into(), Exit::Usage),
            (ConfigurationKind::Invalid.into(), Exit::Usage),
            (AuthenticationKind::InvalidCredentials.into(), Exit::Authentication),
            (AuthenticationKind::TokenExpired.into(), Exit::Authentication),
            (ApiKind::Forbidden.into(), Exit::Authentication),
            (ApiKind::Server.into(), Exit::Unavailable),
            (ApiKind::RateLimit.into(), Exit::Unavailable),
            (NetworkKind::Dns.into(), Exit::Unavailable),
            (NetworkKind::Timeout.into(), Exit::Unavailable),
            (SyncKind::CircuitOpen.into(), Exit::Unavailable),
            (NetworkKind::Certificate.into(), Exit::Failure),
            (ApiKind::Decode.into(), Exit::Failure),
            (DatabaseKind::Locked.into(), Exit::Store),
            (SyncKind::Partial.into(), Exit::Partial),
        ];
        for (kind, exit) in table {
            assert_eq!(Exit::of(&Error::new(kind, "")), exit, "{kind:?}");
        }
    }

    #[test]
    fn a_token_service_that_is_down_is_not_a_wrong_secret() {
        let error = |status| Error::new(AuthenticationKind::TokenFetch, "").with_status(status);

        assert_eq!(Exit::of(&error(503)), Exit::Unavailable);
        assert_eq!(Exit::of(&error(429)), Exit::Unavailable);
        assert_eq!(Exit::of(&error(401)), Exit::Authentication);
        assert_eq!(Exit::of(&Error::new(AuthenticationKind::TokenFetch, "")), Exit::Unavailable);
    }
}
