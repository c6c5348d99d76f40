//! The two-level kind of an error: matching the outer variant catches the parent class.

/// Names what went wrong; the outer variant is the area, the inner one the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The service answered with an error, or with something that is no answer.
    Api(ApiKind),
    /// The credentials or the token were not accepted, or no token was to be had.
    Authentication(AuthenticationKind),
    /// A setting is missing or cannot be used.
    Configuration(ConfigurationKind),
    /// The inventory store failed.
    Database(DatabaseKind),
    /// No whole answer came.
    Network(NetworkKind),
    /// A sync, or a call on its behalf, could not go on.
    Sync(SyncKind),
}

/// Answers of the service that are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiKind {
    /// The body of a success does not decode.
    Decode,
    /// 403: the credentials may not do this.
    Forbidden,
    /// 404: no such resource.
    NotFound,
    /// 429: too many requests.
    RateLimit,
    /// 3xx: redirects are never followed.
    Redirect,
    /// 5xx: the service failed.
    Server,
    /// Any other status.
    Status,
    /// 400, 422: the request is wrong.
    Validation,
}

/// Failures to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthenticationKind {
    /// Any other failure to authenticate.
    General,
    /// The client id or secret is wrong.
    InvalidCredentials,
    /// A fresh token was refused as well.
    TokenExpired,
    /// No token could be fetched.
    TokenFetch,
}

/// Settings that are missing or cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfigurationKind {
    /// A setting has a value that cannot be used.
    Invalid,
    /// Settings are missing.
    Missing,
}

/// Failures of the inventory store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatabaseKind {
    /// No connection to the database.
    ConnectionPool,
    /// Any other failure of the database.
    General,
    /// A row breaks a rule of the schema.
    Integrity,
    /// Another sync holds the store.
    Locked,
    /// The file is of a version that this program does not know.
    Schema,
    /// A transaction failed.
    Transaction,
}

/// Ways in which no whole answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkKind {
    /// The server's certificate was not accepted.
    Certificate,
    /// No connection was made.
    Connection,
    /// The host's name did not resolve.
    Dns,
    /// Any other failure of the network.
    General,
    /// The body is larger than the limit.
    TooLarge,
    /// No answer in time.
    Timeout,
}

/// Ways in which a sync could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncKind {
    /// An asynchronous operation of the service failed.
    AsyncOperation,
    /// The circuit breaker is open: the request was not sent.
    CircuitOpen,
    /// Any other failure of a sync.
    General,
    /// Part of the work was done.
    Partial,
}

impl ErrorKind {
    /// Says whether trying again can help, unless the error itself says otherwise.
    pub const fn is_recoverable(self) -> bool {
        match self {
            Self::Api(kind) => matches!(kind, ApiKind::RateLimit | ApiKind::Server),
            Self::Authentication(kind) => !matches!(kind, AuthenticationKind::InvalidCredentials),
            Self::Configuration(_) => false,
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
