//! Calls, a server and a clock, all virtual: time moves to the next thing that happens.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use crate::call::{Action, Call, CallOptions, Config, Core, Event};
use crate::error::Error;
use crate::exchange::{Failure, FailureKind, Request, Response};
use crate::invalid::Invalid;
use crate::operation::Operation;
use crate::sync::{Ended, Run, Step, Store};
use crate::testkit::{Ending, Exchange, Service};
use crate::time::Instant;
use crate::trace::{CallId, Notice, Stats};
use crate::write::{self, Write, Written};

/// Answers requests in virtual time.
pub trait Server {
    /// Says how the exchange that `request` begins at `now` ends, and when.
    fn answer(&mut self, request: &Request, now: Instant) -> Exchange;
}

impl<F: FnMut(&Request, Instant) -> Exchange> Server for F {
    fn answer(&mut self, request: &Request, now: Instant) -> Exchange {
        self(request, now)
    }
}

impl Server for Service {
    fn answer(&mut self, request: &Request, now: Instant) -> Exchange {
        self.handle(request, now)
    }
}

/// Names a call in a [`World`].
pub type Handle = CallId;

/// Runs calls against a server in virtual time: no thread, no sleep, no socket.
///
/// The clock stands still while anything can happen, then moves to the next deadline. The same
/// configuration, server and calls give the same record of decisions.
#[derive(Debug)]
pub struct World<S> {
    core: Core,
    server: S,
    now: Instant,
    calls: BTreeMap<Handle, Running>,
    log: Vec<(Instant, Notice)>,
}

#[derive(Debug)]
struct Running {
    call: Call,
    waits: Waits,
}

impl Running {
    /// Tells the call what came of its wait, and carries out what it wants next.
    fn advance(&mut self, core: &mut Core, server: &mut impl Server, now: Instant) {
        if let Waits::Ending { event, .. } = mem::replace(&mut self.waits, Waits::Turn) {
            self.call.handle(core, event, now);
        }
        self.waits = match self.call.poll(core, now) {
            Action::Sleep { until, .. } => Waits::Until(until),
            Action::Park { until, .. } => Waits::Parked { until, seen: core.wakes() },
            Action::Done(result) => Waits::Over(result),
            Action::Send { request, give_up_at } => {
                ended(server.answer(&request, now), now, give_up_at)
            }
        };
    }
}

/// Whether anything happened in a step of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something did.
    Happened,
    /// Every call is over.
    Quiet,
}

/// What a call of the world is waiting for.
#[derive(Debug)]
enum Waits {
    /// Nothing: it is to be polled.
    Turn,
    Until(Instant),
    /// Woken by a change of the core's wake count as well.
    Parked {
        until: Instant,
        seen: u64,
    },
    /// An exchange ends.
    Ending {
        at: Instant,
        event: Event,
    },
    /// Nothing more.
    Over(Result<Response, Error>),
}

impl Waits {
    fn due(&self, core: &Core) -> Option<Instant> {
        match self {
            Self::Turn => Some(Instant::ZERO),
            Self::Parked { seen, .. } if core.wakes() != *seen => Some(Instant::ZERO),
            Self::Until(at) | Self::Parked { until: at, .. } | Self::Ending { at, .. } => Some(*at),
            Self::Over(_) => None,
        }
    }
}

impl<S: Server> World<S> {
    /// Makes a world at the clock's origin.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the field of the configuration that cannot be used.
    pub fn new(config: Config, server: S) -> Result<Self, Invalid> {
        let mut core = Core::new(config)?;
        core.listen();
        let (calls, log) = (BTreeMap::new(), Vec::new());
        Ok(Self { core, server, now: Instant::ZERO, calls, log })
    }

    /// Returns the time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Returns the server.
    pub const fn server(&self) -> &S {
        &self.server
    }

    /// Returns the server, to change what it does next.
    pub const fn server_mut(&mut self) -> &mut S {
        &mut self.server
    }

    /// Ends the world as a killed process would: nothing is handed back, only the server goes on.
    pub fn into_server(self) -> S {
        self.server
    }

    /// Returns what the calls share.
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// Returns what the calls share, to act upon its breakers by hand.
    pub const fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    /// Returns the sums of all decisions.
    pub const fn stats(&self) -> &Stats {
        self.core.stats()
    }

    /// Returns every decision so far, each with its time.
    pub fn log(&self) -> &[(Instant, Notice)] {
        &self.log
    }

    /// Takes the decisions told since they were last taken, so that a long run keeps none.
    pub fn take_log(&mut self) -> Vec<(Instant, Notice)> {
        mem::take(&mut self.log)
    }

    /// Begins a call under the configured options.
    pub fn start(&mut self, operation: Operation) -> Handle {
        self.start_with(operation, self.core.defaults())
    }

    /// Begins a call under its own options.
    pub fn start_with(&mut self, operation: Operation, options: CallOptions) -> Handle {
        let call = Call::new(operation, options, &mut self.core);
        let handle = call.id();
        self.calls.insert(handle, Running { call, waits: Waits::Turn });
        handle
    }

    /// Drops a call at this moment, as a dropped future would be.
    pub fn cancel(&mut self, handle: Handle) {
        if let Some(mut running) = self.calls.remove(&handle) {
            running.call.cancel(&mut self.core);
            self.write_log();
        }
    }

    /// Carries out the next thing that happens, moving the clock there; says whether there was one.
    pub fn step(&mut self) -> Progress {
        let due = |(handle, running): (&Handle, &Running)| {
            running.waits.due(&self.core).map(|at| (at, *handle))
        };
        let Some((at, handle)) = self.calls.iter().filter_map(due).min() else {
            return Progress::Quiet;
        };
        self.now = self.now.max(at);
        if let Some(running) = self.calls.get_mut(&handle) {
            running.advance(&mut self.core, &mut self.server, self.now);
        }
        self.write_log();
        Progress::Happened
    }

    /// Runs until nothing more happens.
    pub fn settle(&mut self) {
        while self.step() == Progress::Happened {}
    }

    /// Runs everything that happens up to `until`, and leaves the clock there.
    pub fn run_until(&mut self, until: Instant) {
        let next = |world: &Self| {
            world.calls.values().filter_map(|running| running.waits.due(&world.core)).min()
        };
        while next(self).is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// Moves the clock and lets nothing happen, as while a machine sleeps: what was due meanwhile
    /// is late.
    pub fn oversleep(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    /// Takes the result of a call that is over.
    pub fn take(&mut self, handle: Handle) -> Option<Result<Response, Error>> {
        let Entry::Occupied(running) = self.calls.entry(handle) else { return None };
        let Waits::Over(_) = running.get().waits else { return None };
        match running.remove().waits {
            Waits::Over(result) => Some(result),
            _ => None, // it was looked at just now
        }
    }

    /// Begins a call under the configured options and runs the world until it is over.
    pub fn run(&mut self, operation: Operation) -> Result<Response, Error> {
        self.run_with(operation, self.core.defaults())
    }

    /// Begins a call under its own options and runs the world until it is over.
    pub fn run_with(
        &mut self,
        operation: Operation,
        options: CallOptions,
    ) -> Result<Response, Error> {
        let handle = self.start_with(operation, options);
        loop {
            if let Some(result) = self.take(handle) {
                return result;
            }
            self.step();
        }
    }

    /// Runs a sync against `store`, from where it stands to its end.
    pub fn sync(&mut self, run: &mut Run, options: CallOptions, store: &mut impl Store) -> Ended {
        loop {
            match run.poll() {
                Step::Fetch(operation) => run.fetched(self.run_with(operation, options)),
                Step::Store(command) => run.stored(store.execute(command)),
                Step::Done(ended) => return ended,
            }
        }
    }

    /// Runs a write to its end; everything else that goes on goes on meanwhile.
    pub fn write(&mut self, write: &mut Write, options: CallOptions) -> Written {
        loop {
            match write.poll(self.now) {
                write::Step::Send(operation) => {
                    let result = self.run_with(operation, options);
                    write.handle(result, self.now);
                }
                write::Step::Wait { until, .. } => self.run_until(until),
                write::Step::Done(written) => return written,
            }
        }
    }

    fn write_log(&mut self) {
        while let Some(notice) = self.core.next_notice() {
            self.log.push((self.now, notice));
        }
    }
}

/// Turns the end of an exchange into what the call is told, at the latest when it gives up.
fn ended(exchange: Exchange, now: Instant, give_up_at: Instant) -> Waits {
    let at = now + exchange.after;
    let (at, event) = match exchange.ending {
        _ if at > give_up_at => (give_up_at, failed(FailureKind::Timeout)),
        Ending::Silence => (give_up_at, failed(FailureKind::Timeout)),
        Ending::Answer(response) => (at, Event::Response(response)),
        Ending::Failed(kind) => (at, failed(kind)),
        Ending::ResetBefore | Ending::ResetAfter => (at, failed(FailureKind::Reset)),
        Ending::Truncated { .. } => (at, failed(FailureKind::Truncated)),
    };
    Waits::Ending { at, event }
}

fn failed(kind: FailureKind) -> Event {
    Event::Failed(Failure::new(kind, "in the virtual world"))
}
