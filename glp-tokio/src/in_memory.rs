//! A transport without a network: a fake server answers from memory, in tokio's time.

use std::future::pending;
use std::sync::{Mutex, PoisonError};

use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::testkit::{Ending, Exchange, Server};
use glp_core::transport::Transport;

use crate::clock::Clock;

/// Has a fake server answer each request, after as much of tokio's time as the server says.
///
/// # Examples
///
/// Your own code against a 429, without a network and without waiting:
///
/// ```
/// use std::time::Duration;
/// use glp_core::testkit::Script;
/// use glp_core::time::Instant;
/// use glp_tokio::{Client, InMemory};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let script = Script::new().status(429).header("retry-after", "37").status(200);
/// let client = Client::builder()
///     .workspace_id("0a1b")
///     .client_id("me")
///     .client_secret("secret".into())
///     .transport(InMemory::new(script))
///     .build()?;
///
/// client.get("/devices/v1/devices").await?;
/// assert!(client.clock().now() >= Instant::ZERO + Duration::from_secs(37));
/// # Ok::<(), glp_core::error::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct InMemory<S> {
    server: Mutex<S>,
    clock: Clock,
}

impl<S: Server> InMemory<S> {
    /// Makes a transport to `server`; the server's time begins now.
    pub fn new(server: S) -> Self {
        Self { server: Mutex::new(server), clock: Clock::start() }
    }

    fn decide(&self, request: &Request) -> Exchange {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        server.answer(request, self.clock.now())
    }
}

impl<S: Server + Send + 'static> Transport for InMemory<S> {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        let sent = self.clock.now();
        let Exchange { after, ending } = self.decide(&request);
        self.clock.sleep_until(sent + after).await;
        let failed = |kind| Err(Failure::new(kind, "as the fake server says"));
        match ending {
            Ending::Answer(response) => Ok(response),
            Ending::Failed(kind) => failed(kind),
            Ending::ResetBefore | Ending::ResetAfter => failed(FailureKind::Reset),
            Ending::Silence => pending().await,
            Ending::Truncated { .. } => failed(FailureKind::Truncated),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use glp_core::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_ending_comes_as_what_it_stands_for_and_in_its_time() {
        let cut = Ending::Truncated { response: Response::new(Bytes::from_static(b"0")), keep: 0 };
        for (ending, expected) in [
            (Ending::Answer(Response::default()), Some(Ok(()))),
            (Ending::Failed(FailureKind::Dns), Some(Err(FailureKind::Dns))),
            (Ending::ResetBefore, Some(Err(FailureKind::Reset))),
            (Ending::ResetAfter, Some(Err(FailureKind::Reset))),
            (cut, Some(Err(FailureKind::Truncated))),
            (Ending::Silence, None),
        ] {
            let said = format!("{ending:?}");
            let after = Duration::from_secs(37);
            let server = move |_: &Request, _: Instant| Exchange { after, ending: ending.clone() };
            let (transport, clock) = (InMemory::new(server), Clock::start());

            let sending = Transport::send(&transport, Request::default());
            let ended = clock.within(Instant::ZERO + 2 * after, sending).await;

            let kind = ended.map(|ended| ended.map(drop).map_err(|failure| failure.kind));
            assert_eq!(kind, expected, "{said}");
            assert!(clock.now() >= Instant::ZERO + after, "{said}");
        }
    }
}
