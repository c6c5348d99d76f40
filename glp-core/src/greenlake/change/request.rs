//! The requests that write the inventory, one at a time.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::{ApiVersion, DeviceChange, NewDevice, NewSubscription, TagEdits};
use crate::error::Error;
use crate::exchange::Request;
use crate::greenlake::query::encode;
use crate::greenlake::{Id, Route};
use crate::invalid::Invalid;
use crate::operation::{Operation, Replay};

/// Whether a write is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// The service checks it and changes nothing. Documented for devices in `v1`, and for adding
    /// subscriptions.
    Rehearsed,
    /// The service does it.
    #[default]
    Wanted,
}

/// How many subscriptions one request may add, or change. For changes the service documents no
/// number: there it is ours.
pub const MAX_SUBSCRIPTIONS: usize = 5;

/// A merge patch (RFC 7396).
const MERGE_PATCH: HeaderValue = HeaderValue::from_static("application/merge-patch+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Adds devices, in one request.
///
/// # Errors
///
/// A device-limit error for more devices than the version takes at once; a configuration error for
/// none, for what the version does not take, and for a rehearsal in a version that has none.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{ApiVersion, Effect, NewDevice, add_devices};
///
/// let device = NewDevice::network("SG09", "9c:8c:d8:00:01:02").unwrap();
/// let operation = add_devices(ApiVersion::V1, [&device], Effect::Rehearsed)?;
/// assert_eq!(operation.request.uri(), "/devices/v1/devices?dry-run=true");
/// assert_eq!(
///     operation.request.body(),
///     r#"{"compute":[],"network":[{"macAddress":"9c:8c:d8:00:01:02","serialNumber":"SG09"}],"storage":[]}"#,
/// );
///
/// let six = [&device; 6];
/// let error = add_devices(ApiVersion::V1, six, Effect::Wanted).unwrap_err();
/// assert_eq!(error.message(), "6 devices in one request, 5 are allowed");
/// # Ok::<(), glp_core::error::Error>(())
/// ```
pub fn add_devices<'a>(
    version: ApiVersion,
    devices: impl IntoIterator<Item = &'a NewDevice>,
    effect: Effect,
) -> Result<Operation, Error> {
    let devices: Vec<&NewDevice> = devices.into_iter().collect();
    check_devices(devices.len(), version.max_added())?;
    for device in &devices {
        device.check(version).map_err(Error::invalid)?;
    }
    let (route, body) = match (version, &devices[..]) {
        (ApiVersion::V2Beta1, [device, ..]) => (Route::ADD_DEVICE_V2BETA1, device.object()),
        (ApiVersion::V1 | ApiVersion::V2Beta1, _) => {
            (Route::ADD_DEVICES, NewDevice::lists(&devices))
        }
    };
    rehearsable(version, effect)?;
    Ok(write(route, &[], &body, effect))
}

/// Changes devices, in one request.
///
/// # Errors
///
/// As [`add_devices`].
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{ApiVersion, DeviceChange, Effect, Id, change_devices};
///
/// let ids = [Id::new("d-1").unwrap(), Id::new("d&2").unwrap()];
/// let operation =
///     change_devices(ApiVersion::V2Beta1, &DeviceChange::Archive, &ids, Effect::Wanted)?;
/// assert_eq!(operation.request.uri(), "/devices/v2beta1/devices?id=d-1&id=d%262");
/// assert_eq!(operation.request.body(), r#"{"archived":true}"#);
/// # Ok::<(), glp_core::error::Error>(())
/// ```
pub fn change_devices<'a>(
    version: ApiVersion,
    change: &DeviceChange,
    ids: impl IntoIterator<Item = &'a Id>,
    effect: Effect,
) -> Result<Operation, Error> {
    let ids: Vec<&Id> = ids.into_iter().collect();
    check_devices(ids.len(), version.max_changed())?;
    let body = change.body(version).map_err(Error::invalid)?;
    let route = match version {
        ApiVersion::V1 => Route::CHANGE_DEVICES,
        ApiVersion::V2Beta1 => Route::CHANGE_DEVICES_V2BETA1,
    };
    rehearsable(version, effect)?;
    Ok(write(route, &ids, &body, effect))
}

/// Adds subscriptions, in one request.
///
/// # Errors
///
/// A configuration error for none, or more than [`MAX_SUBSCRIPTIONS`].
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{Effect, NewSubscription, add_subscriptions};
///
/// let subscription = NewSubscription::new("E5B1").unwrap();
/// let operation = add_subscriptions([&subscription], Effect::Wanted)?;
/// assert_eq!(operation.request.body(), r#"{"subscriptions":[{"key":"E5B1"}]}"#);
/// # Ok::<(), glp_core::error::Error>(())
/// ```
pub fn add_subscriptions<'a>(
    subscriptions: impl IntoIterator<Item = &'a NewSubscription>,
    effect: Effect,
) -> Result<Operation, Error> {
    let subscriptions: Vec<Value> = subscriptions.into_iter().map(NewSubscription::json).collect();
    check_subscriptions(subscriptions.len())?;
    let body = json!({ "subscriptions": subscriptions });
    Ok(write(Route::ADD_SUBSCRIPTIONS, &[], &body, effect))
}

/// Changes the tags of subscriptions, in one request. There is no rehearsal of it.
///
/// # Errors
///
/// A configuration error for no edit, for no subscription, or for more than
/// [`MAX_SUBSCRIPTIONS`].
pub fn change_subscriptions<'a>(
    tags: &TagEdits,
    ids: impl IntoIterator<Item = &'a Id>,
) -> Result<Operation, Error> {
    let ids: Vec<&Id> = ids.into_iter().collect();
    check_subscriptions(ids.len())?;
    if tags.is_empty() {
        return Err(Error::invalid(Invalid::new("tags", "empty", "at least one edit")));
    }
    let body = json!({ "tags": tags.json() });
    Ok(write(Route::CHANGE_SUBSCRIPTIONS, &ids, &body, Effect::Wanted))
}

fn check_devices(count: usize, max: usize) -> Result<(), Error> {
    match count {
        0 => Err(Error::invalid(Invalid::new("devices", "empty", "at least one device"))),
        _ if count > max => Err(Error::device_limit(count, max)),
        _ => Ok(()),
    }
}

fn check_subscriptions(count: usize) -> Result<(), Error> {
    if (1..=MAX_SUBSCRIPTIONS).contains(&count) {
        return Ok(());
    }
    let limit = format_args!("1 to {MAX_SUBSCRIPTIONS} in one request");
    Err(Error::invalid(Invalid::new("subscriptions", count, limit)))
}

fn rehearsable(version: ApiVersion, effect: Effect) -> Result<(), Error> {
    match (version, effect) {
        (ApiVersion::V2Beta1, Effect::Rehearsed) => {
            Err(Error::invalid(Invalid::new("effect", "rehearsed", "wanted: only v1 rehearses")))
        }
        _ => Ok(()),
    }
}

/// Makes the request. A merge patch says how rows are to be, so saying it twice is saying it once;
/// so is what is only rehearsed.
fn write(route: Route, ids: &[&Id], body: &Value, effect: Effect) -> Operation {
    let mut query = String::new();
    for id in ids {
        // Writing to a String cannot fail.
        let _ = write!(query, "&id={}", encode(id.as_str()));
    }
    if effect == Effect::Rehearsed {
        query.push_str("&dry-run=true");
    }
    let mut target = route.template().to_owned();
    if let Some(first) = query.get(1..) {
        target.push('?');
        target.push_str(first);
    }
    let patches = route.method() == "PATCH";
    let mut request = Request::new(Bytes::from(body.to_string()));
    *request.method_mut() = if patches { http::Method::PATCH } else { http::Method::POST };
    *request.uri_mut() = http::Uri::try_from(target)
        .expect("a template without an id, and 25 encoded ids of 256 bytes, are a URI");
    request.headers_mut().insert(CONTENT_TYPE, if patches { MERGE_PATCH } else { JSON });
    let replay = match effect {
        Effect::Wanted if !patches => Replay::Once,
        Effect::Rehearsed | Effect::Wanted => Replay::Idempotent,
    };
    Operation { request, route, replay, decode: None }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::greenlake::query::tests::decode;
    use crate::greenlake::{NewContact, Tags};

    fn device() -> NewDevice {
        NewDevice::storage("s", "p").unwrap()
    }

    #[test]
    fn a_post_is_sent_once_and_a_patch_may_be_sent_again() {
        let post = add_devices(ApiVersion::V1, [&device()], Effect::Wanted).unwrap();
        assert_eq!((post.replay, post.route), (Replay::Once, Route::ADD_DEVICES));
        let ids = [Id::new("d").unwrap()];
        let unsubscribe = DeviceChange::Unsubscribe;
        let patch = change_devices(ApiVersion::V1, &unsubscribe, &ids, Effect::Wanted).unwrap();
        assert_eq!((patch.replay, patch.request.method().as_str()), (Replay::Idempotent, "PATCH"));
        assert_eq!(patch.request.headers()[CONTENT_TYPE], MERGE_PATCH);
    }

    #[test]
    fn v2beta1_adds_one_device_with_all_that_is_known_of_it() {
        let device = NewDevice::compute("s", "p")
            .unwrap()
            .tags(Tags::new().set("k", "v").unwrap())
            .location(Id::new("l").unwrap())
            .contact(NewContact::user(&Id::new("u").unwrap()));
        let operation = add_devices(ApiVersion::V2Beta1, [&device], Effect::Wanted).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(operation.request.body()).unwrap(),
            json!({
                "deviceType": "COMPUTE", "serialNumber": "s", "partNumber": "p",
                "tags": { "k": "v" }, "location": { "id": "l" },
                "contact": { "type": "WORKSPACE-USER", "id": "u" },
            })
        );
        let error = add_devices(ApiVersion::V1, [&device], Effect::Wanted).unwrap_err();
        assert!(error.message().starts_with("location is set"), "{error}");
    }

    #[test]
    fn a_request_that_names_too_many_names_the_limit() {
        let limit = |error: Error| (error.kind(), error.message().to_string());
        let device = device();
        let two = [&device; 2];
        let (kind, message) =
            limit(add_devices(ApiVersion::V2Beta1, two, Effect::Wanted).unwrap_err());
        assert_eq!(kind, ErrorKind::DeviceLimit);
        assert_eq!(message, "2 devices in one request, 1 are allowed");

        let ids: Vec<Id> = (0..26).map(|n| Id::new(format!("{n}")).unwrap()).collect();
        let change = |version, count| {
            change_devices(version, &DeviceChange::Unsubscribe, &ids[..count], Effect::Wanted)
        };
        assert!(change(ApiVersion::V2Beta1, 25).is_ok() && change(ApiVersion::V1, 5).is_ok());
        assert!(change(ApiVersion::V2Beta1, 26).is_err() && change(ApiVersion::V1, 6).is_err());
        assert!(change(ApiVersion::V1, 0).is_err());

        let subscription = NewSubscription::new("k").unwrap();
        let six = [&subscription; 6];
        let (_, message) = limit(add_subscriptions(six, Effect::Wanted).unwrap_err());
        assert_eq!(message, "subscriptions is 6: it must be 1 to 5 in one request");
        let tags = TagEdits::new().set("k", "v").unwrap();
        assert!(change_subscriptions(&tags, &ids[..6]).is_err());
        assert!(change_subscriptions(&TagEdits::new(), &ids[..1]).is_err());
    }

    #[test]
    fn only_v1_rehearses() {
        let error = add_devices(ApiVersion::V2Beta1, [&device()], Effect::Rehearsed).unwrap_err();
        assert!(error.message().starts_with("effect is rehearsed"), "{error}");
    }

    #[test]
    fn serial_numbers_and_keys_are_shown_by_no_error_and_no_debug_form() {
        let device = NewDevice::network("canary", "00:00:00:00:00:00").unwrap();
        let key = NewSubscription::new("canary").unwrap();
        let errors = [
            NewDevice::network("canary\n", "00:00:00:00:00:00").unwrap_err(),
            NewDevice::network("canary", "canary").unwrap_err(),
            NewSubscription::new(" canary").unwrap_err(),
        ];
        assert!(!format!("{device:?} {key:?} {errors:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn c10_an_id_stays_one_value(text in ".{1,64}") {
            let Ok(id) = Id::new(text.as_str()) else { return Ok(()) };
            let change = DeviceChange::Unsubscribe;
            let operation = change_devices(ApiVersion::V1, &change, [&id, &id], Effect::Wanted);
            let operation = operation.unwrap();
            let values: Vec<String> = operation.request.uri().query().unwrap().split('&')
                .map(|pair| decode(pair.strip_prefix("id=").unwrap())).collect();
            prop_assert_eq!(values, [text.clone(), text]);
        }

        #[test]
        fn c10_a_text_stays_one_string_of_the_body(text in any::<String>()) {
            let Ok(device) = NewDevice::compute(text.as_str(), "p") else { return Ok(()) };
            let tags = Tags::new().set("k", text.as_str()).unwrap_or_default();
            let device = device.tags(tags);
            let body = add_devices(ApiVersion::V2Beta1, [&device], Effect::Wanted).unwrap();
            let body: Value = serde_json::from_slice(body.request.body()).unwrap();
            prop_assert_eq!(body["serialNumber"].as_str(), Some(text.as_str()));
        }
    }
}
