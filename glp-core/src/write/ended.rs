//! How an asynchronous operation ended, as far as it was followed.

use alloc::format;

use crate::error::{ApiKind, Error, ErrorKind};
use crate::greenlake::ItemReport;
use crate::redact;

/// How an asynchronous operation ended, as far as it was followed.
#[derive(Clone, Debug)]
pub enum Ended {
    /// The service says that it failed. Some rows can be done all the same.
    Failed(ItemReport, Error),
    /// It is over, and the service does not say how: it timed out, or is forgotten.
    Over(Error),
    /// It was not seen to end; it may yet.
    Open(Error),
    /// The service says that it was done. Some rows can have failed all the same.
    Succeeded(ItemReport),
}

/// Says whether asking again cannot help: the credentials or the settings are at fault.
pub(super) fn is_hopeless(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Authentication(_)
            | ErrorKind::Configuration(_)
            | ErrorKind::Api(ApiKind::Forbidden)
    )
}

/// Characters of the service's words that an error quotes.
const WORDS: usize = 200;

/// Adds the service's own code and words to an error.
pub(super) fn quoting(error: Error, code: Option<&str>, words: Option<&str>) -> Error {
    let error = match code {
        Some(code) => error.with_detail("error_code", redact::cut(code, WORDS)),
        None => error,
    };
    match words {
        Some(words) => {
            let words = redact::text(words);
            let message = format!("{}: {}", error.message(), redact::cut(&words, WORDS));
            error.with_message(message)
        }
        None => error,
    }
}
