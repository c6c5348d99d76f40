//! A call that another thread may call off.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

use glp_core::call::{Action, Event};
use glp_core::drive::InFlight;
use glp_core::error::{Error, SyncKind};
use glp_core::time::Instant;

/// One call under way. The thread that carries it locks it for a step at a time, never while it
/// sends or waits; so whoever calls it off has all that it holds given back at once, however long
/// that thread still blocks.
#[derive(Debug)]
pub(crate) struct UnderWay(Mutex<State>);

#[derive(Debug)]
struct State {
    /// None once it was called off.
    call: Option<InFlight>,
    /// The thread that waits.
    waiting: Option<Waker>,
}

impl UnderWay {
    pub(crate) fn new(call: InFlight) -> Self {
        Self(Mutex::new(State { call: Some(call), waiting: None }))
    }

    /// Says what to do now.
    ///
    /// # Errors
    ///
    /// Where the call was called off.
    pub(crate) fn poll(&self, now: Instant) -> Result<Action, Error> {
        self.step(|state| state.call.as_mut().map(|call| call.poll(now)))
            .ok_or_else(|| Error::new(SyncKind::General, "the call was called off"))
    }

    /// Takes what came of a request, unless nobody wants it any more.
    pub(crate) fn handle(&self, event: Event, now: Instant) {
        self.step(|state| {
            if let Some(call) = &mut state.call {
                call.handle(event, now);
            }
        });
    }

    /// Waits until what the call was parked for may have changed, or until it is called off.
    pub(crate) fn parked(&self) -> impl Future<Output = ()> {
        poll_fn(|context| {
            self.step(|state| match &mut state.call {
                Some(call) => {
                    state.waiting = Some(context.waker().clone());
                    Pin::new(&mut call.parked()).poll(context)
                }
                None => Poll::Ready(()),
            })
        })
    }

    /// Waits until the call is called off.
    pub(crate) fn called_off(&self) -> impl Future<Output = ()> {
        poll_fn(|context| {
            self.step(|state| match &state.call {
                Some(_) => {
                    state.waiting = Some(context.waker().clone());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            })
        })
    }

    /// Ends the call, and has whoever waits for it look again.
    pub(crate) fn call_off(&self) {
        let (call, waiting) = self.step(|state| (state.call.take(), state.waiting.take()));
        // Outside the lock: what the call gives back wakes others.
        drop(call);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    fn step<T>(&self, step: impl FnOnce(&mut State) -> T) -> T {
        step(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
