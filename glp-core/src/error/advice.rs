//! What to do about an error, in one sentence for people.

use super::Error;
use super::kind::{
    ApiKind, AuthenticationKind, ConfigurationKind, DatabaseKind, ErrorKind, NetworkKind, SyncKind,
};

impl Error {
    /// Advises what to do about it, in one sentence for people.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::error::{DatabaseKind, Error};
    ///
    /// let error = Error::new(DatabaseKind::Locked, "held by process 4711");
    /// assert_eq!(error.advice(), "Wait until the other sync ends, or use another store.");
    /// ```
    pub fn advice(&self) -> &'static str {
        if self.is_outcome_unknown() {
            "Look whether the change was made before sending it again."
        } else {
            self.kind().advice()
        }
    }
}

impl ErrorKind {
    /// Advises what to do about an error of this kind, in one sentence for people.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Api(kind) => kind.advice(),
            Self::Authentication(kind) => kind.advice(),
            Self::Configuration(kind) => kind.advice(),
            Self::Database(kind) => kind.advice(),
            Self::DeviceLimit => "Split the devices over several requests.",
            Self::Network(kind) => kind.advice(),
            Self::Sync(kind) => kind.advice(),
        }
    }
}

impl ApiKind {
    const fn advice(self) -> &'static str {
        match self {
            Self::Decode => "Report the response and its debug id; a retry brings the same.",
            Self::Forbidden => "Grant the API client the role that this request needs.",
            Self::NotFound => "Check the id, the workspace and the base URL.",
            Self::RateLimit => "Wait as long as the server asks, or send less often.",
            Self::Redirect => "Set the base URL to the API's own address.",
            Self::Server => "Try again later; if it persists, quote the debug id to HPE.",
            Self::Status => "Read the message; if it is unclear, quote the debug id to HPE.",
            Self::Validation => "Correct the request; it fails the same way each time.",
        }
    }
}

impl AuthenticationKind {
    const fn advice(self) -> &'static str {
        match self {
            Self::General | Self::TokenExpired => {
                "Check that the API client is active and belongs to this workspace."
            }
            Self::InvalidCredentials => {
                "Check the client id and secret, and the workspace they belong to."
            }
            Self::TokenFetch => "Check the token URL, then try again later.",
        }
    }
}

impl ConfigurationKind {
    const fn advice(self) -> &'static str {
        match self {
            Self::Invalid => "Correct the setting that is named.",
            Self::Missing => "Set every setting that is named.",
        }
    }
}

impl DatabaseKind {
    const fn advice(self) -> &'static str {
        match self {
            Self::ConnectionPool => "Check that the database runs and can be reached.",
            Self::General => "Check the path, its permissions and the free space.",
            Self::Integrity => "Correct the row that is named, or report it.",
            Self::Locked => "Wait until the other sync ends, or use another store.",
            Self::Schema => "Use the version of this program that wrote the store.",
            Self::Transaction => "Try again; nothing of the transaction was kept.",
        }
    }
}

impl NetworkKind {
    const fn advice(self) -> &'static str {
        match self {
            Self::Certificate => "Add the CA certificate of the server, or of the proxy.",
            Self::Dns => "Check the host name in the base URL, and the resolver.",
            Self::TooLarge => "Ask for smaller pages, or raise the size limit.",
            Self::Connection
            | Self::General
            | Self::Reset
            | Self::Timeout
            | Self::TlsHandshake
            | Self::Truncated => "Check the network and the proxy, then try again.",
        }
    }
}

impl SyncKind {
    const fn advice(self) -> &'static str {
        match self {
            Self::AsyncOperation => "Read the operation's own status for the reason.",
            Self::CircuitOpen => "Wait until the circuit breaker lets a probe through.",
            Self::General => "Read the message and its cause.",
            Self::Partial => "Sync again; it goes on where it stopped.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_outcome_is_advised_on_before_the_kind() {
        let error = Error::new(NetworkKind::Timeout, "no answer");
        assert_eq!(error.advice(), "Check the network and the proxy, then try again.");

        let error = error.with_outcome_unknown();
        assert_eq!(error.advice(), "Look whether the change was made before sending it again.");
    }
}
