//! Reads a workspace's devices and subscriptions at the same time, and counts them.
//!
//! Set `GLP_CLIENT_ID`, `GLP_CLIENT_SECRET` and `GLP_WORKSPACE_ID`, or take what
//! `cargo glp simulate` prints, then:
//!
//! ```sh
//! cargo run -p glp-tokio --example inventory
//! ```

use glp_core::error::Error;
use glp_core::greenlake::{List, Resource};
use glp_core::pager::Pager;
use glp_tokio::Client;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client::from_env()?;
    // Both share the token, and each route keeps to its own pace. The first error ends both.
    let (devices, subscriptions) = tokio::try_join!(
        count(&client, Resource::Devices),
        count(&client, Resource::Subscriptions)
    )?;
    println!("{devices} devices, {subscriptions} subscriptions");
    Ok(())
}

async fn count(client: &Client, resource: Resource) -> Result<usize, Error> {
    let rows = client.pages(Pager::by_offset(List::of(resource))).rows().await?;
    Ok(rows.len())
}
