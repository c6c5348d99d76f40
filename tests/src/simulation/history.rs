//! The service's rows through time: when each came, changed and went.

use std::collections::BTreeMap;

use glp_core::greenlake::Resource;
use glp_core::testkit::Service;

use super::shelf::Rows;

/// Counts the changes of the service's rows.
pub(super) type Tick = u64;

/// Keeps the rows of a service through time.
#[derive(Debug)]
pub(super) struct History {
    now: Tick,
    rows: BTreeMap<(Resource, String), Life>,
}

/// The life of one row.
#[derive(Debug)]
pub(super) struct Life {
    here: bool,
    /// When it last came or went.
    since: Tick,
    /// Every content it had, each with its beginning.
    versions: Vec<(Tick, String)>,
}

impl Life {
    /// Says whether it has been there since `began`.
    pub(super) fn here_since(&self, began: Tick) -> bool {
        self.here && self.since <= began
    }

    /// Says whether it has not been there since `began`.
    pub(super) fn gone_since(&self, began: Tick) -> bool {
        !self.here && self.since <= began
    }

    /// Returns which of its contents this is, counted from 0.
    pub(super) fn version(&self, raw: &str) -> Option<usize> {
        self.versions.iter().rposition(|(_, version)| version == raw)
    }

    /// Returns which content it had at `tick`.
    pub(super) fn version_at(&self, tick: Tick) -> usize {
        self.versions.iter().rposition(|(began, _)| *began <= tick).unwrap_or(0)
    }
}

impl History {
    pub(super) fn of(service: &Service) -> Self {
        let mut rows = BTreeMap::new();
        for resource in Resource::ALL {
            for (id, raw) in service.truth(resource) {
                let life = Life { here: true, since: 0, versions: vec![(0, raw)] };
                rows.insert((resource, id), life);
            }
        }
        Self { now: 0, rows }
    }

    pub(super) fn now(&self) -> Tick {
        self.now
    }

    /// Returns the row's life; `None` where the service never had it.
    pub(super) fn life(&self, resource: Resource, id: &str) -> Option<&Life> {
        self.rows.get(&(resource, id.to_owned()))
    }

    /// Returns the lives of a resource's rows, by id.
    pub(super) fn lives(&self, resource: Resource) -> impl Iterator<Item = (&str, &Life)> {
        let own = self.rows.iter().filter(move |((of, _), _)| *of == resource);
        own.map(|((_, id), life)| (id.as_str(), life))
    }

    /// Returns the rows as they are now.
    pub(super) fn truth(&self, resource: Resource) -> Rows {
        let here = self.lives(resource).filter(|(_, life)| life.here);
        let row =
            |(id, life): (&str, &Life)| Some((id.to_owned(), life.versions.last()?.1.clone()));
        here.filter_map(row).collect()
    }

    /// Returns the ids of the rows that are there, or of those that are not.
    pub(super) fn ids(&self, resource: Resource, here: bool) -> Vec<String> {
        let of = self.lives(resource).filter(|(_, life)| life.here == here);
        of.map(|(id, _)| id.to_owned()).collect()
    }

    /// Notes that a row came, with this content.
    pub(super) fn came(&mut self, resource: Resource, id: String, raw: String) {
        self.now += 1;
        let now = self.now;
        let fresh = || Life { here: false, since: now, versions: Vec::new() };
        let life = self.rows.entry((resource, id)).or_insert_with(fresh);
        (life.here, life.since) = (true, now);
        if life.versions.last().is_none_or(|(_, last)| *last != raw) {
            life.versions.push((now, raw));
        }
    }

    /// Notes that a row went.
    pub(super) fn went(&mut self, resource: Resource, id: &str) {
        self.now += 1;
        if let Some(life) = self.rows.get_mut(&(resource, id.to_owned())) {
            (life.here, life.since) = (false, self.now);
        }
    }

    /// Notes a row's new content.
    pub(super) fn changed(&mut self, resource: Resource, id: &str, raw: String) {
        self.now += 1;
        if let Some(life) = self.rows.get_mut(&(resource, id.to_owned())) {
            life.versions.push((self.now, raw));
        }
    }
}
