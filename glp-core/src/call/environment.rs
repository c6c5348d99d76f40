//! Settings from an environment, or from anything else that maps names to values.

use alloc::string::String;
use std::ffi::{OsStr, OsString};
use std::io;

use secrecy::SecretString;

use super::settings::{Names, Settings};
use crate::error::Error;
use crate::invalid::Invalid;

const BASE_URL: &str = "GLP_BASE_URL";
const CLIENT_ID: &str = "GLP_CLIENT_ID";
const CLIENT_SECRET: &str = "GLP_CLIENT_SECRET";
const CLIENT_SECRET_FILE: &str = "GLP_CLIENT_SECRET_FILE";
const TOKEN_URL: &str = "GLP_TOKEN_URL";
const WORKSPACE_ID: &str = "GLP_WORKSPACE_ID";

impl Names {
    /// As the variables of an environment are called.
    pub const ENVIRONMENT: Self = Self {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        workspace: "GLP_WORKSPACE_ID or GLP_TOKEN_URL",
    };
}

impl Settings {
    /// Takes settings from variables that `lookup` finds and, for a secret, from the file that
    /// `read` reads. An empty variable counts as a missing one.
    ///
    /// | variable | setting |
    /// |---|---|
    /// | `GLP_CLIENT_ID` | the API client's id |
    /// | `GLP_CLIENT_SECRET`, or `GLP_CLIENT_SECRET_FILE` | its secret, or a file that holds it |
    /// | `GLP_WORKSPACE_ID`, or `GLP_TOKEN_URL`, or both | the workspace; where to ask for tokens, if not at the workspace's own address |
    /// | `GLP_BASE_URL` | the API's host, if not the global one |
    ///
    /// # Errors
    ///
    /// A configuration error that names the variable that cannot be used. Missing ones are found,
    /// all at once, by [`config`](Self::config): until then they can be set otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::call::Settings;
    ///
    /// let lookup = |name: &str| match name {
    ///     "GLP_CLIENT_ID" => Some("my-client".into()),
    ///     _ => None,
    /// };
    /// let settings = Settings::from_lookup(lookup, |path| std::fs::read_to_string(path))?;
    /// assert_eq!(settings.client_id.as_deref(), Some("my-client"));
    /// # Ok::<(), glp_core::error::Error>(())
    /// ```
    pub fn from_lookup(
        lookup: impl Fn(&str) -> Option<OsString>,
        read: impl FnOnce(&OsStr) -> io::Result<String>,
    ) -> Result<Self, Error> {
        let text = |name| text(name, lookup(name));
        let base_url = text(BASE_URL)?;
        let client_id = text(CLIENT_ID)?;
        let client_secret = text(CLIENT_SECRET)?.map(SecretString::from);
        let token_url = text(TOKEN_URL)?;
        let workspace_id = text(WORKSPACE_ID)?;
        let client_secret = match lookup(CLIENT_SECRET_FILE).filter(|path| !path.is_empty()) {
            None => client_secret,
            Some(_) if client_secret.is_some() => {
                let limit = format_args!("left out where {CLIENT_SECRET} is given");
                return Err(Error::invalid(Invalid::new(CLIENT_SECRET_FILE, "given", limit)));
            }
            Some(path) => Some(secret(read(&path))?),
        };
        let names = Names::ENVIRONMENT;
        let settings = Self { base_url, token_url, workspace_id, client_id, ..Self::default() };
        Ok(Self { client_secret, names, ..settings })
    }
}

/// Returns the value of a variable that is set, not empty, and text.
fn text(name: &'static str, value: Option<OsString>) -> Result<Option<String>, Error> {
    match value.map(OsString::into_string).transpose() {
        Ok(value) => Ok(value.filter(|value| !value.is_empty())),
        Err(_) => Err(Error::invalid(Invalid::new(name, "not text", "UTF-8"))),
    }
}

/// Takes what a file holds as the secret.
fn secret(read: io::Result<String>) -> Result<SecretString, Error> {
    let secret = read.map_err(|error| {
        Error::invalid(Invalid::new(CLIENT_SECRET_FILE, error, "a text file that can be read"))
    })?;
    // An editor ends a file with a line break; a secret does not.
    Ok(secret.trim_end_matches(['\r', '\n']).into())
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::wall::UnixTime;

    fn from(variables: &[(&str, &str)]) -> Result<Settings, Error> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        let lookup = |name: &str| variables.get(name).map(OsString::from);
        Settings::from_lookup(lookup, |path| match path.to_str() {
            Some("/run/secret") => Ok("hun ter2\r\n".into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn what_is_missing_is_called_by_the_name_of_its_variable() {
        let settings = from(&[(CLIENT_ID, "")]).unwrap();

        assert_eq!(
            settings.config(UnixTime::EPOCH, 7).unwrap_err().message(),
            "Settings are missing: GLP_CLIENT_ID, GLP_CLIENT_SECRET, \
             GLP_WORKSPACE_ID or GLP_TOKEN_URL"
        );
    }

    #[test]
    fn the_secret_may_be_in_a_file_that_an_editor_wrote() {
        let settings = from(&[(CLIENT_SECRET_FILE, "/run/secret")]).unwrap();

        assert_eq!(settings.client_secret.unwrap().expose_secret(), "hun ter2");
    }

    #[test]
    fn a_file_that_cannot_be_read_and_one_too_many_are_refused() {
        let unreadable = from(&[(CLIENT_SECRET_FILE, "/nowhere")]).unwrap_err();
        let both = from(&[(CLIENT_SECRET, "hunter2"), (CLIENT_SECRET_FILE, "/run/secret")]);

        assert_eq!(
            unreadable.message(),
            "GLP_CLIENT_SECRET_FILE is entity not found: it must be a text file that can be read"
        );
        assert_eq!(
            both.unwrap_err().message(),
            "GLP_CLIENT_SECRET_FILE is given: it must be left out where GLP_CLIENT_SECRET is given"
        );
    }
}
