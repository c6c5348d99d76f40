//! What a request to write asks for, read strictly.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::edits::{DeviceEdits, Identity, SubscriptionEdits, TagChanges};
use super::parameters::Parameters;
use super::refusal::Problem;
use super::uuid::Uuid;
use crate::exchange::Request;
use crate::greenlake::{ApiVersion, Category, Effect, Resource};
use crate::wall::UnixTime;

/// What a request to write asks for.
pub(super) struct Order {
    pub(super) effect: Effect,
    pub(super) work: Work,
}

pub(super) enum Work {
    AddDevices(Vec<DeviceEdits>),
    AddSubscriptions(Vec<SubscriptionEdits>),
    ChangeDevices(Vec<Uuid>, Box<DeviceChange>),
    ChangeSubscriptions(Vec<Uuid>, TagChanges),
}

/// What is changed of devices: of a subscription, its id.
#[derive(Default)]
pub(super) struct DeviceChange {
    pub(super) edits: DeviceEdits,
    pub(super) subscription: Option<Option<Uuid>>,
}

/// How many rows one request may name.
const MOST_SUBSCRIPTIONS: usize = 5;

type Body = Map<String, Value>;

impl Order {
    /// Reads a request to add rows.
    pub(super) fn adding(
        request: &Request,
        resource: Resource,
        version: ApiVersion,
    ) -> Result<Self, Problem> {
        let body = body(request, "application/json")?;
        let work = match (resource, version) {
            (Resource::Subscriptions, _) => Work::AddSubscriptions(new_subscriptions(&body)?),
            (Resource::Devices, ApiVersion::V1) => Work::AddDevices(new_devices(&body)?),
            (Resource::Devices, ApiVersion::V2Beta1) => {
                let category = match text(&body, "deviceType")?.as_str() {
                    "COMPUTE" => Category::Compute,
                    "NETWORK" => Category::Network,
                    "STORAGE" => Category::Storage,
                    _ => return Err(Problem::in_body("deviceType", "not a type of device")),
                };
                let known = ["deviceType", "location", "contact"];
                Work::AddDevices([new_device(&body, category, &known)?].into())
            }
        };
        let (ids, effect) = query(request)?;
        if !ids.is_empty() {
            return Err(Problem::new("id", "nothing that is added has an id"));
        }
        Ok(Self { effect, work })
    }

    /// Reads a request to change rows.
    pub(super) fn changing(
        request: &Request,
        resource: Resource,
        version: ApiVersion,
    ) -> Result<Self, Problem> {
        let body = body(request, "application/merge-patch+json")?;
        let (ids, effect) = query(request)?;
        let most = match resource {
            Resource::Devices => version.max_changed(),
            Resource::Subscriptions => MOST_SUBSCRIPTIONS,
        };
        if !(1..=most).contains(&ids.len()) {
            return Err(Problem::new("id", format!("{} ids, 1 to {most} are allowed", ids.len())));
        }
        let work = match resource {
            Resource::Devices => Work::ChangeDevices(ids, Box::new(device_change(&body, version)?)),
            Resource::Subscriptions => {
                only(&body, &["tags"])?;
                Work::ChangeSubscriptions(ids, tags(&body)?)
            }
        };
        Ok(Self { effect, work })
    }
}

/// Reads the ids, and whether the write is meant.
fn query(request: &Request) -> Result<(Vec<Uuid>, Effect), Problem> {
    let query = request.uri().query().unwrap_or_default();
    let parameters = Parameters::decode_repeating(query)
        .map_err(|_| Problem::new("query", "a broken escape"))?;
    let mut ids = Vec::new();
    let mut effect = Effect::Wanted;
    for (name, value) in parameters.iter() {
        match (name, value) {
            ("id", id) => {
                ids.push(Uuid::parse(id).ok_or_else(|| Problem::new("id", "not a UUID"))?);
            }
            ("dry-run", "true") => effect = Effect::Rehearsed,
            ("dry-run", "false") => {}
            _ => return Err(Problem::new("query", format!("{name:?} is not known here"))),
        }
    }
    let distinct: BTreeSet<Uuid> = ids.iter().copied().collect();
    if distinct.len() != ids.len() {
        return Err(Problem::new("id", "one is given twice"));
    }
    Ok((ids, effect))
}

fn body(request: &Request, content_type: &str) -> Result<Body, Problem> {
    let told = request.headers().get(CONTENT_TYPE).and_then(|told| told.to_str().ok());
    if told != Some(content_type) {
        return Err(Problem::in_body("content-type", format!("it must be {content_type}")));
    }
    serde_json::from_slice(request.body())
        .map_err(|_| Problem::in_body("body", "it is not a JSON object"))
}

/// Refuses members that are not known.
fn only(body: &Body, known: &[&str]) -> Result<(), Problem> {
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Problem::in_body("body", format!("{name:?} is not known here"))),
        None => Ok(()),
    }
}

fn text(body: &Body, name: &'static str) -> Result<String, Problem> {
    match body.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(Problem::in_body(name, "it must be a text")),
    }
}

/// Reads `{"id": …}`; `None` where the id is null.
fn reference(value: &Value, name: &'static str) -> Result<Option<String>, Problem> {
    match value.get("id") {
        Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        _ => Err(Problem::in_body(name, "it must have an id")),
    }
}

fn tags(body: &Body) -> Result<TagChanges, Problem> {
    let wrong = || Problem::in_body("tags", "it must be an object of texts");
    let Some(tags) = body.get("tags") else { return Ok(TagChanges::new()) };
    let tag = |(key, value): (&String, &Value)| match value {
        Value::Null => Ok((key.clone(), None)),
        Value::String(value) => Ok((key.clone(), Some(value.clone()))),
        _ => Err(wrong()),
    };
    tags.as_object().ok_or_else(wrong)?.iter().map(tag).collect()
}

fn list<'a>(body: &'a Body, name: &'static str) -> Result<&'a [Value], Problem> {
    let list = body.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| Problem::in_body(name, "it must be an array"))
}

fn object<'a>(value: &'a Value, name: &'static str) -> Result<&'a Body, Problem> {
    value.as_object().ok_or_else(|| Problem::in_body(name, "it must hold objects"))
}

/// Reads the three arrays of `v1`, each of which must be there.
fn new_devices(body: &Body) -> Result<Vec<DeviceEdits>, Problem> {
    only(body, &["compute", "network", "storage"])?;
    let mut devices = Vec::new();
    for (name, category) in [
        ("compute", Category::Compute),
        ("network", Category::Network),
        ("storage", Category::Storage),
    ] {
        for device in list(body, name)? {
            devices.push(new_device(object(device, name)?, category.clone(), &[])?);
        }
    }
    at_most(devices.len(), ApiVersion::V1.max_added(), "body")?;
    Ok(devices)
}

fn new_device(body: &Body, category: Category, more: &[&str]) -> Result<DeviceEdits, Problem> {
    let mark = if category == Category::Network { "macAddress" } else { "partNumber" };
    only(body, &[&["serialNumber", mark, "tags"], more].concat())?;
    let identity = Identity {
        added_at: UnixTime::EPOCH,
        category,
        serial_number: text(body, "serialNumber")?,
        mark: text(body, mark)?,
    };
    let location = body.get("location").map(|value| reference(value, "location")).transpose()?;
    Ok(DeviceEdits {
        identity: Some(identity),
        location: location.flatten(),
        tags: tags(body)?,
        ..DeviceEdits::default()
    })
}

fn new_subscriptions(body: &Body) -> Result<Vec<SubscriptionEdits>, Problem> {
    only(body, &["subscriptions"])?;
    let list = list(body, "subscriptions")?;
    at_most(list.len(), MOST_SUBSCRIPTIONS, "subscriptions")?;
    let subscription = |value: &Value| {
        let body = object(value, "subscriptions")?;
        only(body, &["key", "tags"])?;
        let (key, tags) = (Some(text(body, "key")?), tags(body)?);
        Ok(SubscriptionEdits { key, tags, ..SubscriptionEdits::default() })
    };
    list.iter().map(subscription).collect()
}

fn at_most(rows: usize, most: usize, name: &'static str) -> Result<(), Problem> {
    if (1..=most).contains(&rows) {
        return Ok(());
    }
    Err(Problem::in_body(name, format!("{rows} rows, 1 to {most} are allowed")))
}

/// Reads a merge patch of devices. A subscription and a property do not go together, and archiving
/// goes with nothing.
fn device_change(body: &Body, version: ApiVersion) -> Result<DeviceChange, Problem> {
    const V1: [&str; 4] = ["application", "region", "subscription", "tenantPlatformCustomerId"];
    const V2BETA1: [&str; 9] = [
        "application",
        "region",
        "subscription",
        "tenantWorkspaceId",
        "tags",
        "archived",
        "location",
        "contact",
        "warranty",
    ];
    only(body, if version == ApiVersion::V1 { &V1 } else { &V2BETA1 })?;
    let alone = body.contains_key("subscription") || body.contains_key("archived");
    if body.is_empty() || (alone && body.len() > 1) {
        return Err(Problem::in_body("body", "one kind of operation at a time"));
    }
    let mut change = DeviceChange::default();
    let edits = &mut change.edits;
    for (name, value) in body {
        let optional = || value.as_str().map(ToString::to_string);
        match name.as_str() {
            "application" => edits.application = Some(reference(value, "application")?),
            "region" => edits.region = Some(optional()),
            "tenantPlatformCustomerId" | "tenantWorkspaceId" => edits.tenant = optional(),
            "archived" => edits.archived = value.as_bool(),
            "location" => edits.location = reference(value, "location")?,
            "subscription" => change.subscription = Some(subscription(body)?),
            // Contacts and warranties are taken and shown nowhere.
            _ => {}
        }
    }
    edits.tags = tags(body)?;
    Ok(change)
}

fn subscription(body: &Body) -> Result<Option<Uuid>, Problem> {
    let wrong = || Problem::in_body("subscription", "it must name one subscription, or none");
    match list(body, "subscription")? {
        [] => Ok(None),
        [one] => {
            let id = reference(one, "subscription")?.ok_or_else(wrong)?;
            Uuid::parse(&id).map(Some).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}
