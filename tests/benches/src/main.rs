//! How fast and how small it is: beside its peers, beside what it is built on, and beside what the
//! machine can do.
//!
//! ```sh
//! cargo run --release --manifest-path tests/benches/Cargo.toml            # prints tables
//! cargo run --release --manifest-path tests/benches/Cargo.toml -- --check # fails on a miss
//! ```
//!
//! # Method
//!
//! Nanoseconds of one machine say nothing about another; so everything that is compared is measured
//! in the same run, and what counts are the ratios and the differences.
//!
//! * **Samples.** A sample is a loop of about two milliseconds round one operation. Samples are taken
//!   round-robin over all rows of a table, so that a disturbance does not meet one row alone.
//! * **Time** is the CPU time of the thread, as the kernel counts it: another program that takes the
//!   CPU away in between adds nothing. Such a sample is thrown away all the same (`kept` says how
//!   many were not), because the caches are not what they were. Where the kernel does not say
//!   whether a thread had to wait (`/proc/thread-self/schedstat`), none is thrown away, and the
//!   output says so; likewise for a row with next to no undisturbed sample.
//! * **The figure** is the sample that nine in ten exceed: what a neighbour on the same core or the
//!   host of a virtual machine takes away cannot be seen from here, and only ever makes a sample
//!   longer. The median stands beside it. All rows are treated alike.
//! * **Over bare** is the figure less that of an empty loop, or of the bare call, in the same table.
//!   Differences below a tenth of a nanosecond are noise.
//! * **What is handed in.** Our machines get `now` as an argument, so its cost is not in the figure;
//!   peers that read a clock themselves pay for it, and `x Instant::now` shows how much that may be.
//!   reliakit gets `now` as well, and stands in one row beside a lock and a clock, to be comparable
//!   with those that can be shared.
//! * **Two threads** are pinned to a CPU each, and timed by the clock on the wall.
//! * **Memory** is what the allocator was asked for, without what it adds.
//!
//! Everything is compiled with link-time optimisation over all crates, the peers included.

mod arguments;
#[cfg(feature = "io")]
mod clients;
mod contenders;
mod cpu;
mod machines;
mod memory;
mod pair;
mod sampler;
#[cfg(feature = "io")]
mod service;
#[cfg(feature = "io")]
mod sync;
mod table;
mod target;
mod world;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Part, USAGE};
use target::Target;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    #[cfg(feature = "io")]
    if env::args().nth(1).is_some_and(|first| first == service::SERVE) {
        service::serve(env::args().nth(2).unwrap_or_default().parse()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments =
        Arguments::read(env::args().skip(1)).map_err(|wrong| format!("{wrong}\n\n{USAGE}"))?;
    if !sampler::sees_disturbance() {
        println!("This kernel does not tell disturbed samples from others: all of them count.");
    }
    let mut targets = Vec::new();
    for part in &arguments.parts {
        measure(*part, &arguments, &mut targets)?;
    }
    println!("\n## Targets\n");
    targets.iter().for_each(|target| println!("{target}"));
    let missed = targets.iter().filter(|target| !target.is_met()).count();
    println!("\n{missed} of {} missed", targets.len());
    let fails = arguments.check && missed > 0;
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(
    part: Part,
    arguments: &Arguments,
    targets: &mut Vec<Target>,
) -> Result<(), Box<dyn Error>> {
    match part {
        #[cfg(feature = "io")]
        Part::Sync => sync::report(arguments.devices, targets),
        #[cfg(feature = "io")]
        Part::Clients => clients::report(targets),
        #[cfg(not(feature = "io"))]
        Part::Sync | Part::Clients => {
            println!(
                "\nWithout the feature `io`, {part:?} is not measured ({} devices).",
                arguments.devices
            );
            Ok(())
        }
        Part::World => {
            world::report(targets);
            Ok(())
        }
        Part::Machines => {
            machines::report(targets);
            pair::report(targets);
            memory::report(targets);
            Ok(())
        }
    }
}
