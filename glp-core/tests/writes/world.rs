//! A world with the fake service in it, and a few words to write scenarios in.

use core::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::call::{CallOptions, Config, Credentials};
use glp_core::error::Error;
use glp_core::greenlake::{ApiVersion, Device, Id, NewDevice, NewSubscription, Resource};
use glp_core::testkit::{Faults, Service, Settings as Fake, World};
use glp_core::time::Instant;
use glp_core::write::{Outcome, Plan, Proof, Settings, Write, Written};

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A service of 60 devices and 30 subscriptions, whose operations take five seconds.
pub(crate) fn fake(faults: Faults) -> Fake {
    let fake = Fake::default().with_devices(60).unwrap().with_subscriptions(30).unwrap();
    fake.with_faults(faults)
}

pub(crate) fn world(fake: Fake) -> World<Service> {
    let credentials = Credentials {
        token_url: "https://sso.example/as/token.oauth2".into(),
        client_id: fake.client_id().into(),
        client_secret: fake.client_secret().clone(),
    };
    let mut config = Config::new("https://api.example", credentials).unwrap();
    config.backoff = Backoff { jitter: Jitter::None, ..Backoff::DEFAULT };
    World::new(config, Service::new(fake)).unwrap()
}

pub(crate) fn write_with(plan: Plan, settings: Settings, world: &mut World<Service>) -> Written {
    let api = world.core().config().base_url.clone();
    let mut write = Write::new(plan, settings, api).unwrap();
    let written = world.write(&mut write, CallOptions::BATCH);
    let now = world.now();
    world.server_mut().catch_up(now);
    written
}

pub(crate) fn write(plan: Plan, world: &mut World<Service>) -> Written {
    write_with(plan, Settings::DEFAULT, world)
}

pub(crate) fn serial(number: usize) -> String {
    format!("NEW-{number:05}")
}

pub(crate) fn device(number: usize) -> NewDevice {
    match number % 3 {
        0 => NewDevice::network(serial(number), "9c:8c:d8:00:01:02").unwrap(),
        1 => NewDevice::compute(serial(number), "P52534-B21").unwrap(),
        _ => NewDevice::storage(serial(number), "S0B84A").unwrap(),
    }
}

/// A plan to add so many devices.
pub(crate) fn additions(devices: usize) -> Plan {
    Plan::add_devices(ApiVersion::V1, (0..devices).map(device)).unwrap()
}

pub(crate) fn subscription(number: usize) -> NewSubscription {
    NewSubscription::new(format!("KEY-{number:05}")).unwrap()
}

/// The ids of the first rows of the service.
pub(crate) fn ids(world: &World<Service>, resource: Resource, count: usize) -> Vec<Id> {
    world.server().truth(resource).take(count).map(|(id, _)| Id::new(id).unwrap()).collect()
}

/// The device that the service holds under an id.
pub(crate) fn device_at(world: &World<Service>, id: &Id) -> Device {
    let (_, raw) =
        world.server().truth(Resource::Devices).find(|(at, _)| at == id.as_str()).unwrap();
    Device::from_json(&raw).unwrap()
}

/// The devices that the service holds under a serial number.
pub(crate) fn devices_named(world: &World<Service>, serial: &str) -> usize {
    let device = |(_, raw): (String, String)| Device::from_json(&raw).unwrap();
    let named = |device: &Device| device.serial_number.as_deref() == Some(serial);
    world.server().truth(Resource::Devices).map(device).filter(named).count()
}

/// How each row ended, in one word.
pub(crate) fn words(written: &Written) -> Vec<&'static str> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Done { proof: Proof::Reported, .. } => "reported",
        Outcome::Done { proof: Proof::ReadBack, .. } => "found",
        Outcome::Failed(error) if error.is_recoverable() => "again",
        Outcome::Failed(_) => "failed",
        Outcome::NotSent(_) => "not sent",
        Outcome::Unknown(_) => "unknown",
    };
    written.outcomes.iter().map(word).collect()
}

/// The one error of a write.
#[track_caller]
pub(crate) fn only_error(written: &Written) -> &Error {
    let errors: Vec<&Error> = written.errors().map(|(_, error)| error).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0]
}

pub(crate) fn elapsed(world: &World<Service>) -> Duration {
    world.now().since(Instant::ZERO)
}
