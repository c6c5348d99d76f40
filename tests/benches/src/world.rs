//! Calls in virtual time: how many of them a core simulates in a second.

use std::num::NonZeroU32;

use glp_core::call::{Config, Credentials};
use glp_core::greenlake::{List, Resource};
use glp_core::operation::Operation;
use glp_core::testkit::{Script, Server, Service, Settings, World};

use crate::sampler;
use crate::table;
use crate::target::Target;

/// Calls in one sample, each in one world: it keeps a record of all of them.
const CALLS: u32 = 2_000;

/// Samples of each row; the quickest counts.
const SAMPLES: usize = 9;

/// Prints the table.
pub fn report(targets: &mut Vec<Target>) {
    let answer = || Script::new().status(200);
    let service = || Service::new(Settings::default());
    let one = || Operation::get("/devices/v1/devices?limit=1");
    let page = || List::of(Resource::Devices).page(0, NonZeroU32::new(50).unwrap());
    let smallest = rate(service, one);
    let rates = [
        ("a script that answers 200", rate(answer, one)),
        ("the fake service, one row", smallest),
        ("the fake service, 50 rows", rate(service, page)),
    ];
    let row = |(name, rate): &(&str, f64)| {
        vec![(*name).into(), format!("{rate:.0}"), format!("{:.2}", 1e6 / rate)]
    };
    let rows: Vec<_> = rates.iter().map(row).collect();
    table::print(
        "Virtual time: calls, one after the other",
        &["against", "calls/s", "us each"],
        &rows,
    );
    let what = "simulated calls a second, through Call and the fake service";
    targets.push(Target::at_least(what, smallest, 300_000.0, ""));
}

/// Returns how many calls go through a world in a second of CPU time.
fn rate<S: Server>(server: impl Fn() -> S, operation: impl Fn() -> Operation) -> f64 {
    let sample = |_| {
        let mut world = World::new(config(), server()).expect("the configuration can be used");
        let took = sampler::spent(|| {
            for _ in 0..CALLS {
                world.run(operation()).expect("nothing goes wrong here");
            }
        });
        f64::from(CALLS) / took.as_secs_f64()
    };
    (0..SAMPLES).map(sample).fold(0.0, f64::max)
}

fn config() -> Config {
    let fake = Settings::default();
    let secret = fake.client_secret().clone();
    let credentials = Credentials::for_workspace(fake.workspace_id(), fake.client_id(), secret);
    Config::new(Config::GREENLAKE, credentials).expect("the fake service's own credentials")
}
