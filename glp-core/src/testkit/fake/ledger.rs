//! Which rows are alive, in the order of their ids, and how often each changed.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::uuid::Uuid;

/// Keeps which rows are alive and how often each changed.
///
/// A row is its number: four bytes, and a few more once it was updated. All else is drawn from the
/// number when the row is written, so that a million rows fit into 4 MB.
pub(super) struct Ledger {
    /// The family of the rows' ids.
    stream: u64,
    /// The numbers of the live rows, in the order of their ids.
    order: Vec<u32>,
    /// How often each row was updated, where it was.
    versions: BTreeMap<u32, u32>,
    /// The number of the next row to be inserted.
    next: u32,
    mutations: u64,
}

impl Ledger {
    pub(super) fn new(stream: u64, rows: u32) -> Self {
        let mut named: Vec<(Uuid, u32)> =
            (0..rows).map(|number| (Uuid::of(stream, number), number)).collect();
        named.sort_unstable();
        let order = named.into_iter().map(|(_, number)| number).collect();
        Self { stream, order, versions: BTreeMap::new(), next: rows, mutations: 0 }
    }

    /// Returns the numbers of the live rows, in the order of their ids.
    pub(super) fn numbers(&self) -> &[u32] {
        &self.order
    }

    /// Counts the insertions, deletions and updates so far.
    pub(super) fn mutations(&self) -> u64 {
        self.mutations
    }

    pub(super) fn id(&self, number: u32) -> Uuid {
        Uuid::of(self.stream, number)
    }

    /// Returns how often a row was updated.
    pub(super) fn version(&self, number: u32) -> u32 {
        self.versions.get(&number).copied().unwrap_or(0)
    }

    /// Returns the number of the live row that has this id.
    pub(super) fn find(&self, id: Uuid) -> Option<u32> {
        self.position(id).ok().and_then(|at| self.order.get(at).copied())
    }

    /// Picks a live row by any number at all; `None` when no row lives.
    pub(super) fn pick(&self, number: u64) -> Option<Uuid> {
        let length = self.order.len() as u64;
        let at = number.checked_rem(length)?;
        self.order.get(at as usize).map(|number| self.id(*number))
    }

    /// Notes that rows have changed otherwise than by updates.
    pub(super) fn touch(&mut self) {
        self.mutations += 1;
    }

    fn position(&self, id: Uuid) -> Result<usize, usize> {
        self.order.binary_search_by_key(&id, |number| self.id(*number))
    }

    /// Inserts a row that never was there.
    pub(super) fn insert(&mut self) -> Uuid {
        let id = self.id(self.next);
        self.next += 1;
        // A number that was never given out has an id that no live row has.
        let _ = self.revive(id);
        id
    }

    /// Brings a deleted row back; `None` where it lives, or never did.
    pub(super) fn restore(&mut self, id: Uuid) -> Option<()> {
        let number = id.number(self.stream);
        (number < self.next && self.id(number) == id).then_some(())?;
        self.revive(id)
    }

    fn revive(&mut self, id: Uuid) -> Option<()> {
        let at = self.position(id).err()?;
        self.order.insert(at, id.number(self.stream));
        self.mutations += 1;
        Some(())
    }

    /// Deletes a row; `None` where there is none.
    pub(super) fn delete(&mut self, id: Uuid) -> Option<()> {
        let at = self.position(id).ok()?;
        self.order.remove(at);
        self.mutations += 1;
        Some(())
    }

    /// Changes a row's content; `None` where there is none.
    pub(super) fn update(&mut self, id: Uuid) -> Option<()> {
        let number = self.find(id)?;
        *self.versions.entry(number).or_default() += 1;
        self.mutations += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(3, 50)
    }

    #[test]
    fn rows_stand_in_the_order_of_their_ids_whatever_comes_and_goes() {
        let mut ledger = ledger();
        let deleted = ledger.pick(7).unwrap();
        ledger.delete(deleted).unwrap();
        let inserted = ledger.insert();
        ledger.restore(deleted).unwrap();
        let ids: Vec<_> = ledger.numbers().iter().map(|number| ledger.id(*number)).collect();
        assert!(ids.is_sorted() && ids.contains(&inserted) && ids.contains(&deleted));
        assert_eq!((ids.len(), ledger.mutations()), (51, 3));
    }

    #[test]
    fn only_a_row_that_lives_can_change_and_only_one_that_died_can_come_back() {
        let mut ledger = ledger();
        let (alive, unborn) = (ledger.pick(0).unwrap(), ledger.id(50));
        assert_eq!(ledger.restore(alive), None);
        assert_eq!(ledger.restore(unborn), None);
        assert_eq!(ledger.update(unborn), None);
        ledger.delete(alive).unwrap();
        assert_eq!((ledger.delete(alive), ledger.update(alive)), (None, None));
        assert_eq!(ledger.mutations(), 1);
    }

    #[test]
    fn an_empty_ledger_has_nothing_to_pick() {
        assert_eq!(Ledger::new(0, 0).pick(7), None);
    }
}
