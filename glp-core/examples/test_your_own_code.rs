//! Your own code against a busy service: a 429, then success. No network, and no wait.
//!
//! ```sh
//! cargo run -p glp-core --features testkit --example test_your_own_code
//! ```

use std::time::Duration;

use glp_core::call::{Config, Credentials};
use glp_core::operation::Operation;
use glp_core::testkit::{Script, World};
use glp_core::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let script = Script::new().status(429).header("retry-after", "37").status(200);
    let me = Credentials::for_workspace("0a1b", "my-client", "my-secret".into());
    let mut world = World::new(Config::new(Config::GREENLAKE, me)?, script)?;

    let answer = world.run(Operation::get("/devices/v1/devices"))?;

    assert_eq!(answer.status(), 200);
    assert!(world.now() >= Instant::ZERO + Duration::from_secs(37));
    println!("{} after {:?}", answer.status(), world.now());
    Ok(())
}
