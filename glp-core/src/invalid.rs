//! A setting that cannot be used.

use alloc::string::String;
use core::fmt;

/// Says which setting cannot be used: its name, the value given and the limit it breaks.
///
/// Returned where a configuration is built, before anything runs. It never carries a secret: the
/// value of a secret setting is left out by whoever builds it.
///
/// # Examples
///
/// ```
/// use glp_core::invalid::Invalid;
///
/// let invalid = Invalid::new("max_delay", "0 s", "at least initial_delay (1 s)");
/// assert_eq!(invalid.to_string(), "max_delay is 0 s: it must be at least initial_delay (1 s)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}: it must be {limit}")]
pub struct Invalid {
    /// The setting, as its public name spells it.
    pub field: &'static str,
    /// The value that was given.
    pub value: String,
    /// What is allowed.
    pub limit: String,
}

impl Invalid {
    /// Names the field, the value given and what is allowed.
    ///
    /// Example: see [`Invalid`].
    pub fn new(field: &'static str, value: impl fmt::Display, limit: impl fmt::Display) -> Self {
        use alloc::string::ToString;
        Self { field, value: value.to_string(), limit: limit.to_string() }
    }
}
