//! What a sync did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::time::Duration;

use glp_core::greenlake::Resource;
use glp_core::sync::schema::Value;
use glp_core::sync::{Outcome, ResourceReport, RunId, RunReport};
use glp_core::time::Instant;
use glp_core::trace::{Stats, Waits};
use serde::Serialize;

use crate::exit::Exit;
use crate::output::{Format, Output, Sheet, count, text};
use crate::span::Span;

/// What a sync did. `-o json` prints it as one object.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// How the run ended.
    pub(crate) outcome: Ending,
    /// The run's number in the ledger.
    pub(crate) run: RunId,
    /// Resource by resource; none where the run was stopped.
    pub(crate) resources: BTreeMap<Resource, ResourceReport>,
    /// What the client did: requests, retries, waits, breaker transitions, tokens.
    #[serde(flatten)]
    pub(crate) stats: Stats,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// Messages for people, in order.
    pub(crate) notes: Vec<String>,
    /// The code to exit with.
    #[serde(skip)]
    pub(crate) exit: Exit,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ending {
    /// Every resource is complete.
    Complete,
    /// Something was published, something is missing.
    Partial,
    /// Nothing was published.
    Failed,
    /// A signal, or the deadline, stopped it; the next run goes on from there.
    Interrupted,
}

impl Ending {
    /// Returns the word that JSON uses too.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            Outcome::Partial => Self::Partial,
            Outcome::Failed => Self::Failed,
        }
    }
}

impl Summary {
    /// Sums up a run that came to its end.
    pub(crate) fn of(report: RunReport, stats: Stats, took: Duration, exit: Exit) -> Self {
        let RunReport { run, outcome, resources, notes } = report;
        let seconds = took.as_secs_f64();
        Self { outcome: outcome.into(), run, resources, stats, seconds, notes, exit }
    }

    /// Sums up a run that was stopped on the way.
    pub(crate) fn stopped(run: RunId, stats: Stats, took: Duration, exit: Exit) -> Self {
        Self {
            outcome: Ending::Interrupted,
            run,
            resources: BTreeMap::new(),
            stats,
            seconds: took.as_secs_f64(),
            notes: Vec::new(),
            exit,
        }
    }

    /// Writes the summary to stdout: one object, one CSV line per resource, or a text for people.
    ///
    /// # Errors
    ///
    /// Those of writing to stdout.
    pub(crate) fn print(&self, output: &Output) -> io::Result<()> {
        match output.format() {
            Format::Json => output.object(self),
            Format::Csv => output.sheet(&self.sheet()),
            Format::Table if self.resources.is_empty() => output.text(&self.text()),
            Format::Table => {
                output.sheet(&self.sheet())?;
                output.text(&self.text())
            }
        }
    }

    fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::new(&[
            "resource",
            "outcome",
            "listed",
            "inserted",
            "updated",
            "unchanged",
            "retired",
            "restored",
            "resumed_at",
        ]);
        for (resource, report) in &self.resources {
            let counts = &report.counts;
            let numbers = [
                report.listed,
                counts.inserted,
                counts.updated,
                counts.unchanged,
                counts.retired,
                counts.restored,
            ];
            let mut row = vec![text(resource.name()), text(report.outcome.to_string())];
            row.extend(numbers.map(count));
            row.push(report.resumed_at.map_or(Value::Null, count));
            sheet.rows.push(row);
        }
        sheet
    }

    /// Returns what the sheet of resources does not tell.
    fn text(&self) -> String {
        // A sync has a handful of routes: none of its requests is unguarded.
        let Stats { requests, retries, waits, breaker, token_fetches, unguarded: _ } = &self.stats;
        let mut text = format!(
            "\nRun {}: {} in {}; {requests} requests, {token_fetches} tokens fetched.\n",
            self.run.0,
            self.outcome.word(),
            Span(Duration::from_secs_f64(self.seconds)),
        );
        for (resource, report) in &self.resources {
            if let Some(row) = report.resumed_at {
                line(&mut text, "resumed", [format!("{resource} at row {row}")]);
            }
        }
        line(
            &mut text,
            "retries",
            retries.iter().map(|(cause, count)| format!("{count} × {}", word(cause))),
        );
        line(
            &mut text,
            "waits",
            waits.iter().map(|(why, Waits { count, seconds })| {
                format!("{count} × {} ({seconds:.1} s)", why.explain())
            }),
        );
        line(
            &mut text,
            "breaker",
            breaker.iter().map(|change| {
                let at = change.at.since(Instant::ZERO).as_secs_f64();
                format!("{} -> {} at {at:.1} s ({})", change.from, change.to, change.breaker)
            }),
        );
        text
    }
}

/// Adds one line per item, the label before the first.
fn line(text: &mut String, label: &str, items: impl IntoIterator<Item = String>) {
    for (at, item) in items.into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {label:<8} {item}");
    }
}

/// Returns the word that JSON uses for a value without fields.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use glp_core::breaker::State;
    use glp_core::sync::Counts;
    use glp_core::trace::{BreakerChange, Cause, Why};

    use super::*;

    fn summary() -> Summary {
        let devices = ResourceReport {
            outcome: Outcome::Complete,
            listed: 12_000,
            counts: Counts { inserted: 12_000, generation: 1, ..Counts::default() },
            pages: 13,
            passes: 1,
            resumed_at: Some(6_000),
            discarded: None,
            row_errors: 0,
            reason: None,
            error_code: None,
        };
        let report = RunReport {
            run: RunId(2),
            outcome: Outcome::Complete,
            resources: BTreeMap::from([(Resource::Devices, devices)]),
            notes: vec!["resuming devices at row 6000 (run 1)".into()],
        };
        let stats = Stats {
            requests: 41,
            retries: BTreeMap::from([(Cause::RateLimit, 2), (Cause::Server, 5)]),
            waits: BTreeMap::from([(Why::ServerAsked, Waits { count: 2, seconds: 2.0 })]),
            breaker: vec![BreakerChange {
                breaker: "127.0.0.1:80".into(),
                at: Instant::ZERO + Duration::from_millis(3_210),
                from: State::Closed,
                to: State::Open,
            }],
            token_fetches: 2,
            unguarded: 0,
        };
        Summary::of(report, stats, Duration::from_millis(9_500), Exit::Success)
    }

    #[test]
    fn the_text_says_what_happened_on_the_way() {
        assert_eq!(
            summary().text(),
            "\nRun 2: complete in 9.5 s; 41 requests, 2 tokens fetched.\
             \n  resumed  devices at row 6000\
             \n  retries  2 × rate limit\
             \n           5 × server\
             \n  waits    2 × server asked (2.0 s)\
             \n  breaker  closed -> open at 3.2 s (127.0.0.1:80)\
\n"
        );
    }

    #[test]
    fn the_object_has_the_documented_names() {
        let object = serde_json::to_value(summary()).unwrap();

        assert_eq!(object["outcome"], "complete");
        assert_eq!(object["run"], 2);
        let devices = &object["resources"]["devices"];
        for (name, count) in [
            ("listed", 12_000),
            ("inserted", 12_000),
            ("updated", 0),
            ("unchanged", 0),
            ("retired", 0),
            ("restored", 0),
            ("resumed_at", 6_000),
        ] {
            assert_eq!(devices[name], count, "{name}");
        }
        assert_eq!(object["requests"], 41);
        assert_eq!(object["retries"]["rate_limit"], 2);
        assert_eq!(object["waits"]["server_asked"]["count"], 2);
        assert_eq!(object["breaker"][0]["to"], "open");
        assert_eq!(object["token_fetches"], 2);
    }
}
