//! A call that goes on while nobody waits for it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::concurrent::asynchronous::bell::Bell;
use crate::error::Error;
use crate::exchange::Response;

type Answer = Result<Response, Error>;

/// A call under way, of which several may see to it that it goes on: a task in the background, and
/// whoever waits for its answer. Dropping it drops the call at once, whatever the task does then.
#[derive(Debug)]
pub(super) struct Flight(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Wakes all who wait, however many.
    bell: Arc<Bell>,
}

enum State {
    Under(Pin<Box<dyn Future<Output = Answer> + Send>>),
    Landed(Answer),
    /// The answer was taken, or nobody wants it.
    Over,
}

impl Flight {
    pub(super) fn new(call: impl Future<Output = Answer> + Send + 'static) -> Self {
        let state = Mutex::new(State::Under(Box::pin(call)));
        Self(Arc::new(Shared { state, bell: Arc::default() }))
    }

    /// Returns a future that sees to it that the call goes on, for a task. It ends with the call, or
    /// with the flight.
    pub(super) fn background(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = self.0.clone();
        core::future::poll_fn(move |context| match *shared.advance(context) {
            State::Under(_) => Poll::Pending,
            State::Landed(_) | State::Over => Poll::Ready(()),
        })
    }

    /// Waits for the answer, which is given once.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Answer> {
        let mut state = self.0.advance(context);
        match core::mem::replace(&mut *state, State::Over) {
            State::Landed(answer) => Poll::Ready(answer),
            other => {
                *state = other;
                Poll::Pending
            }
        }
    }
}

impl Shared {
    /// Polls the call, and has everybody woken who is to look again.
    fn advance(&self, context: &Context<'_>) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if let State::Under(call) = &mut *state {
            self.bell.join(context.waker());
            let waker = Waker::from(self.bell.clone());
            if let Poll::Ready(answer) = call.as_mut().poll(&mut Context::from_waker(&waker)) {
                *state = State::Landed(answer);
                self.bell.ring();
            }
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let state = core::mem::replace(&mut *self.0.lock(), State::Over);
        // Outside the lock: what the call gives back wakes others.
        drop(state);
        self.0.bell.ring();
    }
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Under(_) => "Under",
            Self::Landed(_) => "Landed",
            Self::Over => "Over",
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::FutureExt;
    use futures::channel::oneshot;

    use super::*;

    fn flight(answer: oneshot::Receiver<&'static str>) -> Flight {
        Flight::new(answer.map(|text| Ok(Response::new(Bytes::from(text.unwrap_or("dropped"))))))
    }

    #[test]
    fn a_call_lands_in_the_background_and_its_answer_is_there_at_once() {
        let (answer, call) = oneshot::channel();
        let flight = flight(call);
        let task = flight.background();
        answer.send("here").unwrap();

        assert_eq!(task.now_or_never(), Some(()));

        let context = Context::from_waker(Waker::noop());
        let Poll::Ready(landed) = flight.poll(&context) else { panic!("it has landed") };
        assert_eq!(landed.unwrap().body(), "here");
    }

    #[cfg(feature = "testkit")]
    #[test]
    fn a_task_and_a_reader_are_both_woken() {
        let (answer, call) = oneshot::channel();
        let flight = flight(call);
        let task = flight.background();
        let read = core::future::poll_fn(|context| flight.poll(context));
        let later = async { answer.send("later").unwrap() };

        let ((landed, ()), ()) = crate::testkit::VirtualTimer::new()
            .run(futures::future::join(futures::future::join(read, task), later));

        assert_eq!(landed.unwrap().body(), "later");
    }

    #[test]
    fn a_flight_that_is_dropped_drops_its_call_while_the_task_still_sleeps() {
        let (answer, call) = oneshot::channel();
        let flight = flight(call);
        let mut task = Box::pin(flight.background());
        assert_eq!(task.as_mut().now_or_never(), None);

        drop(flight);

        assert!(answer.is_canceled());
        assert_eq!(task.now_or_never(), Some(()));
    }
}
