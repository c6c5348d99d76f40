//! One simulated day, from one seed.

use core::time::Duration;

use glp_core::breaker::State;
use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Ended, Guard, Outcome, Run, Start, Step};

use super::draw::Draw;
use super::judge::Judge;
use super::mix::{BATCH, LONGEST_HINT, Mix};
use super::process::{Killed, Process, note_error};
use super::record::{Record, Telling};
use super::shelf::{Executed, Shelf};
use super::sometimes::Sometimes;
use super::witness::Witness;

/// How long it may take until a run is complete, once nothing goes wrong any more: I9. A hold that
/// the server asked for lasts as long as it asked.
const RECOVERY: Duration = LONGEST_HINT.saturating_add(Duration::from_secs(3_600));

/// How long nobody syncs after a run that was not complete.
const BETWEEN_RUNS: Duration = Duration::from_secs(300);

/// Where a day keeps its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In the model alone.
    Model,
    /// In a SQLite file, with the model beside it.
    File,
}

/// What a day was.
#[derive(Debug)]
pub struct Report {
    /// The hash of the day's trace: one seed, one trace.
    pub trace: u64,
    /// The rare paths that it reached.
    pub sometimes: Sometimes,
    /// The runs of the sync, those that were killed included.
    pub runs: u32,
    /// The pages that were fetched.
    pub pages: u64,
}

/// Lives through the day of a seed.
///
/// # Panics
///
/// Where an invariant does not hold; the message names it.
pub fn day(seed: u64, keeping: Keeping, telling: Telling) -> Report {
    Day::new(seed, keeping, telling).live()
}

struct Day {
    seed: u64,
    mix: Mix,
    draw: Draw,
    shelf: Shelf,
    judge: Judge,
    record: Record,
    sometimes: Sometimes,
    lives: u32,
    runs: u32,
    pages: u64,
}

impl Day {
    fn new(seed: u64, keeping: Keeping, telling: Telling) -> Self {
        let mix = Mix::draw(seed);
        let shelf = match keeping {
            Keeping::Model => Shelf::model(seed, mix.odds.store),
            Keeping::File => Shelf::file(seed, mix.odds.store),
        };
        let record = Record::new(telling, shelf.place());
        let (draw, judge, sometimes) =
            (Draw::new(seed, "day"), Judge::default(), Sometimes::default());
        Self { seed, mix, draw, shelf, judge, record, sometimes, lives: 0, runs: 0, pages: 0 }
    }

    fn live(mut self) -> Report {
        let mut witness = Witness::new(self.seed, &self.mix);
        let last = loop {
            let mut process = self.start(witness);
            let fate = self.run(&mut process, self.mix.guard());
            witness = match fate {
                Ok(_) if self.lives >= self.mix.lives => break process,
                Ok(_) => self.end(process),
                Err(Killed) => self.close(process),
            };
        };
        self.recover(last);
        self.sometimes.add(&self.shelf.sometimes);
        Report {
            trace: self.record.hash(),
            sometimes: self.sometimes,
            runs: self.runs,
            pages: self.pages,
        }
    }

    fn start(&mut self, witness: Witness) -> Process {
        self.lives += 1;
        self.record.line(format_args!("process {}", self.lives));
        Process::start(witness, &self.mix, self.seed, self.lives)
    }

    fn end(&mut self, process: Process) -> Witness {
        let (witness, sometimes) = process.end(&self.mix, &mut self.record);
        self.sometimes.add(&sometimes);
        witness
    }

    fn close(&mut self, process: Process) -> Witness {
        self.shelf.die();
        let (witness, sometimes) = process.close(&self.mix, &mut self.record);
        self.sometimes.add(&sometimes);
        witness
    }

    /// Runs one sync in a process, to its end or to the process's.
    fn run(&mut self, process: &mut Process, guard: Guard) -> Result<Ended, Killed> {
        self.runs += 1;
        let start =
            if self.draw.one_in(self.mix.odds.afresh) { Start::Afresh } else { Start::Resume };
        let now = process.world.core().wall(process.world.now());
        let id = self.shelf.begin_run(now);
        self.judge.run_begins();
        let settings = self.mix.settings(start, guard);
        let mut run = Run::new(id, Resource::ALL, "api.example/workspace", now, settings);
        loop {
            match run.poll() {
                Step::Fetch(operation) => {
                    let query = operation.request.uri().query().unwrap_or_default();
                    // A fence may stand at the first row as well.
                    if query.contains("offset=0&")
                        && let Some(progress) = run.progress().filter(|progress| progress.rows == 0)
                    {
                        let history = &process.world.server().history;
                        self.judge.pass_begins(progress.resource, progress.pass, history);
                    }
                    self.pages += 1;
                    let page = process.fetch(operation, BATCH, &mut self.record)?;
                    if let Err(error) = &page {
                        note_error(error, &mut self.sometimes);
                    }
                    run.fetched(page);
                }
                Step::Store(command) => {
                    self.record.line(format_args!("{}", name(&command)));
                    match self.store(&command, process, guard) {
                        Executed::Replied(reply) => {
                            self.record.line(format_args!("{reply:?}"));
                            run.stored(reply);
                        }
                        Executed::Died => return Err(Killed),
                    }
                }
                Step::Done(ended) => {
                    self.record.line(format_args!("{:?}", ended.report));
                    self.judge.report(&ended, &mut self.sometimes);
                    let now = process.world.core().wall(process.world.now());
                    self.shelf.finish_run(ended.report.outcome, now);
                    return Ok(ended);
                }
            }
        }
    }

    /// Has the store do a command, and holds the invariants against what it did.
    fn store(&mut self, command: &Command, process: &Process, guard: Guard) -> Executed {
        let Command::Publish { resource, .. } = *command else {
            return self.shelf.execute(command);
        };
        let before = self.judge.look(&self.shelf, resource);
        let executed = self.shelf.execute(command);
        let refused = matches!(executed, Executed::Replied(Err(_)));
        let after = self.shelf.live(resource);
        let unheard = matches!(executed, Executed::Died) && after == before;
        if refused {
            assert!(after == before, "I5: a publication that failed changed {resource}");
        } else if !unheard {
            let guard = self.mix.guard.filter(|_| guard != Guard::OFF);
            let history = &process.world.server().history;
            self.judge.published(command, &before, after, history, guard);
        }
        executed
    }

    /// Lets nothing go wrong any more, and demands progress: I9 and I10. The process goes on, with
    /// the breakers and the holds that the bad day has left it.
    fn recover(&mut self, mut process: Process) {
        self.record.line("the faults stop");
        self.shelf.calm();
        process.calm();
        let begun = process.world.now();
        while !is_fresh_and_complete(&self.calm_run(&mut process)) {
            let now = process.world.now();
            let took = now.since(begun);
            assert!(took <= RECOVERY, "I9: no run is complete, {took:?} after the last fault");
            process.world.run_until(now + BETWEEN_RUNS);
        }
        let history = &process.world.server().history;
        for resource in Resource::ALL {
            assert!(self.shelf.live(resource) == history.truth(resource), "I1, I3: {resource}");
        }
        let again = self.calm_run(&mut process);
        assert_eq!(again.report.outcome, Outcome::Complete, "I9: the second run");
        self.judge.idle(&again);
        process.world.run_until(begun + LONGEST_HINT);
        let knocks = self.mix.breaker.success_threshold.get() + 1;
        process.knock(knocks, &mut self.record);
        let now = process.world.now();
        for circuit in process.world.core().circuit_status(now) {
            assert_eq!(circuit.status.state, State::Closed, "I9: {} stays open", circuit.name);
        }
        self.end(process);
    }

    fn calm_run(&mut self, process: &mut Process) -> Ended {
        self.run(process, Guard::OFF).expect("nothing kills it")
    }
}

/// Says whether a run is complete, and its listings began in it: one that was resumed tells of rows
/// as they were before.
fn is_fresh_and_complete(ended: &Ended) -> bool {
    let resumed = ended.report.resources.values().any(|report| report.resumed_at.is_some());
    ended.report.outcome == Outcome::Complete && !resumed
}

fn name(command: &Command) -> String {
    match command {
        Command::Stage { rows, checkpoint } => format!("stage {} {checkpoint:?}", rows.len()),
        other => format!("{other:?}"),
    }
}
