//! One breaker, one thread; then one breaker, two threads.
//!
//! Both threads stand on a CPU of their own, begin together, and do as much as the one did alone. A
//! sample counts where neither had to wait for its CPU. The figure is the work that is done in a
//! unit of time, by the clock on the wall: here it matters that the two run at the same time.

use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use failsafe::CircuitBreaker as _;
use glp_core::breaker::{Config, SharedBreaker};

use crate::contenders::breakers::{self as peers, SHARED, admit, succeed};
use crate::cpu::{self, Waits};
use crate::table;
use crate::target::Target;

const SAMPLE: Duration = Duration::from_millis(1);

/// Samples that are tried for each; the machine may be busy.
const TRIES: usize = 200;

/// Undisturbed samples that suffice.
const ENOUGH: usize = 41;

/// Prints the table; says nothing where there is only one CPU.
pub fn report(targets: &mut Vec<Target>) {
    if thread::available_parallelism().is_ok_and(|cpus| cpus.get() < 2) {
        println!("\nOne CPU only: two threads that share a breaker are not measured.");
        return;
    }
    let rows: Vec<_> = contenders().iter().map(|contender| measure(contender, targets)).collect();
    let head = ["what", "1 thread, M/s", "2 threads, M/s", "2 : 1", "kept"];
    table::print(
        "One breaker, shared: admissions and successes, all threads together",
        &head,
        &rows,
    );
}

struct Shared {
    name: &'static str,
    repeat: Box<dyn Fn(u64) + Sync>,
}

fn shared(name: &'static str, act: impl Fn(u64) + Sync + 'static) -> Shared {
    Shared { name, repeat: Box::new(move |times| (0..times).for_each(&act)) }
}

fn contenders() -> Vec<Shared> {
    let breaker = SharedBreaker::new(Config::DEFAULT);
    let (word, counter, mutex) = (AtomicU64::new(1), AtomicU64::new(0), Mutex::new(0_u64));
    let (failsafe, nobreak, recloser) = (peers::failsafe(), peers::nobreak(), peers::recloser());
    let (reliakit, origin) = (Mutex::new(peers::reliakit()), Instant::now());
    vec![
        shared("relaxed load", move |_| {
            black_box(black_box(&word).load(Ordering::Relaxed));
        }),
        shared("fetch_add", move |_| {
            black_box(counter.fetch_add(1, Ordering::Relaxed));
        }),
        shared("std Mutex, lock and unlock", move |time| *mutex.lock().unwrap() = time),
        shared(SHARED, move |now| admit(&breaker, now)),
        shared(peers::FAILSAFE, move |time| {
            black_box(failsafe.call(|| succeed(time)).is_ok());
        }),
        shared(peers::NOBREAK, move |time| {
            black_box(nobreak.call(|| succeed(time)).is_ok());
        }),
        shared(peers::RECLOSER, move |time| {
            black_box(recloser.call(|| succeed(time)).is_ok());
        }),
        shared("reliakit in a std Mutex, with Instant::now", move |_| {
            let now = origin.elapsed().as_nanos() as u64;
            if black_box(reliakit.lock().unwrap().allow(now)) {
                reliakit.lock().unwrap().on_success();
            }
        }),
    ]
}

fn measure(contender: &Shared, targets: &mut Vec<Target>) -> Vec<String> {
    let times = times_per_sample(contender);
    let (one, two) = (rate(contender, times, 1), rate(contender, times, 2));
    let gain = two.per_microsecond / one.per_microsecond;
    if contender.name == SHARED {
        let what = "SharedBreaker closed: two threads' work over one's";
        targets.push(Target::at_least(what, gain, 1.8, ""));
    }
    vec![
        contender.name.to_owned(),
        format!("{:.1}", one.per_microsecond),
        format!("{:.1}", two.per_microsecond),
        format!("{gain:.2}"),
        format!("{}, {}", one.kept, two.kept),
    ]
}

struct Rate {
    per_microsecond: f64,
    kept: usize,
}

/// Measures so many threads, each doing it `times` times; the quickest tenth of the samples counts.
fn rate(contender: &Shared, times: u64, threads: usize) -> Rate {
    let (mut kept, mut all) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let runs = run(contender, times, threads);
        let began = runs.iter().map(|run| run.began).min();
        let ended = runs.iter().map(|run| run.ended).max();
        let Some(span) = ended.zip(began).map(|(ended, began)| ended - began) else { continue };
        let rate = (times * threads as u64) as f64 / span.as_secs_f64() / 1e6;
        all.push(rate);
        if runs.iter().all(|run| run.waited == 0) {
            kept.push(rate);
        }
        if kept.len() == ENOUGH {
            break;
        }
    }
    let count = kept.len();
    let mut rates = if kept.is_empty() { all } else { kept };
    rates.sort_by(f64::total_cmp);
    Rate { per_microsecond: rates[rates.len() - 1 - rates.len() / 10], kept: count }
}

struct Run {
    began: Instant,
    ended: Instant,
    waited: u64,
}

fn run(contender: &Shared, times: u64, threads: usize) -> Vec<Run> {
    let standing = AtomicU64::new(0);
    thread::scope(|scope| {
        let run_on = |cpu| {
            let standing = &standing;
            scope.spawn(move || {
                cpu::pin(cpu);
                let mut waits = Waits::of_this_thread();
                standing.fetch_add(1, Ordering::AcqRel);
                while standing.load(Ordering::Acquire) < threads as u64 {
                    std::hint::spin_loop();
                }
                waits.since_last();
                let began = Instant::now();
                (contender.repeat)(times);
                let ended = Instant::now();
                Run { began, ended, waited: waits.since_last() }
            })
        };
        let running: Vec<_> = (0..threads).map(run_on).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn times_per_sample(contender: &Shared) -> u64 {
    let mut times = 1_000;
    loop {
        let took = crate::sampler::spent(|| (contender.repeat)(times));
        if took * 2 >= SAMPLE {
            return times;
        }
        times *= 2;
    }
}
