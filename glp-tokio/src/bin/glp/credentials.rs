//! Where the settings come from: a file of `KEY=VALUE` lines, or else the environment.
//!
//! No setting that is a secret has a flag: flags are seen by every user of the machine. The two
//! sources are never mixed, so that a secret of one cannot reach a host that the other names.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use glp_core::error::{ConfigurationKind, Error};

/// Looks settings up by name.
pub(crate) enum Credentials {
    /// In the process's environment.
    Environment,
    /// In a file; what it does not name is not set.
    File(BTreeMap<String, String>),
}

impl Credentials {
    /// Reads `path`, if one is given, and reports on `warn` if others on the machine can read it.
    ///
    /// # Errors
    ///
    /// [`ConfigurationKind::Invalid`], naming the file and the line, never its content.
    pub(crate) fn read(path: Option<&Path>, warn: impl Fn(String)) -> Result<Self, Error> {
        let Some(path) = path else { return Ok(Self::Environment) };
        let refuse = |problem: String| {
            Error::new(ConfigurationKind::Invalid, format!("{}: {problem}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|cause| refuse(explain(&cause)))?;
        if is_readable_by_others(path) {
            warn(format!("{0} can be read by others: chmod 600 {0}", path.display()));
        }
        let settings = parse(&text)
            .map_err(|line| refuse(format!("line {line} is not of the form KEY=VALUE")))?;
        Ok(Self::File(settings))
    }

    /// Returns the value of `name`, if it is set.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        match self {
            Self::Environment => env::var_os(name),
            Self::File(settings) => settings.get(name).map(OsString::from),
        }
    }
}

/// Reads lines of `KEY=VALUE`, with `#` comments, an `export ` before the key and quotes around the
/// value allowed; an error is the number of the line that is neither.
fn parse(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let mut settings = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(number)?;
        let key = key.strip_prefix("export ").unwrap_or(key).trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(number);
        }
        settings.insert(key.to_owned(), unquote(value.trim()).to_owned());
    }
    Ok(settings)
}

fn unquote(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}

fn explain(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::InvalidData => "the file is not UTF-8 text".into(),
        _ => cause.to_string(),
    }
}

#[cfg(unix)]
fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    /// Read permission of the group and of everyone else.
    const OTHERS: u32 = 0o044;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_be_plain_exported_quoted_or_comments() {
        let text = "# a comment\n\nGLP_CLIENT_ID=one\nexport GLP_WORKSPACE_ID = two\r\n\
                    GLP_CLIENT_SECRET=\"a=b # c\"\nEMPTY=\n";

        let settings = parse(text).unwrap();

        assert_eq!(settings["GLP_CLIENT_ID"], "one");
        assert_eq!(settings["GLP_WORKSPACE_ID"], "two");
        assert_eq!(settings["GLP_CLIENT_SECRET"], "a=b # c");
        assert_eq!(settings["EMPTY"], "");
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_never_quoted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "GLP_CLIENT_ID=one\nhunter2\n").unwrap();

        let Err(error) = Credentials::read(Some(file.path()), |_| ()) else { panic!("accepted") };

        assert_eq!(
            error.message(),
            format!("{}: line 2 is not of the form KEY=VALUE", file.path().display())
        );
    }

    #[test]
    fn a_missing_file_is_a_configuration_error() {
        let Err(error) = Credentials::read(Some(Path::new("/no/such")), |_| ()) else {
            panic!("accepted")
        };

        assert_eq!(error.message(), "/no/such: there is no such file");
        assert_eq!(error.kind(), ConfigurationKind::Invalid.into());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_warned_of() {
        use std::cell::RefCell;
        use std::os::unix::fs::PermissionsExt;

        let file = tempfile::NamedTempFile::new().unwrap();
        let warnings = |mode| {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            let warnings = RefCell::new(Vec::new());
            Credentials::read(Some(file.path()), |text| warnings.borrow_mut().push(text)).unwrap();
            warnings.into_inner()
        };

        assert_eq!(warnings(0o600), Vec::<String>::new());
        let path = file.path().display();
        assert_eq!(warnings(0o644), [format!("{path} can be read by others: chmod 600 {path}")]);
    }
}
