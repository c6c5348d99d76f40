//! One process: its calls, its clock, and the moments at which it is disturbed.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;
use glp_core::call::CallOptions;
use glp_core::error::Error;
use glp_core::exchange::{Request, Response};
use glp_core::greenlake::{List, Resource, Route, device};
use glp_core::operation::{Operation, Replay};
use glp_core::testkit::{Handle, World};
use glp_core::time::Instant;
use glp_core::trace::{CallId, Notice};

use super::draw::Draw;
use super::mix::{BATCH, Mix, Odds, PATIENT};
use super::record::Record;
use super::sometimes::{Rare, Sometimes};
use super::wire::Wire;
use super::witness::Witness;
use crate::some;

/// One process with its client, over the service.
pub(super) struct Process {
    pub(super) world: World<Witness>,
    draw: Draw,
    odds: Odds,
    callers: Vec<Handle>,
    log: Vec<(Instant, Notice)>,
    /// What the laws have to know of each call.
    begun: BTreeMap<CallId, Begun>,
    dropped: BTreeMap<CallId, Instant>,
    jumps: Vec<(Instant, Instant)>,
    pub(super) sometimes: Sometimes,
}

/// A call as it was begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) at: Instant,
    pub(super) options: CallOptions,
    pub(super) replay: Replay,
    /// Whether it asks for a page that is not the first.
    pub(super) mid_listing: bool,
}

/// Says that the process was killed.
#[derive(Debug)]
pub(super) struct Killed;

impl Process {
    pub(super) fn start(witness: Witness, mix: &Mix, seed: u64, life: u32) -> Self {
        let mut draw = Draw::new(seed ^ u64::from(life).rotate_left(32), "process");
        let config = mix.config(draw.number(), witness.base);
        Self {
            world: World::new(config, witness).expect("a good configuration"),
            draw,
            odds: mix.odds,
            callers: Vec::new(),
            log: Vec::new(),
            begun: BTreeMap::new(),
            dropped: BTreeMap::new(),
            jumps: Vec::new(),
            sometimes: Sometimes::default(),
        }
    }

    /// Lets nothing disturb it from now on; calls that are under way go on.
    pub(super) fn calm(&mut self) {
        self.odds = Odds { call: 0, drop: 0, jump: 0, kill: 0, ..self.odds };
        self.world.server_mut().calm();
    }

    /// Makes one call to its end, while others come and go.
    pub(super) fn fetch(
        &mut self,
        operation: Operation,
        options: CallOptions,
        record: &mut Record,
    ) -> Result<Result<Response, Error>, Killed> {
        let call = self.begin(operation, options);
        loop {
            if let Some(result) = self.world.take(call) {
                return Ok(result);
            }
            self.disturb()?;
            self.world.step();
            self.take_down(record);
        }
    }

    fn take_down(&mut self, record: &mut Record) {
        for (at, notice) in self.world.take_log() {
            record.line(format_args!("{} {notice}", at.as_nanos()));
            self.log.push((at, notice));
        }
    }

    /// Ends the process: drops every call, as a process that ends well does. What is left over is
    /// against the sixth law.
    pub(super) fn end(mut self, mix: &Mix, record: &mut Record) -> (Witness, Sometimes) {
        while let Some(call) = self.callers.pop() {
            self.drop_call(call);
        }
        let now = self.world.now();
        for circuit in self.world.core().circuit_status(now) {
            let out = circuit.status.probes_out;
            assert_eq!(out, 0, "law 6: {} has a probe out that no call holds", circuit.name);
        }
        assert!(!self.world.core().is_fetching_token(now), "law 6: a token flight without a call");
        self.close(mix, record)
    }

    /// Ends the process as a kill does: nothing is handed back. Holds the laws against all that
    /// was sent.
    pub(super) fn close(mut self, mix: &Mix, record: &mut Record) -> (Witness, Sometimes) {
        self.take_down(record);
        let now = self.world.now();
        let mut witness = self.world.into_server();
        let heard = core::mem::take(&mut witness.heard);
        let Self { log, begun, dropped, jumps, mut sometimes, .. } = self;
        Wire::new(log, heard, begun, dropped, jumps).judge(mix, &mut sometimes);
        witness.base += now.since(Instant::ZERO);
        (witness, sometimes)
    }

    /// Calls every route so many times, each with a new token: enough for every breaker to close.
    pub(super) fn knock(&mut self, calls: u32, record: &mut Record) {
        for kind in 0..KINDS {
            for _ in 0..calls {
                self.world.server_mut().revoke_tokens();
                let _ = self.fetch(operation(kind), BATCH, record);
            }
        }
    }

    fn begin(&mut self, operation: Operation, options: CallOptions) -> Handle {
        let query = operation.request.uri().query().unwrap_or_default();
        let mid_listing = query.contains("offset=") && !query.contains("offset=0&");
        let (at, replay) = (self.world.now(), operation.replay);
        let call = self.world.start_with(operation, options);
        self.begun.insert(call, Begun { at, options, replay, mid_listing });
        // A call's time runs from its first poll.
        self.world.run_until(at);
        call
    }

    /// Lets happen what happens between two steps.
    fn disturb(&mut self) -> Result<(), Killed> {
        if self.draw.one_in(self.odds.kill) {
            self.sometimes.note(Rare::KilledBetweenSteps);
            return Err(Killed);
        }
        if self.callers.len() < MAX_CALLERS && self.draw.one_in(self.odds.call) {
            let kind = self.draw.below(KINDS.into()) as u32;
            let operation = operation(kind);
            let options = if self.draw.one_in(2) { PATIENT } else { self.world.core().defaults() };
            let call = self.begin(operation, options);
            self.callers.push(call);
        }
        if !self.callers.is_empty() && self.draw.one_in(self.odds.drop) {
            let at = self.draw.below(self.callers.len() as u64) as usize;
            let call = self.callers.swap_remove(at);
            self.drop_call(call);
        }
        let Self { world, callers, sometimes, .. } = self;
        callers.retain(|call| match world.take(*call) {
            Some(Err(error)) => {
                note_error(&error, sometimes);
                false
            }
            other => other.is_none(),
        });
        if self.draw.one_in(self.odds.jump) {
            self.jump();
        }
        Ok(())
    }

    /// The machine sleeps: with its clock, or without it, so that only the service grows older.
    fn jump(&mut self) {
        let time = Duration::from_secs(self.draw.pick(&[1, 20, 300, 1_200]));
        if self.draw.one_in(2) {
            self.world.server_mut().base += time;
        } else {
            let from = self.world.now();
            self.world.oversleep(time);
            self.jumps.push((from, self.world.now()));
        }
    }

    fn drop_call(&mut self, call: Handle) {
        if self.world.take(call).is_none() {
            self.dropped.insert(call, self.world.now());
            self.world.cancel(call);
        }
    }
}

/// Makes one of the requests that people make meanwhile.
fn operation(kind: u32) -> Operation {
    let first = |of| List::of(of).page(0, some(1));
    match kind {
        0 => first(Resource::Devices),
        1 => first(Resource::Subscriptions),
        2 => device("00000000-0000-0000-0000-000000000000").expect("an id"),
        _ => refused_write(),
    }
}

/// The most calls at a time beside the sync.
const MAX_CALLERS: usize = 12;

/// The kinds of requests that people make.
const KINDS: u32 = 4;

/// A request that must not be sent twice. The service refuses it, so that it moves no row.
fn refused_write() -> Operation {
    let mut request = Request::new(Bytes::from_static(b"{}"));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static("/devices/v1/devices");
    Operation { request, route: Route::ADD_DEVICES, replay: Replay::Once, decode: None }
}

/// Notes the rare ends of a call.
pub(super) fn note_error(error: &Error, sometimes: &mut Sometimes) {
    let gave_up = error.details().iter().find(|(key, _)| *key == "gave_up");
    let gave_up = gave_up.map(|(_, why)| why.to_string()).unwrap_or_default();
    for (rare, reached) in [
        (Rare::HintOverDeadline, gave_up.contains("too long a wait")),
        (Rare::BudgetEmpty, gave_up.contains("budget is empty")),
        (Rare::OutcomeUnknown, error.is_outcome_unknown()),
    ] {
        if reached {
            sometimes.note(rare);
        }
    }
}
