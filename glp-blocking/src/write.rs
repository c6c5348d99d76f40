//! Writes through the client, each row to its outcome.

use glp_core::error::Error;
use glp_core::write::{Plan, Settings, Step, Write, Written};

use crate::client::Client;

impl Client {
    /// Carries out a plan: sends its requests, follows what the service does with them, reads back
    /// what nobody told, and says what became of each row.
    ///
    /// It blocks until the last row has its outcome, which may take as long as the service does.
    ///
    /// # Errors
    ///
    /// A configuration error where `settings` cannot be used. Whatever goes wrong later is told row
    /// by row.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use glp_core::error::Error;
    /// use glp_core::greenlake::{ApiVersion, NewDevice};
    /// use glp_core::write::{Plan, Settings};
    ///
    /// # fn example(client: &glp_blocking::Client) -> Result<(), Error> {
    /// let device = NewDevice::compute("MXQ1", "P52534-B21").map_err(Error::invalid)?;
    /// let plan = Plan::add_devices(ApiVersion::V1, vec![device])?;
    /// println!("{} of 1 added", client.write(plan, Settings::DEFAULT)?.done());
    /// # Ok(())
    /// # }
    /// ```
    pub fn write(&self, plan: Plan, settings: Settings) -> Result<Written, Error> {
        let api = self.policy().base_url;
        let mut write = Write::new(plan, settings, api).map_err(Error::invalid)?;
        let clock = self.clock();
        loop {
            match write.poll(clock.now()) {
                Step::Send(operation) => {
                    let result = self.call(operation);
                    write.handle(result, clock.now());
                }
                Step::Wait { until, .. } => clock.sleep_until(until),
                Step::Done(written) => return Ok(written),
            }
        }
    }
}
