//! The loop of a sync: fetches what the run asks for, and has the store do the rest.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use glp_core::call::CallOptions;
use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::sync::{Ended, HEARTBEAT, Run, Step, Store};

use crate::client::Client;
use crate::clock::Clock;

/// Carries `run` to its end: pages come through `client` under `options`, commands go to `store`.
/// `watch` sees the run after every step.
///
/// Pages are fetched by a thread of their own. This one keeps the store alive by a heartbeat while
/// a page is waited for, however long that takes. A store that fails, because another process has
/// taken it over, ends the run at once; the call under way then ends by itself.
///
/// # Panics
///
/// Where the system has no thread left, or where a call panics.
pub fn sync(
    client: &Client,
    store: &mut impl Store,
    mut run: Run,
    options: CallOptions,
    mut watch: impl FnMut(&Run),
) -> Ended {
    let mut fetcher = Fetcher::start(client.clone(), options);
    loop {
        watch(&run);
        match run.poll() {
            Step::Fetch(operation) => match fetcher.fetch(operation, store) {
                Ok(page) => run.fetched(page),
                Err(lost) => run.stored(Err(lost)),
            },
            Step::Store(command) => run.stored(store.execute(command)),
            Step::Done(ended) => return ended,
        }
    }
}

/// A thread that makes one call after the other.
struct Fetcher {
    clock: Clock,
    operations: Sender<Operation>,
    pages: Receiver<Result<Response, Error>>,
    thread: Option<JoinHandle<()>>,
}

impl Fetcher {
    fn start(client: Client, options: CallOptions) -> Self {
        let clock = client.clock();
        let (operations, inbox) = channel();
        let (outbox, pages) = channel();
        let thread = thread::spawn(move || {
            for operation in inbox {
                // Nobody waits for the page where the run has ended meanwhile.
                let Ok(()) = outbox.send(client.call_with(operation, options)) else { return };
            }
        });
        Self { clock, operations, pages, thread: Some(thread) }
    }

    /// Has one call made and gives the store its heartbeats meanwhile.
    ///
    /// # Errors
    ///
    /// The inner one is the call's; the outer one says that the store is lost.
    fn fetch(
        &mut self,
        operation: Operation,
        store: &mut impl Store,
    ) -> Result<Result<Response, Error>, Error> {
        // A thread that has ended is found out by what it does not send.
        _ = self.operations.send(operation);
        loop {
            match self.clock.receive(&self.pages, self.clock.now() + HEARTBEAT) {
                Ok(page) => return Ok(page),
                Err(RecvTimeoutError::Timeout) => store.heartbeat(self.clock.wall_now())?,
                Err(RecvTimeoutError::Disconnected) => self.rethrow(),
            }
        }
    }

    /// Panics as the thread did, which is the only way for it to end before its time.
    fn rethrow(&mut self) -> ! {
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => resume_unwind(panic),
            _ => unreachable!("the thread ends with its inbox, which is still open"),
        }
    }
}
