//! The one lock, and a call in flight that cancels itself when dropped.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::PoisonError;

use crate::breaker::{self, Isolation};
use crate::call::{Action, Call, CallOptions, Control, Core, Event};
use crate::error::Error;
use crate::mutex::Mutex;
use crate::operation::Operation;
use crate::time::Instant;
use crate::trace::{CallId, Notice};

/// Is told of every decision, in order, outside the lock.
pub type Observer = Arc<dyn Fn(&Notice) + Send + Sync>;

/// Shares one core among the calls of a client; cheap to clone.
///
/// The lock is held for one step of one call, never across an await or I/O. Wake-ups are sent and
/// the observer is told after unlocking, so an observer may look at the core.
#[derive(Clone)]
pub struct Shared {
    inner: Arc<Mutex<Inner>>,
    observer: Option<Observer>,
}

struct Inner {
    core: Core,
    parked: BTreeMap<CallId, Waker>,
}

impl Shared {
    /// Puts a core behind the lock; `observer` is told of every decision.
    pub fn new(mut core: Core, observer: Option<Observer>) -> Self {
        if observer.is_some() {
            core.listen();
        }
        let inner = Arc::new(Mutex::new(Inner { core, parked: BTreeMap::new() }));
        Self { inner, observer }
    }

    /// Begins a call; its time runs from the first poll.
    pub fn start(&self, operation: Operation, options: CallOptions) -> InFlight {
        let call = self.with(|inner| Call::new(operation, options, &mut inner.core));
        InFlight { shared: self.clone(), call, seen: 0 }
    }

    /// Looks at the core, under the lock: take what is needed and return.
    pub fn look<T>(&self, look: impl FnOnce(&Core) -> T) -> T {
        self.with(|inner| look(&inner.core))
    }

    /// Closes every breaker by hand.
    pub fn reset_breakers(&self, now: Instant) {
        self.with(|inner| inner.core.reset_breakers(now));
    }

    /// Acts upon one breaker by hand; see [`Core::control`].
    ///
    /// # Errors
    ///
    /// A configuration error; see there.
    pub fn control(&self, name: &str, control: Control, now: Instant) -> Result<(), Error> {
        self.with(|inner| inner.core.control(name, control, now)).map_err(Error::invalid)
    }

    /// Refuses every request to a host or a route, as long as the handle is kept; see
    /// [`Core::isolate`].
    ///
    /// # Errors
    ///
    /// A configuration error; see there.
    pub fn isolate(&self, name: &str, now: Instant) -> Result<IsolatedCircuit, Error> {
        let isolation = self.with(|inner| inner.core.isolate(name, now)).map_err(Error::invalid)?;
        let (shared, name) = (self.clone(), String::from(name));
        Ok(IsolatedCircuit { shared, name, isolation: Some(isolation) })
    }

    /// Puts another configuration of the breakers in force; see [`Core::reconfigure_breakers`].
    ///
    /// # Errors
    ///
    /// A configuration error; see there.
    pub fn reconfigure_breakers(&self, config: breaker::Config, now: Instant) -> Result<(), Error> {
        self.with(|inner| inner.core.reconfigure_breakers(config, now)).map_err(Error::invalid)
    }

    fn with<T>(&self, step: impl FnOnce(&mut Inner) -> T) -> T {
        let mut notices = Vec::new();
        let mut wakers = BTreeMap::new();
        let result = {
            // A panic in a step leaves plain data behind; the other calls go on.
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            let before = inner.core.wakes();
            let result = step(&mut inner);
            if inner.core.wakes() != before {
                wakers = core::mem::take(&mut inner.parked);
            }
            while let Some(notice) = inner.core.next_notice() {
                notices.push(notice);
            }
            result
        };
        wakers.into_values().for_each(Waker::wake);
        if let Some(observer) = &self.observer {
            notices.iter().for_each(|notice| observer(notice));
        }
        result
    }
}

impl core::fmt::Debug for Shared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Shared")
    }
}

/// Holds a host or a route isolated until it is dropped.
#[derive(Debug)]
#[must_use = "the circuit is isolated only as long as this is kept"]
pub struct IsolatedCircuit {
    shared: Shared,
    name: String,
    isolation: Option<Isolation>,
}

impl Drop for IsolatedCircuit {
    fn drop(&mut self) {
        let Self { shared, name, isolation } = self;
        if let Some(isolation) = isolation.take() {
            shared.with(|inner| inner.core.lift(name, isolation));
        }
    }
}

/// One call under way. Dropping it at any moment gives back its permits, its turn and its token
/// flight at once, and wakes whoever waited for them.
#[derive(Debug)]
pub struct InFlight {
    shared: Shared,
    call: Call,
    /// The core's wake count when this call last parked.
    seen: u64,
}

impl InFlight {
    /// Says what to do now; see [`Call::poll`].
    pub fn poll(&mut self, now: Instant) -> Action {
        let Self { shared, call, seen } = self;
        shared.with(|inner| {
            let action = call.poll(&mut inner.core, now);
            *seen = inner.core.wakes();
            action
        })
    }

    /// Takes what came of the last [`Action::Send`].
    pub fn handle(&mut self, event: Event, now: Instant) {
        let Self { shared, call, .. } = self;
        shared.with(|inner| call.handle(&mut inner.core, event, now));
    }

    /// Waits until what the call was parked for may have changed. Nothing is lost in between: the
    /// core's wake count is compared under the lock.
    pub fn parked(&mut self) -> Parked<'_> {
        Parked(self)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Self { shared, call, .. } = self;
        shared.with(|inner| {
            inner.parked.remove(&call.id());
            call.cancel(&mut inner.core);
        });
    }
}

/// Is ready once what a call was parked for may have changed.
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Parked<'a>(&'a mut InFlight);

impl Future for Parked<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let InFlight { shared, call, seen } = &*self.0;
        shared.with(|inner| {
            if inner.core.wakes() != *seen {
                return Poll::Ready(());
            }
            inner.parked.insert(call.id(), context.waker().clone());
            Poll::Pending
        })
    }
}
