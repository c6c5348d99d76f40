//! What the suite is made of: scripts, the servers that play them, the drivers that run them.

mod async_caller;
mod authority;
mod fake;
mod in_the_world;
mod kept;
mod line;
mod listener;
mod on_async_std;
mod on_threads;
mod on_tokio;
mod perform;
mod scenario;
pub(crate) mod scripts;
mod server;
mod stage;
mod trace;
mod wire;

use scenario::Scenario;

/// Gives a builder of any adapter what the script says.
macro_rules! configured {
    ($builder:expr, $scenario:expr, $server:expr) => {
        $builder
            .base_url($server.base_url())
            .token_url($server.token_url())
            .client_id("me")
            .client_secret("hunter2".into())
            .call_options($scenario.options)
            .breaker($scenario.guard())
            .backoff($scenario.backoff())
            .seed(crate::suite::scenario::SEED)
    };
}
use configured;

/// An adapter, and what runs a script on it.
type Driver = (&'static str, fn(&Scenario) -> Vec<String>);

const WORLD: Driver = ("the world", in_the_world::run);
const ADAPTERS: [Driver; 3] = [
    ("glp-tokio", on_tokio::run),
    ("glp-async-std", on_async_std::run),
    ("glp-blocking", on_threads::run),
];

/// Runs each script in the world and on the three adapters.
///
/// # Panics
///
/// Where a trace is not that of the world: names the script, the adapter, and the first line at
/// which the two part.
pub(crate) fn assert_equal(scenarios: Vec<Scenario>) {
    let mut partings = String::new();
    for scenario in scenarios {
        let expected = in_the_world::run(&scenario);
        for (adapter, run) in ADAPTERS {
            if let Some(parting) = trace::parting(&expected, &run(&scenario)) {
                partings += &format!("\n\"{}\": the world | {adapter}\n{parting}", scenario.name);
            }
        }
    }
    assert!(partings.is_empty(), "{partings}");
}

/// Counts the lines that hold `text` in the trace of each driver.
pub(crate) fn count(scenario: &Scenario, text: &str) -> Vec<(&'static str, usize)> {
    let drivers = [WORLD].into_iter().chain(ADAPTERS);
    let counted = |(name, run): Driver| {
        let lines = run(scenario);
        (name, lines.iter().filter(|line| line.contains(text)).count())
    };
    drivers.map(counted).collect()
}

#[test]
fn every_script_has_a_name_of_its_own() {
    let mut names: Vec<_> = scripts::all().into_iter().map(|scenario| scenario.name).collect();
    let scripts = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), scripts);
}
