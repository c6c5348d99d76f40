//! Many words that are read and replaced as one, without a lock.
//!
//! The words stand in *records*. One word, the head, says which record holds the present value,
//! and carries a version and a [`Kind`], so that the most frequent questions need no more than
//! the head. To replace the value, a writer takes a record that nobody uses, writes the new words
//! there, and swings the head over with one compare-and-exchange. To read it, one copies the words
//! and looks whether the head is still the same; if not, they may be torn, and are thrown away.
//!
//! Nobody ever waits for somebody who was suspended: of those who race, one wins and the others
//! look anew. (A writer finds no record only while 63 others are between taking theirs and swinging
//! the head.) Two records serve a breaker that one thread at a time changes; before the first
//! change there is none, and the value is what the owner takes no words to mean.
//!
//! Source: ours; the reading is that of a sequence lock (H.-J. Boehm, *Can seqlocks get along with
//! programming language memory models?*, MSPC 2012, with acquire loads and release stores), the
//! replacing that of read-copy-update, with indices in place of pointers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::array;

use once_cell::race::OnceBox;

use crate::breaker::shared::atomic::{AtomicU64, Contended, Ordering, give_way};

/// What the head says of the value, so that it need not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Healthy: admits, and a success changes nothing.
    Passing,
    /// Admits; results must be told.
    Admitting,
    /// Refuses until the instant in the word [`UNTIL`](super::words::UNTIL).
    Shut,
    /// Anything else: read the words.
    Slow,
}

/// The head as it was read: kind (2 bits), record (7, zero for none), version (55).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head(u64);

const KIND_BITS: u32 = 2;
const RECORD_BITS: u32 = 7;

impl Head {
    const fn first(kind: Kind) -> Self {
        Self(kind as u64)
    }

    pub(super) const fn kind(self) -> Kind {
        match self.0 & 0b11 {
            0 => Kind::Passing,
            1 => Kind::Admitting,
            2 => Kind::Shut,
            _ => Kind::Slow,
        }
    }

    const fn record(self) -> Option<usize> {
        ((self.0 >> KIND_BITS & 0x7f) as usize).checked_sub(1)
    }

    /// The head after this one. Its version wraps after 2⁵⁵ changes: no reader sleeps that long.
    const fn next(self, kind: Kind, record: usize) -> Self {
        let shift = KIND_BITS + RECORD_BITS;
        let version = (self.0 >> shift).wrapping_add(1);
        Self(kind as u64 | (record as u64 + 1) << KIND_BITS | version << shift)
    }
}

/// Somebody else was first: look anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raced;

/// See the [module](self).
pub(super) struct Register {
    head: Contended,
    pool: OnceBox<Pool>,
}

impl Register {
    /// Makes a register without words, whose value is of a kind.
    pub(super) fn new(kind: Kind) -> Self {
        let register = Self { head: Contended::new(Head::first(kind).0), pool: OnceBox::new() };
        #[cfg(loom)]
        register.make_records();
        register
    }

    /// Makes the records at once: what `OnceBox` orders, the model checker does not see.
    #[cfg(loom)]
    fn make_records(&self) {
        let pool = self.pool.get_or_init(Box::default);
        for record in &pool.records[..4] {
            record.get_or_init(Box::default);
        }
    }

    /// Reads the head.
    #[inline]
    pub(super) fn head(&self) -> Head {
        Head(self.head.load(Ordering::Acquire))
    }

    /// Reads one of the first [`INLINE`] words; zero where there is none yet.
    #[inline]
    pub(super) fn word(&self, head: Head, index: usize) -> Result<u64, Raced> {
        let word = self.record(head).and_then(|record| record.first.get(index));
        let word = word.map_or(0, |word| word.load(Ordering::Acquire));
        self.unchanged(head).map(|()| word)
    }

    /// Reads all words; none where there is none yet.
    pub(super) fn read(&self, head: Head) -> Result<Vec<u64>, Raced> {
        let words = self.record(head).map(Record::read).unwrap_or_default();
        self.unchanged(head).map(|()| words)
    }

    /// Replaces all words, where the head is still the one that was seen.
    pub(super) fn replace(&self, seen: Head, kind: Kind, words: &[u64]) -> Result<(), Raced> {
        let pool = self.pool.get_or_init(Box::default);
        let (place, record) = pool.take();
        record.write(words);
        let next = seen.next(kind, place);
        let swung = self.head.compare_exchange(seen.0, next.0, Ordering::AcqRel, Ordering::Relaxed);
        match swung {
            Ok(_) => {
                seen.record().into_iter().for_each(|old| pool.give_back(old));
                Ok(())
            }
            Err(_) => {
                pool.give_back(place);
                Err(Raced)
            }
        }
    }

    fn record(&self, head: Head) -> Option<&Record> {
        self.pool.get()?.records.get(head.record()?)?.get()
    }

    /// The words were loaded with acquire, so this load comes after them; and whoever overwrote one
    /// of them did so after the head had moved on.
    fn unchanged(&self, head: Head) -> Result<(), Raced> {
        if self.head.load(Ordering::Relaxed) == head.0 { Ok(()) } else { Err(Raced) }
    }
}

/// The records of one register, made as they are needed.
struct Pool {
    /// A bit for each record that is the present one or being written.
    taken: Contended,
    records: [OnceBox<Record>; u64::BITS as usize],
}

impl Default for Pool {
    fn default() -> Self {
        Self { taken: Contended::new(0), records: array::from_fn(|_| OnceBox::new()) }
    }
}

impl Pool {
    /// Takes a record that nobody uses.
    fn take(&self) -> (usize, &Record) {
        loop {
            let taken = self.taken.load(Ordering::Relaxed);
            let place = taken.trailing_ones() as usize;
            let Some(record) = self.records.get(place) else {
                give_way();
                continue;
            };
            let with = taken | 1 << place;
            let took =
                self.taken.compare_exchange(taken, with, Ordering::Acquire, Ordering::Relaxed);
            if took.is_ok() {
                return (place, record.get_or_init(Box::default));
            }
        }
    }

    fn give_back(&self, place: usize) {
        self.taken.fetch_and(!(1 << place), Ordering::Release);
    }
}

/// Words that stand in the record itself; what is longer goes on in a segment.
pub(super) const INLINE: usize = 10;

struct Record {
    length: AtomicU64,
    first: [AtomicU64; INLINE],
    more: OnceBox<Segment>,
}

impl Default for Record {
    fn default() -> Self {
        let first = array::from_fn(|_| AtomicU64::new(0));
        Self { length: AtomicU64::new(0), first, more: OnceBox::new() }
    }
}

impl Record {
    fn write(&self, words: &[u64]) {
        self.length.store(words.len() as u64, Ordering::Release);
        let (first, rest) = words.split_at(words.len().min(INLINE));
        store(&self.first, first);
        if !rest.is_empty() {
            self.more.get_or_init(|| Segment::boxed(rest.len())).write(rest);
        }
    }

    fn read(&self) -> Vec<u64> {
        let length = usize::try_from(self.length.load(Ordering::Acquire)).unwrap_or(usize::MAX);
        let mut words = load(&self.first, length);
        if let Some(segment) = self.more.get() {
            segment.read(length, &mut words);
        }
        words
    }
}

/// Room for more words than a record has; each further one at least doubles it.
struct Segment {
    words: Box<[AtomicU64]>,
    more: OnceBox<Self>,
}

impl Segment {
    fn boxed(length: usize) -> Box<Self> {
        let words = (0..length.next_power_of_two()).map(|_| AtomicU64::new(0)).collect();
        Box::new(Self { words, more: OnceBox::new() })
    }

    fn write(&self, words: &[u64]) {
        let (own, rest) = words.split_at(words.len().min(self.words.len()));
        store(&self.words, own);
        if !rest.is_empty() {
            let length = rest.len().max(self.words.len());
            self.more.get_or_init(|| Self::boxed(length)).write(rest);
        }
    }

    /// Appends its words until there are `length`.
    fn read(&self, length: usize, words: &mut Vec<u64>) {
        words.extend(load(&self.words, length.saturating_sub(words.len())));
        if let Some(segment) = self.more.get() {
            segment.read(length, words);
        }
    }
}

fn store(to: &[AtomicU64], words: &[u64]) {
    to.iter().zip(words).for_each(|(to, word)| to.store(*word, Ordering::Release));
}

fn load(from: &[AtomicU64], at_most: usize) -> Vec<u64> {
    from.iter().take(at_most).map(|word| word.load(Ordering::Acquire)).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn values_of_any_length_come_back_as_they_were_written() {
        let register = Register::new(Kind::Passing);
        assert_eq!(register.read(register.head()), Ok(vec![]));
        for length in [1, INLINE, INLINE + 1, 3, 200, 40, 5_000, 0, 201] {
            let words: Vec<u64> = (0..length as u64).map(|word| word * 7 + 1).collect();
            let seen = register.head();
            assert_eq!(register.replace(seen, Kind::Slow, &words), Ok(()));
            assert_eq!(register.read(register.head()), Ok(words));
            assert_eq!(register.head().kind(), Kind::Slow);
        }
    }

    #[test]
    fn who_comes_second_is_told_and_changes_nothing() {
        let register = Register::new(Kind::Passing);
        let seen = register.head();
        assert_eq!(register.replace(seen, Kind::Shut, &[1]), Ok(()));
        assert_eq!(register.replace(seen, Kind::Slow, &[2]), Err(Raced));
        assert_eq!(register.read(seen), Err(Raced));
        assert_eq!(register.word(seen, 0), Err(Raced));
        assert_eq!(register.read(register.head()), Ok(vec![1]));
    }

    #[test]
    fn no_record_is_taken_twice_before_it_is_given_back() {
        let pool = Pool::default();
        let places = || pool.take().0;
        assert!((0..63).eq(core::iter::repeat_with(places).take(63)));
        pool.give_back(5);
        assert_eq!(pool.take().0, 5);
    }

    #[test]
    fn one_writer_at_a_time_needs_two_records_and_no_head_comes_back() {
        let register = Register::new(Kind::Passing);
        for word in 0..100 {
            assert_eq!(register.head().0 >> (KIND_BITS + RECORD_BITS), word, "its version");
            register.replace(register.head(), Kind::Slow, &[word]).unwrap();
        }
        let pool = register.pool.get().unwrap();
        assert_eq!(pool.records.iter().filter(|record| record.get().is_some()).count(), 2);
    }
}

/// The protocol under every interleaving of its threads, up to three preemptions; `CONTRIBUTING.md`
/// says how to run it.
#[cfg(all(test, loom))]
mod model {
    use loom::thread;

    use super::*;

    fn explore(model: impl Fn(&'static Register) + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || model(Box::leak(Box::new(Register::new(Kind::Passing)))));
    }

    /// Replaces the value, by what `next` makes of it, until nobody else was first.
    fn replace(register: &Register, next: impl Fn(u64) -> u64) {
        loop {
            let seen = register.head();
            let Ok(words) = register.read(seen) else { continue };
            let next = next(words.first().copied().unwrap_or(0));
            if register.replace(seen, Kind::Slow, &[next, next]).is_ok() {
                return;
            }
        }
    }

    #[test]
    fn nobody_reads_words_of_two_values() {
        explore(|register| {
            let writer = thread::spawn(|| (1..=3).for_each(|value| replace(register, |_| value)));
            if let Ok(words) = register.read(register.head()) {
                assert!(words.is_empty() || words[0] == words[1], "{words:?}");
            }
            writer.join().unwrap();
        });
    }

    #[test]
    fn no_change_is_lost() {
        explore(|register| {
            let other = thread::spawn(|| replace(register, |value| value + 1));
            replace(register, |value| value + 1);
            other.join().unwrap();
            assert_eq!(register.read(register.head()), Ok(vec![2, 2]));
        });
    }

    #[test]
    fn a_record_that_is_read_at_its_head_is_not_written() {
        explore(|register| {
            replace(register, |_| 1);
            let other = thread::spawn(|| replace(register, |value| value + 1));
            replace(register, |value| value + 1);
            let seen = register.head();
            if let (Ok(first), Ok(again)) = (register.read(seen), register.read(seen)) {
                assert_eq!(first, again);
                assert_eq!(first[0], first[1]);
            }
            other.join().unwrap();
        });
    }
}
