//! Writes through the client, each row to its outcome.

use super::Client;
use crate::concurrent::Executor;
use crate::error::Error;
use crate::write::{Plan, Settings, Step, Write, Written};

impl<T: Executor> Client<T> {
    /// Carries out a plan: sends its requests, follows what the service does with them, reads back
    /// what nobody told, and says what became of each row.
    ///
    /// Dropped on the way, it sends nothing more; what the service has accepted it does all the same.
    ///
    /// # Errors
    ///
    /// A configuration error where `settings` cannot be used. Whatever goes wrong later is told row
    /// by row.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use glp_core::client::Client;
    /// use glp_core::concurrent::Executor;
    /// use glp_core::error::Error;
    /// use glp_core::greenlake::{ApiVersion, NewDevice};
    /// use glp_core::write::{Plan, Settings};
    ///
    /// async fn add_one<T: Executor>(client: &Client<T>) -> Result<(), Error> {
    ///     let device = NewDevice::compute("MXQ1", "P52534-B21").map_err(Error::invalid)?;
    ///     let plan = Plan::add_devices(ApiVersion::V1, vec![device])?;
    ///     let written = client.write(plan, Settings::DEFAULT).await?;
    ///     println!("{} of 1 added", written.done());
    ///     Ok(())
    /// }
    /// # }
    /// ```
    pub async fn write(&self, plan: Plan, settings: Settings) -> Result<Written, Error> {
        let api = self.policy().base_url;
        let mut write = Write::new(plan, settings, api).map_err(Error::invalid)?;
        let timer = self.executor();
        loop {
            match write.poll(timer.now()) {
                Step::Send(operation) => {
                    let result = self.call(operation).await;
                    write.handle(result, timer.now());
                }
                Step::Wait { until, .. } => timer.sleep_until(until).await,
                Step::Done(written) => return Ok(written),
            }
        }
    }
}
