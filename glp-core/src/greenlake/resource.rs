//! The two kinds of thing an inventory holds.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Names a kind of thing in the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// Devices: what is owned.
    Devices,
    /// Subscriptions: what is licensed.
    Subscriptions,
}

impl Resource {
    /// Every resource, in the order in which they are synced.
    pub const ALL: [Self; 2] = [Self::Devices, Self::Subscriptions];

    /// Returns the name, in the plural: `devices`, `subscriptions`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Subscriptions => "subscriptions",
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
