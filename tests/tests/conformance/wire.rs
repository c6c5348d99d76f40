//! Between a client's transport and the server it talks to: which request is to be answered how,
//! and whether time may move meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use glp_core::concurrent::Timer;
use glp_core::exchange::{Failure, Request, Response};
use glp_core::transport::Transport;
use http::HeaderValue;

use crate::suite::fake::Fake;
use crate::suite::line::Line;
use crate::suite::scenario::Scenario;

/// The header by which a server knows which exchange a request belongs to.
pub(crate) const EXCHANGE: &str = "x-exchange";

/// What both ends of the sockets know of the exchanges under way.
#[derive(Debug)]
pub(crate) struct Wire {
    fake: Mutex<Fake>,
    plays: Mutex<HashMap<u64, Play>>,
    arrival: Mutex<Option<oneshot::Sender<()>>>,
}

/// What is to be done with one request.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) line: Line,
    pub(crate) standstill: Standstill,
}

impl Wire {
    pub(crate) fn new(scenario: &Scenario) -> Arc<Self> {
        Arc::new(Self {
            fake: Mutex::new(Fake::new(scenario)),
            plays: Mutex::default(),
            arrival: Mutex::default(),
        })
    }

    /// Decides what becomes of `request`, which goes out now, and marks it. Time stands still until
    /// it is over, or until the server has nothing more to say.
    pub(crate) fn depart(&self, request: &mut Request, standstill: &Standstill) -> Line {
        let line = self.fake.lock().unwrap().line(request);
        let mut plays = self.plays.lock().unwrap();
        let number = plays.len() as u64;
        request.headers_mut().insert(EXCHANGE, HeaderValue::from(number));
        plays.insert(number, Play { line: line.clone(), standstill: standstill.clone() });
        line
    }

    /// Says what is to be done with the request of this number.
    pub(crate) fn arrived(&self, number: u64) -> (Line, Standstill) {
        let plays = self.plays.lock().unwrap();
        let Play { line, standstill } = &plays[&number];
        (line.clone(), standstill.clone())
    }

    /// Is told when a request arrives whose caller is to go.
    pub(crate) fn arrival(&self) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        *self.arrival.lock().unwrap() = Some(tell);
        told
    }

    /// Tells that such a request has arrived.
    pub(crate) fn tell_arrival(&self) {
        if let Some(tell) = self.arrival.lock().unwrap().take() {
            _ = tell.send(());
        }
    }
}

/// Keeps time from moving until it is ended, from whichever side.
#[derive(Clone)]
pub(crate) struct Standstill(Arc<Mutex<Option<Box<dyn Send>>>>);

impl Standstill {
    /// Keeps time still for as long as `guard` lives.
    pub(crate) fn new(guard: impl Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(guard)))))
    }

    pub(crate) fn end(&self) {
        let guard = self.0.lock().unwrap().take();
        drop(guard);
    }
}

impl fmt::Debug for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standstill")
    }
}

/// An async adapter's own transport, marked for the server. The real exchange takes none of the
/// client's time; what the script says it takes is waited for on the client's clock.
pub(crate) struct Wired<T, C, S> {
    pub(crate) transport: T,
    pub(crate) clock: C,
    /// Brings time to a standstill.
    pub(crate) stop: S,
    pub(crate) wire: Arc<Wire>,
}

impl<T, C, S> Transport for Wired<T, C, S>
where
    T: Transport,
    C: Timer + Send + Sync + 'static,
    S: Fn() -> Standstill + Send + Sync + 'static,
{
    async fn send(&self, mut request: Request) -> Result<Response, Failure> {
        let departed = self.clock.now();
        let until_over = UntilOver((self.stop)());
        let line = self.wire.depart(&mut request, &until_over.0);
        let result = self.transport.send(request).await;
        drop(until_over);
        if !line.takes().is_zero() {
            self.clock.sleep_until(departed + line.takes()).await;
        }
        result
    }
}

/// Ends a standstill when the exchange is over, or dropped.
struct UntilOver(Standstill);

impl Drop for UntilOver {
    fn drop(&mut self) {
        self.0.end();
    }
}
