//! Kills the real `glp sync` at random points, again and again, and looks at what it left.
//!
//! Two processes on loopback: `glp simulate` serves, `glp sync` is stopped after a random time, looked
//! at, and killed; the next one goes on. After each kill the store is checked as it lies there; each
//! time a sync comes to its end, it is compared with what the service lists, row by row.

mod inspection;
mod listing;
mod phase;
mod victim;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use glp_blocking::Clock;
use glp_core::rng::{SplitMix64, up_to};
use tests::program::{Glp, Serving};

use crate::inspection::Inspection;
use crate::listing::Listed;
use crate::phase::Phase;
use crate::victim::{End, Victim};

/// Kills after which a sync is let come to its end.
const MOST_IN_A_ROW: u32 = 12;

/// Kills `glp sync` and checks that nothing is lost, doubled or half visible.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many syncs to kill.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Where the delays come from; timing decides what they hit.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How many devices the service has.
    #[arg(long, default_value_t = 20_000)]
    devices: u32,
    /// How many subscriptions.
    #[arg(long, default_value_t = 600)]
    subscriptions: u32,
    /// How bad a day it has; `harsh` moves rows, so that what is listed has no truth to compare with.
    #[arg(long, default_value = "mild", value_parser = ["none", "mild"])]
    faults: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed;
    let mut kill_loop = match KillLoop::prepare(arguments) {
        Ok(kill_loop) => kill_loop,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = kill_loop.run();
    kill_loop.print();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let kills = kill_loop.kills();
            eprintln!("error after {kills} kills with seed {seed}: {error}");
            eprintln!("the store is in {}", kill_loop.keep().display());
            ExitCode::FAILURE
        }
    }
}

struct KillLoop {
    arguments: Arguments,
    glp: Glp,
    directory: tempfile::TempDir,
    clock: Clock,
    rng: SplitMix64,
    port: u16,
    /// How long a sync takes that nobody kills.
    longest: Duration,
    phases: BTreeMap<Phase, u32>,
    checks: Checks,
}

#[derive(Default)]
struct Checks {
    /// Kills after which a new generation was visible, whole.
    published: u32,
    /// Syncs that came to their end.
    ended: u32,
    rows_compared: usize,
}

impl KillLoop {
    fn prepare(arguments: Arguments) -> Result<Self, Box<dyn Error>> {
        let (rng, directory) = (SplitMix64::new(arguments.seed), tempfile::tempdir()?);
        Ok(Self {
            glp: Glp::build()?,
            directory,
            clock: Clock::start(),
            rng,
            port: 0,
            longest: Duration::ZERO,
            phases: BTreeMap::new(),
            checks: Checks::default(),
            arguments,
        })
    }

    fn kills(&self) -> u32 {
        self.phases.values().sum()
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("inventory.db")
    }

    fn keep(&mut self) -> PathBuf {
        self.directory.disable_cleanup(true);
        self.store()
    }

    /// Two inventories take turns at one address, so that there is always much to publish.
    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        let mut round = 0;
        while self.kills() < self.arguments.kills {
            let serving = self.serve(1 + round % 2)?;
            let listed = Listed::read(&serving)?;
            if round == 0 {
                let begun = self.clock.now();
                self.start(&serving)?.finish()?;
                self.longest = self.clock.now().since(begun);
            } else {
                self.torment(&serving, &listed)?;
            }
            self.compare(&serving, &listed)?;
            round += 1;
        }
        Ok(())
    }

    fn serve(&mut self, seed: u64) -> Result<Serving, Box<dyn Error>> {
        let Arguments { devices, subscriptions, faults, .. } = &self.arguments;
        let line = format!(
            "--devices {devices} --subscriptions {subscriptions} --faults {faults} --seed {seed} \
             --port {}",
            self.port
        );
        let arguments: Vec<String> = line.split_whitespace().map(String::from).collect();
        let serving = self.glp.simulate(&arguments, self.directory.path())?;
        self.port = serving.port().ok_or("glp simulate names no port")?;
        Ok(serving)
    }

    fn start(&self, serving: &Serving) -> Result<Victim, Box<dyn Error>> {
        Ok(Victim::start(&self.glp, serving.credentials(), &self.store())?)
    }

    /// Kills syncs until one has come to its end.
    fn torment(&mut self, serving: &Serving, listed: &Listed) -> Result<(), Box<dyn Error>> {
        for _ in 0..MOST_IN_A_ROW {
            if self.kills() == self.arguments.kills {
                break;
            }
            let before = Inspection::of(&self.store())?;
            let mut victim = self.start(serving)?;
            let delay = up_to(&mut self.rng, self.longest);
            self.clock.sleep_until(self.clock.now() + delay);
            if let End::ByItself = victim.stop()? {
                return Ok(());
            }
            let phase = Phase::of(&self.store(), before.newest_run)?;
            victim.kill()?;
            *self.phases.entry(phase).or_default() += 1;
            let after = Inspection::of(&self.store())?;
            self.checks.published += after.follows(&before, listed)?;
        }
        self.start(serving)?.finish()?;
        Ok(())
    }

    /// Compares the store with what the service lists; then one more sync must find it so.
    fn compare(&mut self, serving: &Serving, listed: &Listed) -> Result<(), Box<dyn Error>> {
        let synced = Inspection::of(&self.store())?;
        synced.equals(listed)?;
        let changes = self.start(serving)?.finish()?;
        if changes > 0 {
            return Err(format!("I10: one more sync made {changes} changes").into());
        }
        Inspection::of(&self.store())?.equals(listed)?;
        self.checks.ended += 1;
        self.checks.rows_compared += 2 * listed.rows();
        Ok(())
    }

    fn print(&self) {
        let Checks { published, ended, rows_compared } = self.checks;
        println!("{:<44} {:>8}", "killed while the sync was", "kills");
        for phase in Phase::ALL {
            let kills = self.phases.get(&phase).copied().unwrap_or_default();
            println!("{:<44} {kills:>8}", phase.explain());
        }
        println!("{:<44} {:>8}", "in all", self.kills());
        println!("{:<44} {published:>8}", "resources found published anew after a kill");
        println!("{:<44} {ended:>8}", "times compared with the service, at rest");
        println!("{:<44} {rows_compared:>8}", "rows compared");
        println!(
            "{:<44} {:>8.2}",
            "seconds of a sync that nobody kills",
            self.longest.as_secs_f64()
        );
    }
}
