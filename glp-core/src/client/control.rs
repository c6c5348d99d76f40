//! The client's breakers in human hands.

use alloc::vec::Vec;

use super::Client;
use crate::breaker;
use crate::call::{Control, NamedStatus};
use crate::concurrent::Executor;
use crate::drive::IsolatedCircuit;
use crate::error::Error;

impl<T: Executor> Client<T> {
    /// Shows every breaker: the hosts', then the routes'.
    pub fn circuit_status(&self) -> Vec<NamedStatus> {
        let now = self.executor().now();
        self.shared().look(|core| core.circuit_status(now).collect())
    }

    /// Closes every breaker by hand.
    pub fn reset_breakers(&self) {
        self.shared().reset_breakers(self.executor().now());
    }

    /// Acts upon one breaker by hand, a host's or a route's, under the name by which its status calls
    /// it: `global.api.greenlake.hpe.com`, or `GET /devices/v1/devices`. Where there is none yet, it
    /// is made.
    ///
    /// # Errors
    ///
    /// A configuration error where breakers are off, the name is none, or there are as many breakers
    /// as there may be.
    pub fn control_breaker(&self, name: &str, control: Control) -> Result<(), Error> {
        self.shared().control(name, control, self.executor().now())
    }

    /// Refuses every request to a host or a route as long as the handle is kept: for maintenance, or
    /// in an incident. Isolations add up.
    ///
    /// # Errors
    ///
    /// As [`control_breaker`](Self::control_breaker).
    pub fn isolate(&self, name: &str) -> Result<IsolatedCircuit, Error> {
        self.shared().isolate(name, self.executor().now())
    }

    /// Puts another configuration of the breakers in force; each keeps its state.
    ///
    /// # Errors
    ///
    /// A configuration error that names the field that cannot be used, or says that breakers are off.
    pub fn reconfigure_breakers(&self, config: breaker::Config) -> Result<(), Error> {
        self.shared().reconfigure_breakers(config, self.executor().now())
    }
}
