//! The real `glp` program, for what needs whole processes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The program, as it was built.
#[derive(Clone, Debug)]
pub struct Glp(PathBuf);

impl Glp {
    /// Builds the program, with the profile of whoever asks, beside the one who asks.
    ///
    /// # Errors
    ///
    /// Where cargo cannot be started, or does not succeed.
    pub fn build() -> io::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        // Together with the asker's package, so that nothing is built twice with other features.
        build.args(["build", "--quiet", "--package", "tests", "--package", "glp-tokio"]);
        build.args(["--features", "glp-tokio/cli", "--bin", "glp"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        if !build.status()?.success() {
            return Err(io::Error::other("the program does not build"));
        }
        Ok(Self(std::env::current_exe()?.with_file_name("glp")))
    }

    /// Makes a command that knows nothing of this environment and reads nothing.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        command.env_clear().stdin(Stdio::null());
        command
    }

    /// Starts `glp simulate` with these arguments; it writes its settings to a file of `directory`.
    ///
    /// # Errors
    ///
    /// Where it does not begin to serve.
    pub fn simulate(&self, arguments: &[String], directory: &Path) -> io::Result<Serving> {
        let credentials = directory.join("credentials");
        let mut command = self.command();
        command.arg("simulate").args(arguments).arg("--write-credentials").arg(&credentials);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut serving = Serving { child, credentials, variables: BTreeMap::new() };
        // It prints its settings, one a line, once it serves.
        let stdout = serving.child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        if BufReader::new(stdout).lines().next().transpose()?.is_none() {
            return Err(io::Error::other("glp simulate did not begin to serve"));
        }
        let text = std::fs::read_to_string(&serving.credentials)?;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        serving.variables = pairs.map(|(name, value)| (name.into(), value.into())).collect();
        Ok(serving)
    }
}

/// A `glp simulate` that serves until this is dropped.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    credentials: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Serving {
    /// Returns the file with its settings.
    pub fn credentials(&self) -> &Path {
        &self.credentials
    }

    /// Looks up one of its settings.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).map(OsString::from)
    }

    /// Returns its settings, as an environment has them.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Returns the port that it listens on.
    pub fn port(&self) -> Option<u16> {
        self.variables.get("GLP_BASE_URL")?.rsplit(':').next()?.parse().ok()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
