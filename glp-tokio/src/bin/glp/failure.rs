//! Why a command could not do its work.

use std::io;

use glp_core::error::{Error, ErrorKind};

use crate::exit::Exit;

/// Says how the program must end, and what to tell the user.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What to tell; empty where there is nobody to tell it to.
    pub(crate) message: String,
}

impl Failure {
    /// Makes a failure that ends with `exit`.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Makes a failure of the command line or the configuration.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Advises what to do about `error`, by the names that this program knows settings under.
    pub(crate) fn hint(error: &Error) -> &'static str {
        match error.kind() {
            ErrorKind::Authentication(_) if Exit::of(error) == Exit::Authentication => {
                "Check GLP_CLIENT_ID and GLP_CLIENT_SECRET, and that they belong to the workspace."
            }
            _ => error.advice(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(Exit::of(&error), format!("{error}\nhint: {}", Self::hint(&error)))
    }
}

/// Failures to write to stdout. A reader that went away, as `head` does, has all it wanted.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Success, ""),
            _ => Self::new(Exit::Failure, format!("cannot write to standard output: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use glp_core::error::{AuthenticationKind, DatabaseKind};

    use super::*;

    #[test]
    fn refused_credentials_name_the_variables_to_check() {
        let error = Error::new(AuthenticationKind::InvalidCredentials, "the service refused them");

        let failure = Failure::from(error);

        assert_eq!(failure.exit, Exit::Authentication);
        assert!(failure.message.contains("GLP_CLIENT_SECRET"), "{}", failure.message);
    }

    #[test]
    fn other_errors_keep_their_advice() {
        let failure = Failure::from(Error::new(DatabaseKind::Locked, "held by process 4711"));

        assert_eq!(failure.exit, Exit::Store);
        assert!(
            failure
                .message
                .ends_with("\nhint: Wait until the other sync ends, or use another store.")
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));

        assert_eq!(failure.exit, Exit::Success);
        assert_eq!(failure.message, "");
    }
}
