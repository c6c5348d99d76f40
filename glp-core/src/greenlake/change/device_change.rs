//! A change of devices that are in the inventory.

use alloc::string::String;

use serde_json::{Map, Value, json};

use super::held::Held;
use super::word::word;
use super::{ApiVersion, NewContact, TagEdits};
use crate::greenlake::{Device, Id};
use crate::invalid::Invalid;
use crate::wall::UnixTime;

/// Says what one request changes of its devices.
///
/// The service takes subscriptions and properties in separate requests, and archiving alone: so a
/// change is one of these and never two.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{DeviceChange, DeviceEdit, Id, TagEdits};
///
/// let edit = DeviceEdit::new()
///     .assign(Id::new("a-1")?, "us-west")?
///     .tags(TagEdits::new().set("owner", "network")?);
/// let changes = [DeviceChange::Edit(edit), DeviceChange::Subscribe(Id::new("s-1")?)];
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// They are archived. Not in `v1`.
    Archive,
    /// Their properties are set.
    Edit(DeviceEdit),
    /// They are taken out of the archive. Not in `v1`.
    Restore,
    /// They use the subscription with this id.
    Subscribe(Id),
    /// They use no subscription any more.
    Unsubscribe,
}

/// Sets properties of devices; those that it does not name stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceEdit {
    assignment: Option<Assignment>,
    tags: TagEdits,
    location: Option<Id>,
    contact: Option<NewContact>,
    tenant: Option<Id>,
    support: Option<Support>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Assignment {
    Nowhere,
    To { application: Id, region: String },
}

/// The support level of a discovered device.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Support {
    service_level: String,
    ends: UnixTime,
}

impl DeviceEdit {
    /// Sets nothing yet.
    pub const fn new() -> Self {
        Self {
            assignment: None,
            tags: TagEdits::new(),
            location: None,
            contact: None,
            tenant: None,
            support: None,
        }
    }

    /// Assigns them to a service, in a region such as `us-west`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a region that is no line of text.
    pub fn assign(mut self, application: Id, region: impl Into<String>) -> Result<Self, Invalid> {
        let region = word("region", region)?;
        self.assignment = Some(Assignment::To { application, region });
        Ok(self)
    }

    /// Assigns them to no service.
    #[must_use]
    pub fn unassign(mut self) -> Self {
        self.assignment = Some(Assignment::Nowhere);
        self
    }

    /// Sets and removes tags. Not in `v1`.
    #[must_use]
    pub fn tags(mut self, tags: TagEdits) -> Self {
        self.tags = tags;
        self
    }

    /// Sets where they stand. Not in `v1`.
    #[must_use]
    pub fn location(mut self, location: Id) -> Self {
        self.location = Some(location);
        self
    }

    /// Sets whom to ask about them. Not in `v1`.
    #[must_use]
    pub fn contact(mut self, contact: NewContact) -> Self {
        self.contact = Some(contact);
        self
    }

    /// Gives them to the workspace of a tenant.
    #[must_use]
    pub fn tenant(mut self, workspace: Id) -> Self {
        self.tenant = Some(workspace);
        self
    }

    /// Sets the support level of discovered devices, and when it ends. Not in `v1`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a level that is no line of text.
    pub fn support(
        mut self,
        service_level: impl Into<String>,
        ends: UnixTime,
    ) -> Result<Self, Invalid> {
        let service_level = word("service_level", service_level)?;
        self.support = Some(Support { service_level, ends });
        Ok(self)
    }

    /// Writes the body, or names what the version does not take.
    fn body(&self, version: ApiVersion) -> Result<Value, Invalid> {
        if *self == Self::new() {
            return Err(Invalid::new("change", "empty", "at least one property"));
        }
        let not_v1 = [
            ("tags", !self.tags.is_empty()),
            ("location", self.location.is_some()),
            ("contact", self.contact.is_some()),
            ("support", self.support.is_some()),
        ];
        if version == ApiVersion::V1
            && let Some((field, _)) = not_v1.into_iter().find(|(_, set)| *set)
        {
            return Err(Invalid::new(field, "set", "left to v2beta1"));
        }
        let mut body = Map::new();
        match &self.assignment {
            None => {}
            Some(Assignment::Nowhere) => {
                body.insert("application".into(), json!({ "id": null }));
                body.insert("region".into(), Value::Null);
            }
            Some(Assignment::To { application, region }) => {
                body.insert("application".into(), json!({ "id": application.as_str() }));
                body.insert("region".into(), region.as_str().into());
            }
        }
        if !self.tags.is_empty() {
            body.insert("tags".into(), self.tags.json());
        }
        if let Some(location) = &self.location {
            body.insert("location".into(), json!({ "id": location.as_str() }));
        }
        if let Some(contact) = &self.contact {
            body.insert("contact".into(), contact.json());
        }
        if let Some(workspace) = &self.tenant {
            let name = match version {
                ApiVersion::V1 => "tenantPlatformCustomerId",
                ApiVersion::V2Beta1 => "tenantWorkspaceId",
            };
            body.insert(name.into(), workspace.as_str().into());
        }
        if let Some(Support { service_level, ends }) = &self.support {
            let level = json!({ "serviceLevel": service_level, "endDate": ends });
            body.insert("warranty".into(), json!({ "currentSupportLevel": level }));
        }
        Ok(Value::Object(body))
    }

    fn held(&self, device: &Device) -> Held {
        let assigned = self.assignment.as_ref().map(|assignment| {
            let application = device.application.as_ref().and_then(|a| a.id.as_deref());
            match assignment {
                Assignment::Nowhere => application.is_none(),
                Assignment::To { application: id, region } => {
                    application == Some(id.as_str()) && device.region.as_ref() == Some(region)
                }
            }
        });
        let tagged = (!self.tags.is_empty())
            .then(|| self.tags.held(&device.tags.clone().unwrap_or_default()) == Held::Yes);
        let located = self.location.as_ref().map(|id| {
            let location = device.location.as_ref().and_then(|location| location.id.as_deref());
            location == Some(id.as_str())
        });
        let given = self.tenant.as_ref().map(|workspace| {
            let bare = |id: &str| id.replace('-', "").to_lowercase();
            device.tenant_workspace_id.as_deref().map(bare) == Some(bare(workspace.as_str()))
        });
        let parts = [assigned, tagged, located, given];
        if parts.contains(&Some(false)) {
            Held::No
        } else if self.contact.is_some() || self.support.is_some() {
            Held::CannotTell
        } else {
            Held::Yes
        }
    }
}

impl DeviceChange {
    /// Writes the merge patch, or names what the version does not take.
    pub(crate) fn body(&self, version: ApiVersion) -> Result<Value, Invalid> {
        let archived = |archived: bool| match version {
            ApiVersion::V1 => Err(Invalid::new("archived", archived, "left to v2beta1")),
            ApiVersion::V2Beta1 => Ok(json!({ "archived": archived })),
        };
        match self {
            Self::Archive => archived(true),
            Self::Edit(edit) => edit.body(version),
            Self::Restore => archived(false),
            Self::Subscribe(id) => Ok(json!({ "subscription": [{ "id": id.as_str() }] })),
            Self::Unsubscribe => Ok(json!({ "subscription": [] })),
        }
    }

    /// Says whether a device shows the change.
    pub(crate) fn held(&self, device: &Device) -> Held {
        let used = || device.subscription.as_deref().unwrap_or_default();
        let held = match self {
            Self::Archive => device.archived == Some(true),
            Self::Edit(edit) => return edit.held(device),
            Self::Restore => device.archived == Some(false),
            Self::Subscribe(id) => used().iter().any(|one| one.id.as_deref() == Some(id.as_str())),
            Self::Unsubscribe => used().is_empty(),
        };
        if held { Held::Yes } else { Held::No }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    #[test]
    fn each_change_is_written_as_documented() {
        let assigned = DeviceEdit::new().assign(id("a"), "us-west").unwrap().tenant(id("t"));
        let unassigned = DeviceEdit::new().unassign();
        let tagged = DeviceEdit::new().tags(TagEdits::new().remove("k").unwrap());
        let supported = DeviceEdit::new().support("NBD", UnixTime::EPOCH).unwrap();
        let table = [
            (DeviceChange::Archive, r#"{"archived":true}"#),
            (DeviceChange::Restore, r#"{"archived":false}"#),
            (DeviceChange::Subscribe(id("s")), r#"{"subscription":[{"id":"s"}]}"#),
            (DeviceChange::Unsubscribe, r#"{"subscription":[]}"#),
            (
                DeviceChange::Edit(assigned.clone()),
                r#"{"application":{"id":"a"},"region":"us-west","tenantWorkspaceId":"t"}"#,
            ),
            (DeviceChange::Edit(unassigned), r#"{"application":{"id":null},"region":null}"#),
            (DeviceChange::Edit(tagged), r#"{"tags":{"k":null}}"#),
            (
                DeviceChange::Edit(supported),
                r#"{"warranty":{"currentSupportLevel":{"endDate":"1970-01-01T00:00:00Z","serviceLevel":"NBD"}}}"#,
            ),
        ];
        for (change, expected) in table {
            assert_eq!(change.body(ApiVersion::V2Beta1).unwrap().to_string(), expected);
        }
        let v1 = DeviceChange::Edit(assigned).body(ApiVersion::V1).unwrap().to_string();
        assert!(v1.contains(r#""tenantPlatformCustomerId":"t""#), "{v1}");
    }

    #[test]
    fn what_v1_does_not_take_is_refused_by_name() {
        let edit = DeviceEdit::new;
        let refused = |change: DeviceChange| change.body(ApiVersion::V1).unwrap_err().field;
        assert_eq!(refused(DeviceChange::Archive), "archived");
        assert_eq!(refused(DeviceChange::Edit(edit())), "change");
        assert_eq!(refused(DeviceChange::Edit(edit().location(id("l")))), "location");
        let tags = TagEdits::new().set("k", "v").unwrap();
        assert_eq!(refused(DeviceChange::Edit(edit().tags(tags))), "tags");
    }

    #[test]
    fn a_device_shows_a_change_or_does_not_or_nobody_can_tell() {
        let device = Device::from_json(
            r#"{"id":"d","archived":true,"application":{"id":"a"},"region":"eu",
                "subscription":[{"id":"s"}],"tags":{"k":"v"},"tenantWorkspaceId":"AB"}"#,
        )
        .unwrap();
        let edit = DeviceEdit::new;
        let contact = NewContact::user(&id("u"));
        let shown = |change: DeviceChange| change.held(&device);
        assert_eq!(shown(DeviceChange::Archive), Held::Yes);
        assert_eq!(shown(DeviceChange::Restore), Held::No);
        assert_eq!(shown(DeviceChange::Subscribe(id("s"))), Held::Yes);
        assert_eq!(shown(DeviceChange::Subscribe(id("z"))), Held::No);
        assert_eq!(shown(DeviceChange::Unsubscribe), Held::No);
        let both = edit().assign(id("a"), "eu").unwrap().tenant(id("a-b"));
        assert_eq!(shown(DeviceChange::Edit(both)), Held::Yes);
        assert_eq!(shown(DeviceChange::Edit(edit().unassign())), Held::No);
        assert_eq!(shown(DeviceChange::Edit(edit().contact(contact.clone()))), Held::CannotTell);
        assert_eq!(shown(DeviceChange::Edit(edit().contact(contact).unassign())), Held::No);
    }
}
