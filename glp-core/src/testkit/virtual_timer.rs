//! A timer and an executor in one thread and in virtual time.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::concurrent::Timer;
use crate::time::Instant;
use crate::wall::UnixTime;

/// Runs a future without waiting: where nothing can go on, time moves to the next deadline.
///
/// Clones share one time. It begins at [`Instant::ZERO`].
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::concurrent::Timer;
/// use glp_core::testkit::VirtualTimer;
/// use glp_core::time::Instant;
///
/// const DAY: Duration = Duration::from_secs(86_400);
///
/// let timer = VirtualTimer::new();
/// timer.run(timer.sleep_until(Instant::ZERO + DAY));
/// assert_eq!(timer.now(), Instant::ZERO + DAY);
/// ```
#[derive(Clone, Debug, Default)]
pub struct VirtualTimer(Arc<Mutex<Clockwork>>);

#[derive(Debug, Default)]
struct Clockwork {
    now: Instant,
    /// By deadline, then by age: who sleeps longest for one deadline is woken first.
    sleepers: BTreeMap<(Instant, u64), Waker>,
    /// The age of the next sleeper.
    next: u64,
}

impl VirtualTimer {
    /// Makes a timer that stands at [`Instant::ZERO`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Polls `future` to its end.
    ///
    /// # Panics
    ///
    /// Where the future waits, nobody has woken it and nobody sleeps: it would wait for ever.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(woken.clone());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            if !woken.0.swap(false, Ordering::SeqCst) && self.advance() == Advance::NobodySleeps {
                panic!("stuck at {:?}: nobody sleeps, and nobody will wake the future", self.now());
            }
        }
    }

    /// Moves time to the next deadline and wakes the first who sleeps until then.
    fn advance(&self) -> Advance {
        let waker = {
            let mut clockwork = self.clockwork();
            let Some(((until, _), waker)) = clockwork.sleepers.pop_first() else {
                return Advance::NobodySleeps;
            };
            clockwork.now = until.max(clockwork.now);
            waker
        };
        waker.wake();
        Advance::SomebodyWoke
    }

    fn clockwork(&self) -> MutexGuard<'_, Clockwork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timer for VirtualTimer {
    fn now(&self) -> Instant {
        self.clockwork().now
    }

    fn wall_origin(&self) -> Option<UnixTime> {
        Some(UnixTime::EPOCH)
    }

    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send {
        let mut clockwork = self.clockwork();
        let age = clockwork.next;
        clockwork.next += 1;
        Sleep { timer: self.clone(), key: (until, age) }
    }
}

/// Whether time moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advance {
    SomebodyWoke,
    NobodySleeps,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Is ready once its time has come. A dropped one leaves no deadline behind.
#[derive(Debug)]
struct Sleep {
    timer: VirtualTimer,
    key: (Instant, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut clockwork = self.timer.clockwork();
        if clockwork.now >= self.key.0 {
            return Poll::Ready(());
        }
        clockwork.sleepers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timer.clockwork().sleepers.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use core::future::{pending, poll_fn};
    use core::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_dropped_sleep_leaves_no_deadline_behind() {
        let timer = VirtualTimer::new();
        timer.run(async {
            let mut forgotten = Box::pin(timer.sleep_until(Instant::ZERO + HOUR));
            poll_fn(|context| Poll::Ready(forgotten.as_mut().poll(context).is_pending())).await;
            drop(forgotten);
            timer.sleep_until(Instant::ZERO + 2 * HOUR).await;
        });
        assert_eq!(timer.advance(), Advance::NobodySleeps);
        assert_eq!(timer.now(), Instant::ZERO + 2 * HOUR);
    }

    #[test]
    fn time_that_has_passed_is_not_waited_for() {
        let timer = VirtualTimer::new();
        timer.run(timer.sleep_until(Instant::ZERO + HOUR));
        timer.run(timer.sleep_until(Instant::ZERO));
        assert_eq!(timer.now(), Instant::ZERO + HOUR);
    }

    #[test]
    #[should_panic(expected = "nobody will wake the future")]
    fn a_future_that_would_wait_for_ever_is_found_out() {
        VirtualTimer::new().run(pending::<()>());
    }
}
