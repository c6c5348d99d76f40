//! What is compared: the decisions, in order, in words.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::time::Instant;
use glp_core::trace::{CallId, Notice};

use crate::suite::scenario::{API, SSO};

/// Writes down what is decided and what comes of it. Clones write into the same trace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<Entry>>>);

#[derive(Debug)]
struct Entry {
    at: Instant,
    call: Option<CallId>,
    text: String,
}

impl Trace {
    pub(crate) fn notice(&self, at: Instant, notice: &Notice) {
        let text = notice.to_string();
        let (call, text) = match notice {
            Notice::Sent { call, .. }
            | Notice::Retrying { call, .. }
            | Notice::Waiting { call, .. } => {
                (Some(*call), text.split_once(": ").unwrap().1.to_owned())
            }
            Notice::Breaker { .. } | Notice::TokenFetched { .. } => (None, text),
        };
        self.0.lock().unwrap().push(Entry { at, call, text });
    }

    /// Writes down what one call came to.
    pub(crate) fn outcome(&self, at: Instant, result: &Result<Response, Error>) {
        self.say(at, outcome(result));
    }

    pub(crate) fn say(&self, at: Instant, text: impl Into<String>) {
        self.0.lock().unwrap().push(Entry { at, call: None, text: text.into() });
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Puts what calls made at once wrote down, from line `from` on, in an order that does not
    /// depend on which of them was first: what concerns all, then call by call, like by like.
    pub(crate) fn sort(&self, from: usize, at: Instant, results: &[Result<Response, Error>]) {
        let mut entries = self.0.lock().unwrap();
        let mut calls = BTreeMap::<_, Vec<_>>::new();
        for entry in entries.split_off(from) {
            match entry.call {
                None => entries.push(entry),
                Some(call) => calls.entry(call).or_default().push((entry.at, entry.text)),
            }
        }
        let mut calls: Vec<_> = calls.into_values().collect();
        calls.sort();
        let mut outcomes: Vec<_> = results.iter().map(|result| (at, outcome(result))).collect();
        outcomes.sort();
        let lines = calls.into_iter().flatten().chain(outcomes);
        entries.extend(lines.map(|(at, text)| Entry { at, call: None, text }));
    }

    /// Returns the lines, with the addresses of `hosts` shown by name: the API's, the token
    /// service's.
    pub(crate) fn lines(&self, hosts: [&str; 2]) -> Vec<String> {
        let line = |Entry { at, call, text }: &Entry| {
            let call = call.map_or_else(String::new, |call| format!("call {}: ", call.0));
            let text = text.replace(hosts[0], API).replace(hosts[1], SSO);
            format!("{:>8} ms  {call}{text}", ticks(*at))
        };
        self.0.lock().unwrap().iter().map(line).collect()
    }
}

/// Whole milliseconds, rounded up as tokio's timers round.
fn ticks(at: Instant) -> u64 {
    at.as_nanos().div_ceil(1_000_000)
}

/// Says what a call came to, without the transport's own words, which differ.
fn outcome(result: &Result<Response, Error>) -> String {
    let error = match result {
        Ok(response) => {
            return format!("=> {}, {} bytes", response.status(), response.body().len());
        }
        Err(error) => error,
    };
    let mut text = format!("=> {:?} after {} sends", error.kind(), error.attempts());
    let elapsed = ticks(Instant::ZERO + error.elapsed());
    _ = write!(text, " and {elapsed} ms, recoverable: {}", error.is_recoverable());
    if error.is_outcome_unknown() {
        text += ", outcome unknown";
    }
    if let Some(status) = error.status() {
        _ = write!(text, ", status {status}");
    }
    if let Some(wait) = error.retry_after() {
        _ = write!(text, ", retry after {wait:?}");
    }
    if let Some(at) = error.retry_at() {
        _ = write!(text, ", retry at {} ms", ticks(at));
    }
    for (key, value) in error.details().iter().filter(|(key, _)| *key == "gave_up") {
        _ = write!(text, ", {key}: {value}");
    }
    text
}

/// Shows two traces side by side, to the first line at which they part and a little further.
pub(crate) fn parting(expected: &[String], found: &[String]) -> Option<String> {
    /// Lines shown behind the one at which they part.
    const FURTHER: usize = 3;

    let longer = expected.len().max(found.len());
    let parting = (0..longer).find(|line| expected.get(*line) != found.get(*line))?;
    let line = |trace: &[String], line: usize| trace.get(line).cloned().unwrap_or_default();
    let shown = 0..longer.min(parting + 1 + FURTHER);
    let width = shown.clone().map(|at| line(expected, at).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for at in shown {
        let mark = if at == parting { '>' } else { ' ' };
        let (left, right) = (line(expected, at), line(found, at));
        _ = writeln!(text, "{mark} {left:width$} | {right}");
    }
    Some(text)
}

#[test]
fn traces_are_shown_side_by_side_from_where_they_part() {
    let trace = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect::<Vec<_>>();
    let expected = trace(&["sent", "waiting 1s", "sent", "=> 200"]);

    let found = trace(&["sent", "waiting 2s"]);

    assert_eq!(parting(&expected, &expected), None);
    let shown =
        "  sent       | sent\n> waiting 1s | waiting 2s\n  sent       | \n  => 200     | \n";
    assert_eq!(parting(&expected, &found).as_deref(), Some(shown));
}
