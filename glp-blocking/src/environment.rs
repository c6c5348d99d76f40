//! Settings from the environment, or from anything else that maps names to values.

use std::ffi::OsString;
use std::fs;

use glp_core::call::Settings;
use glp_core::error::Error;

use crate::builder::ClientBuilder;

impl ClientBuilder {
    /// Takes settings from the environment: those that [`Settings::from_lookup`] lists. An empty
    /// variable counts as a missing one.
    ///
    /// # Errors
    ///
    /// A configuration error that names the variable that cannot be used. Missing ones are found,
    /// all at once, by [`build`](Self::build): until then they can be set otherwise.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Does what [`from_env`](Self::from_env) does, with `lookup` in place of the environment.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_blocking::ClientBuilder;
    ///
    /// let builder = ClientBuilder::from_lookup(|name| match name {
    ///     "GLP_CLIENT_ID" => Some("my-client".into()),
    ///     _ => None,
    /// })?;
    /// assert_eq!(
    ///     builder.build().unwrap_err().message(),
    ///     "Settings are missing: GLP_CLIENT_SECRET, GLP_WORKSPACE_ID or GLP_TOKEN_URL",
    /// );
    /// # Ok::<(), glp_core::error::Error>(())
    /// ```
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        Settings::from_lookup(lookup, |path| fs::read_to_string(path)).map(Self::with)
    }
}
