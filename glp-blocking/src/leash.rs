//! An end for the talk with a proxy.
//!
//! ureq gives each read of a proxy's answer the whole time to connect. A proxy that sends a byte now
//! and then would hold a call for as long as it likes.

use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, mem};

use ureq::Error;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, NextTimeout, Transport};

/// Ends all that is leashed at one time, until it is let go.
#[derive(Clone)]
pub(crate) struct Leash {
    until: Arc<Mutex<Option<std::time::Instant>>>,
    current_time: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Leash {
    /// Ends at the end of the time to connect.
    pub(crate) fn new(details: &ConnectionDetails<'_>) -> Self {
        let until = match (details.now, details.timeout.after) {
            (Instant::Exact(now), Duration::Exact(after)) => now.checked_add(after),
            _ => None,
        };
        let until = Arc::new(Mutex::new(until));
        Self { until, current_time: details.current_time.clone() }
    }

    /// Lets go: the connection stands, and the exchange has times of its own.
    pub(crate) fn let_go(&self) {
        _ = mem::take(&mut *self.until.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Puts `transport` on the leash.
    pub(crate) fn hold<T: Transport>(&self, transport: T) -> Leashed<T> {
        Leashed { transport, leash: self.clone() }
    }

    fn shorten(&self, mut timeout: NextTimeout) -> Result<NextTimeout, Error> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(until), Instant::Exact(now)) = (until, (self.current_time)()) {
            let left = until.saturating_duration_since(now);
            if left.is_zero() {
                return Err(Error::Timeout(timeout.reason));
            }
            timeout.after = timeout.after.min(Duration::Exact(left));
        }
        Ok(timeout)
    }
}

/// A connection on a leash.
#[derive(Debug)]
pub(crate) struct Leashed<T> {
    transport: T,
    leash: Leash,
}

impl<T: Transport> Transport for Leashed<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.transport.transmit_output(amount, self.leash.shorten(timeout)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.transport.await_input(self.leash.shorten(timeout)?)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for Leash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leash")
    }
}
