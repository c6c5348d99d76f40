//! What SQLite says, as an error of the project.

use std::path::Path;

use glp_core::error::{DatabaseKind, Error};
use rusqlite::ErrorCode;

/// Makes the error of a store at `path` that could not do what `doing` says.
pub(super) fn fault(path: &Path, doing: &'static str, cause: rusqlite::Error) -> Error {
    let message = format!("cannot {doing} in {}: {cause}", path.display());
    Error::new(kind(&cause), message)
        .with_detail("path", path.display().to_string())
        .with_detail("operation", doing)
        .with_cause(cause)
}

/// Makes the error of a store at `path` that cannot be opened.
pub(super) fn cannot_open(path: &Path, cause: rusqlite::Error) -> Error {
    let reason = match cause.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => unreachable_because(path),
        Some(ErrorCode::NotADatabase) => "it is not a SQLite database",
        Some(ErrorCode::ReadOnly) => "it may not be written",
        _ => return fault(path, "open the store", cause),
    };
    unusable(path, kind(&cause), reason).with_cause(cause)
}

/// Makes the error of a store at `path` that cannot be used, for `reason`.
pub(super) fn unusable(path: &Path, kind: DatabaseKind, reason: &str) -> Error {
    Error::new(kind, format!("cannot open the store {}: {reason}", path.display()))
        .with_detail("path", path.display().to_string())
        .with_recoverable(false)
}

/// Tells why there is no opening the file at `path`, without opening it: closing a second handle
/// would drop the locks that this process holds on it.
fn unreachable_because(path: &Path) -> &'static str {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if directory.is_some_and(|directory| !directory.is_dir()) {
        "its directory does not exist"
    } else if path.is_dir() {
        "it is a directory"
    } else {
        "there is no such file, or no permission to use it"
    }
}

fn kind(error: &rusqlite::Error) -> DatabaseKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            DatabaseKind::ConnectionPool
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            DatabaseKind::Transaction
        }
        Some(ErrorCode::ConstraintViolation) => DatabaseKind::Integrity,
        Some(ErrorCode::NotADatabase | ErrorCode::SchemaChanged) => DatabaseKind::Schema,
        Some(_) => DatabaseKind::General,
        // Not SQLite but the conversion of what it holds: the file was changed by another hand.
        None => DatabaseKind::Integrity,
    }
}
