//! The two-level kind of an error: matching the outer variant catches the parent class.

/// Names what went wrong; the outer variant is the area, the inner one the class.
///
/// The areas are complete, so a table of exit codes can match them without a wildcard. The classes
/// within an area may grow.
///
/// # Examples
///
/// ```
/// use glp_core::error::{Error, ErrorKind, NetworkKind};
///
/// let error = Error::new(NetworkKind::Dns, "no such host");
/// assert!(matches!(error.kind(), ErrorKind::Network(_)));
/// assert_eq!(error.kind().class(), "DNSError");
/// assert_eq!(error.kind().code(), "DNS_ERROR");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ErrorKind {
    /// The service answered with an error, or with something that is no answer.
    #[error(transparent)]
    Api(ApiKind),
    /// The credentials or the token were not accepted, or no token was to be had.
    #[error(transparent)]
    Authentication(AuthenticationKind),
    /// A setting is missing or cannot be used.
    #[error(transparent)]
    Configuration(ConfigurationKind),
    /// The inventory store failed.
    #[error(transparent)]
    Database(DatabaseKind),
    /// One request names more devices than the service takes.
    #[error("Too many devices in one request")]
    DeviceLimit,
    /// No whole answer came.
    #[error(transparent)]
    Network(NetworkKind),
    /// A sync, or a call on its behalf, could not go on.
    #[error(transparent)]
    Sync(SyncKind),
}

/// Answers of the service that are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKind {
    /// The body of a success does not decode.
    #[error("Response does not decode")]
    Decode,
    /// 403: the credentials may not do this.
    #[error("Access denied")]
    Forbidden,
    /// 404: no such resource.
    #[error("Resource not found")]
    NotFound,
    /// 429: too many requests.
    #[error("Rate limit exceeded")]
    RateLimit,
    /// 3xx: redirects are never followed.
    #[error("Redirect not followed")]
    Redirect,
    /// 5xx: the service failed.
    #[error("Server error")]
    Server,
    /// Any other status.
    #[error("Request failed")]
    Status,
    /// 400, 422: the request is wrong.
    #[error("Invalid request")]
    Validation,
}

/// Failures to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationKind {
    /// Any other failure to authenticate.
    #[error("Authentication failed")]
    General,
    /// The client id or secret is wrong.
    #[error("Invalid client credentials")]
    InvalidCredentials,
    /// A fresh token was refused as well.
    #[error("Access token has expired")]
    TokenExpired,
    /// No token could be fetched.
    #[error("Failed to fetch token")]
    TokenFetch,
}

/// Settings that are missing or cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationKind {
    /// A setting has a value that cannot be used.
    #[error("Setting cannot be used")]
    Invalid,
    /// Settings are missing.
    #[error("Settings are missing")]
    Missing,
}

/// Failures of the inventory store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseKind {
    /// No connection to the database.
    #[error("Database connection pool error")]
    ConnectionPool,
    /// Any other failure of the database.
    #[error("Database error")]
    General,
    /// A row breaks a rule of the schema.
    #[error("Database integrity error")]
    Integrity,
    /// Another sync holds the store.
    #[error("Store is held by another sync")]
    Locked,
    /// The file is of a version that this program does not know.
    #[error("Store has an unknown schema version")]
    Schema,
    /// A transaction failed.
    #[error("Database transaction failed")]
    Transaction,
}

/// Ways in which no whole answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkKind {
    /// The server's certificate was not accepted.
    #[error("Server certificate was not accepted")]
    Certificate,
    /// No connection was made.
    #[error("Failed to connect to server")]
    Connection,
    /// The host's name did not resolve.
    #[error("DNS resolution failed")]
    Dns,
    /// Any other failure of the network.
    #[error("Network error")]
    General,
    /// The connection broke after the request may have been sent.
    #[error("Connection was reset")]
    Reset,
    /// No answer in time.
    #[error("Request timed out")]
    Timeout,
    /// The TLS handshake was interrupted before the request was sent.
    #[error("TLS handshake was interrupted")]
    TlsHandshake,
    /// The body is larger than the limit.
    #[error("Response is larger than the limit")]
    TooLarge,
    /// The body ended early.
    #[error("Response ended early")]
    Truncated,
}

/// Ways in which a sync could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SyncKind {
    /// An asynchronous operation of the service failed.
    #[error("Async operation failed")]
    AsyncOperation,
    /// The circuit breaker is open: the request was not sent.
    #[error("Circuit breaker is open, requests rejected")]
    CircuitOpen,
    /// Any other failure of a sync.
    #[error("Sync failed")]
    General,
    /// Part of the work was done.
    #[error("Sync was partial")]
    Partial,
}

impl ErrorKind {
    /// Says whether trying again can help, unless the error itself says otherwise.
    pub const fn is_recoverable(self) -> bool {
        match self {
            Self::Api(kind) => matches!(kind, ApiKind::RateLimit | ApiKind::Server),
            Self::Authentication(kind) => !matches!(kind, AuthenticationKind::InvalidCredentials),
            Self::Configuration(_) | Self::DeviceLimit => false,
            Self::Database(kind) => !matches!(kind, DatabaseKind::Integrity | DatabaseKind::Schema),
            Self::Network(kind) => {
                !matches!(kind, NetworkKind::Certificate | NetworkKind::TooLarge)
            }
            Self::Sync(kind) => matches!(kind, SyncKind::CircuitOpen | SyncKind::Partial),
        }
    }
}

macro_rules! into_error_kind {
    ($($area:ident($class:ident)),*) => {$(
        impl From<$class> for ErrorKind {
            fn from(kind: $class) -> Self {
                Self::$area(kind)
            }
        }
    )*};
}

into_error_kind!(
    Api(ApiKind),
    Authentication(AuthenticationKind),
    Configuration(ConfigurationKind),
    Database(DatabaseKind),
    Network(NetworkKind),
    Sync(SyncKind)
);

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::error::kind::ErrorKind::{Api, Authentication, Database, Network, Sync};

    #[test]
    fn the_default_messages_of_the_predecessor_are_kept() {
        let messages = [
            (Api(ApiKind::RateLimit), "Rate limit exceeded"),
            (Api(ApiKind::Server), "Server error"),
            (Authentication(AuthenticationKind::InvalidCredentials), "Invalid client credentials"),
            (Authentication(AuthenticationKind::TokenExpired), "Access token has expired"),
            (Database(DatabaseKind::ConnectionPool), "Database connection pool error"),
            (Database(DatabaseKind::Integrity), "Database integrity error"),
            (Database(DatabaseKind::Transaction), "Database transaction failed"),
            (Network(NetworkKind::Connection), "Failed to connect to server"),
            (Network(NetworkKind::Dns), "DNS resolution failed"),
            (Network(NetworkKind::Timeout), "Request timed out"),
            (Sync(SyncKind::AsyncOperation), "Async operation failed"),
            (Sync(SyncKind::CircuitOpen), "Circuit breaker is open, requests rejected"),
        ];
        for (kind, message) in messages {
            assert_eq!(kind.to_string(), message);
        }
    }
}
