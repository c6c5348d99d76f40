//! What is to be written, of any length, and how it is cut into requests.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::Error;
use crate::exchange::Response;
use crate::greenlake::{
    ApiVersion, Device, DeviceChange, Effect, Field, Filter, Held, Id, List, MAX_SUBSCRIPTIONS,
    NewDevice, NewSubscription, Resource, Subscription, TagEdits, add_devices, add_subscriptions,
    change_devices, change_subscriptions,
};
use crate::invalid::Invalid;
use crate::operation::Operation;
use crate::page::Page;

/// Holds what is to be written: any number of rows, each once.
///
/// Whatever cannot be written is refused when the plan is made, before anything is sent.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{ApiVersion, NewDevice};
/// use glp_core::write::Plan;
///
/// let devices = (0..12).map(|n| NewDevice::compute(format!("MXQ{n}"), "P52534-B21").unwrap());
/// let plan = Plan::add_devices(ApiVersion::V1, devices)?;
///
/// // What would be sent; nothing is.
/// let requests: Vec<_> = plan.operations().collect::<Result<_, _>>()?;
/// assert_eq!(requests.len(), 3);
/// assert_eq!(requests[0].route.to_string(), "POST /devices/v1/devices");
/// # Ok::<(), glp_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    work: Work,
    effect: Effect,
}

#[derive(Clone, Debug)]
enum Work {
    AddDevices(ApiVersion, Vec<NewDevice>),
    AddSubscriptions(Vec<NewSubscription>),
    ChangeDevices(ApiVersion, DeviceChange, Vec<Id>),
    ChangeSubscriptions(TagEdits, Vec<Id>),
}

/// What a look at the inventory says of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    /// The answer does not tell; another one may.
    CannotTell,
    /// No answer can tell: part of the change is in no field that is read back.
    Invisible,
    /// The row is not there, or not as it was to be.
    NotThere,
    /// The row is as it was to be; its id.
    There(Id),
}

impl Plan {
    /// Plans to add devices.
    ///
    /// # Errors
    ///
    /// A configuration error for what the version does not take, and for a serial number that is
    /// given twice.
    pub fn add_devices(
        version: ApiVersion,
        devices: impl IntoIterator<Item = NewDevice>,
    ) -> Result<Self, Error> {
        let devices: Vec<NewDevice> = devices.into_iter().collect();
        for device in &devices {
            device.check(version).map_err(Error::invalid)?;
        }
        Self::over(Work::AddDevices(version, devices), "devices")
    }

    /// Plans to add subscriptions.
    ///
    /// # Errors
    ///
    /// A configuration error for a key that is given twice.
    pub fn add_subscriptions(
        subscriptions: impl IntoIterator<Item = NewSubscription>,
    ) -> Result<Self, Error> {
        let subscriptions = subscriptions.into_iter().collect();
        Self::over(Work::AddSubscriptions(subscriptions), "subscriptions")
    }

    /// Plans to change devices.
    ///
    /// # Errors
    ///
    /// A configuration error for what the version does not take, and for an id that is given twice.
    pub fn change_devices(
        version: ApiVersion,
        change: DeviceChange,
        ids: impl IntoIterator<Item = Id>,
    ) -> Result<Self, Error> {
        change.body(version).map_err(Error::invalid)?;
        Self::over(Work::ChangeDevices(version, change, ids.into_iter().collect()), "ids")
    }

    /// Plans to change the tags of subscriptions.
    ///
    /// # Errors
    ///
    /// A configuration error for no edit, and for an id that is given twice.
    pub fn change_subscriptions(
        tags: TagEdits,
        ids: impl IntoIterator<Item = Id>,
    ) -> Result<Self, Error> {
        if tags.is_empty() {
            return Err(Error::invalid(Invalid::new("tags", "empty", "at least one edit")));
        }
        Self::over(Work::ChangeSubscriptions(tags, ids.into_iter().collect()), "ids")
    }

    /// Refuses a row that is named twice: two requests would do it twice.
    fn over(work: Work, field: &'static str) -> Result<Self, Error> {
        let plan = Self { work, effect: Effect::Wanted };
        let mut seen = BTreeMap::new();
        for row in 0..plan.len() {
            let name = plan.name(row).map(str::to_ascii_lowercase);
            if let Some(first) = name.and_then(|name| seen.insert(name, row)) {
                let value = format_args!("the same at {first} and {row}");
                return Err(Error::invalid(Invalid::new(field, value, "each only once")));
            }
        }
        Ok(plan)
    }

    /// Lets the service check the plan and do nothing.
    ///
    /// To see the requests without sending any, take [`operations`](Self::operations).
    ///
    /// # Errors
    ///
    /// A configuration error where the service has no such check: for devices in `v2beta1`, and
    /// for changes of subscriptions.
    pub fn rehearsed(mut self) -> Result<Self, Error> {
        let refuse = |limit| Err(Error::invalid(Invalid::new("effect", "rehearsed", limit)));
        match &self.work {
            Work::AddDevices(ApiVersion::V2Beta1, _)
            | Work::ChangeDevices(ApiVersion::V2Beta1, ..) => {
                return refuse("wanted: only v1 rehearses");
            }
            Work::ChangeSubscriptions(..) => return refuse("wanted: it has no rehearsal"),
            Work::AddDevices(..) | Work::AddSubscriptions(_) | Work::ChangeDevices(..) => {}
        }
        self.effect = Effect::Rehearsed;
        Ok(self)
    }

    /// Returns how many rows are written.
    pub fn len(&self) -> usize {
        match &self.work {
            Work::AddDevices(_, devices) => devices.len(),
            Work::AddSubscriptions(subscriptions) => subscriptions.len(),
            Work::ChangeDevices(_, _, ids) | Work::ChangeSubscriptions(_, ids) => ids.len(),
        }
    }

    /// Says whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what kind of row is written.
    pub const fn resource(&self) -> Resource {
        match self.work {
            Work::AddDevices(..) | Work::ChangeDevices(..) => Resource::Devices,
            Work::AddSubscriptions(_) | Work::ChangeSubscriptions(..) => Resource::Subscriptions,
        }
    }

    /// Returns how many rows one request may name.
    pub const fn per_request(&self) -> usize {
        match self.work {
            Work::AddDevices(version, _) => version.max_added(),
            Work::ChangeDevices(version, ..) => version.max_changed(),
            Work::AddSubscriptions(_) | Work::ChangeSubscriptions(..) => MAX_SUBSCRIPTIONS,
        }
    }

    /// Returns whether it is meant.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns the requests that are sent if all goes well, in order: each row in exactly one.
    ///
    /// # Errors
    ///
    /// None: a plan refuses what cannot be written. The type says so of each request.
    pub fn operations(&self) -> impl Iterator<Item = Result<Operation, Error>> + '_ {
        self.batches().map(|rows| self.operation(&rows.collect::<Vec<_>>()))
    }

    /// Cuts the rows into what one request takes.
    pub(super) fn batches(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (rows, most) = (self.len(), self.per_request());
        (0..rows).step_by(most).map(move |first| first..rows.min(first + most))
    }

    /// Makes the request that writes these rows.
    pub(super) fn operation(&self, rows: &[usize]) -> Result<Operation, Error> {
        fn pick<'a, T>(from: &'a [T], rows: &'a [usize]) -> impl Iterator<Item = &'a T> {
            rows.iter().filter_map(|row| from.get(*row))
        }
        match &self.work {
            Work::AddDevices(version, devices) => {
                add_devices(*version, pick(devices, rows), self.effect)
            }
            Work::AddSubscriptions(new) => add_subscriptions(pick(new, rows), self.effect),
            Work::ChangeDevices(version, change, ids) => {
                change_devices(*version, change, pick(ids, rows), self.effect)
            }
            Work::ChangeSubscriptions(tags, ids) => change_subscriptions(tags, pick(ids, rows)),
        }
    }

    /// Asks for these rows of the inventory, by the names that the plan knows them by.
    pub(super) fn look(&self, rows: &[usize]) -> Result<Operation, Error> {
        let field = match self.work {
            Work::AddDevices(..) => Field::SERIAL_NUMBER,
            Work::AddSubscriptions(_) => Field::KEY,
            Work::ChangeDevices(..) | Work::ChangeSubscriptions(..) => Field::ID,
        };
        let names = rows.iter().filter_map(|row| self.name(*row));
        let filter = Filter::any_of(field, names).map_err(Error::invalid)?;
        let list = List::of(self.resource()).filter(&filter).map_err(Error::invalid)?;
        Ok(list.page(0, list.max_rows()))
    }

    /// Says what an answer to [`look`](Self::look) tells of one row.
    pub(super) fn find(&self, row: usize, answer: &Response) -> Sighting {
        let Some((page, name)) = Page::take(answer).zip(self.name(row)) else {
            return Sighting::CannotTell;
        };
        let count = page.items.len() as u64;
        let mut sighting = match page.total {
            Some(total) if total > count => Sighting::CannotTell,
            _ => Sighting::NotThere,
        };
        for item in &page.items {
            match self.sighted(name, item.get()) {
                Sighting::NotThere => {}
                Sighting::CannotTell => sighting = Sighting::CannotTell,
                found @ (Sighting::Invisible | Sighting::There(_)) => return found,
            }
        }
        sighting
    }

    /// Says whether a row of the inventory is the one of this name, as it was to be.
    fn sighted(&self, name: &str, raw: &str) -> Sighting {
        let (id, held) = match self.resource() {
            Resource::Devices => match Device::from_json(raw) {
                Ok(device) => {
                    let held = self.device_held(name, &device);
                    (device.id, held)
                }
                Err(_) => return Sighting::CannotTell,
            },
            Resource::Subscriptions => match Subscription::from_json(raw) {
                Ok(subscription) => {
                    let held = self.subscription_held(name, &subscription);
                    (subscription.id, held)
                }
                Err(_) => return Sighting::CannotTell,
            },
        };
        match held {
            Held::No => Sighting::NotThere,
            Held::CannotTell => Sighting::Invisible,
            Held::Yes => Id::new(id).map_or(Sighting::CannotTell, Sighting::There),
        }
    }

    fn device_held(&self, name: &str, device: &Device) -> Held {
        match &self.work {
            Work::ChangeDevices(_, change, _) if device.id == name => change.held(device),
            Work::AddDevices(..) => same(device.serial_number.as_deref(), name),
            _ => Held::No,
        }
    }

    fn subscription_held(&self, name: &str, subscription: &Subscription) -> Held {
        match &self.work {
            Work::ChangeSubscriptions(tags, _) if subscription.id == name => {
                tags.held(&subscription.tags.clone().unwrap_or_default())
            }
            Work::AddSubscriptions(_) => same(subscription.key.as_deref(), name),
            _ => Held::No,
        }
    }

    /// Returns the name that a row is known by: its serial number, its key, or its id.
    pub(super) fn name(&self, row: usize) -> Option<&str> {
        match &self.work {
            Work::AddDevices(_, devices) => devices.get(row).map(NewDevice::serial_number),
            Work::AddSubscriptions(new) => new.get(row).map(NewSubscription::key),
            Work::ChangeDevices(_, _, ids) | Work::ChangeSubscriptions(_, ids) => {
                ids.get(row).map(Id::as_str)
            }
        }
    }

    /// Says whether rows are known by the service's id of them.
    pub(super) const fn names_by_id(&self) -> bool {
        matches!(self.work, Work::ChangeDevices(..) | Work::ChangeSubscriptions(..))
    }

    /// Says whether an answer that gives a row this name means this row.
    pub(super) fn is_named(&self, row: usize, name: &str) -> bool {
        self.name(row).is_some_and(|known| known.eq_ignore_ascii_case(name))
    }

    /// Returns what an error of these rows must not quote. Ids may be quoted.
    pub(super) fn secrets(&self, rows: &[usize]) -> Vec<&str> {
        let quotable = self.names_by_id();
        rows.iter().filter(|_| !quotable).filter_map(|row| self.name(*row)).collect()
    }
}

/// Compares as the service takes names: in whatever case.
fn same(found: Option<&str>, name: &str) -> Held {
    match found {
        Some(found) if found.eq_ignore_ascii_case(name) => Held::Yes,
        Some(_) | None => Held::No,
    }
}
