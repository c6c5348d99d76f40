//! The real SQLite file, and the ways in which its process can die.

use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use glp_blocking::store::{Conclusion, Ending, Owner, Store};
use glp_core::error::Error;
use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Outcome, Reply, RunId, Store as _};
use glp_core::testkit::ModelStore;
use glp_core::wall::UnixTime;
use tempfile::TempDir;

use super::draw::Draw;
use super::shelf::Rows;
use super::sometimes::Rare;

/// The real store, in a file.
pub(super) struct File {
    directory: TempDir,
    /// Counts the deaths: after each the file goes on under another name.
    deaths: u32,
    store: Option<Store>,
    /// What the store's statements are to meet next.
    ambush: Arc<Mutex<Ambush>>,
}

/// More steps of SQLite's machine than a transaction takes to begin.
const BEGINNING: u64 = 8;

/// What became of a command that something happened to.
#[derive(Debug)]
pub(super) enum Done {
    Replied(Reply),
    Refused(Error),
    Died,
}

/// What happens in the middle of a statement, and when.
#[derive(Debug, Default)]
struct Ambush {
    /// Steps of SQLite's machine until it happens.
    after: u64,
    deed: Deed,
    sprung: bool,
}

#[derive(Clone, Debug, Default)]
enum Deed {
    #[default]
    Nothing,
    /// The statement fails.
    Fail,
    /// What the disk holds at that moment is kept: there the process died.
    Die { from: PathBuf, to: PathBuf },
    /// Somebody reads.
    Read { path: PathBuf, sees: Vec<Rows> },
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("deaths", &self.deaths).finish_non_exhaustive()
    }
}

impl File {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut file = Self { directory, deaths: 0, store: None, ambush: Arc::default() };
        file.reopen();
        file
    }

    /// Returns the directory that is its own.
    pub(super) fn place(&self) -> &Path {
        self.directory.path()
    }

    fn path(&self, deaths: u32) -> PathBuf {
        self.directory.path().join(format!("{deaths}.db"))
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().expect("it is open but while it is reopened")
    }

    /// Closes the store as a death would, and opens what is on the disk.
    pub(super) fn reopen(&mut self) {
        self.store = None;
        let mut store = Store::open(self.path(self.deaths)).expect("a death leaves a good file");
        let ambush = Arc::clone(&self.ambush);
        let watch = move || ambush.lock().unwrap_or_else(PoisonError::into_inner).step();
        store.watch(watch).expect("SQLite can be watched");
        self.store = Some(store);
    }

    pub(super) fn begin_run(&mut self, now: UnixTime) -> RunId {
        let owner = Owner { pid: 1, host: "here".into(), program: "simulation".into() };
        self.store().begin_run(&owner, now).expect("the last holder is dead").run
    }

    pub(super) fn finish_run(&mut self, outcome: Outcome, now: UnixTime) {
        let conclusion = Conclusion::new(Ending::from(outcome));
        self.store().finish_run(&conclusion, now).expect("it holds the store");
    }

    pub(super) fn execute(&mut self, command: &Command) -> Result<Reply, Error> {
        self.store().execute(command.clone())
    }

    /// Has a command done while something happens to it.
    pub(super) fn execute_badly(
        &mut self,
        command: &Command,
        draw: &mut Draw,
        before: &ModelStore,
    ) -> (Done, Vec<Rare>) {
        match draw.below(6) {
            0 => self.torn(command, draw),
            1 => {
                let done = self.execute(command).map_or_else(Done::Refused, |_| Done::Died);
                (done, vec![Rare::CommitUnheard])
            }
            deed => {
                // Most statements are short, a publication is long.
                let within = 1 << draw.between(1, 14);
                let (path, after) = (self.path(self.deaths), draw.below(within));
                // A disk can refuse what is written, and not that a transaction begins or ends.
                let writes = !matches!(command, Command::Begin { .. } | Command::Measure { .. });
                let after = if writes { after + BEGINNING } else { after };
                let deed = match deed {
                    2 if writes => Deed::Fail,
                    3 => Deed::Read { path, sees: Resource::ALL.map(|of| live(before, of)).into() },
                    _ => Deed::Die { from: path, to: self.path(self.deaths + 1) },
                };
                self.ambushed(command, Ambush { after, deed, sprung: false })
            }
        }
    }

    fn ambushed(&mut self, command: &Command, ambush: Ambush) -> (Done, Vec<Rare>) {
        self.lie(ambush);
        let result = self.execute(command);
        let Ambush { deed, sprung, .. } = self.lie(Ambush::default());
        match (deed, sprung) {
            (Deed::Die { .. }, true) => {
                self.deaths += 1;
                (Done::Died, vec![Rare::KilledInTransaction])
            }
            // The command was over before.
            (Deed::Die { .. }, false) => (Done::Died, vec![Rare::CommitUnheard]),
            (Deed::Read { .. }, true) => {
                (result.map_or_else(Done::Refused, Done::Replied), vec![Rare::ReadMeanwhile])
            }
            (Deed::Fail, true) => {
                (result.map_or_else(Done::Refused, Done::Replied), vec![Rare::StoreFailed])
            }
            _ => (result.map_or_else(Done::Refused, Done::Replied), Vec::new()),
        }
    }

    fn lie(&self, ambush: Ambush) -> Ambush {
        let mut lying = self.ambush.lock().unwrap_or_else(PoisonError::into_inner);
        core::mem::replace(&mut *lying, ambush)
    }

    /// Lets the machine fail while a commit is written: of what was appended to the journal, only
    /// a part is on the disk.
    fn torn(&mut self, command: &Command, draw: &mut Draw) -> (Done, Vec<Rare>) {
        let path = self.path(self.deaths);
        let (database, journal) = (read(&path), read(&beside(&path, "-wal")).len());
        let result = self.execute(command);
        let written = read(&beside(&path, "-wal"));
        let unheard = result.map_or_else(Done::Refused, |_| Done::Died);
        // Where the journal was begun anew or moved into the file, it is a death after the commit.
        if written.len() <= journal || read(&path) != database {
            return (unheard, vec![Rare::CommitUnheard]);
        }
        let kept = journal + draw.below((written.len() - journal) as u64) as usize;
        self.deaths += 1;
        let next = self.path(self.deaths);
        write(&next, &database);
        write(&beside(&next, "-wal"), &written[..kept]);
        (Done::Died, vec![Rare::CommitTorn])
    }

    /// Says whether the file holds just what the model does.
    pub(super) fn holds(&mut self, model: &ModelStore) -> bool {
        let mut model = model.clone();
        Resource::ALL.into_iter().all(|resource| {
            let command = Command::Begin { resource };
            let stand = self.execute(&command).expect("it can be read");
            stand == model.execute(command).expect("the model answers")
                && rows(self.store(), resource) == live(&model, resource)
        })
    }

    pub(super) fn assert_holds(&mut self, model: &ModelStore, what: &str) {
        if self.holds(model) {
            return;
        }
        let other = Resource::ALL.map(|of| live(model, of).len());
        let own = Resource::ALL.map(|of| rows(self.store(), of).len());
        panic!("{what}: the file is not what the model is; live rows {own:?}, and {other:?}");
    }
}

impl Ambush {
    /// Takes one step of SQLite's machine.
    fn step(&mut self) -> ControlFlow<()> {
        if self.sprung || matches!(self.deed, Deed::Nothing) {
            return ControlFlow::Continue(());
        }
        if self.after > 0 {
            self.after -= 1;
            return ControlFlow::Continue(());
        }
        self.sprung = true;
        match &self.deed {
            Deed::Nothing => ControlFlow::Continue(()),
            Deed::Fail => ControlFlow::Break(()),
            Deed::Die { from, to } => {
                write(to, &read(from));
                write(&beside(to, "-wal"), &read(&beside(from, "-wal")));
                ControlFlow::Break(())
            }
            Deed::Read { path, sees } => {
                let reader = Store::open_read_only(path).expect("a reader is never refused");
                for (resource, sees) in Resource::ALL.into_iter().zip(sees) {
                    let now = rows(&reader, resource);
                    assert!(now == *sees, "I5: a reader saw half of a publication");
                }
                ControlFlow::Continue(())
            }
        }
    }
}

fn rows(store: &Store, resource: Resource) -> Rows {
    let (mut rows, mut count) = (Rows::new(), 0);
    let each = |id: &str, raw: &str| {
        count += 1;
        rows.insert(id.into(), raw.into());
    };
    store.for_each_live(resource, each).expect("it can be read");
    assert_eq!(rows.len(), count, "I2: two live rows of one id");
    rows
}

fn live(model: &ModelStore, resource: Resource) -> Rows {
    model.live(resource).map(|(id, raw)| (id.into(), raw.into())).collect()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Reads a file; one that is not there is empty.
fn read(path: &Path) -> Vec<u8> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        bytes => bytes.expect("it can be read"),
    }
}

fn write(path: &Path, bytes: &[u8]) {
    if !bytes.is_empty() {
        fs::write(path, bytes).expect("the disk has room");
    }
}
