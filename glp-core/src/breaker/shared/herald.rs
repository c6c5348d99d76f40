//! Telling of changes in order, whoever made them.

use alloc::collections::BTreeMap;
use std::sync::PoisonError;

use crate::breaker::Transition;
use crate::breaker::shared::builder::Observer;
use crate::mutex::Mutex;

/// Tells an observer of changes in their order, although threads that made them come in any.
///
/// Its lock guards the changes that wait to be told, nothing else: no decision of the breaker waits
/// for it, and it is not held while the observer runs. Whoever brings a change while another thread
/// tells, leaves it with that one.
pub(super) struct Herald {
    observer: Observer,
    desk: Mutex<Desk>,
}

struct Desk {
    /// The number of the change to be told next.
    next: u64,
    waiting: BTreeMap<u64, Transition>,
    staff: Staff,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Staff {
    Idle,
    Telling,
}

impl Herald {
    /// Tells `observer` of the changes from number `first` on.
    pub(super) fn new(observer: Observer, first: u64) -> Self {
        let desk = Desk { next: first, waiting: BTreeMap::new(), staff: Staff::Idle };
        Self { observer, desk: Mutex::new(desk) }
    }

    /// Takes the change of a number, and tells of all whose turn has come.
    pub(super) fn tell(&self, number: u64, change: Transition) {
        let begins = self.at_the_desk(|desk| {
            desk.waiting.insert(number, change);
            core::mem::replace(&mut desk.staff, Staff::Telling) == Staff::Idle
        });
        if begins {
            let telling = Telling(self);
            while let Some(change) = telling.next() {
                (self.observer)(&change);
            }
        }
    }

    fn at_the_desk<T>(&self, act: impl FnOnce(&mut Desk) -> T) -> T {
        act(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The one that tells. It lets the next one begin even where the observer panics.
struct Telling<'a>(&'a Herald);

impl Telling<'_> {
    /// Takes the change that is next, or lets another one begin, both at one moment.
    fn next(&self) -> Option<Transition> {
        self.0.at_the_desk(|desk| {
            let change = desk.waiting.remove(&desk.next);
            match change {
                Some(_) => desk.next += 1,
                None => desk.staff = Staff::Idle,
            }
            change
        })
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.at_the_desk(|desk| desk.staff = Staff::Idle);
        }
    }
}
