//! Where asynchronous operations are accepted, done and shown.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::device::Device;
use super::edits::{DeviceEdits, SubscriptionEdits, TagChanges};
use super::inventory::Inventory;
use super::job::{Attempt, Done, Failure, Job, Kind};
use super::order::{DeviceChange, Order, Work};
use super::settings::Settings;
use super::subscription::Subscription;
use super::uuid::Uuid;
use crate::greenlake::{Effect, Resource};
use crate::time::Instant;
use crate::wall::UnixTime;

/// Accepts asynchronous operations, does them when their time has come, and shows them.
#[derive(Default)]
pub(super) struct Workshop {
    jobs: Vec<Job>,
    /// How often it was tried to add a row of this name.
    additions: BTreeMap<String, u64>,
}

/// The rows that an operation works on, and when.
struct Rows<'a> {
    devices: &'a mut Inventory<Device>,
    subscriptions: &'a mut Inventory<Subscription>,
    additions: &'a mut BTreeMap<String, u64>,
    at: UnixTime,
    effect: Effect,
}

/// Keeps the ids of operations apart from those of rows and requests.
const OPERATIONS: u64 = 0x6f70_6572_6174_0000;

const OWNED: Failure =
    Failure { code: "HPE_GL_DM_ALREADY_OWNED", message: "is in the inventory already" };
const NO_DEVICE: Failure =
    Failure { code: "HPE_GL_DM_DEVICE_ID_NOT_FOUND", message: "is no device" };
const NO_SUBSCRIPTION: Failure =
    Failure { code: "HPE_GL_DM_SUBSCRIPTION_ID_NOT_FOUND", message: "is no subscription" };

impl Workshop {
    /// Accepts an operation, to be done later.
    pub(super) fn accept(
        &mut self,
        resource: Resource,
        order: Order,
        settings: &Settings,
        now: Instant,
    ) -> &Job {
        let number = self.jobs.len() as u32;
        let id = Uuid::of(settings.seed ^ OPERATIONS, number);
        let mishap = settings.faults.operations.get(&(u64::from(number) + 1)).copied();
        let job = Job::new(id, resource, order, mishap, (now, settings.operation_time));
        self.jobs.push(job);
        // Pushed above.
        &self.jobs[number as usize]
    }

    pub(super) fn find(&self, resource: Resource, id: Uuid) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id && job.resource == resource)
    }

    /// Counts how often it was tried to add a row of this serial number or key.
    pub(super) fn additions(&self, name: &str) -> u64 {
        self.additions.get(name).copied().unwrap_or(0)
    }

    /// Does what is due, in the order in which it was accepted.
    pub(super) fn work(
        &mut self,
        devices: &mut Inventory<Device>,
        subscriptions: &mut Inventory<Subscription>,
        now: Instant,
        origin: UnixTime,
    ) {
        let Self { jobs, additions } = self;
        for job in jobs {
            let idle = job.mishap.is_some_and(|mishap| !mishap.works());
            if now < job.done_at || idle {
                continue;
            }
            if let Some(Order { effect, work }) = job.order.take() {
                let at = origin + job.done_at.since(Instant::ZERO);
                let mut rows = Rows { devices, subscriptions, additions, at, effect };
                job.result = Some(rows.carry_out(work));
            }
        }
    }
}

impl Rows<'_> {
    fn carry_out(&mut self, work: Work) -> Done {
        match work {
            Work::AddDevices(devices) => Done::of(
                Kind::Add,
                "serialNumber",
                devices.into_iter().map(|device| self.add_device(device)),
            ),
            Work::AddSubscriptions(subscriptions) => Done::of(
                Kind::Add,
                "key",
                subscriptions.into_iter().map(|subscription| self.add_subscription(subscription)),
            ),
            Work::ChangeDevices(ids, change) => Done::of(
                Kind::Change,
                "id",
                ids.into_iter().map(|id| (id.text(), self.change_device(id, &change))),
            ),
            Work::ChangeSubscriptions(ids, tags) => Done::of(
                Kind::Change,
                "id",
                ids.into_iter().map(|id| (id.text(), self.change_subscription(id, &tags))),
            ),
        }
    }

    fn add_device(&mut self, mut device: DeviceEdits) -> Attempt {
        let identity = device.identity.as_ref();
        let name = identity.map(|identity| identity.serial_number.clone()).unwrap_or_default();
        self.count(&name);
        if self.devices.find(|known| known.serial_number() == name).is_some() {
            return (name, Err(OWNED));
        }
        if self.effect == Effect::Wanted {
            device.at = self.at;
            if let Some(identity) = &mut device.identity {
                identity.added_at = self.at;
            }
            let id = self.devices.ledger.insert();
            if let Some(number) = self.devices.ledger.find(id) {
                *self.devices.edits(number) = device;
            }
        }
        (name, Ok(()))
    }

    fn add_subscription(&mut self, mut subscription: SubscriptionEdits) -> Attempt {
        let name = subscription.key.clone().unwrap_or_default();
        self.count(&name);
        if self.subscriptions.find(|known| known.key() == name).is_some() {
            return (name, Err(OWNED));
        }
        if self.effect == Effect::Wanted {
            subscription.at = self.at;
            let id = self.subscriptions.ledger.insert();
            if let Some(number) = self.subscriptions.ledger.find(id) {
                *self.subscriptions.edits(number) = subscription;
            }
        }
        (name, Ok(()))
    }

    fn count(&mut self, name: &str) {
        if self.effect == Effect::Wanted {
            *self.additions.entry(name.into()).or_default() += 1;
        }
    }

    fn change_device(&mut self, id: Uuid, change: &DeviceChange) -> Result<(), Failure> {
        let number = self.devices.ledger.find(id).ok_or(NO_DEVICE)?;
        let find = |id: Uuid| self.subscriptions.ledger.find(id).ok_or(NO_SUBSCRIPTION);
        let subscription = change.subscription.map(|id| id.map(find).transpose()).transpose()?;
        if self.effect == Effect::Wanted {
            let edits = self.devices.edits(number);
            edits.at = self.at;
            edits.merge(change.edits.clone());
            edits.subscription = subscription.or(edits.subscription);
        }
        Ok(())
    }

    fn change_subscription(&mut self, id: Uuid, tags: &TagChanges) -> Result<(), Failure> {
        let number = self.subscriptions.ledger.find(id).ok_or(NO_SUBSCRIPTION)?;
        if self.effect == Effect::Wanted {
            let edits = self.subscriptions.edits(number);
            edits.at = self.at;
            edits.tags.extend(tags.clone());
        }
        Ok(())
    }
}
