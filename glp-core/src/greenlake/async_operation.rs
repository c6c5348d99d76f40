//! An asynchronous operation of the service: where it is, and what it says of itself.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use http::Uri;
use http::header::LOCATION;
use serde_json::Value;

use super::lenient::{Drift, Lenient, model, open_enum};
use super::list::read;
use super::one::leave;
use crate::error::{Error, SyncKind, target_origin};
use crate::exchange::Response;
use crate::greenlake::{Id, Resource, Route};
use crate::operation::Operation;

model! {
    /// What the service says of work that it has accepted and not yet done.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::greenlake::{AsyncOperation, OperationStatus};
    ///
    /// let operation = AsyncOperation::from_json(
    ///     r#"{"id":"o-1","status":"SUCCEEDED","result":{"succeededDevices":[{"id":"d-1"}],
    ///         "failedDevices":[{"serialNumber":"S2","errorCode":"OWNED"}]}}"#,
    /// )?;
    /// assert_eq!(operation.status, Some(OperationStatus::Succeeded));
    /// let result = operation.result.unwrap_or_default();
    /// assert_eq!(result.succeeded, [["d-1"]]);
    /// assert_eq!(result.failed[0].names, ["S2"]);
    /// # Ok::<(), glp_core::operation::Malformed>(())
    /// ```
    row AsyncOperation {
        /// How far it has got.
        status: OperationStatus = "status",
        /// When it began.
        started_at: crate::wall::UnixTime = "startedAt",
        /// When it ended.
        ended_at: crate::wall::UnixTime = "endedAt",
        /// How much of it is done, in per cent.
        progress_percent: i64 = "progressPercent",
        /// How long to wait before asking again, in seconds; see [`interval`](Self::interval).
        suggested_polling_interval_seconds: i64 = "suggestedPollingIntervalSeconds",
        /// When the service gives it up, in minutes from its beginning.
        timeout_minutes: i64 = "timeoutMinutes",
        /// What came of each row.
        result: ItemReport = "result",
        /// The service's name for the form of the result.
        result_type: String = "resultType",
        /// Why it failed.
        error: OperationError = "error",
    }
}

open_enum! {
    /// How far an asynchronous operation has got.
    OperationStatus {
        Failed = "FAILED",
        Initialized = "INITIALIZED",
        Paused = "PAUSED",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        TimedOut = "TIMEDOUT",
        // The reference lists the one and writes the other.
        Timeout = "TIMEOUT",
    }
}

model! {
    /// Why an asynchronous operation failed, in the service's words.
    OperationError {
        /// The code.
        error_code: String = "errorCode",
        /// The message for people.
        message: String = "message",
    }
}

/// What an asynchronous operation says of its rows.
///
/// The service gives an object with lists that begin with `succeeded` and `failed`, of objects or
/// of bare names; or a plain text, which names no row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemReport {
    /// The rows that were done, each by the names that it is given: id, serial number, key.
    pub succeeded: Vec<Vec<String>>,
    /// The rows that were not.
    pub failed: Vec<FailedItem>,
}

/// A row that an asynchronous operation did not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedItem {
    /// The names that it is given: id, serial number, key.
    pub names: Vec<String>,
    /// The service's code.
    pub error_code: Option<String>,
    /// The service's words. They can quote names.
    pub message: Option<String>,
}

impl Lenient for ItemReport {
    /// Any value is read: what is no list of rows names none.
    fn read(value: &Value, _: &mut Drift) -> Option<Self> {
        let mut report = Self::default();
        for (name, rows) in value.as_object().into_iter().flatten() {
            let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
            if name.starts_with("succeeded") {
                report.succeeded.extend(rows.iter().map(names));
            } else if name.starts_with("failed") {
                report.failed.extend(rows.iter().map(|row| FailedItem {
                    names: names(row),
                    error_code: member(row, "errorCode"),
                    message: member(row, "message"),
                }));
            }
        }
        Some(report)
    }
}

fn names(row: &Value) -> Vec<String> {
    match row {
        Value::String(name) => [name.clone()].into(),
        row => ["id", "serialNumber", "key"].iter().filter_map(|name| member(row, name)).collect(),
    }
}

fn member(row: &Value, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(String::from)
}

impl AsyncOperation {
    /// The shortest wait before asking again.
    pub const MIN_INTERVAL: Duration = Duration::from_secs(1);
    /// The longest wait before asking again.
    pub const MAX_INTERVAL: Duration = Duration::from_secs(60);

    /// Returns how long to wait before asking again, if the service says so.
    ///
    /// It is taken for seconds, as its name says and as it is seen to be, although its description
    /// speaks of minutes; within [`MIN_INTERVAL`](Self::MIN_INTERVAL) and
    /// [`MAX_INTERVAL`](Self::MAX_INTERVAL).
    pub fn interval(&self) -> Option<Duration> {
        let seconds = u64::try_from(self.suggested_polling_interval_seconds?).ok()?;
        Some(Duration::from_secs(seconds).clamp(Self::MIN_INTERVAL, Self::MAX_INTERVAL))
    }

    /// Returns how long the service itself gives the operation; at least a minute.
    pub fn timeout(&self) -> Option<Duration> {
        let minutes = u64::try_from(self.timeout_minutes?).ok()?.max(1);
        Some(Duration::from_secs(minutes.saturating_mul(60)))
    }
}

/// Asks for the operation that an answer speaks of: where its `Location` leads.
///
/// Of the `Location` only the path is taken, and only if it is that of an operation on `resource`:
/// a request made of it carries a token.
///
/// # Errors
///
/// An async-operation error where there is no `Location`, or it leads elsewhere.
pub(crate) fn follow(
    accepted: &Response,
    resource: Resource,
    api: &Uri,
) -> Result<Operation, Error> {
    let refuse = |problem: &'static str| {
        let error = Error::new(SyncKind::AsyncOperation, problem);
        match target_origin(accepted) {
            Some(origin) => error.with_detail("target_origin", origin),
            None => error,
        }
    };
    let location = accepted.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let location: Uri = location
        .and_then(|location| location.parse().ok())
        .ok_or_else(|| refuse("Accepted, but without a location to follow"))?;
    if location.authority().is_some() && origin(&location) != origin(api) {
        return Err(refuse("Accepted, but the operation's location is on another origin"));
    }
    let path = location.path();
    let path = path.strip_prefix(api.path().trim_end_matches('/')).unwrap_or(path);
    if !is_operation(path, resource) {
        return Err(refuse("Accepted, but the location is not that of an operation"));
    }
    let decode = |response: &mut Response| leave(response, AsyncOperation::from_json);
    Ok(Operation { decode: Some(decode), ..read(Route::operation(resource), path.into()) })
}

/// Returns the scheme, the host and the port, told or understood.
fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let understood = if scheme == "http" { 80 } else { 443 };
    let host = uri.host().unwrap_or_default().to_lowercase();
    format!("{scheme}://{host}:{}", uri.port_u16().unwrap_or(understood))
}

/// Says whether a path is `/{resource}/{version}/async-operations/{id}`, in clean characters.
fn is_operation(path: &str, resource: Resource) -> bool {
    let clean =
        |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["", service, version, "async-operations", id] => {
            service == resource.name()
                && clean(version)
                && Id::new(version).is_ok()
                && clean(id)
                && Id::new(id).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn followed(location: &str, api: &str) -> Result<String, Error> {
        let mut response = Response::new(Bytes::new());
        response.headers_mut().insert(LOCATION, location.parse().unwrap());
        let operation = follow(&response, Resource::Devices, &api.parse().unwrap())?;
        Ok(operation.request.uri().to_string())
    }

    #[test]
    fn a_location_on_the_apis_origin_is_followed_relative_or_not() {
        let path = "/devices/v1/async-operations/o-1";
        for (location, api) in [
            (path, "https://api.example"),
            ("https://api.example/devices/v1/async-operations/o-1", "https://api.example"),
            ("https://API.example:443/devices/v1/async-operations/o-1", "https://api.example"),
            ("https://api.example/glp/devices/v1/async-operations/o-1", "https://api.example/glp/"),
            (path, "https://api.example/glp"),
        ] {
            assert_eq!(followed(location, api).unwrap(), path, "{location} of {api}");
        }
    }

    #[test]
    fn a_location_that_leads_elsewhere_is_refused_and_its_origin_named() {
        let refused = |location: &str| followed(location, "https://api.example").unwrap_err();
        let error = refused("https://evil.example/devices/v1/async-operations/o-1?t=canary");
        assert!(error.to_string().contains("https://evil.example"), "{error}");
        assert!(!error.to_string().contains("canary"));
        for location in [
            "http://api.example/devices/v1/async-operations/o-1",
            "https://api.example:444/devices/v1/async-operations/o-1",
            "/subscriptions/v1/async-operations/o-1",
            "/devices/v1/devices/o-1",
            "/devices/v1/async-operations/..",
            "/devices/../async-operations/o-1",
            "/devices/v1/async-operations/a%2fb",
            "/devices/v1/async-operations/a/b",
            "/devices/v1/async-operations/",
            "o-1",
        ] {
            assert_eq!(refused(location).kind(), SyncKind::AsyncOperation.into(), "{location}");
        }
        let nothing = follow(&Response::new(Bytes::new()), Resource::Devices, &Uri::default());
        assert!(nothing.is_err());
    }

    #[test]
    fn a_result_is_read_in_each_of_its_forms() {
        let result = |result: &str| {
            let raw = format!(r#"{{"id":"o","result":{result}}}"#);
            AsyncOperation::from_json(&raw).unwrap().result.unwrap_or_default()
        };
        assert_eq!(result(r#""2 devices were added""#), ItemReport::default());
        assert_eq!(result("null"), ItemReport::default());
        assert_eq!(result("7"), ItemReport::default());
        assert_eq!(result(r#"{"failedDevicesSerial":["S1"]}"#).failed[0].names, ["S1"]);
        let report = result(r#"{"failedDevices":[{"id":"d","message":"m"},"S2",7]}"#);
        assert_eq!(report.failed[0].message.as_deref(), Some("m"));
        assert_eq!(report.failed[1].names, ["S2"]);
        assert!(report.failed[2].names.is_empty());
    }

    #[test]
    fn the_suggested_interval_is_bounded() {
        let interval = |seconds: &str| {
            let raw = format!(r#"{{"id":"o","suggestedPollingIntervalSeconds":{seconds}}}"#);
            AsyncOperation::from_json(&raw).unwrap().interval()
        };
        assert_eq!(interval("2"), Some(Duration::from_secs(2)));
        assert_eq!(interval("\"0\""), Some(AsyncOperation::MIN_INTERVAL));
        assert_eq!(interval("86400"), Some(AsyncOperation::MAX_INTERVAL));
        assert_eq!(interval("-1"), None);
        assert_eq!(interval("null"), None);
    }

    proptest! {
        #[test]
        fn whatever_a_location_says_the_request_stays_among_the_operations(location in "[ -~]{0,80}") {
            if let Ok(target) = followed(&location, "https://api.example") {
                prop_assert!(target.starts_with("/devices/") && target.contains("/async-operations/"));
                prop_assert_eq!(target.split('/').count(), 5);
            }
        }
    }
}
