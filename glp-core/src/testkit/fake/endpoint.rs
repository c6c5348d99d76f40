//! What the service offers: the endpoints, their page sizes and their quotas.

use core::fmt;
use core::num::NonZeroU32;

use http::Method;

use crate::exchange::Request;
use crate::greenlake::{ApiVersion, Resource, Route};

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
    /// `POST /devices/v1/devices`.
    AddDevices,
    /// `POST /devices/v2beta1/devices`.
    AddDeviceV2Beta1,
    /// `PATCH /devices/v1/devices`.
    ChangeDevices,
    /// `PATCH /devices/v2beta1/devices`.
    ChangeDevicesV2Beta1,
    /// `GET /devices/v1/async-operations/{id}`.
    GetDevicesOperation,
    /// `POST /subscriptions/v1/subscriptions`.
    AddSubscriptions,
    /// `PATCH /subscriptions/v1/subscriptions`.
    ChangeSubscriptions,
    /// `GET /subscriptions/v1/async-operations/{id}`.
    GetSubscriptionsOperation,
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
    /// Add rows.
    Add(Resource, ApiVersion),
    /// Change rows.
    Change(Resource, ApiVersion),
    /// Show an asynchronous operation.
    Operation(Resource, &'a str),
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
const DEVICES_OPERATIONS: &str = "/devices/v1/async-operations";
const SUBSCRIPTIONS_OPERATIONS: &str = "/subscriptions/v1/async-operations";
const LEGACY_TOKEN: &str = "/as/token.oauth2";
const WORKSPACES: &str = "/authorization/v2/oauth2/";

/// `GET /devices/v2beta1/devices/{id}`, in requests per minute and workspace.
const GET_DEVICE_V2BETA1_QUOTA: NonZeroU32 = NonZeroU32::new(300).expect("300 is not zero");

impl Endpoint {
    /// Finds the endpoint that a request is for, and its task there.
    pub(super) fn of(request: &Request) -> (Self, Task<'_>) {
        let path = request.uri().path();
        match *request.method() {
            Method::POST => Self::adding(path),
            Method::PATCH => Self::changing(path),
            _ => None,
        }
        .or_else(|| Self::collection(path))
        .or_else(|| Self::one(path))
        .unwrap_or((Self::Unknown, Task::Nothing))
    }

    fn adding(path: &str) -> Option<(Self, Task<'_>)> {
        use ApiVersion::{V1, V2Beta1};
        use Resource::{Devices, Subscriptions};
        Some(match path {
            DEVICES => (Self::AddDevices, Task::Add(Devices, V1)),
            DEVICES_V2BETA1 => (Self::AddDeviceV2Beta1, Task::Add(Devices, V2Beta1)),
            SUBSCRIPTIONS => (Self::AddSubscriptions, Task::Add(Subscriptions, V1)),
            _ => return None,
        })
    }

    fn changing(path: &str) -> Option<(Self, Task<'_>)> {
        use ApiVersion::{V1, V2Beta1};
        use Resource::{Devices, Subscriptions};
        Some(match path {
            DEVICES => (Self::ChangeDevices, Task::Change(Devices, V1)),
            DEVICES_V2BETA1 => (Self::ChangeDevicesV2Beta1, Task::Change(Devices, V2Beta1)),
            SUBSCRIPTIONS => (Self::ChangeSubscriptions, Task::Change(Subscriptions, V1)),
            _ => return None,
        })
    }

    fn collection(path: &str) -> Option<(Self, Task<'_>)> {
        use Resource::{Devices, Subscriptions};
        Some(match path {
            DEVICES => (Self::ListDevices, Task::List(Devices, size(2_000, 2_000))),
            DEVICES_V2BETA1 => (Self::ListDevicesV2Beta1, Task::List(Devices, size(100, 500))),
            SUBSCRIPTIONS => (Self::ListSubscriptions, Task::List(Subscriptions, size(50, 200))),
            LEGACY_TOKEN => (Self::LegacyToken, Task::Token { workspace: None }),
            _ => return None,
        })
    }

    fn one(path: &str) -> Option<(Self, Task<'_>)> {
        use Resource::{Devices, Subscriptions};
        let of = |collection| child(path, collection);
        if let Some(id) = of(DEVICES) {
            Some((Self::GetDevice, Task::Get(Devices, id)))
        } else if let Some(id) = of(DEVICES_V2BETA1) {
            Some((Self::GetDeviceV2Beta1, Task::Get(Devices, id)))
        } else if let Some(id) = of(SUBSCRIPTIONS) {
            Some((Self::GetSubscription, Task::Get(Subscriptions, id)))
        } else if let Some(id) = of(DEVICES_OPERATIONS) {
            Some((Self::GetDevicesOperation, Task::Operation(Devices, id)))
        } else if let Some(id) = of(SUBSCRIPTIONS_OPERATIONS) {
            Some((Self::GetSubscriptionsOperation, Task::Operation(Subscriptions, id)))
        } else {
            let workspace = Some(workspace(path)?);
            Some((Self::WorkspaceToken, Task::Token { workspace }))
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
            Self::AddDevices => Route::ADD_DEVICES.quota(),
            Self::AddDeviceV2Beta1 => Route::ADD_DEVICE_V2BETA1.quota(),
            Self::ChangeDevices => Route::CHANGE_DEVICES.quota(),
            Self::ChangeDevicesV2Beta1 => Route::CHANGE_DEVICES_V2BETA1.quota(),
            Self::GetDevicesOperation => Route::GET_DEVICES_OPERATION.quota(),
            Self::AddSubscriptions => Route::ADD_SUBSCRIPTIONS.quota(),
            Self::ChangeSubscriptions => Route::CHANGE_SUBSCRIPTIONS.quota(),
            Self::GetSubscriptionsOperation => Route::GET_SUBSCRIPTIONS_OPERATION.quota(),
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
            Self::AddDevices => "POST /devices/v1/devices",
            Self::AddDeviceV2Beta1 => "POST /devices/v2beta1/devices",
            Self::ChangeDevices => "PATCH /devices/v1/devices",
            Self::ChangeDevicesV2Beta1 => "PATCH /devices/v2beta1/devices",
            Self::GetDevicesOperation => "GET /devices/v1/async-operations/{id}",
            Self::AddSubscriptions => "POST /subscriptions/v1/subscriptions",
            Self::ChangeSubscriptions => "PATCH /subscriptions/v1/subscriptions",
            Self::GetSubscriptionsOperation => "GET /subscriptions/v1/async-operations/{id}",
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
    use http::Uri;

    use super::*;

    fn request(method: Method, target: &'static str) -> Request {
        let mut request = Request::default();
        (*request.method_mut(), *request.uri_mut()) = (method, Uri::from_static(target));
        request
    }

    fn endpoint(target: &'static str) -> Endpoint {
        Endpoint::of(&request(Method::GET, target)).0
    }

    #[test]
    fn a_path_leads_to_its_endpoint_whatever_the_query_and_the_host() {
        assert_eq!(endpoint("/devices/v1/devices?limit=1"), Endpoint::ListDevices);
        assert_eq!(endpoint("http://localhost/devices/v1/devices/a"), Endpoint::GetDevice);
        assert_eq!(endpoint("/devices/v1/async-operations/a"), Endpoint::GetDevicesOperation);
        assert_eq!(endpoint("/devices/v1/devices/"), Endpoint::Unknown);
        assert_eq!(endpoint("/devices/v1/devices/a/b"), Endpoint::Unknown);
    }

    #[test]
    fn the_method_tells_reading_adding_and_changing_apart() {
        let of = |method| Endpoint::of(&request(method, "/devices/v1/devices")).0;
        assert_eq!(of(Method::POST), Endpoint::AddDevices);
        assert_eq!(of(Method::PATCH), Endpoint::ChangeDevices);
        assert_eq!(of(Method::DELETE), Endpoint::ListDevices);
    }

    #[test]
    fn the_path_names_the_workspace() {
        let request = request(Method::POST, "/authorization/v2/oauth2/abc/token");
        let expected = (Endpoint::WorkspaceToken, Task::Token { workspace: Some("abc") });
        assert_eq!(Endpoint::of(&request), expected);
        assert_eq!(endpoint("/authorization/v2/oauth2/a/b/token"), Endpoint::Unknown);
    }
}
