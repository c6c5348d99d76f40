//! Time for threads: it stands still while anybody works, and moves when all of them wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::Duration;

use glp_blocking::Time;
use glp_core::time::Instant;

/// Time for a known number of threads. Where all of them wait, it moves to the first deadline; but
/// before it does, each looks once more whether what it waits for has happened, since a thread that
/// was woken and has not run yet would miss its time.
#[derive(Clone, Debug)]
pub(crate) struct Stage(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: Instant,
    /// Threads that do not wait.
    at_work: usize,
    /// Counts what may have ended a wait.
    events: u64,
    waiting: BTreeMap<u64, Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    until: Instant,
    thread: Thread,
    /// The events that it knows of.
    seen: u64,
    /// Whether it was woken only to look.
    nudged: bool,
}

impl Stage {
    /// Makes the time of this thread.
    pub(crate) fn new() -> Self {
        let (now, waiting) = (Instant::ZERO, BTreeMap::new());
        Self(Arc::new(Mutex::new(Inner { now, at_work: 1, events: 0, waiting, next: 0 })))
    }

    /// Makes it the time of so many other threads, until the end of the guard. Each must
    /// [`leave`](Self::leave).
    pub(crate) fn cast(&self, threads: usize) -> Cast<'_> {
        self.0.lock().unwrap().at_work = threads;
        Cast(self)
    }

    /// Ends this thread's part.
    pub(crate) fn leave(&self) {
        let mut inner = self.0.lock().unwrap();
        inner.at_work -= 1;
        inner.events += 1;
        inner.go_on();
    }
}

/// Gives time back to the thread that made it.
pub(crate) struct Cast<'a>(&'a Stage);

impl Drop for Cast<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().at_work = 1;
    }
}

impl Time for Stage {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().now
    }

    fn park(&self, duration: Duration) {
        let me = {
            let mut inner = self.0.lock().unwrap();
            let (me, until, seen) = (inner.next, inner.now + duration, inner.events);
            let waiting = Waiting { until, thread: thread::current(), seen, nudged: false };
            inner.waiting.insert(me, waiting);
            inner.next += 1;
            inner.at_work -= 1;
            inner.go_on();
            me
        };
        thread::park();
        let mut inner = self.0.lock().unwrap();
        let waited = inner.waiting.remove(&me).unwrap();
        // Who was woken only to look has done nothing yet, unless its time has come.
        inner.events += u64::from(!waited.nudged || waited.until <= inner.now);
        inner.at_work += 1;
    }
}

impl Inner {
    /// Where nobody works: has those look who do not know of the last event; where all know, moves
    /// time.
    fn go_on(&mut self) {
        let events = self.events;
        let Some(first) = self.waiting.values().map(|waiting| waiting.until).min() else { return };
        if self.at_work > 0 {
            return;
        }
        let mut all_know = true;
        for waiting in self.waiting.values_mut().filter(|waiting| waiting.seen != events) {
            all_know = false;
            if !waiting.nudged {
                waiting.nudged = true;
                waiting.thread.unpark();
            }
        }
        if all_know {
            self.now = self.now.max(first);
            self.events += 1;
            let due = self.waiting.values().filter(|waiting| waiting.until <= first);
            due.for_each(|waiting| waiting.thread.unpark());
        }
    }
}
