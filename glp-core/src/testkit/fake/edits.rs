//! What writes have changed of rows.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::greenlake::Category;
use crate::wall::UnixTime;

/// What writes have changed of a device.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DeviceEdits {
    /// When the last of them took effect.
    pub(super) at: UnixTime,
    /// What the device is, where a write has added it.
    pub(super) identity: Option<Identity>,
    /// The service that it was assigned to, or that it was taken from one.
    pub(super) application: Option<Option<String>>,
    pub(super) region: Option<Option<String>>,
    /// The number of the subscription that it was given, or that all were taken from it.
    pub(super) subscription: Option<Option<u32>>,
    pub(super) archived: Option<bool>,
    pub(super) location: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) tags: TagChanges,
}

impl DeviceEdits {
    /// Takes over what a later write says; what it does not name stays. The identity, the time and
    /// the subscription are not its to say.
    pub(super) fn merge(&mut self, later: Self) {
        fn take<T>(from: Option<T>, into: &mut Option<T>) {
            if from.is_some() {
                *into = from;
            }
        }
        take(later.application, &mut self.application);
        take(later.region, &mut self.region);
        take(later.archived, &mut self.archived);
        take(later.location, &mut self.location);
        take(later.tenant, &mut self.tenant);
        self.tags.extend(later.tags);
    }
}

/// What a device is that a write has added.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Identity {
    pub(super) added_at: UnixTime,
    pub(super) category: Category,
    pub(super) serial_number: String,
    /// The MAC address of a network device, the part number of any other.
    pub(super) mark: String,
}

/// What writes have changed of a subscription.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SubscriptionEdits {
    /// When the last of them took effect.
    pub(super) at: UnixTime,
    /// The key, where a write has added the subscription.
    pub(super) key: Option<String>,
    pub(super) tags: TagChanges,
}

/// Tags that were set, or removed.
pub(super) type TagChanges = BTreeMap<String, Option<String>>;

/// Returns `tags` with the changes made, as JSON text.
pub(super) fn tags_json<'a>(
    tags: impl Iterator<Item = (&'a str, &'a str)>,
    changes: &TagChanges,
) -> String {
    let tags = tags.map(|(key, value)| (key, Some(value)));
    let changes = changes.iter().map(|(key, value)| (key.as_str(), value.as_deref()));
    let mut all: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (key, value) in tags.chain(changes) {
        all.retain(|known, _| !known.eq_ignore_ascii_case(key));
        all.insert(key, value);
    }
    all.retain(|_, value| value.is_some());
    // Text keys and text values cannot fail to be written.
    serde_json::to_string(&all).unwrap_or_default()
}
