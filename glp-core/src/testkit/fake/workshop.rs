//! Where asynchronous operations are accepted, done and shown.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::device::Device;
use super::edits::{DeviceEdits, SubscriptionEdits};
use super::inventory::Inventory;
use super::job::{Done, Failure, Job, Kind, Named};
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

/// The rows that operations work on.
pub(super) struct Rows<'a> {
    pub(super) devices: &'a mut Inventory<Device>,
    pub(super) subscriptions: &'a mut Inventory<Subscription>,
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
    pub(super) fn work(&mut self, mut rows: Rows<'_>, now: Instant, origin: UnixTime) {
        for job in &mut self.jobs {
            if now < job.done_at || job.mishap.is_some_and(|mishap| !mishap.works()) {
                continue;
            }
            if let Some(order) = job.order.take() {
                let at = origin + job.done_at.since(Instant::ZERO);
                job.result = Some(rows.carry_out(order, &mut self.additions, at));
            }
        }
    }
}

impl Rows<'_> {
    fn carry_out(
        &mut self,
        order: Order,
        additions: &mut BTreeMap<String, u64>,
        at: UnixTime,
    ) -> Done {
        let Order { effect, work } = order;
        let mut count = |name: &str| {
            if effect == Effect::Wanted {
                *additions.entry(name.into()).or_default() += 1;
            }
        };
        let (kind, by, results): (Kind, &'static str, Vec<(String, Result<(), Failure>)>) =
            match work {
                Work::AddDevices(devices) => {
                    let add = |device: DeviceEdits| {
                        let name = serial_number(&device);
                        count(&name);
                        (name, self.add_device(device, effect, at))
                    };
                    (Kind::Add, "serialNumber", devices.into_iter().map(add).collect())
                }
                Work::AddSubscriptions(subscriptions) => {
                    let add = |subscription: SubscriptionEdits| {
                        let name = subscription.key.clone().unwrap_or_default();
                        count(&name);
                        (name, self.add_subscription(subscription, effect, at))
                    };
                    (Kind::Add, "key", subscriptions.into_iter().map(add).collect())
                }
                Work::ChangeDevices(ids, change) => {
                    let one = |id: Uuid| (id.text(), self.change_device(id, &change, effect, at));
                    (Kind::Change, "id", ids.into_iter().map(one).collect())
                }
                Work::ChangeSubscriptions(ids, tags) => {
                    let one = |id: Uuid| {
                        let number = self.subscriptions.ledger.find(id).ok_or(NO_SUBSCRIPTION);
                        let changed = number.map(|number| {
                            if effect == Effect::Wanted {
                                let edits = self.subscriptions.edits(number);
                                edits.at = at;
                                edits.tags.extend(tags.clone());
                            }
                        });
                        (id.text(), changed)
                    };
                    (Kind::Change, "id", ids.into_iter().map(one).collect())
                }
            };
        let mut done = Done { kind, succeeded: Vec::new(), failed: Vec::new() };
        for (name, result) in results {
            match result {
                Ok(()) => done.succeeded.push(Named { by, name }),
                Err(failure) => done.failed.push((Named { by, name }, failure)),
            }
        }
        done
    }

    fn add_device(
        &mut self,
        mut device: DeviceEdits,
        effect: Effect,
        at: UnixTime,
    ) -> Result<(), Failure> {
        let name = serial_number(&device);
        if self.devices.find(|known| known.serial_number() == name).is_some() {
            return Err(OWNED);
        }
        if effect == Effect::Wanted {
            device.at = at;
            if let Some(identity) = &mut device.identity {
                identity.added_at = at;
            }
            let id = self.devices.ledger.insert();
            if let Some(number) = self.devices.ledger.find(id) {
                *self.devices.edits(number) = device;
            }
        }
        Ok(())
    }

    fn add_subscription(
        &mut self,
        mut subscription: SubscriptionEdits,
        effect: Effect,
        at: UnixTime,
    ) -> Result<(), Failure> {
        if self.subscriptions.find(|known| Some(known.key()) == subscription.key).is_some() {
            return Err(OWNED);
        }
        if effect == Effect::Wanted {
            subscription.at = at;
            let id = self.subscriptions.ledger.insert();
            if let Some(number) = self.subscriptions.ledger.find(id) {
                *self.subscriptions.edits(number) = subscription;
            }
        }
        Ok(())
    }

    fn change_device(
        &mut self,
        id: Uuid,
        change: &DeviceChange,
        effect: Effect,
        at: UnixTime,
    ) -> Result<(), Failure> {
        let number = self.devices.ledger.find(id).ok_or(NO_DEVICE)?;
        let subscription = match change.subscription {
            Some(Some(id)) => {
                Some(Some(self.subscriptions.ledger.find(id).ok_or(NO_SUBSCRIPTION)?))
            }
            Some(None) => Some(None),
            None => None,
        };
        if effect == Effect::Rehearsed {
            return Ok(());
        }
        let DeviceEdits { application, region, archived, location, tenant, tags, .. } =
            change.edits.clone();
        let edits = self.devices.edits(number);
        edits.at = at;
        edits.application = application.or(edits.application.take());
        edits.region = region.or(edits.region.take());
        edits.subscription = subscription.or(edits.subscription);
        edits.archived = archived.or(edits.archived);
        edits.location = location.or(edits.location.take());
        edits.tenant = tenant.or(edits.tenant.take());
        edits.tags.extend(tags);
        Ok(())
    }
}

fn serial_number(device: &DeviceEdits) -> String {
    device.identity.as_ref().map(|identity| identity.serial_number.clone()).unwrap_or_default()
}
