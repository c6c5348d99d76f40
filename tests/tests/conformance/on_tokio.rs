//! The script on tokio: its sockets are real, its time is paused.
//!
//! Paused time moves as soon as nothing can go on, and to tokio an answer that is still on its way
//! is nothing. It does not move while the blocking pool works, so there a thread stands guard for
//! as long as an exchange is under way.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use futures::future::{Either, join_all, select};
use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::time::Instant;
use glp_tokio::{Client, Clock, HttpSettings, HttpTransport};
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::suite::configured;
use crate::suite::perform::{Caller, perform};
use crate::suite::scenario::{MAX_BODY, Scenario};
use crate::suite::server::Server;
use crate::suite::trace::Trace;
use crate::suite::wire::{Standstill, Wire, Wired};

pub(crate) fn run(scenario: &Scenario) -> Vec<String> {
    let wire = Wire::new(scenario);
    let server = Server::start(scenario, &wire);
    let trace = Trace::default();
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (clock, record) = (Clock::start(), trace.clone());
        let transport = transport(scenario, &server);
        let transport = Wired { transport, clock, stop: stand_still, wire: wire.clone() };
        let client = configured!(Client::builder(), scenario, server)
            .transport(transport)
            .observer(move |notice| record.notice(clock.now(), notice))
            .build()
            .unwrap();
        perform(scenario, &mut Tokio { client, wire }, &trace).await;
    });
    trace.lines(server.hosts().each_ref().map(String::as_str))
}

/// Makes a transport, which reads all the authorities of the system: so the usual one is kept.
fn transport(scenario: &Scenario, server: &Server) -> HttpTransport {
    thread_local!(static USUAL: HttpTransport = made(MAX_BODY, None));
    fn made(max_body: usize, extra_ca: Option<Vec<u8>>) -> HttpTransport {
        HttpTransport::new(&HttpSettings { max_body, extra_ca, ..HttpSettings::default() }).unwrap()
    }
    match (scenario.max_body, server.extra_ca.clone()) {
        (MAX_BODY, None) => USUAL.with(HttpTransport::clone),
        (max_body, extra_ca) => made(max_body, extra_ca),
    }
}

fn stand_still() -> Standstill {
    let (guard, ended) = channel::<()>();
    spawn_blocking(move || ended.recv());
    Standstill::new(guard)
}

struct Tokio {
    client: Client,
    wire: Arc<Wire>,
}

impl Caller for Tokio {
    fn now(&self) -> Instant {
        self.client.clock().now()
    }

    async fn call(&mut self, operation: Operation) -> Result<Response, Error> {
        self.client.call(operation).await
    }

    async fn together(
        &mut self,
        calls: usize,
        operation: Operation,
    ) -> Vec<Result<Response, Error>> {
        join_all((0..calls).map(|_| self.client.call(operation.clone()))).await
    }

    async fn abandon(&mut self, operation: Operation) {
        let call = Box::pin(self.client.call(operation));
        match select(call, self.wire.arrival()).await {
            Either::Left((result, _)) => panic!("over before it could be dropped: {result:?}"),
            Either::Right((_, call)) => drop(call),
        }
    }

    async fn wait(&mut self, seconds: u64) {
        let clock = self.client.clock();
        clock.sleep_until(clock.now() + Duration::from_secs(seconds)).await;
    }
}
