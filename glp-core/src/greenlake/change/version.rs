//! The versions of the API that write devices.

use core::fmt;

/// Names a version of the device API; they differ in what a write may say, and about how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiVersion {
    /// `v1`: devices with their tags, assignments and subscriptions.
    V1,
    /// `v2beta1`: all that `v1` takes, and locations, contacts, archiving, tags of devices that are
    /// there already.
    V2Beta1,
}

impl ApiVersion {
    /// Returns how many devices one request may add.
    pub const fn max_added(self) -> usize {
        match self {
            Self::V1 => 5,
            Self::V2Beta1 => 1,
        }
    }

    /// Returns how many devices one request may change.
    pub const fn max_changed(self) -> usize {
        match self {
            Self::V1 => 5,
            Self::V2Beta1 => 25,
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "v1",
            Self::V2Beta1 => "v2beta1",
        })
    }
}
