//! A bad day that lasts: 64 callers at once through each adapter against `glp simulate --faults harsh`,
//! and at the end nothing is left of them.
//!
//! Each adapter soaks in a process of its own, which its parent looks at from outside. Before the
//! measurement it soaks for a few seconds, so that what a runtime makes once is there already.

mod caller;
mod gauge;
mod soaked;

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use glp_blocking::Clock;
use tests::program::{Glp, Serving};

use crate::caller::Tally;
use crate::gauge::{Reading, slope};

/// How far memory may grow, in KiB a minute. A call that leaves 64 bytes behind is above it.
const STEEPEST: f64 = 512.0;

/// How long idle threads and connections may take to go.
const PATIENCE: Duration = Duration::from_secs(30);

const SECOND: Duration = Duration::from_secs(1);

/// Lets 64 callers at once through each adapter meet a bad day, and looks for what they leave.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long each adapter soaks.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Where the callers' choices come from, and the bad day.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only this adapter.
    #[arg(long)]
    adapter: Option<Adapter>,
    /// Soak in this process, with the settings that the environment holds, as told on stdin.
    #[arg(long, hide = true)]
    soaked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Adapter {
    Tokio,
    AsyncStd,
    Blocking,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.adapter {
        Some(adapter) if arguments.soaked => soaked::run(adapter, arguments.seed),
        _ => soak_each(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn soak_each(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let glp = Glp::build()?;
    println!(
        "{:<10} {:>8} {:>9} {:>9} {:>9} {:>10} {:>9} {:>9}  verdict",
        "adapter", "calls", "answered", "requests", "RSS KiB", "KiB/minute", "fds", "threads"
    );
    let mut failed = Vec::new();
    for adapter in Adapter::value_variants() {
        if arguments.adapter.is_some_and(|only| only != *adapter) {
            continue;
        }
        let soak = Soak::of(*adapter, arguments, &glp)?;
        println!("{soak}");
        failed.extend(soak.faults().into_iter().map(|fault| format!("{adapter:?}: {fault}")));
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ").into()) }
}

/// What was seen of one adapter.
struct Soak {
    adapter: Adapter,
    start: Reading,
    end: Reading,
    slope: f64,
    tally: Tally,
}

impl Soak {
    fn of(adapter: Adapter, arguments: &Arguments, glp: &Glp) -> Result<Self, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let line = format!("--devices 5000 --faults harsh --seed {}", arguments.seed);
        let line: Vec<String> = line.split(' ').map(String::from).collect();
        let serving = glp.simulate(&line, directory.path())?;
        let mut soaked = Soaked::start(adapter, arguments.seed, &serving)?;
        let clock = Clock::start();

        soaked.soak(Duration::from_secs(5))?;
        let mut still = || Reading::of(soaked.child.id());
        let start = settle(&clock, &mut still, |now, before| now.same_handles(before))?;

        let duration = Duration::from_secs(60 * arguments.minutes);
        soaked.begin(duration)?;
        let (begun, mut samples) = (clock.now(), Vec::new());
        while clock.now().since(begun) < duration {
            clock.sleep_until(clock.now() + SECOND);
            let minutes = clock.now().since(begun).as_secs_f64() / 60.0;
            samples.push((minutes, Reading::of(soaked.child.id())?.resident));
        }
        let tally = soaked.result()?;
        let mut still = || Reading::of(soaked.child.id());
        let end = settle(&clock, &mut still, |now, _| now.at_most(&start))?;
        // The first quarter warms up.
        let slope = slope(&samples[samples.len() / 4..]);
        Ok(Self { adapter, start, end, slope, tally })
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.end.at_most(&self.start) {
            faults.push(format!("{:?} at the end, {:?} at the start", self.end, self.start));
        }
        if self.slope > STEEPEST {
            faults.push(format!("memory grows by {:.0} KiB a minute", self.slope));
        }
        if self.tally.probes_out > 0 {
            faults.push(format!("{} probes are out", self.tally.probes_out));
        }
        if self.tally.last_calls < caller::ROUTES {
            faults.push(format!("{} last calls succeeded", self.tally.last_calls));
        }
        faults
    }
}

impl std::fmt::Display for Soak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { start, end, slope, tally, .. } = self;
        let (name, verdict) = (format!("{:?}", self.adapter), self.faults());
        let handles = |from: usize, to: usize| format!("{from}>{to}");
        write!(
            f,
            "{name:<10} {:>8} {:>9} {:>9} {:>9} {slope:>10.0} {:>9} {:>9}  {}",
            tally.calls,
            tally.answered,
            tally.requests,
            end.resident,
            handles(start.files, end.files),
            handles(start.threads, end.threads),
            if verdict.is_empty() { String::from("nothing is left") } else { verdict.join("; ") },
        )
    }
}

/// Looks once a second until `done` says so of two readings, or patience is at its end.
fn settle(
    clock: &Clock,
    look: &mut impl FnMut() -> std::io::Result<Reading>,
    done: impl Fn(&Reading, &Reading) -> bool,
) -> Result<Reading, Box<dyn Error>> {
    let (begun, mut before) = (clock.now(), look()?);
    loop {
        // Longer than an idle thread of any of the runtimes lives.
        clock.sleep_until(clock.now() + 12 * SECOND);
        let now = look()?;
        if done(&now, &before) || clock.now().since(begun) > PATIENCE {
            return Ok(now);
        }
        before = now;
    }
}

/// The process in which an adapter soaks. It is told how many seconds, and says what came of them.
struct Soaked {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Soaked {
    fn start(adapter: Adapter, seed: u64, serving: &Serving) -> Result<Self, Box<dyn Error>> {
        let name = adapter.to_possible_value().ok_or("an adapter without a name")?;
        let mut soaked = Command::new(std::env::current_exe()?);
        soaked.args(["--soaked", "--adapter", name.get_name(), "--seed", &seed.to_string()]);
        soaked.env_clear().envs(serving.variables());
        let mut child = soaked.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, said })
    }

    fn begin(&mut self, duration: Duration) -> Result<(), Box<dyn Error>> {
        let stdin = self.child.stdin.as_mut().ok_or("no stdin")?;
        Ok(writeln!(stdin, "{}", duration.as_secs())?)
    }

    fn result(&mut self) -> Result<Tally, Box<dyn Error>> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Tally::parse(&line).ok_or_else(|| format!("it said {line:?}").into())
    }

    fn soak(&mut self, duration: Duration) -> Result<Tally, Box<dyn Error>> {
        self.begin(duration)?;
        self.result()
    }
}

impl Drop for Soaked {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
