//! Lists all devices: the serial number of each, or its id where it has none.
//!
//! Set `GLP_CLIENT_ID`, `GLP_CLIENT_SECRET` and `GLP_WORKSPACE_ID`, or take what
//! `cargo glp simulate` prints, then:
//!
//! ```sh
//! cargo run -p glp-blocking --example list_devices
//! ```

use std::process::ExitCode;

use glp_blocking::Client;
use glp_core::error::Error;
use glp_core::greenlake::{Device, List, Resource};
use glp_core::pager::Pager;

fn main() -> ExitCode {
    match list() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Result<(), Error> {
    let client = Client::from_env()?;
    for page in client.pages(Pager::by_offset(List::of(Resource::Devices))) {
        for row in &page?.items {
            match Device::from_json(row.get()) {
                Ok(device) => println!("{}", device.serial_number.unwrap_or(device.id)),
                // One bad row is one bad row.
                Err(malformed) => eprintln!("a row that is no device, {malformed}"),
            }
        }
    }
    eprintln!("{} requests", client.stats().requests);
    Ok(())
}
