//! The script on tokio: its sockets are real, its time is paused.
//!
//! Paused time moves as soon as nothing can go on, and to tokio an answer that is still on its way
//! is nothing. It does not move while the blocking pool works, so there a thread stands guard for
//! as long as an exchange is under way.

use std::sync::mpsc::channel;

use glp_tokio::{Client, Clock, HttpSettings, HttpTransport};
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::suite::async_caller::{Async, async_caller};
use crate::suite::configured;
use crate::suite::kept::kept;
use crate::suite::perform::perform;
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
        let transport = kept(&USUAL, transport, scenario, &server);
        let transport = Wired { transport, clock, stop: stand_still, wire: wire.clone() };
        let client = configured!(Client::builder(), scenario, server)
            .transport(transport)
            .observer(move |notice| record.notice(clock.now(), notice))
            .build()
            .unwrap();
        perform(scenario, &mut Async { client, wire }, &trace).await;
    });
    trace.lines(server.hosts().each_ref().map(String::as_str))
}

thread_local!(static USUAL: HttpTransport = transport(MAX_BODY, None));

fn transport(max_body: usize, extra_ca: Option<Vec<u8>>) -> HttpTransport {
    HttpTransport::new(&HttpSettings { max_body, extra_ca, ..HttpSettings::default() }).unwrap()
}

fn stand_still() -> Standstill {
    let (guard, ended) = channel::<()>();
    spawn_blocking(move || ended.recv());
    Standstill::new(guard)
}

async_caller!(Client);
