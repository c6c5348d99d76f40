//! A look into the middle of a statement, for tests of what a death there leaves behind.

use std::ops::ControlFlow;

use glp_core::error::Error;

use super::Store;
use super::fault::fault;

impl Store {
    /// Calls `watch` while statements run, about once for each step of SQLite's machine. Where it
    /// breaks, the statement fails and its transaction leaves nothing.
    ///
    /// `watch` runs in the middle of a transaction: what it copies of the file is what a process
    /// that dies there leaves.
    ///
    /// # Errors
    ///
    /// A [`Database`](glp_core::error::ErrorKind::Database) error where SQLite cannot be watched.
    pub fn watch(
        &mut self,
        mut watch: impl FnMut() -> ControlFlow<()> + Send + 'static,
    ) -> Result<(), Error> {
        let stop = move || watch().is_break();
        let watched = self.connection.progress_handler(1, Some(stop));
        watched.map_err(|cause| fault(&self.path, "watch its statements", cause))
    }
}
