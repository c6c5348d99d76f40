//! Tags of a row, and edits of them.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde_json::Value;

use super::held::Held;
use crate::invalid::Invalid;

/// Sets and removes tags of rows that are there already.
///
/// The service takes keys that differ only in case for one; naming a key again replaces what was
/// said of it before.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::TagEdits;
///
/// let edits = TagEdits::new().set("owner", "network")?.remove("floor")?;
/// assert_eq!(edits.len(), 2);
/// assert_eq!(TagEdits::new().set("", "x").unwrap_err().field, "tag");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagEdits(BTreeMap<String, Option<String>>);

impl TagEdits {
    /// The most tags that one row may have.
    pub const MAX: usize = 50;
    /// The longest key, in characters.
    pub const MAX_KEY: usize = 128;
    /// The longest value, in characters.
    pub const MAX_VALUE: usize = 256;

    /// Edits nothing yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a tag.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a key that is empty or longer than [`MAX_KEY`](Self::MAX_KEY), a value
    /// longer than [`MAX_VALUE`](Self::MAX_VALUE), and for more than [`MAX`](Self::MAX) tags.
    pub fn set(self, key: impl Into<String>, value: impl Into<String>) -> Result<Self, Invalid> {
        let value = value.into();
        let length = value.chars().count();
        if length > Self::MAX_VALUE {
            let limit = format_args!("at most {} characters", Self::MAX_VALUE);
            return Err(Invalid::new("tag value", format_args!("{length} characters"), limit));
        }
        self.with(key.into(), Some(value))
    }

    /// Removes a tag; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), of the key.
    pub fn remove(self, key: impl Into<String>) -> Result<Self, Invalid> {
        self.with(key.into(), None)
    }

    fn with(mut self, key: String, value: Option<String>) -> Result<Self, Invalid> {
        let length = key.chars().count();
        if !(1..=Self::MAX_KEY).contains(&length) {
            let limit = format_args!("1 to {} characters", Self::MAX_KEY);
            return Err(Invalid::new("tag", format_args!("{length} characters"), limit));
        }
        self.0.retain(|known, _| !same(known, &key));
        self.0.insert(key, value);
        if self.0.len() > Self::MAX {
            return Err(Invalid::new("tags", self.0.len(), format_args!("at most {}", Self::MAX)));
        }
        Ok(self)
    }

    /// Returns how many tags are set or removed.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether nothing is edited.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the edits as a merge patch has them (RFC 7396): null removes.
    pub(super) fn json(&self) -> Value {
        self.0.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect()
    }

    /// Says whether a row with these tags shows the edits.
    pub(crate) fn held(&self, tags: &BTreeMap<String, String>) -> Held {
        let held = self.0.iter().all(|(key, value)| {
            let found = tags.iter().find(|(known, _)| same(known, key)).map(|(_, value)| value);
            found == value.as_ref()
        });
        if held { Held::Yes } else { Held::No }
    }
}

/// Says whether the service takes two keys for one.
fn same(one: &str, two: &str) -> bool {
    one.to_lowercase() == two.to_lowercase()
}

/// The tags of a row that is to be added.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::Tags;
///
/// let tags = Tags::new().set("owner", "network")?;
/// assert!(!tags.is_empty());
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(TagEdits);

impl Tags {
    /// No tags yet.
    pub const fn new() -> Self {
        Self(TagEdits::new())
    }

    /// Adds a tag, or replaces the one of the same key.
    ///
    /// # Errors
    ///
    /// As [`TagEdits::set`].
    pub fn set(self, key: impl Into<String>, value: impl Into<String>) -> Result<Self, Invalid> {
        self.0.set(key, value).map(Self)
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn json(&self) -> Value {
        self.0.json()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn each_limit_is_named() {
        let error = |edits: Result<TagEdits, Invalid>| edits.unwrap_err().field;
        assert_eq!(error(TagEdits::new().remove("k".repeat(129))), "tag");
        assert_eq!(error(TagEdits::new().set("k", "v".repeat(257))), "tag value");
        let full = (0..50)
            .try_fold(TagEdits::new(), |edits, number| edits.set(format!("{number}"), ""))
            .unwrap();
        assert_eq!(error(full.clone().remove("one more")), "tags");
        assert_eq!(full.set("49", "again").unwrap().len(), 50);
    }

    #[test]
    fn keys_that_differ_only_in_case_are_one() {
        let edits = TagEdits::new().set("Owner", "a").unwrap().remove("owner").unwrap();
        assert_eq!(edits.json().to_string(), r#"{"owner":null}"#);
        assert_eq!(edits.held(&BTreeMap::new()), Held::Yes);
        assert_eq!(edits.held(&BTreeMap::from([("OWNER".into(), "a".into())])), Held::No);
    }
}
