//! The machines of `glp-core` beside their peers, and beside what the machine can do.

use crate::contenders::{breakers, delays, limiters, primitives, retries};
use crate::sampler::{self, Contender, Timing};
use crate::table::{self, Scale};
use crate::target::Target;

/// Prints a table for each thing that they do.
pub fn report(targets: &mut Vec<Target>) {
    let mut bases = primitives::all();
    let timings = sampler::sample(&mut bases);
    let scale = primitives::scale(&bases, &timings);
    table::print_timings("What the machine can do", &bases, &timings, scale);

    let closed = Figures::of("Closed: an admission and a success", breakers::closed(), scale);
    targets.push(closed.target("closed", breakers::SHARED, 2.0));
    let fastest =
        breakers::SHAREABLE.map(|name| closed.raw(name)).into_iter().fold(f64::MAX, f64::min);
    let times = fastest / closed.raw(breakers::SHARED);
    let what = "closed, SharedBreaker: times as fast as the fastest peer that can be shared";
    targets.push(Target::at_least(what, times, 5.0, ""));
    let slower = closed.raw(breakers::PLAIN) / closed.raw(breakers::SHARED);
    let what = "closed, Breaker (&mut): its time over SharedBreaker's";
    targets.push(Target::at_most(what, slower, 1.0, ""));

    let open = Figures::of("Open: a refusal", breakers::open(), scale);
    targets.push(open.target("open", breakers::SHARED, 2.0));
    targets.push(open.target("open", breakers::PLAIN, 2.0));

    let title = format!("The next wait, with jitter ({} in a row)", delays::IN_A_ROW);
    let delays = Figures::of(&title, delays::all(), scale);
    targets.push(delays.target("next wait", delays::SCHEDULE, 4.0));

    let blocking = Figures::of("A retry round a value that is there", retries::blocking(), scale);
    targets.push(blocking.target("retry", retries::ON_THREADS, 1.5));
    let futures = Figures::of("A retry round a future that is ready", retries::futures(), scale);
    targets.push(futures.target("retry, async", retries::RETRY_WITH, 3.0));

    let limiters = Figures::of("Rate limiter", limiters::all(), scale);
    targets.push(limiters.target("limiter", limiters::ADMITTED, 3.0));
    targets.push(limiters.target("limiter", limiters::REFUSED, 3.0));
}

/// The timings of one table.
struct Figures {
    contenders: Vec<Contender<'static>>,
    timings: Vec<Timing>,
}

impl Figures {
    /// Takes the samples and prints the table.
    fn of(title: &str, mut contenders: Vec<Contender<'static>>, scale: Scale) -> Self {
        let timings = sampler::sample(&mut contenders);
        table::print_timings(title, &contenders, &timings, scale);
        Self { contenders, timings }
    }

    /// Returns what one time of it takes, in nanoseconds.
    fn raw(&self, name: &str) -> f64 {
        let mut pairs = self.contenders.iter().zip(&self.timings);
        let found = pairs.find(|(contender, _)| contender.name == name);
        found.map_or(f64::NAN, |(_, timing)| timing.quiet)
    }

    /// Says that it may take so many nanoseconds more than what everybody pays.
    fn target(&self, what: &str, name: &str, most: f64) -> Target {
        let over = self.raw(name) - table::bare(&self.contenders, &self.timings);
        Target::at_most(format!("{what}, {name}: over the bare loop or call"), over, most, " ns")
    }
}
