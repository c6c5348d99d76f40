//! One timer for all deadlines.
//!
//! Hardly any deadline is reached: the answer comes first. A timer of its own for each would be set
//! and called off with every request, and to set one wakes the thread that waits for the sockets:
//! of all that a request takes, that was the greater part. So there is one timer, set for the
//! earliest deadline. It stays set when that was kept, and is set anew only when it has rung, or
//! for somebody who will wait less long than it.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use glp_core::time::Instant;

use crate::clock::Clock;
use crate::runtime::Runtime;

/// Wakes whoever waits for a deadline, at the earliest of all of them.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    timer: Mutex<Option<Timer>>,
    bell: Arc<Bell>,
}

/// The runtime's timer, which rings the bell.
struct Timer {
    rings_at: Instant,
    sleep: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Alarm {
    /// Sets the timer, unless it rings at `until` or before anyway.
    ///
    /// Ready, at once, where `until` has come.
    fn set<R: Runtime>(&self, clock: &Clock<R>, until: Instant) -> Poll<()> {
        let bell = Waker::from(self.bell.clone());
        let mut timer = lock(&self.timer);
        loop {
            if let Some(set) = timer.as_mut().filter(|set| set.rings_at <= until) {
                match set.sleep.as_mut().poll(&mut Context::from_waker(&bell)) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => *timer = None,
                }
            }
            let left = until.since(clock.now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            let runtime = clock.runtime().clone();
            let sleep = Box::pin(async move { runtime.sleep(left).await });
            *timer = Some(Timer { rings_at: until, sleep });
        }
    }
}

/// Is ready at its time, never before.
pub(crate) struct Deadline<'a, R: Runtime> {
    clock: &'a Clock<R>,
    alarm: &'a Alarm,
    until: Instant,
    /// Where it stands among those who are woken, once it does.
    place: Option<u64>,
}

impl<'a, R: Runtime> Deadline<'a, R> {
    /// Makes a deadline that costs nothing until somebody waits for it.
    pub(crate) fn new(clock: &'a Clock<R>, alarm: &'a Alarm, until: Instant) -> Self {
        Self { clock, alarm, until, place: None }
    }
}

impl<R: Runtime> Future for Deadline<'_, R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Before the timer is looked at: when it rings from here on, this one is woken.
        self.place = Some(self.alarm.bell.join(self.place, context.waker()));
        self.alarm.set(self.clock, self.until)
    }
}

impl<R: Runtime> Drop for Deadline<'_, R> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.alarm.bell.leave(place);
        }
    }
}

/// Wakes all who have joined and not left; they look for themselves whether it was for them.
///
/// Wakers are dropped outside the lock: one may be the last to hold a task that has a place here.
#[derive(Debug, Default)]
struct Bell(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    joined: u64,
    wakers: HashMap<u64, Waker>,
}

impl Bell {
    /// Asks to be woken at the next ring: at the place held so far, or at one of its own.
    fn join(&self, place: Option<u64>, waker: &Waker) -> u64 {
        let mut waiting = lock(&self.0);
        let place = place.unwrap_or_else(|| {
            waiting.joined += 1;
            waiting.joined
        });
        let former = waiting.wakers.insert(place, waker.clone());
        drop(waiting);
        drop(former);
        place
    }

    fn leave(&self, place: u64) {
        let left = lock(&self.0).wakers.remove(&place);
        drop(left);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut lock(&self.0).wakers);
        wakers.into_values().for_each(Waker::wake);
    }
}

/// A panic leaves plain data behind; the others go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("rings_at", &self.rings_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::io;
    use std::net::SocketAddr;
    use std::time::{self, Duration};

    use async_std::net::TcpStream;
    use futures::FutureExt;
    use futures::channel::oneshot;

    use super::*;
    use crate::runtime::AsyncStd;

    /// A runtime whose timers are set and rung by hand.
    #[derive(Clone, Default)]
    struct ByHand(Arc<Mutex<Hands>>);

    struct Hands {
        now: time::Instant,
        /// When each timer is to ring that was set and is still wanted or has rung.
        set: Vec<(time::Instant, Option<oneshot::Sender<()>>)>,
    }

    impl Default for Hands {
        fn default() -> Self {
            Self { now: AsyncStd.now(), set: Vec::new() }
        }
    }

    impl ByHand {
        /// Lets time pass, and rings what is due.
        fn pass(&self, duration: Duration) {
            let mut hands = lock(&self.0);
            hands.now += duration;
            let now = hands.now;
            let due = hands.set.iter_mut().filter(|(at, _)| *at <= now);
            let due: Vec<_> = due.filter_map(|(_, ring)| ring.take()).collect();
            drop(hands);
            due.into_iter().for_each(|ring| _ = ring.send(()));
        }

        fn timers_set(&self) -> usize {
            lock(&self.0).set.len()
        }
    }

    impl Runtime for ByHand {
        type Stream = TcpStream;

        async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
            AsyncStd.resolve(host, port).await
        }

        async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
            AsyncStd.connect(address).await
        }

        async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
            AsyncStd.unblock(work).await
        }

        fn now(&self) -> time::Instant {
            lock(&self.0).now
        }

        async fn sleep(&self, duration: Duration) {
            let (ring, rung) = oneshot::channel();
            {
                let mut hands = lock(&self.0);
                let at = hands.now + duration;
                hands.set.push((at, Some(ring)));
            }
            _ = rung.await;
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn requests_that_are_answered_in_time_set_one_timer_between_them() {
        let runtime = ByHand::default();
        let clock = Clock::of(runtime.clone());
        for _ in 0..100 {
            let (answer, answered) = oneshot::channel();
            let mut waiting = Box::pin(clock.within(clock.now() + 30 * SECOND, answered));
            assert!(waiting.as_mut().now_or_never().is_none());
            answer.send(7).unwrap();

            assert_eq!(waiting.now_or_never(), Some(Some(Ok(7))));

            runtime.pass(SECOND / 10);
        }

        assert_eq!(runtime.timers_set(), 1);
    }

    #[test]
    fn what_is_ready_at_once_sets_none() {
        let runtime = ByHand::default();
        let clock = Clock::of(runtime.clone());

        assert_eq!(clock.within(Instant::MAX, ready(7)).now_or_never(), Some(Some(7)));

        assert_eq!(runtime.timers_set(), 0);
    }

    #[test]
    fn each_ends_at_its_own_time_whoever_set_the_timer() {
        let runtime = ByHand::default();
        let clock = Clock::of(runtime.clone());
        let mut running: Vec<_> = [3, 1, 2, 2, 4]
            .map(|seconds| Box::pin(clock.within(clock.now() + seconds * SECOND, pending::<()>())))
            .into();
        let woken = Arc::new(Woken::default());
        let mut ended = Vec::new();
        running.iter_mut().for_each(|each| assert!(woken.poll(each).is_pending()));

        for _ in 0..5 {
            runtime.pass(SECOND);
            if woken.take() {
                let before = running.len();
                running.retain_mut(|each| woken.poll(each).is_pending());
                ended.push(before - running.len());
            }
        }

        assert_eq!(ended, [1, 2, 1, 1], "one a second, and two in the second");
    }

    /// One task, which polls all when it was woken and only then.
    #[derive(Default)]
    struct Woken(Mutex<u32>);

    impl Woken {
        fn poll<F: Future + Unpin>(self: &Arc<Self>, future: &mut F) -> Poll<F::Output> {
            Pin::new(future).poll(&mut Context::from_waker(&Waker::from(self.clone())))
        }

        fn take(&self) -> bool {
            std::mem::take(&mut *lock(&self.0)) > 0
        }
    }

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            *lock(&self.0) += 1;
        }
    }

    #[test]
    fn who_waits_no_more_is_not_woken_and_not_remembered() {
        let clock = Clock::of(ByHand::default());
        let alarm = Alarm::default();
        for _ in 0..100 {
            let deadline = Deadline::new(&clock, &alarm, Instant::ZERO + SECOND);
            assert!(deadline.now_or_never().is_none());
        }

        assert!(lock(&alarm.bell.0).wakers.is_empty());
    }
}
