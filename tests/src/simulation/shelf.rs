//! The store under simulation: the model alone, or the real file beside it.

use std::collections::BTreeMap;
use std::path::Path;

use glp_core::error::Error;
use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Outcome, Reply, RunId, Store as _};
use glp_core::testkit::ModelStore;
use glp_core::wall::UnixTime;

use super::draw::Draw;
use super::file::{Done, File};
use super::sometimes::{Rare, Sometimes};

/// The rows that a reader sees, by id.
pub(super) type Rows = BTreeMap<String, String>;

/// Keeps what a sync has stored, through every death of its process.
///
/// The model is always there. Where the real file stands beside it, each command goes to both, and
/// they must agree: in the reply, in every row, and after a death in one of the two states around
/// the command that it interrupted.
#[derive(Debug)]
pub(super) struct Shelf {
    model: ModelStore,
    file: Option<File>,
    draw: Draw,
    /// Once in how many commands something happens to the store.
    odds: u32,
    runs: i64,
    pub(super) sometimes: Sometimes,
}

/// What became of a command.
#[derive(Debug)]
pub(super) enum Executed {
    /// The store answered.
    Replied(Result<Reply, Error>),
    /// The process died; whether the command was done, only the store knows.
    Died,
}

impl Shelf {
    /// Makes an empty store in memory.
    pub(super) fn model(seed: u64, odds: u32) -> Self {
        let (model, draw) = (ModelStore::default(), Draw::new(seed, "store"));
        Self { model, file: None, draw, odds, runs: 0, sometimes: Sometimes::default() }
    }

    /// Makes an empty store in a file of a directory of its own.
    pub(super) fn file(seed: u64, odds: u32) -> Self {
        Self { file: Some(File::new()), ..Self::model(seed, odds) }
    }

    /// Returns where it keeps its files, if it does.
    pub(super) fn place(&self) -> Option<&Path> {
        self.file.as_ref().map(File::place)
    }

    /// Lets nothing happen to the store from now on.
    pub(super) fn calm(&mut self) {
        self.odds = 0;
    }

    /// Begins a run, as a process that starts does.
    pub(super) fn begin_run(&mut self, now: UnixTime) -> RunId {
        self.runs += 1;
        let run = RunId(self.runs);
        if let Some(file) = &mut self.file {
            assert_eq!(file.begin_run(now), run, "the ledger's numbers grow by one");
        }
        run
    }

    /// Ends a run that was not killed.
    pub(super) fn finish_run(&mut self, outcome: Outcome, now: UnixTime) {
        if let Some(file) = &mut self.file {
            file.finish_run(outcome, now);
        }
    }

    /// Dies, and is opened again.
    pub(super) fn die(&mut self) {
        if let Some(file) = &mut self.file {
            file.reopen();
        }
    }

    pub(super) fn live(&self, resource: Resource) -> Rows {
        self.model.live(resource).map(|(id, raw)| (id.into(), raw.into())).collect()
    }

    pub(super) fn execute(&mut self, command: &Command) -> Executed {
        if !self.draw.one_in(self.odds) {
            return Executed::Replied(self.both(command));
        }
        if self.file.is_none() {
            return self.mishap_in_memory(command);
        }
        self.mishap_in_file(command)
    }

    /// Has the command done by the model and, where there is one, by the file.
    fn both(&mut self, command: &Command) -> Result<Reply, Error> {
        let reply = self.model.execute(command.clone());
        if let Some(file) = &mut self.file {
            let other = file.execute(command).expect("nothing is wrong with the disk");
            assert_eq!(reply.as_ref().ok(), Some(&other), "the stores disagree on {command:?}");
            if matches!(command, Command::Publish { .. }) {
                file.assert_holds(&self.model, "I2, I5: after a publication");
            }
        }
        reply
    }

    fn mishap_in_memory(&mut self, command: &Command) -> Executed {
        if self.draw.one_in(2) {
            self.model.fail_at(1);
            self.sometimes.note(Rare::StoreFailed);
            return Executed::Replied(self.model.execute(command.clone()));
        }
        // Dead before the command, or after it and before the reply.
        if self.draw.one_in(2) {
            let _ = self.model.execute(command.clone());
            self.sometimes.note(Rare::CommitUnheard);
        }
        Executed::Died
    }

    fn mishap_in_file(&mut self, command: &Command) -> Executed {
        let Some(file) = &mut self.file else { return Executed::Died };
        let mut after = self.model.clone();
        let expected = after.execute(command.clone());
        let (done, rares) = file.execute_badly(command, &mut self.draw, &self.model);
        rares.into_iter().for_each(|rare| self.sometimes.note(rare));
        match done {
            Done::Replied(reply) => {
                assert_eq!(expected.ok().as_ref(), Some(&reply), "the stores disagree");
                self.model = after;
                Executed::Replied(Ok(reply))
            }
            Done::Refused(error) => {
                file.assert_holds(&self.model, "I5: a command that failed left something");
                Executed::Replied(Err(error))
            }
            Done::Died => {
                file.reopen();
                if file.holds(&after) {
                    self.model = after;
                } else {
                    file.assert_holds(&self.model, "I5: a death left half of a command");
                }
                Executed::Died
            }
        }
    }
}
