//! Puts deliberate faults into a copy of the sources, and shows which check catches which.
//!
//! ```sh
//! cargo sabotage                                   # every fault
//! cargo sabotage "a write is replayed"             # only those whose names are given
//! ```

use std::path::Path;
use std::process::ExitCode;

use tests::sabotage::{FAULTS, Fault, Tree, Unfit};

/// The days within which a fault must be caught.
const DAYS: u64 = 3_000;

/// The days that must pass where no fault is switched on.
const SOUND_DAYS: u64 = 100;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(name) = names.iter().find(|name| FAULTS.iter().all(|fault| fault.name != *name)) {
        eprintln!("no fault is called {name:?}; tests/SABOTAGE.md lists them");
        return ExitCode::from(2);
    }
    let chosen = |fault: &&Fault| names.is_empty() || names.iter().any(|name| fault.name == name);
    match run(FAULTS.iter().filter(chosen)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            eprintln!("{missed} faults were not caught as they should be");
            ExitCode::FAILURE
        }
        Err(unfit) => {
            eprintln!("{unfit}");
            ExitCode::FAILURE
        }
    }
}

/// Tries faults, prints the table, and counts those that were not caught as they should be.
fn run<'a>(faults: impl Iterator<Item = &'a Fault>) -> Result<usize, Unfit> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."));
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let tree = Tree::build(root, &target)?;
    if !tree.live(SOUND_DAYS, None)?.status.success() {
        eprintln!("the copy fails without a fault");
        return Ok(1);
    }
    println!("| fault | caught by | it said | seed |");
    println!("|---|---|---|---|");
    let mut missed = 0;
    for fault in faults {
        let lived = tree.live(DAYS, Some(fault))?;
        let told = String::from_utf8_lossy(&lived.stderr);
        let said = told.lines().next().unwrap_or("nothing");
        let seed = told.lines().last().and_then(|line| line.split("replay ").nth(1)).unwrap_or("-");
        println!("| {} | {} | {said} | {seed} |", fault.name, fault.caught_by);
        missed += usize::from(lived.status.success() || !said.contains(fault.caught_by));
    }
    Ok(missed)
}
