//! Lives through simulated days: see `tests::simulation`.

use std::process::ExitCode;

use tests::simulation::{Keeping, Swarm, Telling, day};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["days", days] => days_from(0, days.parse().unwrap_or(1)),
        ["days", days, "from", first] => days_from(first.parse().unwrap_or(0), days.parse().unwrap_or(1)),
        ["replay", seed] => replay(seed.parse().unwrap_or(0), Keeping::Model),
        ["replay", seed, "--file"] => replay(seed.parse().unwrap_or(0), Keeping::File),
        _ => ExitCode::from(2),
    }
}

fn days_from(first: u64, days: u64) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    match (Swarm { first, days, one_file_in: 50 }).run() {
        Ok(tally) => {
            println!("{tally:?}");
            println!("{}", tally.sometimes);
            ExitCode::SUCCESS
        }
        Err(failed) => {
            println!("{failed}");
            ExitCode::FAILURE
        }
    }
}

fn replay(seed: u64, keeping: Keeping) -> ExitCode {
    let report = day(seed, keeping, Telling::Aloud);
    println!("trace {:016x}", report.trace);
    ExitCode::SUCCESS
}
