//! Times loops, round-robin, on a machine that others use as well.

use std::time::Duration;

use crate::cpu::{self, Waits};

/// How long a sample is meant to take: long against reading the clock, short against a time slice.
const SAMPLE: Duration = Duration::from_millis(2);

/// How many samples are taken of each loop.
const ROUNDS: usize = 101;

/// Fewer undisturbed samples than this are no basis; then the disturbed ones count as well.
const FEWEST: usize = 11;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What everybody must pay: an empty loop, a bare call.
    Bare,
    Ours,
    Peer,
    /// What the machine can do, for scale.
    Scale,
}

/// One thing to measure: a loop that does it so many times.
pub struct Contender<'a> {
    pub name: &'static str,
    pub side: Side,
    repeat: Box<dyn FnMut(u64) + 'a>,
}

impl<'a> Contender<'a> {
    /// Makes a loop round `act`, which is told how often it was done before in this sample.
    pub fn new(name: &'static str, side: Side, mut act: impl FnMut(u64) + 'a) -> Self {
        let repeat = move |times| (0..times).for_each(&mut act);
        Self { name, side, repeat: Box::new(repeat) }
    }
}

/// What one time of it takes, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// What nine samples in ten exceed: the figure.
    pub quiet: f64,
    pub median: f64,
    /// How many samples were kept.
    pub kept: usize,
}

/// Takes samples of every contender in turn, so that a disturbance meets all of them.
///
/// A sample is counted in the CPU time of the thread, not in the time of the clock on the wall, and
/// is thrown away where the thread had to wait for a CPU meanwhile: another program had it then, and
/// left the caches as it liked.
pub fn sample(contenders: &mut [Contender<'_>]) -> Vec<Timing> {
    let times: Vec<u64> = contenders.iter_mut().map(times_per_sample).collect();
    let mut waits = Waits::of_this_thread();
    let mut samples = vec![Samples::default(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((contender, times), samples) in contenders.iter_mut().zip(&times).zip(&mut samples) {
            waits.since_last();
            let took = spent(|| (contender.repeat)(*times));
            let each = took.as_nanos() as f64 / *times as f64;
            samples.all.push(each);
            if waits.since_last() == 0 {
                samples.undisturbed.push(each);
            }
        }
    }
    samples.into_iter().map(Samples::timing).collect()
}

/// Says whether disturbed samples can be told from others here.
pub fn sees_disturbance() -> bool {
    Waits::of_this_thread().are_counted()
}

#[derive(Clone, Debug, Default)]
struct Samples {
    all: Vec<f64>,
    undisturbed: Vec<f64>,
}

impl Samples {
    fn timing(self) -> Timing {
        let kept = self.undisturbed.len();
        let mut samples = if kept < FEWEST { self.all } else { self.undisturbed };
        samples.sort_by(f64::total_cmp);
        let [quiet, median] = [samples.len() / 10, samples.len() / 2].map(|at| samples[at]);
        Timing { quiet, median, kept }
    }
}

/// Returns the CPU time that `work` takes.
pub fn spent(work: impl FnOnce()) -> Duration {
    let before = cpu::of_this_thread();
    work();
    cpu::of_this_thread() - before
}

/// Finds how many times fill a sample.
fn times_per_sample(contender: &mut Contender<'_>) -> u64 {
    let mut times = 64;
    loop {
        let took = spent(|| (contender.repeat)(times));
        if took * 4 >= SAMPLE {
            let scale = SAMPLE.as_secs_f64() / took.as_secs_f64();
            return ((times as f64 * scale) as u64).max(1);
        }
        times *= 2;
    }
}
