//! Whom to ask about a device, as a write says it.

use alloc::string::String;
use core::fmt;

use serde_json::{Map, Value, json};

use super::word::word;
use crate::greenlake::Id;
use crate::invalid::Invalid;

/// Names whom to ask about a device.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::NewContact;
///
/// let contact = NewContact::outside("ops@example.com")?.name("Ada", "Lovelace")?;
/// assert_eq!(format!("{contact:?}"), "NewContact(NON-WORKSPACE-USER)");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NewContact {
    kind: &'static str,
    /// What is said, by the service's names.
    said: Map<String, Value>,
}

impl NewContact {
    /// Names a user of the workspace.
    pub fn user(id: &Id) -> Self {
        Self { kind: "WORKSPACE-USER", said: member("id", id.as_str()) }
    }

    /// Names somebody who is no user of the workspace, by an email address.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a text that is no line.
    pub fn outside(email: impl Into<String>) -> Result<Self, Invalid> {
        Ok(Self { kind: "NON-WORKSPACE-USER", said: member("email", &word("email", email)?) })
    }

    /// Adds the name.
    ///
    /// # Errors
    ///
    /// As [`outside`](Self::outside).
    pub fn name(
        mut self,
        first: impl Into<String>,
        last: impl Into<String>,
    ) -> Result<Self, Invalid> {
        self.said.extend(member("firstName", &word("first_name", first)?));
        self.said.extend(member("lastName", &word("last_name", last)?));
        Ok(self)
    }

    /// Adds the telephone number.
    ///
    /// # Errors
    ///
    /// As [`outside`](Self::outside).
    pub fn phone(mut self, number: impl Into<String>) -> Result<Self, Invalid> {
        self.said.extend(member("phoneNumber", &word("phone", number)?));
        Ok(self)
    }

    pub(super) fn json(&self) -> Value {
        let mut contact = self.said.clone();
        contact.insert("type".into(), json!(self.kind));
        Value::Object(contact)
    }
}

fn member(name: &str, value: &str) -> Map<String, Value> {
    Map::from_iter([(name.into(), value.into())])
}

/// Shows nobody's name and address.
impl fmt::Debug for NewContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewContact({})", self.kind)
    }
}
