//! The class name and the code of each kind. Both are interfaces: never change one.
//!
//! They are the predecessor's, also where it left separators out (`NETWORKERROR`).

use super::kind::{
    ApiKind, AuthenticationKind, ConfigurationKind, DatabaseKind, ErrorKind, NetworkKind, SyncKind,
};

/// A class name and a code.
type Names = (&'static str, &'static str);

impl ErrorKind {
    /// Returns the name of the class, as `error_type` of a serialised error spells it.
    pub const fn class(self) -> &'static str {
        self.names().0
    }

    /// Returns the code that stands for the class in logs and records.
    ///
    /// An [`ApiKind::Status`] error adds its status: see [`Error::code`](super::Error::code).
    pub const fn code(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> Names {
        match self {
            Self::Api(kind) => kind.names(),
            Self::Authentication(kind) => kind.names(),
            Self::Configuration(kind) => kind.names(),
            Self::Database(kind) => kind.names(),
            Self::DeviceLimit => ("DeviceLimitError", "DEVICE_LIMIT_EXCEEDED"),
            Self::Network(kind) => kind.names(),
            Self::Sync(kind) => kind.names(),
        }
    }
}

impl ApiKind {
    const fn names(self) -> Names {
        match self {
            Self::Decode => ("DecodeError", "DECODE_ERROR"),
            Self::Forbidden => ("ForbiddenError", "FORBIDDEN"),
            Self::NotFound => ("NotFoundError", "NOT_FOUND"),
            Self::RateLimit => ("RateLimitError", "RATE_LIMIT_EXCEEDED"),
            Self::Redirect => ("RedirectError", "REDIRECT_ERROR"),
            Self::Server => ("ServerError", "SERVER_ERROR"),
            Self::Status => ("APIError", "API_ERROR"),
            Self::Validation => ("ValidationError", "VALIDATION_ERROR"),
        }
    }
}

impl AuthenticationKind {
    const fn names(self) -> Names {
        match self {
            Self::General => ("AuthenticationError", "AUTHENTICATIONERROR"),
            Self::InvalidCredentials => ("InvalidCredentialsError", "INVALID_CREDENTIALS"),
            Self::TokenExpired => ("TokenExpiredError", "TOKEN_EXPIRED"),
            Self::TokenFetch => ("TokenFetchError", "TOKEN_FETCH_ERROR"),
        }
    }
}

impl ConfigurationKind {
    const fn names(self) -> Names {
        match self {
            Self::Invalid => ("InvalidConfigurationError", "INVALID_CONFIGURATION"),
            Self::Missing => ("ConfigurationError", "CONFIGURATION_ERROR"),
        }
    }
}

impl DatabaseKind {
    const fn names(self) -> Names {
        match self {
            Self::ConnectionPool => ("ConnectionPoolError", "CONNECTION_POOL_ERROR"),
            Self::General => ("DatabaseError", "DATABASEERROR"),
            Self::Integrity => ("IntegrityError", "INTEGRITY_ERROR"),
            Self::Locked => ("LockedError", "LOCKED_ERROR"),
            Self::Schema => ("SchemaError", "SCHEMA_ERROR"),
            Self::Transaction => ("TransactionError", "TRANSACTION_ERROR"),
        }
    }
}

impl NetworkKind {
    const fn names(self) -> Names {
        match self {
            Self::Certificate => ("CertificateError", "CERTIFICATE_ERROR"),
            Self::Connection => ("ConnectionError", "CONNECTION_ERROR"),
            Self::Dns => ("DNSError", "DNS_ERROR"),
            Self::General => ("NetworkError", "NETWORKERROR"),
            Self::Reset => ("ConnectionResetError", "CONNECTION_RESET"),
            Self::Timeout => ("TimeoutError", "TIMEOUT_ERROR"),
            Self::TlsHandshake => ("TLSHandshakeError", "TLS_HANDSHAKE_ERROR"),
            Self::TooLarge => ("TooLargeError", "TOO_LARGE"),
            Self::Truncated => ("TruncatedError", "TRUNCATED_ERROR"),
        }
    }
}

impl SyncKind {
    const fn names(self) -> Names {
        match self {
            Self::AsyncOperation => ("AsyncOperationError", "ASYNC_OPERATION_FAILED"),
            Self::CircuitOpen => ("CircuitOpenError", "CIRCUIT_OPEN"),
            Self::General => ("SyncError", "SYNCERROR"),
            Self::Partial => ("PartialSyncError", "PARTIAL_SYNC_ERROR"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_class_of_the_predecessor_keeps_its_name_code_and_default() {
        use {
            ApiKind as Api, AuthenticationKind as Auth, ConfigurationKind as Config,
            DatabaseKind as Database, NetworkKind as Network, SyncKind as Sync,
        };
        let classes: [(ErrorKind, &str, &str, bool); 23] = [
            (Config::Missing.into(), "ConfigurationError", "CONFIGURATION_ERROR", false),
            (Auth::General.into(), "AuthenticationError", "AUTHENTICATIONERROR", true),
            (Auth::TokenFetch.into(), "TokenFetchError", "TOKEN_FETCH_ERROR", true),
            (Auth::TokenExpired.into(), "TokenExpiredError", "TOKEN_EXPIRED", true),
            (
                Auth::InvalidCredentials.into(),
                "InvalidCredentialsError",
                "INVALID_CREDENTIALS",
                false,
            ),
            (Api::Status.into(), "APIError", "API_ERROR", false),
            (Api::RateLimit.into(), "RateLimitError", "RATE_LIMIT_EXCEEDED", true),
            (Api::NotFound.into(), "NotFoundError", "NOT_FOUND", false),
            (Api::Validation.into(), "ValidationError", "VALIDATION_ERROR", false),
            (Api::Server.into(), "ServerError", "SERVER_ERROR", true),
            (Network::General.into(), "NetworkError", "NETWORKERROR", true),
            (Network::Connection.into(), "ConnectionError", "CONNECTION_ERROR", true),
            (Network::Timeout.into(), "TimeoutError", "TIMEOUT_ERROR", true),
            (Network::Dns.into(), "DNSError", "DNS_ERROR", true),
            (Database::General.into(), "DatabaseError", "DATABASEERROR", true),
            (Database::ConnectionPool.into(), "ConnectionPoolError", "CONNECTION_POOL_ERROR", true),
            (Database::Transaction.into(), "TransactionError", "TRANSACTION_ERROR", true),
            (Database::Integrity.into(), "IntegrityError", "INTEGRITY_ERROR", false),
            (Sync::General.into(), "SyncError", "SYNCERROR", false),
            (Sync::Partial.into(), "PartialSyncError", "PARTIAL_SYNC_ERROR", true),
            (Sync::CircuitOpen.into(), "CircuitOpenError", "CIRCUIT_OPEN", true),
            (Sync::AsyncOperation.into(), "AsyncOperationError", "ASYNC_OPERATION_FAILED", false),
            (ErrorKind::DeviceLimit, "DeviceLimitError", "DEVICE_LIMIT_EXCEEDED", false),
        ];
        let codes: BTreeSet<&str> = classes.iter().map(|(kind, ..)| kind.code()).collect();
        assert_eq!(codes.len(), classes.len());
        for (kind, class, code, recoverable) in classes {
            assert_eq!((kind.class(), kind.code()), (class, code));
            assert_eq!(kind.is_recoverable(), recoverable, "{class}");
        }
    }
}
