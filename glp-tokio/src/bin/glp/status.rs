//! `glp status`: how fresh the store is, its last runs, and who holds it.

use std::path::Path;

use glp_blocking::store::{
    Ending, HEARTBEAT_STALE, Holder, ResourceStatus, RunEntry, Status, Store,
};
use glp_core::sync::schema::Value;
use glp_core::wall::UnixTime;
use glp_tokio::Clock;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::host;
use crate::output::{Format, Output, Sheet, count, text};
use crate::span::Span;

/// How many runs are shown.
const RUNS: u32 = 10;

/// Prints the status.
///
/// # Errors
///
/// [`Exit::Store`] where the store cannot be read.
pub(crate) fn run(store: &Path, output: &Output) -> Result<Exit, Failure> {
    let now = Clock::start().wall_now();
    let mut status = Store::open_read_only(store)?.status(RUNS)?;
    settle(&mut status, now);
    match output.format() {
        Format::Json => output.object(&status)?,
        Format::Csv => output.sheet(&resources(&status.resources, now))?,
        Format::Table => {
            output.sheet(&resources(&status.resources, now))?;
            output.text("\n")?;
            output.sheet(&runs(&status.runs))?;
            output.text(&format!("\n{}\n", held(status.holder.as_ref(), now)))?;
        }
    }
    Ok(Exit::Success)
}

/// Shows a run whose process is gone as what the next sync will book it: abandoned.
fn settle(status: &mut Status, now: UnixTime) {
    status.holder = status.holder.take().filter(|holder| is_alive(holder, now));
    let holding = status.holder.as_ref().map(|holder| holder.run);
    for entry in &mut status.runs {
        if entry.ending.is_none() && Some(entry.run) != holding {
            entry.ending = Some(Ending::Abandoned);
        }
    }
}

/// Says whether a holder lives: on this host its process does, on another its heart beats.
fn is_alive(holder: &Holder, now: UnixTime) -> bool {
    let process = (holder.owner.host == host::name()).then(|| host::is_running(holder.owner.pid));
    process.flatten().unwrap_or_else(|| now.since(holder.heartbeat_at) < HEARTBEAT_STALE)
}

fn resources(resources: &[ResourceStatus], now: UnixTime) -> Sheet {
    let mut sheet = Sheet::new(&[
        "resource",
        "live",
        "retired",
        "generation",
        "last_complete_at",
        "age",
        "unfinished",
    ]);
    for status in resources {
        let complete_at = status.last_complete_at;
        let unfinished = status.checkpoint.as_ref().map(|checkpoint| match checkpoint.total {
            Some(total) => format!("row {} of {total}", checkpoint.offset),
            None => format!("row {}", checkpoint.offset),
        });
        sheet.rows.push(vec![
            text(status.resource.name()),
            count(status.live),
            count(status.retired),
            count(status.generation),
            complete_at.map_or(Value::Null, Value::Time),
            complete_at.map_or_else(|| text("never"), |at| text(Span(now.since(at)).to_string())),
            unfinished.map_or(Value::Null, Value::Text),
        ]);
    }
    sheet
}

fn runs(runs: &[RunEntry]) -> Sheet {
    let mut sheet = Sheet::new(&["run", "outcome", "started_at", "took", "by", "error"]);
    for entry in runs {
        // Nobody saw when an abandoned run ended.
        let seen = entry.completed_at.filter(|_| entry.ending != Some(Ending::Abandoned));
        let took = seen.map(|at| Span(at.since(entry.started_at)).to_string());
        sheet.rows.push(vec![
            Value::Integer(entry.run.0),
            text(entry.ending.map_or("running", Ending::name)),
            Value::Time(entry.started_at),
            took.map_or(Value::Null, Value::Text),
            text(format!("{} on {}", entry.owner.pid, entry.owner.host)),
            entry.error.clone().map_or(Value::Null, Value::Text),
        ]);
    }
    sheet
}

fn held(holder: Option<&Holder>, now: UnixTime) -> String {
    match holder {
        Some(Holder { owner, run, heartbeat_at, .. }) => format!(
            "held by run {}: process {} on {}, last sign of life {} ago",
            run.0,
            owner.pid,
            owner.host,
            Span(now.since(*heartbeat_at))
        ),
        None => "held by nobody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use glp_blocking::store::Owner;
    use glp_core::sync::RunId;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn status(host: &str, heartbeat_age: u64) -> Status {
        let owner = Owner { pid: 4711, host: host.into(), program: "glp".into() };
        let heartbeat_at = UnixTime::from_secs(1_800_000_000 - heartbeat_age);
        let entry = RunEntry {
            run: RunId(3),
            owner: owner.clone(),
            started_at: heartbeat_at,
            completed_at: None,
            ending: None,
            report: None,
            error: None,
        };
        let holder = Holder { owner, run: RunId(3), started_at: heartbeat_at, heartbeat_at };
        Status { resources: Vec::new(), holder: Some(holder), runs: vec![entry] }
    }

    #[test]
    fn a_run_on_another_host_runs_while_its_heart_beats() {
        let mut status = status("another", 5);

        settle(&mut status, NOW);

        assert_eq!(status.runs[0].ending, None);
        assert_eq!(
            held(status.holder.as_ref(), NOW),
            "held by run 3: process 4711 on another, last sign of life 5 s ago"
        );
    }

    #[test]
    fn a_run_that_gave_no_sign_of_life_is_abandoned() {
        let mut status = status("another", HEARTBEAT_STALE.as_secs());

        settle(&mut status, NOW);

        assert_eq!(status.runs[0].ending, Some(Ending::Abandoned));
        assert_eq!(held(status.holder.as_ref(), NOW), "held by nobody");
    }
}
