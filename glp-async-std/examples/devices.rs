//! Counts the devices of a workspace, page by page, on async-std.
//!
//! Settings come from the environment: `GLP_CLIENT_ID`, `GLP_CLIENT_SECRET`, `GLP_WORKSPACE_ID`.
//! Without an account, against the fake service of `cargo glp simulate`, take those that it prints.

use glp_async_std::Client;
use glp_core::error::Error;
use glp_core::greenlake::{List, Resource};
use glp_core::pager::Pager;

fn main() -> Result<(), Error> {
    async_std::task::block_on(count())
}

async fn count() -> Result<(), Error> {
    let client = Client::from_env()?;
    let mut pages = client.pages(Pager::by_offset(List::of(Resource::Devices)));
    let mut devices = 0;
    while let Some(page) = pages.next().await? {
        devices += page.items.len();
    }
    println!("{devices} devices in {} requests", client.stats().requests);
    Ok(())
}
