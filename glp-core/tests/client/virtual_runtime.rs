//! A runtime without a network, in virtual time.

use std::ffi::{OsStr, OsString};
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex};

use glp_core::client::{Adapter, Client, ClientBuilder, HttpSettings, Parts};
use glp_core::concurrent::{Executor, Spawned, Timer};
use glp_core::error::{ConfigurationKind, Error};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::testkit::{Ending, Exchange, Script, Server, VirtualTimer};
use glp_core::time::Instant;
use glp_core::transport::{AnyTransport, Transport};
use glp_core::wall::UnixTime;

#[derive(Clone, Default)]
pub(crate) struct Virtual(VirtualTimer);

impl Virtual {
    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }
}

impl Timer for Virtual {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep_until(&self, until: Instant) -> impl Future<Output = ()> + Send {
        self.0.sleep_until(until)
    }
}

impl Executor for Virtual {
    fn spawn(&self, _task: impl Future<Output = ()> + Send + 'static) -> Spawned {
        Spawned::Dropped
    }
}

impl Adapter for Virtual {
    type Client = Client<Self>;
    type Transport = AnyTransport;

    fn wall_origin(&self) -> UnixTime {
        UnixTime::EPOCH
    }

    fn any_seed() -> u64 {
        7
    }

    fn variable(_name: &str) -> Option<OsString> {
        None
    }

    fn read(_path: &OsStr) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn transport(&self, _settings: &HttpSettings) -> Result<AnyTransport, Error> {
        Err(Error::new(ConfigurationKind::Invalid, "there is no network here"))
    }

    fn assemble(self, parts: Parts<AnyTransport>) -> Client<Self> {
        Client::new(parts, self)
    }
}

/// A script as a transport, which keeps what it was sent.
struct Memory {
    runtime: Virtual,
    script: Mutex<Script>,
    sent: Sent,
}

/// The requests that came, but for those for a token.
pub(crate) type Sent = Arc<Mutex<Vec<Request>>>;

impl Transport for Memory {
    async fn send(&self, request: Request) -> Result<Response, Failure> {
        let now = self.runtime.now();
        let Exchange { after, ending } = self.script.lock().unwrap().answer(&request, now);
        if !request.uri().path().ends_with("/token") {
            self.sent.lock().unwrap().push(request);
        }
        self.runtime.sleep_until(now + after).await;
        match ending {
            Ending::Answer(response) => Ok(response),
            Ending::Silence => pending().await,
            other => Err(Failure::new(FailureKind::Reset, format!("{other:?}"))),
        }
    }
}

/// Starts to build a client of a service that answers as `script` says.
pub(crate) fn scripted(script: Script) -> (Virtual, ClientBuilder<Virtual>, Sent) {
    let (runtime, sent) = (Virtual::default(), Sent::default());
    let memory =
        Memory { runtime: runtime.clone(), script: Mutex::new(script), sent: sent.clone() };
    let builder = ClientBuilder::on(runtime.clone()).workspace_id("0a1b").client_id("me");
    (runtime, builder.client_secret("hunter2".into()).transport(memory), sent)
}
