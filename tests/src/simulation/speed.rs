//! How fast calls are simulated: the call machine against the fake service, in virtual time.

use core::time::Duration;

use glp_core::call::{Config, Credentials};
use glp_core::greenlake::{List, Resource, Route, device};
use glp_core::operation::Operation;
use glp_core::testkit::{Faults, Level, Quota, Service, Settings, World};

use crate::some;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// A page of one device, read.
    OneRow,
    /// A device that is not there: the smallest answer with a body.
    NotFound,
    /// A page of one device, on a mild day.
    OneRowMild,
}

impl Load {
    /// Every load.
    pub const ALL: [Self; 3] = [Self::OneRow, Self::NotFound, Self::OneRowMild];

    fn operation(self) -> Operation {
        match self {
            Self::OneRow | Self::OneRowMild => List::of(Resource::Devices).page(0, some(1)),
            Self::NotFound => device("00000000-0000-0000-0000-000000000000").expect("an id"),
        }
    }

    fn faults(self) -> Faults {
        match self {
            Self::OneRowMild => Faults::level(Level::Mild),
            Self::OneRow | Self::NotFound => Faults::none(),
        }
    }
}

/// Makes so many calls, one after the other, and returns how many requests they took.
///
/// # Panics
///
/// Never: the configuration is a good one.
pub fn calls(load: Load, calls: u64) -> u64 {
    let fake = Settings::default()
        .with_quotas(Quota::Off)
        .with_latency(Duration::from_millis(1))
        .with_faults(load.faults());
    let credentials = Credentials {
        token_url: "https://sso.example/as/token.oauth2".into(),
        client_id: fake.client_id().into(),
        client_secret: fake.client_secret().clone(),
    };
    let mut config = Config::new("https://api.example", credentials).expect("good addresses");
    let unpaced = |route: Route| route.with_quota(some(u32::MAX));
    config.quotas = [Route::LIST_DEVICES, Route::GET_DEVICE].map(unpaced).into();
    let mut world = World::new(config, Service::new(fake)).expect("a good configuration");
    let operation = load.operation();
    for _ in 0..calls {
        // What comes of it is not asked here.
        let _ = world.run(operation.clone());
        world.take_log();
    }
    world.stats().requests
}
