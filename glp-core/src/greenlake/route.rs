//! The routes of the API and their documented limits.

use alloc::borrow::Cow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU32;

use http::Method;

use crate::greenlake::Resource;

/// Names one route: a method and a path template, never a path with an id in it.
///
/// Breakers, limiters and statistics are kept per route, so its text is safe as a label. Two routes
/// are one where method and template are: the quota is not what it is called by.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::greenlake::Route;
///
/// let slower = Route::LIST_DEVICES.with_quota(NonZeroU32::new(80).unwrap());
/// assert_eq!(slower, Route::LIST_DEVICES);
/// assert_eq!(slower.to_string(), "GET /devices/v1/devices");
/// ```
#[derive(Clone, Debug)]
pub struct Route {
    method: Name,
    template: Cow<'static, str>,
    quota: NonZeroU32,
}

type Name = Cow<'static, str>;

/// Requests per minute that the service documents for a route, or that we assume where it
/// documents none.
const fn per_minute(requests: u32) -> NonZeroU32 {
    match NonZeroU32::new(requests) {
        Some(requests) => requests,
        None => NonZeroU32::MIN,
    }
}

impl Route {
    /// `GET /devices/v1/devices`: 160 requests per minute and workspace.
    pub const LIST_DEVICES: Self = Self::documented("GET", "/devices/v1/devices", 160);
    /// `GET /devices/v1/devices/{id}`: 40 requests per minute and workspace.
    pub const GET_DEVICE: Self = Self::documented("GET", "/devices/v1/devices/{id}", 40);
    /// `GET /devices/v2beta1/devices`: 300 requests per minute and workspace.
    pub const LIST_DEVICES_V2BETA1: Self = Self::documented("GET", "/devices/v2beta1/devices", 300);
    /// `GET /subscriptions/v1/subscriptions`: 60 requests per minute and workspace.
    pub const LIST_SUBSCRIPTIONS: Self =
        Self::documented("GET", "/subscriptions/v1/subscriptions", 60);
    /// `GET /subscriptions/v1/subscriptions/{id}`: 20 requests per minute and workspace.
    pub const GET_SUBSCRIPTION: Self =
        Self::documented("GET", "/subscriptions/v1/subscriptions/{id}", 20);

    /// `POST /devices/v1/devices`: 50 requests per minute and workspace.
    pub const ADD_DEVICES: Self = Self::documented("POST", "/devices/v1/devices", 50);
    /// `POST /devices/v2beta1/devices`: 50 requests per minute and workspace.
    pub const ADD_DEVICE_V2BETA1: Self = Self::documented("POST", "/devices/v2beta1/devices", 50);
    /// `PATCH /devices/v1/devices`: 40 requests per minute and workspace.
    pub const CHANGE_DEVICES: Self = Self::documented("PATCH", "/devices/v1/devices", 40);
    /// `PATCH /devices/v2beta1/devices`: 40 requests per minute and workspace.
    pub const CHANGE_DEVICES_V2BETA1: Self =
        Self::documented("PATCH", "/devices/v2beta1/devices", 40);
    /// `GET /devices/v1/async-operations/{id}`: 90 requests per minute and workspace.
    pub const GET_DEVICES_OPERATION: Self =
        Self::documented("GET", "/devices/v1/async-operations/{id}", 90);
    /// `POST /subscriptions/v1/subscriptions`: 4 requests per minute and workspace.
    pub const ADD_SUBSCRIPTIONS: Self =
        Self::documented("POST", "/subscriptions/v1/subscriptions", 4);
    /// `PATCH /subscriptions/v1/subscriptions`: 5 requests per minute and workspace.
    pub const CHANGE_SUBSCRIPTIONS: Self =
        Self::documented("PATCH", "/subscriptions/v1/subscriptions", 5);
    /// `GET /subscriptions/v1/async-operations/{id}`: 30 requests per minute and workspace.
    pub const GET_SUBSCRIPTIONS_OPERATION: Self =
        Self::documented("GET", "/subscriptions/v1/async-operations/{id}", 30);

    const fn documented(method: &'static str, template: &'static str, quota: u32) -> Self {
        Self {
            method: Cow::Borrowed(method),
            template: Cow::Borrowed(template),
            quota: per_minute(quota),
        }
    }

    /// Names a route of one's own. `template` must not hold ids: it becomes a label.
    pub fn new(method: &Method, template: impl Into<Cow<'static, str>>, quota: NonZeroU32) -> Self {
        Self { method: name(method), template: template.into(), quota }
    }

    /// Returns the route that lists `resource`.
    pub const fn list(resource: Resource) -> Self {
        match resource {
            Resource::Devices => Self::LIST_DEVICES,
            Resource::Subscriptions => Self::LIST_SUBSCRIPTIONS,
        }
    }

    /// Sets the quota, in requests per minute and workspace.
    #[must_use]
    pub fn with_quota(self, quota: NonZeroU32) -> Self {
        Self { quota, ..self }
    }

    /// Returns the route that shows an asynchronous operation on `resource`.
    pub const fn operation(resource: Resource) -> Self {
        match resource {
            Resource::Devices => Self::GET_DEVICES_OPERATION,
            Resource::Subscriptions => Self::GET_SUBSCRIPTIONS_OPERATION,
        }
    }

    /// Returns the method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path template.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// Returns the quota, in requests per minute and workspace.
    pub const fn quota(&self) -> NonZeroU32 {
        self.quota
    }
}

/// Returns a method's name. Routes are copied for every request, so a name that is known is not.
fn name(method: &Method) -> Name {
    Name::Borrowed(match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => return Name::Owned(method.as_str().into()),
    })
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Route {}

impl PartialOrd for Route {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Route {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.method(), self.template()).cmp(&(other.method(), other.template()))
    }
}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.method(), self.template()).hash(state);
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}
