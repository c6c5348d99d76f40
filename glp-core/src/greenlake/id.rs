//! The service's id of a row, checked once.

use alloc::string::String;
use core::fmt;

use crate::invalid::Invalid;

/// Names one row by the service's id of it.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::Id;
///
/// assert_eq!(Id::new("d-1")?.as_str(), "d-1");
/// assert_eq!(Id::new("..").unwrap_err().field, "id");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// The longest id that is accepted, in bytes; the service's own have 36.
    pub const MAX_LENGTH: usize = 256;

    /// Takes an id.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for an id that is empty, has more than [`MAX_LENGTH`](Self::MAX_LENGTH) bytes,
    /// or would name another path: `.` and `..`.
    pub fn new(id: impl Into<String>) -> Result<Self, Invalid> {
        let id = id.into();
        if matches!(id.as_str(), "" | "." | "..") || id.len() > Self::MAX_LENGTH {
            let limit = format_args!("1 to {} bytes, and neither `.` nor `..`", Self::MAX_LENGTH);
            let value = id.get(..id.len().min(8)).unwrap_or_default();
            return Err(Invalid::new("id", format_args!("{value:?} of {} bytes", id.len()), limit));
        }
        Ok(Self(id))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.0)
    }
}
