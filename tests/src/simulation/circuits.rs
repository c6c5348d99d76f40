//! The breakers, from both sides: each change of state must follow from answers of its own epoch.

use std::collections::BTreeMap;

use glp_core::breaker::{Reason, State, Transition};
use glp_core::time::Instant;
use glp_core::trace::Notice;

use super::mix::Mix;
use super::wire::{Send, Wire};

/// The hosts of the API and of the token service, in every day.
const HOSTS: [&str; 2] = ["api.example", "sso.example"];

pub(super) fn judge(wire: &Wire, mix: &Mix) {
    let mut epochs = BTreeMap::<&str, Instant>::new();
    for (_, notice) in &wire.log {
        let Notice::Breaker { name, transition } = notice else { continue };
        let Transition { at, to, reason, .. } = *transition;
        let began = epochs.insert(name, at).unwrap_or(Instant::ZERO);
        let of_epoch = |send: &&Send| {
            let told = send.perhaps.is_some_and(|told| told.earliest <= at);
            concerns(send, name) && send.heard.at >= began && told
        };
        let own: Vec<_> = wire.sends.iter().filter(of_epoch).collect();
        let failures = own.iter().filter(|send| fails(send, name)).count();
        let successes = own.iter().filter(|send| succeeds(send, name)).count();
        let needed = match (to, reason) {
            (State::Open, Reason::Failures) => mix.breaker.failure_threshold.get() as usize,
            (State::Open, Reason::ProbesFailed) => 1,
            _ => 0,
        };
        assert!(failures >= needed, "law 3: {name} {transition}, for {failures} of {needed}");
        if (to, reason) == (State::Closed, Reason::Recovered) {
            let needed = mix.breaker.success_threshold.get() as usize;
            assert!(successes >= needed, "law 3: {name} {transition}, for {successes} of {needed}");
        }
    }
}

/// Says whether a request passes a breaker: its host's, or its route's.
fn concerns(send: &Send, name: &str) -> bool {
    send.route == name || HOSTS[usize::from(send.heard.is_token)] == name
}

/// Says whether an answer counts as a failure: no answer against the host, a bad one against the
/// route.
fn fails(send: &Send, name: &str) -> bool {
    match (HOSTS.contains(&name), send.status()) {
        (true, status) => status.is_none(),
        (false, status) => status.is_some_and(|status| status >= 500),
    }
}

fn succeeds(send: &Send, name: &str) -> bool {
    match (HOSTS.contains(&name), send.status()) {
        (true, status) => status.is_some(),
        (false, status) => status.is_some_and(|status| status < 500),
    }
}
