//! The laws of a sync, under any schedule of movement, failures and kills.

use std::collections::{BTreeMap, BTreeSet};

use glp_core::error::{ApiKind, Error};
use glp_core::greenlake::Resource;
use glp_core::sync::{
    Command, Counts, Ended, Guard, Outcome, Publication, Reply, Run, RunId, Settings, Step, Store,
};
use glp_core::testkit::ModelStore;
use glp_core::wall::UnixTime;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::lister::{Lister, PLACES};

const DEVICES: Resource = Resource::Devices;

/// What happens before one step of a run.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    /// A row comes, or goes.
    Toggle(usize),
    /// One row goes and another comes: `total` stays.
    Swap(usize, usize),
    Update(usize),
    /// The service gives at most so many rows a page from now on.
    Cap(usize),
    /// The service gives a `total` from now on, or none.
    Total(bool),
    /// The call or the command of this step fails.
    Fail,
    /// The run is killed before this step.
    KillBefore,
    /// The run is killed once the step is done, and never hears of it.
    KillAfter,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => Just(Event::Nothing),
        2 => (0..PLACES).prop_map(Event::Toggle),
        2 => (0..PLACES, 0..PLACES).prop_map(|(one, other)| Event::Swap(one, other)),
        1 => (0..PLACES).prop_map(Event::Update),
        1 => (2..6_usize).prop_map(Event::Cap),
        1 => any::<bool>().prop_map(Event::Total),
        1 => Just(Event::Fail),
        1 => Just(Event::KillBefore),
        1 => Just(Event::KillAfter),
    ]
}

/// The service, the store, and all that the laws have to remember.
struct World {
    lister: Lister,
    store: ModelStore,
    settings: Settings,
    runs: i64,
    /// What the last publication did: how, and the differences as the rows themselves tell.
    published: Option<(Publication, Counts)>,
}

type Rows = BTreeMap<String, String>;

impl World {
    fn new(here: &[bool], page_rows: u32, guard: Guard) -> Self {
        let settings = Settings::default()
            .guard(guard)
            .page_rows(DEVICES, page_rows)
            .expect("the page size is allowed");
        let store = ModelStore::default();
        Self { lister: Lister::new(here), store, settings, runs: 0, published: None }
    }

    /// Runs once, with one event before each step; nothing when it is killed.
    fn run(&mut self, events: &mut impl Iterator<Item = Event>) -> Option<Ended> {
        self.runs += 1;
        self.published = None;
        let now = UnixTime::from_secs(self.runs.unsigned_abs());
        let settings = self.settings.clone();
        let mut run = Run::new(RunId(self.runs), [DEVICES], "host/workspace", now, settings);
        loop {
            let step = run.poll();
            if let Step::Done(ended) = step {
                return Some(ended);
            }
            let event = events.next().unwrap_or(Event::Nothing);
            match event {
                Event::Toggle(place) => self.lister.toggle(place),
                Event::Swap(one, other) => {
                    self.lister.toggle(one);
                    self.lister.toggle(other);
                }
                Event::Update(place) => self.lister.update(place),
                Event::Cap(rows) => self.lister.cap = rows,
                Event::Total(given) => self.lister.gives_total = given,
                Event::KillBefore => return None,
                Event::Nothing | Event::Fail | Event::KillAfter => {}
            }
            let fails = matches!(event, Event::Fail);
            let heard = self.step(step, fails);
            if matches!(event, Event::KillAfter) {
                return None;
            }
            heard(&mut run);
        }
    }

    /// Does one step; what is returned tells the run of it.
    fn step(&mut self, step: Step, fails: bool) -> Box<dyn FnOnce(&mut Run)> {
        match step {
            Step::Fetch(_) if fails => {
                let error = Error::new(ApiKind::Server, "the service failed");
                Box::new(move |run| run.fetched(Err(error)))
            }
            Step::Fetch(operation) => {
                let response = self.lister.answer(&operation);
                Box::new(move |run| run.fetched(Ok(response)))
            }
            Step::Store(command) => {
                if fails {
                    self.store.fail_at(1);
                }
                let result = self.execute(command);
                Box::new(move |run| run.stored(result))
            }
            Step::Done(_) => Box::new(|_| {}),
        }
    }

    /// Has the store carry out a command, and holds the laws against what it did.
    fn execute(&mut self, command: Command) -> Result<Reply, Error> {
        let before = self.live();
        let retired: BTreeSet<String> = self.retired();
        let result = self.store.execute(command.clone());
        let after = self.live();
        let Command::Publish { publication, .. } = command else {
            assert_eq!(before, after, "only a publication changes what readers see");
            return result;
        };
        if result.is_err() {
            assert_eq!(before, after, "a failed publication changes nothing");
            return result;
        }
        self.published = Some((publication, differences(&before, &retired, &after)));
        assert_i3(&self.lister, &after);
        if publication == Publication::UpsertsOnly {
            assert_i4(&before, &after);
        } else {
            assert_i1(&self.lister, &after);
            assert_i3_retired(&self.lister, &after);
        }
        result
    }

    fn live(&self) -> Rows {
        self.store.live(DEVICES).map(|(id, raw)| (id.into(), raw.into())).collect()
    }

    fn retired(&self) -> BTreeSet<String> {
        self.store.retired(DEVICES).map(|(id, ..)| id.into()).collect()
    }
}

/// Counts what a publication did, from the rows alone.
fn differences(before: &Rows, retired: &BTreeSet<String>, after: &Rows) -> Counts {
    let count = |wanted: &dyn Fn(&String, &String) -> bool| {
        after.iter().filter(|(id, raw)| wanted(id, raw)).count() as u64
    };
    let new = |id: &String| !before.contains_key(id) && !retired.contains(id);
    Counts {
        inserted: count(&|id, _| new(id)),
        updated: count(&|id, raw| before.get(id).is_some_and(|old| old != raw)),
        restored: count(&|id, _| retired.contains(id)),
        retired: before.keys().filter(|id| !after.contains_key(*id)).count() as u64,
        ..Counts::default()
    }
}

/// I1: every row present throughout the pass that was published is live.
fn assert_i1(lister: &Lister, live: &Rows) {
    assert!(
        lister.present_throughout().iter().all(|id| live.contains_key(*id)),
        "I1: a row is lost"
    );
}

/// I3: every live row was served with that very content.
fn assert_i3(lister: &Lister, live: &Rows) {
    assert!(live.values().all(|raw| lister.served.contains(raw)), "I3: a row was never served");
}

/// I3: no row absent throughout the pass that was published is live.
fn assert_i3_retired(lister: &Lister, live: &Rows) {
    assert!(lister.absent_throughout().iter().all(|id| !live.contains_key(*id)), "I3: a phantom");
}

/// I4: what is not a complete listing retires nothing.
fn assert_i4(before: &Rows, after: &Rows) {
    assert!(before.keys().all(|id| after.contains_key(id)), "I4: a false retirement");
}

/// I6: the report says what the publication was, and its counters are the rows' differences.
fn assert_i6(world: &World, ended: &Ended) {
    let report = &ended.report.resources[&DEVICES];
    let Counts { inserted, updated, retired, restored, .. } = report.counts;
    let counted = Counts { inserted, updated, retired, restored, ..Counts::default() };
    let (outcome, expected) = match world.published {
        Some((Publication::Complete { .. }, counts)) => (Outcome::Complete, counts),
        Some((Publication::UpsertsOnly, counts)) => (Outcome::Partial, counts),
        None => (Outcome::Failed, Counts::default()),
    };
    assert_eq!((report.outcome, counted), (outcome, expected), "I6: not an honest report");
    assert_eq!(ended.report.outcome, outcome, "I6: not an honest outcome");
    assert_eq!(report.reason.is_none(), outcome == Outcome::Complete, "I6: a reason is missing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_schedule_loses_invents_or_falsely_retires_a_row(
        here in vec(any::<bool>(), PLACES),
        page_rows in 2..7_u32,
        guard in prop_oneof![
            Just(Guard::OFF),
            (0..100_u8, 0..3_u64).prop_map(|(percent, floor)| {
                Guard::new(percent, floor).expect("the share is allowed")
            }),
        ],
        schedule in vec(event(), 0..120),
    ) {
        let mut world = World::new(&here, page_rows, guard);
        let mut events = schedule.into_iter().peekable();
        while events.peek().is_some() {
            if let Some(ended) = world.run(&mut events) {
                assert_i6(&world, &ended);
            }
        }

        // The faults have stopped. One run may still resume what they left; the next is complete.
        world.settings = world.settings.guard(Guard::OFF);
        let mut calm = core::iter::empty();
        let _ = world.run(&mut calm).expect("nobody kills it");
        let ended = world.run(&mut calm).expect("nobody kills it");
        prop_assert_eq!(ended.report.outcome, Outcome::Complete, "I9: it does not recover");
        let listed: BTreeSet<String> = world.lister.rows().collect();
        let live: BTreeSet<String> = world.live().into_values().collect();
        prop_assert_eq!(live, listed, "I1 and I3: the store is not what the service holds");

        let ended = world.run(&mut calm).expect("nobody kills it");
        let counts = ended.report.resources[&DEVICES].counts;
        let changed = counts.inserted + counts.updated + counts.retired + counts.restored;
        prop_assert_eq!(changed, 0, "I10: a second run changed rows");
    }
}
