//! What the suite is made of: scripts, the servers that play them, the drivers that run them.

mod authority;
mod fake;
mod in_the_world;
mod line;
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

/// Runs each script in the world and on the three adapters.
///
/// # Panics
///
/// Where a trace is not that of the world: names the script, the adapter, and the first line at
/// which the two part.
pub(crate) fn assert_equal(scenarios: Vec<Scenario>) {
    let drivers: [(&str, fn(&Scenario) -> Vec<String>); 3] = [
        ("glp-tokio", on_tokio::run),
        ("glp-async-std", on_async_std::run),
        ("glp-blocking", on_threads::run),
    ];
    let mut partings = String::new();
    for scenario in scenarios {
        let expected = in_the_world::run(&scenario);
        for (adapter, run) in drivers {
            if let Some(parting) = trace::parting(&expected, &run(&scenario)) {
                partings += &format!("\n\"{}\": the world | {adapter}\n{parting}", scenario.name);
            }
        }
    }
    assert!(partings.is_empty(), "{partings}");
}
