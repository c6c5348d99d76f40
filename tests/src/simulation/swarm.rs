//! Many days, on many threads.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::day::{Keeping, Report, day};
use super::record::Telling;
use super::sometimes::Sometimes;

/// Runs days, one seed after the other.
#[derive(Clone, Copy, Debug)]
pub struct Swarm {
    /// The first seed.
    pub first: u64,
    /// How many days.
    pub days: u64,
    /// Once in how many days the inventory is kept in a file.
    pub one_file_in: u64,
}

/// What many days were.
#[derive(Debug, Default)]
pub struct Tally {
    /// The days.
    pub days: u64,
    /// Of these, with a file.
    pub files: u64,
    /// The runs of the sync.
    pub runs: u64,
    /// The pages that were fetched.
    pub pages: u64,
    /// The exclusive or of all traces: equal for equal days, in whatever order they ended.
    pub traces: u64,
    /// The rare paths that were reached.
    pub sometimes: Sometimes,
}

/// A day on which an invariant did not hold.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its seed.
    pub seed: u64,
    /// Where its inventory was kept.
    pub keeping: Keeping,
    /// What did not hold.
    pub message: String,
}

impl fmt::Display for Failed {
    /// Writes what failed, and the one command that does it again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.keeping == Keeping::File { " --file" } else { "" };
        let Self { seed, message, .. } = self;
        write!(f, "{message}\n\nto see it again: cargo simulation replay {seed}{file}")
    }
}

impl Swarm {
    /// Lives through the days of `before`, then through its own.
    ///
    /// # Errors
    ///
    /// The first day on which an invariant did not hold; no day is begun after it.
    ///
    /// # Panics
    ///
    /// Never: a day that panics is caught.
    pub fn run(&self, before: impl IntoIterator<Item = (u64, Keeping)>) -> Result<Tally, Failed> {
        let own = (0..self.days).map(|day| self.day(day));
        let days: Vec<(u64, Keeping)> = before.into_iter().chain(own).collect();
        let next = AtomicUsize::new(0);
        let sum = Mutex::new((Tally::default(), BTreeMap::new()));
        let lives = || {
            loop {
                let day = next.fetch_add(1, Ordering::Relaxed);
                let Some((seed, keeping)) = days.get(day) else { return };
                let lived = try_day(*seed, *keeping);
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                match lived {
                    Ok(report) => sum.0.add(&report, *keeping),
                    Err(failed) => _ = sum.1.insert(day, failed),
                }
                // Days before a failed one are under way in other threads: the first one counts.
                if !sum.1.is_empty() {
                    return;
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(lives);
            }
        });
        let (tally, mut failed) = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.pop_first().map_or(Ok(tally), |(_, first)| Err(first))
    }

    /// Returns the seed of a day, and where it keeps its inventory.
    fn day(&self, day: u64) -> (u64, Keeping) {
        let seed = self.first.wrapping_add(day);
        let file = self.one_file_in > 0 && seed.is_multiple_of(self.one_file_in);
        (seed, if file { Keeping::File } else { Keeping::Model })
    }
}

impl Tally {
    fn add(&mut self, report: &Report, keeping: Keeping) {
        self.days += 1;
        self.files += u64::from(keeping == Keeping::File);
        self.runs += u64::from(report.runs);
        self.pages += report.pages;
        self.traces ^= report.trace;
        self.sometimes.add(&report.sometimes);
    }
}

/// Lives through one day, and catches what does not hold.
fn try_day(seed: u64, keeping: Keeping) -> Result<Report, Failed> {
    let lived = catch_unwind(AssertUnwindSafe(|| day(seed, keeping, Telling::Silent)));
    lived.map_err(|panic| Failed { seed, keeping, message: message(panic.as_ref()) })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    text.trim_start_matches("assertion `left == right` failed: ").to_owned()
}
