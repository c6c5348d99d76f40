//! The record of both sides: what the client decided, and what the service heard of it.
//!
//! The laws of calls are held against it once a process is over. Nothing here looks into the
//! client: what it may do follows from what it was told.

use core::time::Duration;
use std::collections::BTreeMap;

use glp_core::breaker::State;
use glp_core::operation::Replay;
use glp_core::time::Instant;
use glp_core::trace::{CallId, Cause, Notice, Why};

use super::mix::{ATTEMPT, Mix};
use super::process::Begun;
use super::sometimes::{Rare, Sometimes};
use super::witness::{Came, Heard};
use super::{circuits, tokens};

const MINUTE: Duration = Duration::from_secs(60);

/// The record of both sides.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) log: Vec<(Instant, Notice)>,
    pub(super) sends: Vec<Send>,
    begun: BTreeMap<CallId, Begun>,
    dropped: BTreeMap<CallId, Instant>,
    jumps: Vec<(Instant, Instant)>,
}

/// One request, seen from both sides.
#[derive(Clone, Debug)]
pub(super) struct Send {
    pub(super) call: CallId,
    pub(super) route: String,
    pub(super) heard: Heard,
    /// When it was off the wire, at the latest.
    pub(super) off: Instant,
    /// What the client was told, where it was for sure.
    pub(super) told: Option<Told>,
    /// What it may have been told: as well where it was dropped at that very instant.
    pub(super) perhaps: Option<Told>,
}

/// What a client was told. The clock may have jumped: then it is known only to have been told
/// between two instants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) earliest: Instant,
    pub(super) latest: Instant,
    /// The status, and how long the service asks to wait; nothing where no whole answer came.
    pub(super) answer: Option<(u16, Option<Duration>)>,
}

impl Send {
    /// Returns the status that the client may have been told.
    pub(super) fn status(&self) -> Option<u16> {
        Some(self.perhaps?.answer?.0)
    }
}

impl Wire {
    pub(super) fn new(
        log: Vec<(Instant, Notice)>,
        heard: Vec<Heard>,
        begun: BTreeMap<CallId, Begun>,
        dropped: BTreeMap<CallId, Instant>,
        jumps: Vec<(Instant, Instant)>,
    ) -> Self {
        let mut wire = Self { log: Vec::new(), sends: Vec::new(), begun, dropped, jumps };
        let sent = log.iter().filter_map(|(_, notice)| match notice {
            Notice::Sent { call, route, .. } => Some((*call, route.clone())),
            _ => None,
        });
        wire.sends = sent
            .zip(heard)
            .map(|((call, route), heard)| wire.both_sides(call, route, heard))
            .collect();
        Self { log, ..wire }
    }

    fn both_sides(&self, call: CallId, route: String, heard: Heard) -> Send {
        let begun = self.begun[&call];
        let give_up = (heard.at + ATTEMPT).min(begun.at + begun.options.operation_timeout);
        let late = heard.came == Came::Silence || heard.ends > give_up;
        let ends = if late { give_up } else { heard.ends };
        let (earliest, latest) = self.handled(ends);
        let answer = match heard.came {
            Came::Answer { status, asked } if !late => Some((status, asked)),
            _ => None,
        };
        let dropped = self.dropped.get(&call).copied();
        let told = Told { earliest, latest, answer };
        Send {
            call,
            route,
            heard,
            off: dropped.map_or(ends, |dropped| dropped.min(ends)),
            told: dropped.is_none_or(|dropped| dropped > latest).then_some(told),
            perhaps: dropped.is_none_or(|dropped| dropped >= earliest).then_some(told),
        }
    }

    /// Says between which instants something was handled that was due at `due`.
    fn handled(&self, due: Instant) -> (Instant, Instant) {
        let (mut earliest, mut latest) = (due, due);
        for (from, to) in &self.jumps {
            if *from < earliest && earliest <= *to {
                earliest = *to;
            }
            if *from <= latest && latest <= *to {
                latest = *to;
            }
        }
        (earliest, latest)
    }

    /// Holds every law of calls against the record.
    pub(super) fn judge(&self, mix: &Mix, sometimes: &mut Sometimes) {
        self.judge_hints();
        self.judge_quotas(mix);
        self.judge_counts();
        tokens::judge(self, mix);
        circuits::judge(self, mix);
        self.note(sometimes);
    }

    /// I8: never before the server asked.
    fn judge_hints(&self) {
        for (place, send) in self.sends.iter().enumerate() {
            let Some(Told { earliest, latest, answer: Some((status, Some(asked))) }) = send.told
            else {
                continue;
            };
            // A 429 and a 503 hold the route; any other failure its own call.
            let held = |later: &&Send| match status {
                429 | 503 => later.route == send.route,
                408 | 500 | 502 | 504 => later.route == send.route && later.call == send.call,
                _ => false,
            };
            for later in self.sends[place + 1..].iter().filter(held) {
                let at = later.heard.at;
                assert!(
                    at <= latest || at >= earliest + asked,
                    "I8: {} went out at {at:?}, but at {latest:?} a {status} asked for {asked:?}",
                    later.route
                );
            }
        }
    }

    /// I8: never above the limiter, in any window.
    fn judge_quotas(&self, mix: &Mix) {
        let mut sent = BTreeMap::<&str, Vec<Instant>>::new();
        for send in &self.sends {
            sent.entry(&send.route).or_default().push(send.heard.at);
        }
        for (route, times) in sent {
            let quota = mix.quota_of(route) as usize;
            for (first, last) in times.iter().zip(times.iter().skip(quota)) {
                let within = last.since(*first);
                assert!(within >= MINUTE, "I8: more than {quota} of {route} within {within:?}");
            }
        }
    }

    /// I8: no more sends than attempts; and a write is never sent again blindly.
    fn judge_counts(&self) {
        let mut sends = BTreeMap::<(CallId, bool), Vec<&Send>>::new();
        for send in &self.sends {
            sends.entry((send.call, send.heard.is_token)).or_default().push(send);
        }
        for ((call, is_token), sends) in sends {
            let Begun { options, replay, .. } = self.begun[&call];
            let attempts = options.attempts.get() as usize;
            let count = sends.len();
            assert!(count <= attempts, "I8: {count} sends of call {}, of {attempts}", call.0);
            if replay == Replay::Once && !is_token {
                for earlier in &sends[..count - 1] {
                    let refused = matches!(earlier.status(), Some(401 | 429));
                    assert!(refused, "law 9: a write was sent again after {:?}", earlier.told);
                }
            }
        }
    }

    /// Notes which rare paths were reached.
    fn note(&self, sometimes: &mut Sometimes) {
        for (_, notice) in &self.log {
            let rare = match notice {
                Notice::Breaker { transition, .. } => match (transition.from, transition.to) {
                    (State::Closed, State::Open) => Rare::BreakerOpened,
                    (State::HalfOpen, State::Open) => Rare::HalfOpenFailed,
                    (_, State::Closed) => Rare::BreakerRecovered,
                    _ => continue,
                },
                Notice::Waiting { why, .. } => match why {
                    Why::RampUp => Rare::RampUpRefused,
                    Why::ProbesOut => Rare::ProbesOut,
                    Why::Token => Rare::ParkedForToken,
                    Why::Pacing => Rare::PacingWaited,
                    Why::ServerAsked => Rare::ServerHoldWaited,
                    _ => continue,
                },
                Notice::Retrying { call, cause: Cause::Unauthorized }
                    if self.begun[call].mid_listing =>
                {
                    Rare::TokenExpiredMidPage
                }
                _ => continue,
            };
            sometimes.note(rare);
        }
        for (call, at) in &self.dropped {
            match self.sends.iter().rfind(|send| send.call == *call) {
                Some(send) if send.told.is_none() && send.off == *at => {
                    sometimes.note(Rare::DroppedOnTheWire);
                }
                _ => sometimes.note(Rare::DroppedWaiting),
            }
        }
        let late = |(from, to): &&(Instant, Instant)| {
            let spans = |send: &Send| send.heard.at <= *from && send.off > *from && send.off < *to;
            self.sends.iter().any(spans)
        };
        for _ in self.jumps.iter().filter(late) {
            sometimes.note(Rare::ClockJumped);
        }
    }
}
