//! A subscription that is to be added to the workspace.

use alloc::string::String;
use core::fmt;

use serde_json::{Value, json};

use super::Tags;
use super::word::word;
use crate::invalid::Invalid;

/// Describes a subscription that is to be added, by its key.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::NewSubscription;
///
/// let subscription = NewSubscription::new("E5B1C4D9F0")?;
/// assert_eq!(format!("{subscription:?}"), "NewSubscription");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NewSubscription {
    key: String,
    tags: Tags,
}

impl NewSubscription {
    /// Describes the subscription that has this key.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a key that is no line of text; the key is not part of the error.
    pub fn new(key: impl Into<String>) -> Result<Self, Invalid> {
        Ok(Self { key: word("key", key)?, tags: Tags::new() })
    }

    /// Sets the tags.
    #[must_use]
    pub fn tags(mut self, tags: Tags) -> Self {
        self.tags = tags;
        self
    }

    /// Returns the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn json(&self) -> Value {
        let mut object = json!({ "key": self.key });
        if !self.tags.is_empty() {
            object["tags"] = self.tags.json();
        }
        object
    }
}

/// Shows no key.
impl fmt::Debug for NewSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSubscription")
    }
}
