//! What the service offers: the endpoints, their page sizes and their quotas.

use core::fmt;
use core::num::NonZeroU32;

use http::Uri;

use crate::greenlake::{Resource, Route};

/// Names one endpoint of the fake service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `POST /as/token.oauth2`.
    LegacyToken,
    /// `POST /authorization/v2/oauth2/{workspaceId}/token`.
    WorkspaceToken,
    /// `GET /devices/v1/devices`.
    ListDevices,
    /// `GET /devices/v1/devices/{id}`.
    GetDevice,
    /// `GET /devices/v2beta1/devices`.
    ListDevicesV2Beta1,
    /// `GET /devices/v2beta1/devices/{id}`.
    GetDeviceV2Beta1,
    /// `GET /subscriptions/v1/subscriptions`.
    ListSubscriptions,
    /// `GET /subscriptions/v1/subscriptions/{id}`.
    GetSubscription,
    /// Any other path.
    Unknown,
}

/// What an endpoint is for, and what of its path is a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task<'a> {
    /// Fetch a token; for this workspace where the path names one.
    Token { workspace: Option<&'a str> },
    /// List rows.
    List(Resource, PageSize),
    /// Show one row.
    Get(Resource, &'a str),
    /// There is no such path.
    Nothing,
}

/// How many rows a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageSize {
    /// Where the request does not say.
    pub(super) default: u32,
    /// At most.
    pub(super) max: u32,
}

const DEVICES: &str = "/devices/v1/devices";
const DEVICES_V2BETA1: &str = "/devices/v2beta1/devices";
const SUBSCRIPTIONS: &str = "/subscriptions/v1/subscriptions";
const LEGACY_TOKEN: &str = "/as/token.oauth2";
const WORKSPACES: &str = "/authorization/v2/oauth2/";

/// `GET /devices/v2beta1/devices/{id}`, in requests per minute and workspace.
const GET_DEVICE_V2BETA1_QUOTA: NonZeroU32 = NonZeroU32::new(300).expect("300 is not zero");

impl Endpoint {
    /// Finds the endpoint that a URI leads to, and its task there.
    pub(super) fn of(uri: &Uri) -> (Self, Task<'_>) {
        use Resource::{Devices, Subscriptions};
        let path = uri.path();
        let token = |workspace| Task::Token { workspace };
        match path {
            DEVICES => (Self::ListDevices, Task::List(Devices, size(2_000, 2_000))),
            DEVICES_V2BETA1 => (Self::ListDevicesV2Beta1, Task::List(Devices, size(100, 500))),
            SUBSCRIPTIONS => (Self::ListSubscriptions, Task::List(Subscriptions, size(50, 200))),
            LEGACY_TOKEN => (Self::LegacyToken, token(None)),
            _ => {
                if let Some(id) = child(path, DEVICES) {
                    (Self::GetDevice, Task::Get(Devices, id))
                } else if let Some(id) = child(path, DEVICES_V2BETA1) {
                    (Self::GetDeviceV2Beta1, Task::Get(Devices, id))
                } else if let Some(id) = child(path, SUBSCRIPTIONS) {
                    (Self::GetSubscription, Task::Get(Subscriptions, id))
                } else if let Some(workspace) = workspace(path) {
                    (Self::WorkspaceToken, token(Some(workspace)))
                } else {
                    (Self::Unknown, Task::Nothing)
                }
            }
        }
    }

    /// Returns the documented quota in requests per minute and workspace, if there is one.
    pub fn quota(self) -> Option<NonZeroU32> {
        Some(match self {
            Self::ListDevices => Route::LIST_DEVICES.quota(),
            Self::GetDevice => Route::GET_DEVICE.quota(),
            Self::ListDevicesV2Beta1 => Route::LIST_DEVICES_V2BETA1.quota(),
            Self::GetDeviceV2Beta1 => GET_DEVICE_V2BETA1_QUOTA,
            Self::ListSubscriptions => Route::LIST_SUBSCRIPTIONS.quota(),
            Self::GetSubscription => Route::GET_SUBSCRIPTION.quota(),
            Self::LegacyToken | Self::WorkspaceToken | Self::Unknown => return None,
        })
    }

    /// Returns the endpoint that lists a resource in its stable version.
    pub const fn list(resource: Resource) -> Self {
        match resource {
            Resource::Devices => Self::ListDevices,
            Resource::Subscriptions => Self::ListSubscriptions,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LegacyToken => "POST /as/token.oauth2",
            Self::WorkspaceToken => "POST /authorization/v2/oauth2/{workspaceId}/token",
            Self::ListDevices => "GET /devices/v1/devices",
            Self::GetDevice => "GET /devices/v1/devices/{id}",
            Self::ListDevicesV2Beta1 => "GET /devices/v2beta1/devices",
            Self::GetDeviceV2Beta1 => "GET /devices/v2beta1/devices/{id}",
            Self::ListSubscriptions => "GET /subscriptions/v1/subscriptions",
            Self::GetSubscription => "GET /subscriptions/v1/subscriptions/{id}",
            Self::Unknown => "any other path",
        })
    }
}

const fn size(default: u32, max: u32) -> PageSize {
    PageSize { default, max }
}

/// Returns the one segment that follows `collection`.
fn child<'a>(path: &'a str, collection: &str) -> Option<&'a str> {
    let id = path.strip_prefix(collection)?.strip_prefix('/')?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// Returns the workspace of a token path.
fn workspace(path: &str) -> Option<&str> {
    let workspace = path.strip_prefix(WORKSPACES)?.strip_suffix("/token")?;
    (!workspace.contains('/')).then_some(workspace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(target: &'static str) -> Endpoint {
        Endpoint::of(&Uri::from_static(target)).0
    }

    #[test]
    fn a_path_leads_to_its_endpoint_whatever_the_query_and_the_host() {
        assert_eq!(endpoint("/devices/v1/devices?limit=1"), Endpoint::ListDevices);
        assert_eq!(endpoint("http://localhost/devices/v1/devices/a"), Endpoint::GetDevice);
        assert_eq!(endpoint("/devices/v1/devices/"), Endpoint::Unknown);
        assert_eq!(endpoint("/devices/v1/devices/a/b"), Endpoint::Unknown);
    }

    #[test]
    fn the_path_names_the_workspace() {
        let uri = Uri::from_static("/authorization/v2/oauth2/abc/token");
        let expected = (Endpoint::WorkspaceToken, Task::Token { workspace: Some("abc") });
        assert_eq!(Endpoint::of(&uri), expected);
        assert_eq!(endpoint("/authorization/v2/oauth2/a/b/token"), Endpoint::Unknown);
    }
}
