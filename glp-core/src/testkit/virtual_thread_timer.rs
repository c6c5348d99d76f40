//! A timer for threads in virtual time.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use crate::concurrent::ThreadTimer;
use crate::time::Instant;
use crate::wall::UnixTime;

/// Lets threads wait without taking time: where all that take part wait, time moves to the next
/// deadline.
///
/// Clones share one time. It begins at [`Instant::ZERO`]. A thread that takes part and waits for
/// something else than this timer holds the time still.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::concurrent::ThreadTimer;
/// use glp_core::testkit::VirtualThreadTimer;
/// use glp_core::time::Instant;
///
/// const DAY: Duration = Duration::from_secs(86_400);
///
/// let timer = VirtualThreadTimer::new();
/// timer.sleep_until(Instant::ZERO + DAY);
/// assert_eq!(timer.now(), Instant::ZERO + DAY);
/// ```
#[derive(Clone, Debug)]
pub struct VirtualThreadTimer(Arc<Mutex<Clockwork>>);

#[derive(Debug)]
struct Clockwork {
    now: Instant,
    /// How many threads take part.
    threads: usize,
    /// By deadline, then by age.
    waiting: BTreeMap<(Instant, u64), Thread>,
    /// The age of the next to wait.
    next: u64,
}

impl VirtualThreadTimer {
    /// Makes a timer for one thread, at [`Instant::ZERO`].
    pub fn new() -> Self {
        Self::for_threads(NonZeroUsize::MIN)
    }

    /// Makes a timer in which so many threads take part, at [`Instant::ZERO`].
    pub fn for_threads(threads: NonZeroUsize) -> Self {
        let (now, threads, waiting, next) = (Instant::ZERO, threads.get(), BTreeMap::new(), 0);
        Self(Arc::new(Mutex::new(Clockwork { now, threads, waiting, next })))
    }

    /// Counts a thread that takes part no more.
    pub fn leave(&self) {
        let mut clockwork = self.clockwork();
        clockwork.threads = clockwork.threads.saturating_sub(1);
        clockwork.move_on();
    }

    fn clockwork(&self) -> MutexGuard<'_, Clockwork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clockwork {
    /// Where everybody waits, moves time to the next deadline and wakes all who waited for it.
    fn move_on(&mut self) {
        if self.waiting.len() < self.threads {
            return;
        }
        let Some(((until, _), _)) = self.waiting.first_key_value() else { return };
        self.now = self.now.max(*until);
        while let Some(entry) = self.waiting.first_entry()
            && entry.key().0 <= self.now
        {
            entry.remove().unpark();
        }
    }
}

impl Default for VirtualThreadTimer {
    fn default() -> Self {
        Self::new()
    }
}

impl ThreadTimer for VirtualThreadTimer {
    fn now(&self) -> Instant {
        self.clockwork().now
    }

    fn wall_origin(&self) -> Option<UnixTime> {
        Some(UnixTime::EPOCH)
    }

    fn sleep_until(&self, until: Instant) {
        while self.now() < until {
            self.park_until(until);
        }
    }

    fn park_until(&self, until: Instant) {
        let key = {
            let mut clockwork = self.clockwork();
            if clockwork.now >= until {
                return;
            }
            let key = (until, clockwork.next);
            clockwork.next += 1;
            clockwork.waiting.insert(key, thread::current());
            clockwork.move_on();
            key
        };
        thread::park();
        self.clockwork().waiting.remove(&key);
    }

    /// Who is unparked waits no more, from this very moment.
    fn unpark(&self, thread: &Thread) {
        self.clockwork().waiting.retain(|_, waiting| waiting.id() != thread.id());
        thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn time_that_has_passed_is_not_waited_for() {
        let timer = VirtualThreadTimer::new();
        timer.sleep_until(Instant::ZERO + HOUR);
        timer.sleep_until(Instant::ZERO);
        timer.park_until(Instant::ZERO);
        assert_eq!(timer.now(), Instant::ZERO + HOUR);
    }

    #[test]
    fn threads_wake_in_the_order_of_their_deadlines() {
        let timer = VirtualThreadTimer::for_threads(NonZeroUsize::new(3).unwrap());
        let woken = Mutex::new(Vec::new());

        thread::scope(|scope| {
            for hours in [3, 1, 2] {
                let (timer, woken) = (timer.clone(), &woken);
                scope.spawn(move || {
                    timer.sleep_until(Instant::ZERO + hours * HOUR);
                    woken.lock().unwrap().push((hours, timer.now()));
                    timer.leave();
                });
            }
        });

        let at = |hours| (hours, Instant::ZERO + hours * HOUR);
        assert_eq!(*woken.lock().unwrap(), [at(1), at(2), at(3)]);
    }

    #[test]
    fn a_thread_that_is_unparked_leaves_no_deadline_behind() {
        let timer = VirtualThreadTimer::for_threads(NonZeroUsize::new(2).unwrap());
        let parked = thread::current();

        thread::scope(|scope| {
            scope.spawn(|| {
                timer.sleep_until(Instant::ZERO + HOUR);
                timer.unpark(&parked);
                timer.leave();
            });
            timer.park_until(Instant::ZERO + 2 * HOUR);
        });

        assert_eq!(timer.now(), Instant::ZERO + HOUR);
        timer.sleep_until(Instant::ZERO + 3 * HOUR);
        assert_eq!(timer.now(), Instant::ZERO + 3 * HOUR);
    }
}
