//! A fake service in memory.

use std::future::pending;
use std::sync::Mutex;

use glp_async_std::{Clock, Runtime, Transport};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::testkit::{Ending, Exchange, Server};

/// Has a server answer each request, after as much of the runtime's time as the server says.
pub(crate) struct InMemory<S, R> {
    server: Mutex<S>,
    clock: Clock<R>,
}

impl<S: Server, R: Runtime> InMemory<S, R> {
    pub(crate) fn new(server: S, runtime: R) -> Self {
        Self { server: Mutex::new(server), clock: Clock::of(runtime) }
    }
}

impl<S: Server + Send + 'static, R: Runtime> Transport for InMemory<S, R> {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        let now = self.clock.now();
        let Exchange { after, ending } = self.server.lock().unwrap().answer(&request, now);
        self.clock.sleep_until(now + after).await;
        let failed = |kind| Err(Failure::new(kind, "as the server says"));
        match ending {
            Ending::Answer(response) => Ok(response),
            Ending::Failed(kind) => failed(kind),
            Ending::ResetBefore | Ending::ResetAfter => failed(FailureKind::Reset),
            Ending::Silence => pending().await,
            Ending::Truncated { .. } => failed(FailureKind::Truncated),
        }
    }
}
