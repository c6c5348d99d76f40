//! The invariants of a sync, I1 to I7 and I10, held against every publication and every report.

use std::collections::{BTreeMap, BTreeSet};

use glp_core::greenlake::Resource;
use glp_core::sync::{Command, Counts, Ended, Outcome, Publication};

use super::history::{History, Tick};
use super::shelf::{Rows, Shelf};
use super::sometimes::{Rare, Sometimes};

/// Remembers what the invariants need, through every death of the process.
#[derive(Debug, Default)]
pub(super) struct Judge {
    /// What a reader sees since the last publication.
    views: BTreeMap<Resource, Rows>,
    /// Every id that was ever live.
    known: BTreeMap<Resource, BTreeSet<String>>,
    /// When a pass began, by its number.
    passes: BTreeMap<(Resource, u32), Tick>,
    /// The newest version of each row that a reader has seen.
    shown: BTreeMap<(Resource, String), usize>,
    /// What the last publication of the run in progress did to each resource.
    published: BTreeMap<Resource, (Publication, Counts)>,
}

impl Judge {
    /// Notes that a pass is about to ask for its first page.
    pub(super) fn pass_begins(&mut self, resource: Resource, pass: u32, history: &History) {
        self.passes.insert((resource, pass), history.now());
    }

    pub(super) fn run_begins(&mut self) {
        self.published.clear();
    }

    /// I5: nobody sees anything else until something is published.
    pub(super) fn look(&self, shelf: &Shelf, resource: Resource) -> Rows {
        let (now, nothing) = (shelf.live(resource), Rows::new());
        let seen = self.views.get(&resource).unwrap_or(&nothing);
        assert!(now == *seen, "I5: what readers see of {resource} changed without a publication");
        now
    }

    /// Takes a publication that may have been made, with what was seen `before` it.
    pub(super) fn published(
        &mut self,
        command: &Command,
        before: &Rows,
        after: Rows,
        history: &History,
        guard: Option<(u8, u64)>,
    ) {
        let Command::Publish { resource, publication, .. } = *command else { return };
        let known = self.known.entry(resource).or_default();
        let counts = differences(before, known, &after);
        known.extend(after.keys().cloned());
        self.contents(resource, &after, history);
        match publication {
            Publication::UpsertsOnly => {
                assert_eq!(counts.retired, 0, "I4: an incomplete listing retired {resource}");
            }
            Publication::Complete { pass } => {
                let began = self.passes[&(resource, pass)];
                self.complete(resource, before, &after, history, began);
                guarded(counts.retired, before.len() as u64, guard);
            }
        }
        self.views.insert(resource, after);
        self.published.insert(resource, (publication, counts));
    }

    /// I3 and I7: every row was served with that content, and none goes back in time.
    fn contents(&mut self, resource: Resource, after: &Rows, history: &History) {
        for (id, raw) in after {
            let version = history.life(resource, id).and_then(|life| life.version(raw));
            let version = version.unwrap_or_else(|| panic!("I3: {id} was never served like that"));
            let shown = self.shown.entry((resource, id.clone())).or_default();
            assert!(version >= *shown, "I7: {id} went back from version {shown} to {version}");
            *shown = version;
        }
    }

    /// I1, I3 and I4: what was there all the time is live, what was not is not.
    fn complete(
        &self,
        resource: Resource,
        before: &Rows,
        after: &Rows,
        history: &History,
        began: Tick,
    ) {
        for (id, life) in history.lives(resource) {
            if life.here_since(began) {
                let held = after.get(id);
                assert!(
                    held.is_some() || !before.contains_key(id),
                    "I4: {id} was retired, and was there all the time"
                );
                let version = held.and_then(|raw| life.version(raw));
                let version = version.unwrap_or_else(|| panic!("I1: {id} is lost"));
                assert!(version >= life.version_at(began), "I1: {id} is staler than its listing");
            } else if life.gone_since(began) {
                assert!(!after.contains_key(id), "I3: {id} is a phantom");
            }
        }
    }

    /// I6: the report is the truth about the run.
    pub(super) fn report(&self, ended: &Ended, sometimes: &mut Sometimes) {
        let outcomes: Vec<Outcome> = Resource::ALL
            .into_iter()
            .map(|resource| self.report_of(resource, ended, sometimes))
            .collect();
        let all = |outcome| outcomes.iter().all(|one| *one == outcome);
        let expected = match (all(Outcome::Complete), all(Outcome::Failed)) {
            (true, _) => Outcome::Complete,
            (_, true) => Outcome::Failed,
            _ => Outcome::Partial,
        };
        assert_eq!(ended.report.outcome, expected, "I6: the run's outcome, of {outcomes:?}");
        if outcomes.contains(&Outcome::Failed) && outcomes.contains(&Outcome::Complete) {
            sometimes.note(Rare::Partial);
        }
    }

    fn report_of(&self, resource: Resource, ended: &Ended, sometimes: &mut Sometimes) -> Outcome {
        let report = &ended.report.resources[&resource];
        let Counts { inserted, updated, unchanged, retired, restored, .. } = report.counts;
        let counts = Counts { inserted, updated, retired, restored, ..Counts::default() };
        let (outcome, expected) = match self.published.get(&resource) {
            Some((Publication::Complete { .. }, counts)) => (Outcome::Complete, *counts),
            Some((Publication::UpsertsOnly, counts)) => (Outcome::Partial, *counts),
            None => (Outcome::Failed, Counts::default()),
        };
        assert_eq!(report.outcome, outcome, "I6: the outcome of {resource}");
        assert_eq!(counts, expected, "I6: the counts of {resource}");
        if outcome == Outcome::Complete {
            let listed = inserted + updated + unchanged + restored;
            assert_eq!(listed, report.listed, "I6: the rows of {resource}");
        }
        let reason = report.reason.as_deref().unwrap_or_default();
        assert_eq!(reason.is_empty(), outcome == Outcome::Complete, "I6: the reason");
        for (rare, reached) in [
            (Rare::Retired, retired > 0),
            (Rare::Restored, restored > 0),
            (Rare::ResumeUsed, report.resumed_at.is_some()),
            (Rare::CheckpointDiscarded, report.discarded.is_some()),
            (Rare::DriftDetected, report.passes > 1),
            (Rare::DriftToTheEnd, reason.contains("rows moved while they were listed")),
            (Rare::RetirementGuardHit, reason.contains("max_retire")),
        ] {
            if reached {
                sometimes.note(rare);
            }
        }
        outcome
    }

    /// I10: a run that finds nothing new changes nothing.
    pub(super) fn idle(&self, ended: &Ended) {
        for (resource, report) in &ended.report.resources {
            let Counts { inserted, updated, retired, restored, .. } = report.counts;
            let changed = inserted + updated + retired + restored;
            assert_eq!(changed, 0, "I10: a second run changed {changed} {resource}");
        }
    }
}

/// I4: a complete listing retires no more than the guard allows.
fn guarded(retired: u64, live: u64, guard: Option<(u8, u64)>) {
    if let Some((percent, floor)) = guard {
        let over = retired * 100 > live * u64::from(percent);
        assert!(retired <= floor || !over, "I4: {retired} of {live} rows passed the guard");
    }
}

/// Counts what a publication did, from the rows alone.
fn differences(before: &Rows, known: &BTreeSet<String>, after: &Rows) -> Counts {
    let mut counts = Counts::default();
    for (id, raw) in after {
        match before.get(id) {
            Some(old) if old != raw => counts.updated += 1,
            Some(_) => {}
            None if known.contains(id) => counts.restored += 1,
            None => counts.inserted += 1,
        }
    }
    counts.retired = before.keys().filter(|id| !after.contains_key(*id)).count() as u64;
    counts
}
