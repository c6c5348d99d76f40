//! One `glp sync`, to be stopped and killed, or to be let come to its end.

use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tests::program::Glp;

/// What a report counts as a change.
const CHANGES: [&str; 4] = ["inserted", "updated", "retired", "restored"];

pub(crate) struct Victim(Child);

/// Whether a sync was still there to be stopped.
pub(crate) enum End {
    /// It came to its end before.
    ByItself,
    /// It stands still.
    Stopped,
}

impl Victim {
    /// Starts a sync that may retire whatever is not listed any more.
    pub(crate) fn start(glp: &Glp, credentials: &Path, store: &Path) -> io::Result<Self> {
        let mut sync = glp.command();
        sync.args(["sync", "--quiet", "--max-retire", "100%", "--output", "json", "--credentials"]);
        sync.arg(credentials).arg("--store").arg(store);
        sync.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map(Self)
    }

    /// Has it stand still (SIGSTOP), every thread of it.
    pub(crate) fn stop(&mut self) -> Result<End, Box<dyn Error>> {
        if self.0.try_wait()?.is_none() {
            let pid = self.0.id().to_string();
            Command::new("kill").args(["-s", "STOP", &pid]).stderr(Stdio::null()).status()?;
            while self.0.try_wait()?.is_none() {
                if stands_still(&pid)? {
                    return Ok(End::Stopped);
                }
                std::thread::yield_now();
            }
        }
        self.result().map(|_| End::ByItself)
    }

    /// Kills it (SIGKILL).
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(drop)
    }

    /// Lets it come to its end, which must be a complete one; returns how many changes it made.
    pub(crate) fn finish(mut self) -> Result<u64, Box<dyn Error>> {
        self.result()
    }

    fn result(&mut self) -> Result<u64, Box<dyn Error>> {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.0.stdout.take().ok_or("no stdout")?.read_to_string(&mut stdout)?;
        self.0.stderr.take().ok_or("no stderr")?.read_to_string(&mut stderr)?;
        let status = self.0.wait()?;
        if !status.success() {
            return Err(format!("a sync ended with {status}: {stderr}").into());
        }
        let report: Value = serde_json::from_str(&stdout)?;
        let resources = report["resources"].as_object().ok_or("a report without resources")?;
        let counts = resources.values().flat_map(|report| CHANGES.map(|name| &report[name]));
        counts.map(|count| count.as_u64().ok_or_else(|| "no count in a report".into())).sum()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.kill();
    }
}

/// Reads the state of a process: the word after its name.
fn stands_still(pid: &str) -> io::Result<bool> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')))
}
