//! What happened lately: the last calls, or the calls of the last seconds.

use alloc::boxed::Box;
use alloc::vec;
#[cfg(feature = "std")]
use alloc::vec::Vec;

use crate::breaker::Span;
#[cfg(feature = "std")]
use crate::breaker::shared::{Words, halves};
use crate::time::{Instant, nanos};

/// Counts calls. Example: see [`Transition`](crate::breaker::Transition), which carries one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Calls that succeeded or failed.
    pub calls: u32,
    /// Those that failed.
    pub failures: u32,
    /// Those that took longer than the limit, whatever came of them.
    pub slow: u32,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.failures += other.failures;
        self.slow += other.slow;
    }

    fn take(&mut self, other: Self) {
        self.calls -= other.calls;
        self.failures -= other.failures;
        self.slow -= other.slow;
    }
}

/// A ring of cells and their sum: a cell is one call, or one bucket of time.
///
/// Allocates when it is made and never again. Recording a call touches two cells; after a gap, as
/// many as buckets went by, at most all (255).
///
/// The running sum is resilience4j's idea; one ring for both kinds of span is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    span: Span,
    cells: Cells,
    /// The cell of the latest call.
    head: usize,
    /// The number of the head's bucket since the origin of time; zero for a span of calls.
    bucket: u64,
    sum: Tally,
}

impl Window {
    pub(super) fn new(span: Span) -> Self {
        let cells = match span {
            Span::Calls(calls) => Cells::new(Cell::Call, calls.get().into()),
            Span::Time { buckets, .. } => Cells::new(Cell::Bucket, buckets.get().into()),
        };
        Self { span, cells, head: 0, bucket: 0, sum: Tally::default() }
    }

    pub(super) const fn span(&self) -> Span {
        self.span
    }

    /// Adds one call; `now` never runs backwards.
    pub(super) fn record(&mut self, call: Tally, now: Instant) {
        match self.span {
            Span::Calls(_) => self.turn(),
            Span::Time { .. } => self.turn_to(self.bucket_of(now)),
        }
        // 2³² calls in one window: the rate is known well enough without this one. No cell is
        // above the sum, so no cell can overflow either.
        if self.sum.calls < u32::MAX {
            self.sum.add(call);
            let mut cell = self.cells.get(self.head);
            cell.add(call);
            self.cells.set(self.head, cell);
        }
    }

    /// Sums up what counts at `now`, for which nothing need be recorded.
    pub(super) fn tally(&self, now: Instant) -> Tally {
        let mut sum = self.sum;
        for age in 0..self.gone(now) {
            let oldest = (self.head + 1 + age) % self.cells.count;
            sum.take(self.cells.get(oldest));
        }
        sum
    }

    /// Forgets every call.
    pub(super) fn clear(&mut self) {
        self.cells.words.fill(0);
        self.sum = Tally::default();
    }

    /// Moves the head to the oldest cell and empties it.
    fn turn(&mut self) {
        self.head = (self.head + 1) % self.cells.count;
        self.sum.take(self.cells.get(self.head));
        self.cells.set(self.head, Tally::default());
    }

    fn turn_to(&mut self, bucket: u64) {
        for _ in 0..self.passed(bucket) {
            self.turn();
        }
        self.bucket = bucket;
    }

    /// The cells that have left the span by `now`.
    fn gone(&self, now: Instant) -> usize {
        self.passed(self.bucket_of(now))
    }

    fn passed(&self, bucket: u64) -> usize {
        let passed = bucket.saturating_sub(self.bucket);
        usize::try_from(passed).unwrap_or(usize::MAX).min(self.cells.count)
    }

    fn bucket_of(&self, now: Instant) -> u64 {
        match self.span {
            Span::Calls(_) => 0,
            Span::Time { length, buckets } => {
                let width = (nanos(length) / u64::from(buckets.get())).max(1);
                now.as_nanos() / width
            }
        }
    }
}

#[cfg(feature = "std")]
impl Window {
    /// Writes it as words for the shared breaker; the span stands in the configuration.
    pub(super) fn write(&self, words: &mut Vec<u64>) {
        words.extend([self.head as u64, self.bucket, self.sum.calls.into()]);
        words.push(halves(self.sum.failures, self.sum.slow));
        words.extend(&self.cells.words);
    }

    /// Reads what [`write`](Self::write) wrote.
    pub(super) fn read(span: Span, words: &mut Words<'_>) -> Self {
        let mut window = Self::new(span);
        window.head = words.next() as usize % window.cells.count;
        window.bucket = words.next();
        window.sum.calls = words.next() as u32;
        (window.sum.failures, window.sum.slow) = words.halves();
        window.cells.words.fill_with(|| words.next());
        window
    }
}

/// Tallies in as few words as they need, so that a window is cheap to keep and to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cells {
    kind: Cell,
    count: usize,
    words: Box<[u64]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// Counts beyond one do not occur: four bits each.
    Call,
    /// Three counts of 32 bits each, in two words.
    Bucket,
}

/// Calls in one word.
const CALLS_PER_WORD: usize = 16;

impl Cells {
    fn new(kind: Cell, count: usize) -> Self {
        let words = match kind {
            Cell::Call => count.div_ceil(CALLS_PER_WORD),
            Cell::Bucket => 2 * count,
        };
        Self { kind, count, words: vec![0; words].into_boxed_slice() }
    }

    // Every index below is of a cell that exists: `Window` keeps its head below the count.

    fn get(&self, cell: usize) -> Tally {
        match self.kind {
            Cell::Call => {
                let bits = self.words[cell / CALLS_PER_WORD] >> (4 * (cell % CALLS_PER_WORD));
                let bit = |place: u32| (bits >> place & 1) as u32;
                Tally { calls: bit(0), failures: bit(1), slow: bit(2) }
            }
            Cell::Bucket => {
                let (first, second) = (self.words[2 * cell], self.words[2 * cell + 1]);
                Tally { calls: first as u32, failures: (first >> 32) as u32, slow: second as u32 }
            }
        }
    }

    fn set(&mut self, cell: usize, tally: Tally) {
        let Tally { calls, failures, slow } = tally;
        match self.kind {
            Cell::Call => {
                let place = 4 * (cell % CALLS_PER_WORD);
                let bits = u64::from(calls | failures << 1 | slow << 2);
                let word = &mut self.words[cell / CALLS_PER_WORD];
                *word = *word & !(0b1111 << place) | bits << place;
            }
            Cell::Bucket => {
                self.words[2 * cell] = u64::from(calls) | u64::from(failures) << 32;
                self.words[2 * cell + 1] = slow.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::num::{NonZeroU8, NonZeroU16};
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn call(failed: bool, slow: bool) -> Tally {
        Tally { calls: 1, failures: failed.into(), slow: slow.into() }
    }

    fn sum<'a>(calls: impl Iterator<Item = &'a Tally>) -> Tally {
        let mut sum = Tally::default();
        calls.for_each(|call| sum.add(*call));
        sum
    }

    proptest! {
        #[test]
        fn a_count_window_sums_exactly_the_last_calls(
            size in 1..20_u16, calls in prop::collection::vec(any::<(bool, bool)>(), 0..60),
        ) {
            let mut window = Window::new(Span::Calls(NonZeroU16::new(size).unwrap()));
            let calls: Vec<_> = calls.into_iter().map(|(failed, slow)| call(failed, slow)).collect();
            for (index, one) in calls.iter().enumerate() {
                window.record(*one, Instant::ZERO);
                let last = calls[..=index].iter().rev().take(size.into());
                prop_assert_eq!(window.tally(Instant::MAX), sum(last));
            }
        }

        #[test]
        fn a_time_window_sums_exactly_the_calls_of_its_buckets(
            width in 1..20_u64, buckets in 1..8_u8,
            calls in prop::collection::vec((0..60_u64, any::<bool>(), any::<bool>()), 0..60),
            later in 0..200_u64,
        ) {
            let length = Duration::from_nanos(width * u64::from(buckets));
            let span = Span::Time { length, buckets: NonZeroU8::new(buckets).unwrap() };
            let (mut window, mut now, mut seen) = (Window::new(span), 0, Vec::new());
            for (step, failed, slow) in calls {
                now += step;
                seen.push((now / width, call(failed, slow)));
                window.record(call(failed, slow), Instant::from_nanos(now));
            }
            let asked = now + later;
            let first = (asked / width + 1).saturating_sub(buckets.into());
            let within = seen.iter().filter(|(bucket, _)| *bucket >= first).map(|(_, call)| call);
            prop_assert_eq!(window.tally(Instant::from_nanos(asked)), sum(within));
        }
    }

    #[test]
    fn a_long_silence_forgets_every_bucket() {
        let span = Span::Time { length: Duration::from_secs(10), buckets: NonZeroU8::MAX };
        let mut window = Window::new(span);
        window.record(call(true, true), Instant::ZERO);
        assert_eq!(window.tally(Instant::MAX), Tally::default());
        window.record(call(false, false), Instant::MAX);
        assert_eq!(window.tally(Instant::MAX), call(false, false));
    }

    #[test]
    fn a_window_that_is_full_to_the_brim_records_no_more_and_does_not_overflow() {
        let span = Span::Time { length: Duration::from_secs(1), buckets: NonZeroU8::MIN };
        let mut window = Window::new(span);
        let full = Tally { calls: u32::MAX, failures: u32::MAX, slow: u32::MAX };
        window.record(full, Instant::ZERO);
        window.record(call(true, true), Instant::ZERO);
        assert_eq!(window.tally(Instant::ZERO), full);
    }
}
