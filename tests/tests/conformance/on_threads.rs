//! The script on plain threads: its sockets are real, its time is a [`Stage`].

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::future::FutureExt;
use glp_blocking::{Client, ClientBuilder, Clock, HttpSettings, HttpTransport, Transport};
use glp_core::error::Error;
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::operation::Operation;
use glp_core::time::Instant;

use crate::suite::configured;
use crate::suite::kept::kept;
use crate::suite::line::End;
use crate::suite::perform::{Caller, perform};
use crate::suite::scenario::{MAX_BODY, Scenario};
use crate::suite::server::Server;
use crate::suite::stage::Stage;
use crate::suite::trace::Trace;
use crate::suite::wire::{Standstill, Wire};

/// How long a server is really waited for that says nothing more: a thread cannot be called back.
const SHORT: Duration = Duration::from_millis(200);

/// Longer than any other of these exchanges takes.
const LONG: Duration = Duration::from_secs(60);

pub(crate) fn run(scenario: &Scenario) -> Vec<String> {
    let wire = Wire::new(scenario);
    let server = Server::start(scenario, &wire);
    let (trace, stage) = (Trace::default(), Stage::new());
    let clock = Clock::of(stage.clone());
    let (now, record) = (clock.clone(), trace.clone());
    let transport = kept(&USUAL, transport, scenario, &server);
    let transport = Wired { transport, clock: clock.clone(), wire };
    let client = configured!(ClientBuilder::on(clock), scenario, server)
        .transport(transport)
        .observer(move |notice| record.notice(now.now(), notice))
        .build()
        .unwrap();
    let mut threads = Threads { client, stage };
    perform(scenario, &mut threads, &trace).now_or_never().unwrap();
    trace.lines(server.hosts().each_ref().map(String::as_str))
}

thread_local!(static USUAL: HttpTransport = transport(MAX_BODY, None));

fn transport(max_body: usize, extra_ca: Option<Vec<u8>>) -> HttpTransport {
    HttpTransport::new(&HttpSettings { max_body, extra_ca, ..HttpSettings::default() }).unwrap()
}

/// The adapter's own transport, marked for the server. The real exchange takes none of the client's
/// time; what the script says it takes is waited for on the client's clock, to the attempt's end at
/// the most.
struct Wired {
    transport: HttpTransport,
    clock: Clock,
    wire: Arc<Wire>,
}

impl Transport for Wired {
    fn send(&self, mut request: Request, timeout: Duration) -> Result<Response, Failure> {
        let departed = self.clock.now();
        // A thread that waits for a socket keeps time still by itself.
        let line = self.wire.depart(&mut request, &Standstill::new(()));
        let ends = !matches!(line.end(), End::Abandoned | End::Silence | End::Stalled { .. });
        let result = self.transport.send(request, if ends { LONG } else { SHORT });
        if let End::Abandoned = line.end() {
            resume_unwind(Box::new("abandoned"));
        }
        if ends && line.takes() <= timeout {
            self.clock.sleep_until(departed + line.takes());
            return result;
        }
        self.clock.sleep_until(departed + timeout);
        if ends { Err(Failure::new(FailureKind::Timeout, "too slow")) } else { result }
    }
}

/// Every future here is ready at once: a call blocks the thread.
struct Threads {
    client: Client,
    stage: Stage,
}

impl Caller for Threads {
    fn now(&self) -> Instant {
        self.client.clock().now()
    }

    async fn call(&mut self, operation: Operation) -> Result<Response, Error> {
        self.client.call(operation)
    }

    async fn together(
        &mut self,
        calls: usize,
        operation: Operation,
    ) -> Vec<Result<Response, Error>> {
        let Self { client, stage } = self;
        let cast = stage.cast(calls);
        thread::scope(|scope| {
            let call = || {
                let result = client.call(operation.clone());
                stage.leave();
                result
            };
            let calls: Vec<_> = (0..calls).map(|_| scope.spawn(call)).collect();
            let results = calls.into_iter().map(|call| call.join().unwrap()).collect();
            drop(cast);
            results
        })
    }

    /// A call that blocks cannot be dropped. It can panic, which is the same to whoever else calls.
    async fn abandon(&mut self, operation: Operation) {
        let call = AssertUnwindSafe(|| self.client.call(operation));
        assert!(catch_unwind(call).is_err(), "over before it could be dropped");
    }

    async fn wait(&mut self, seconds: u64) {
        let clock = self.client.clock();
        clock.sleep_until(clock.now() + Duration::from_secs(seconds));
    }
}
