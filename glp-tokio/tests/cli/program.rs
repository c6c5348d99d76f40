//! Starts the program and gathers what it says.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use glp_blocking::store::Store;
use glp_core::greenlake::Resource;
use tempfile::TempDir;

use crate::server::Server;

/// A directory with a store of its own, in which the program is started.
pub(crate) struct Program {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

/// What a finished program left.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A program that runs; killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Program {
    /// Without any settings.
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), variables: Vec::new() }
    }

    /// With the settings of a client of `server`.
    pub(crate) fn for_server(server: &Server) -> Self {
        let mut program = Self::new();
        for (name, value) in server.variables() {
            program.set(name, &value);
        }
        program
    }

    /// Sets a variable of its environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.into(), value.into()));
    }

    /// Returns the path of a file beside the store.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the path of the store.
    pub(crate) fn store(&self) -> PathBuf {
        self.path("inventory.db")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glp"));
        command
            .args(line.split_whitespace())
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs `glp` with these arguments to its end.
    pub(crate) fn run(&self, line: &str) -> Finished {
        let output = self.command(line).output().unwrap();
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts `glp` with these arguments.
    pub(crate) fn start(&self, line: &str) -> Running {
        let mut command = self.command(line);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { child, stderr }
    }

    /// Checks that the store holds exactly the server's rows, byte for byte.
    #[track_caller]
    pub(crate) fn assert_equal(&self, server: &Server) {
        for resource in Resource::ALL {
            assert_eq!(live(&self.store(), resource), server.truth(resource), "{resource}");
        }
    }

    /// Returns how many live rows the store has.
    pub(crate) fn live(&self, resource: Resource) -> usize {
        live(&self.store(), resource).len()
    }
}

fn live(store: &Path, resource: Resource) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let store = Store::open_read_only(store).unwrap();
    store.for_each_live(resource, |id, raw| rows.push((id.into(), raw.into()))).unwrap();
    rows
}

impl Finished {
    /// Reads stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Running {
    /// Returns its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads stderr up to the first line with `words`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        let mut said = String::new();
        while self.stderr.read_line(&mut said).unwrap() > 0 {
            if said.lines().last().is_some_and(|line| line.contains(words)) {
                return said;
            }
        }
        panic!("it never said {words:?}, but:\n{said}");
    }

    /// Reads one line of stdout.
    pub(crate) fn lines(&mut self, count: usize) -> Vec<String> {
        let stdout = BufReader::new(self.child.stdout.as_mut().unwrap());
        stdout.lines().take(count).map(Result::unwrap).collect()
    }

    /// Sends a signal, by the name that `kill` knows it by.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stderr.read_to_string(&mut stderr).unwrap();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        Finished { code: self.child.wait().unwrap().code(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
