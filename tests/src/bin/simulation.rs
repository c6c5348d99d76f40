//! Lives through simulated days; see `tests::simulation`.
//!
//! ```sh
//! cargo simulation                  # the short form, of `.ci/run`
//! cargo simulation days 1000000     # so many days from the first seed
//! cargo simulation days 1000 7000   # so many days from another
//! cargo simulation replay 622       # one day, told as it goes; --file for its SQLite file
//! cargo simulation speed            # calls a second
//! ```

use std::panic::{set_hook, take_hook};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tests::simulation::{Keeping, REGRESSIONS, Swarm, Telling, day, speed};

/// The days of the short form.
const DAYS: u64 = 5_000;

/// Once in how many days the inventory is kept in a file.
const ONE_FILE_IN: u64 = 20;

/// Calls made to measure how many there are in a second.
const CALLS: u64 = 200_000;

const USAGE: &str = "usage: cargo simulation [days NUMBER [FIRST] | replay SEED [--file] | speed]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [] => number("0").map(|first| live(first, DAYS)),
        ["days", days] => number(days).map(|days| live(0, days)),
        ["days", days, first] => {
            number(days).zip(number(first)).map(|(days, first)| live(first, days))
        }
        ["replay", seed] => number(seed).map(|seed| replay(seed, Keeping::Model)),
        ["replay", seed, "--file"] => number(seed).map(|seed| replay(seed, Keeping::File)),
        ["speed"] => Some(measure()),
        _ => None,
    };
    done.unwrap_or_else(|| {
        eprintln!("{USAGE}");
        ExitCode::from(2)
    })
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// Lives through the regressions, then through many days.
fn live(first: u64, days: u64) -> ExitCode {
    let loud = take_hook();
    set_hook(Box::new(|_| {}));
    let regressions = REGRESSIONS.iter().map(|(seed, keeping, _)| (*seed, *keeping));
    let swarm = Swarm { first, days, one_file_in: ONE_FILE_IN };
    let (tally, took) = timed(|| swarm.run(regressions));
    set_hook(loud);
    let tally = match tally {
        Ok(tally) => tally,
        Err(failed) => {
            eprintln!("{failed}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "{} days, {} of them in SQLite files: {} runs of the sync, {} pages, in {} s; traces {:016x}",
        tally.days,
        tally.files,
        tally.runs,
        tally.pages,
        took.as_secs(),
        tally.traces
    );
    print!("{}", tally.sometimes);
    let never = tally.sometimes.never();
    if never.is_empty() || days < DAYS {
        return ExitCode::SUCCESS;
    }
    eprintln!("never reached: {never:?}");
    ExitCode::FAILURE
}

fn replay(seed: u64, keeping: Keeping) -> ExitCode {
    let report = day(seed, keeping, Telling::Aloud);
    println!("trace {:016x}", report.trace);
    ExitCode::SUCCESS
}

fn measure() -> ExitCode {
    for load in speed::Load::ALL {
        let (requests, took) = timed(|| speed::calls(load, CALLS));
        let seconds = took.as_secs_f64();
        let rate = CALLS as f64 / seconds;
        println!("{load:?}: {rate:.0} calls a second ({requests} requests, {seconds:.1} s)");
    }
    ExitCode::SUCCESS
}

/// Measures how long something takes, in the time of people.
#[expect(clippy::disallowed_methods, reason = "what is told to people is no input to a day")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}
