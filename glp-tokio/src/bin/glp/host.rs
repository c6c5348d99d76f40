//! This machine, and which processes run on it.

/// Returns the machine's name.
pub(crate) fn name() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// Says whether a process with this id runs here, where the system tells.
pub(crate) fn is_running(pid: u32) -> Option<bool> {
    let processes = std::path::Path::new("/proc");
    processes.join("self").exists().then(|| processes.join(pid.to_string()).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_process_runs_and_an_impossible_one_does_not() {
        assert_ne!(is_running(std::process::id()), Some(false));
        assert_ne!(is_running(u32::MAX), Some(true));
    }
}
