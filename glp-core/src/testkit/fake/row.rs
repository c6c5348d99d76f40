//! What every kind of row can do: be drawn from its number, be written, be asked for a field.

use alloc::string::String;
use core::time::Duration;

use rand_core::Rng;

use super::field::Field;
use super::uuid::Uuid;
use crate::rng::SplitMix64;
use crate::wall::UnixTime;

/// What all rows are drawn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Genesis {
    /// The seed of the whole inventory.
    pub(super) seed: u64,
    /// Midnight, UTC, of the day around which the rows' dates lie.
    pub(super) today: UnixTime,
    /// Subscriptions that devices can be assigned to.
    pub(super) subscriptions: u32,
}

/// One row of the inventory, drawn from its number whenever it is asked for.
pub(super) trait Row: Sized + 'static {
    /// Keeps apart what is drawn for the kinds; any word that no other kind has.
    const KIND: u64;

    /// What writes have changed of a row.
    type Edits: Default;

    /// Every name that a filter or a sort may use, and how to read it.
    const FIELDS: &'static [(&'static str, Read<Self>)];

    /// Draws row `number` as it is after `version` updates.
    fn draw(genesis: &Genesis, number: u32, version: u32) -> Self;

    /// Changes a row as writes have.
    fn edit(&mut self, edits: &Self::Edits, genesis: &Genesis);

    /// Appends the row as JSON.
    fn write(&self, out: &mut String);
}

/// Reads one field of a row.
pub(super) type Read<R> = fn(&R) -> Field;

/// Returns a field's name and how to read it, or `None` where rows have no such field.
pub(super) fn reader<R: Row>(name: &str) -> Option<(&'static str, Read<R>)> {
    R::FIELDS.iter().find(|(known, _)| *known == name).copied()
}

impl Genesis {
    /// Names the family of ids of one kind of row.
    pub(super) fn stream(&self, kind: u64) -> u64 {
        SplitMix64::new(self.seed ^ kind).next_u64()
    }

    /// Returns the id of a row.
    pub(super) fn id<R: Row>(&self, number: u32) -> Uuid {
        Uuid::of(self.stream(R::KIND), number)
    }

    /// Returns the dice that a row's lasting properties are drawn with.
    pub(super) fn dice<R: Row>(&self, number: u32) -> RowDice {
        RowDice(SplitMix64::new(self.stream(R::KIND) ^ u64::from(number)))
    }

    /// Returns the time so many days, less or more a part of a day, from today.
    pub(super) fn day(&self, days: i64, part: Duration) -> UnixTime {
        let shift = Duration::from_secs(days.unsigned_abs().saturating_mul(DAY));
        if days < 0 {
            UnixTime::EPOCH + self.today.since(UnixTime::EPOCH + shift) + part
        } else {
            self.today + shift + part
        }
    }

    /// Returns when a row that was last changed at `drawn` was changed by its newest update. The
    /// first one comes today, the others a second apart.
    pub(super) fn updated_at(&self, drawn: UnixTime, version: u32) -> UnixTime {
        match version {
            0 => drawn,
            _ => self.today + Duration::from_secs(version.into()),
        }
    }
}

/// Seconds in a day.
const DAY: u64 = 86_400;

/// The dice of one row.
pub(super) struct RowDice(SplitMix64);

impl RowDice {
    /// Draws a number below `limit`; zero where `limit` is.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        let half = self.0.next_u64() >> 32;
        ((half * u64::from(limit)) >> 32) as u32
    }

    /// Draws an element. Each list is a constant of a row's file that has one, so the index exists.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u32) as usize]
    }

    /// Says yes once in `times` times.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// Draws days between the two, the second not included.
    pub(super) fn days(&mut self, from: i64, to: i64) -> i64 {
        from + i64::from(self.below((to - from) as u32))
    }

    /// Draws a part of a day, in milliseconds.
    pub(super) fn part_of_day(&mut self) -> Duration {
        Duration::from_millis(self.below(DAY as u32 * 1_000).into())
    }
}
