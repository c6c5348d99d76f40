//! A thread that makes one call after the other, for somebody who has other things to do meanwhile.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::time::Instant;

use crate::client::Client;
use crate::under_way::UnderWay;

/// Makes calls on a thread of its own. Dropping it calls off the one under way and gives back all
/// that this one holds; the thread ends by itself, as soon as it has done with what it blocks in.
#[derive(Debug)]
pub(crate) struct Fetcher {
    client: Client,
    calls: Sender<Arc<UnderWay>>,
    answers: Receiver<Result<Response, Error>>,
    thread: Option<JoinHandle<()>>,
    under_way: Option<Arc<UnderWay>>,
}

impl Fetcher {
    /// Starts the thread, for calls under the options of `client`.
    ///
    /// # Errors
    ///
    /// Where the system has no thread left.
    pub(crate) fn start(client: Client) -> io::Result<Self> {
        let (calls, inbox) = channel::<Arc<UnderWay>>();
        let (outbox, answers) = channel();
        let caller = client.clone();
        let work = move || {
            for call in inbox {
                // Nobody waits for the answer where the fetcher was dropped meanwhile.
                let Ok(()) = outbox.send(caller.carry(&call)) else { return };
            }
        };
        let thread = Some(thread::Builder::new().spawn(work)?);
        Ok(Self { client, calls, answers, thread, under_way: None })
    }

    /// Begins a call, unless one is under way.
    pub(crate) fn send(&mut self, operation: Operation) {
        if self.under_way.is_none() {
            let call = Arc::new(self.client.begin(operation));
            // A thread that has ended is found out by what it does not send.
            _ = self.calls.send(call.clone());
            self.under_way = Some(call);
        }
    }

    /// Says whether a call is under way.
    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Waits for the answer of the call under way, but not past `until`.
    ///
    /// # Panics
    ///
    /// As the call panicked.
    pub(crate) fn receive(&mut self, until: Instant) -> Option<Result<Response, Error>> {
        match self.client.clock().receive(&self.answers, until) {
            Ok(answer) => {
                self.under_way = None;
                Some(answer)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => self.rethrow(),
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

impl Drop for Fetcher {
    fn drop(&mut self) {
        if let Some(call) = &self.under_way {
            call.call_off();
        }
    }
}
