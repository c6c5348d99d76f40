//! How a sync is getting on, put into words. No clock, no terminal: both are the caller's.

use std::time::Duration;

use glp_core::sync::Progress;
use glp_core::time::Instant;
use glp_core::trace::{Cause, Notice, Why};

use crate::span::Span;

/// The longest silence before a line says what is going on.
const SILENCE: Duration = Duration::from_secs(8);

/// Follows one run.
#[derive(Debug)]
pub(crate) struct Meter {
    position: Option<Progress>,
    /// Where the current listing began, to tell its rate.
    base: (Instant, u64),
    retries: u64,
    wait: Option<(Instant, Why)>,
    spoke_at: Instant,
}

impl Meter {
    /// Makes a meter for a run that starts now.
    pub(crate) fn new(now: Instant) -> Self {
        Self { position: None, base: (now, 0), retries: 0, wait: None, spoke_at: now }
    }

    /// Takes where the listing is, and returns a line if there are rows more.
    pub(crate) fn moved(&mut self, position: Progress, now: Instant) -> Option<String> {
        let place = |position: Progress| (position.resource, position.pass);
        let before = self.position.replace(position);
        let known = before.filter(|before| place(*before) == place(position));
        // Rows that an earlier run listed are no speed of this one.
        if known.is_none() || position.pages == 0 {
            self.base = (now, position.rows);
        }
        if position.rows == known.map_or(0, |before| before.rows) {
            return None;
        }
        self.spoke_at = now;
        Some(self.state(now))
    }

    /// Takes a decision of the machines, and returns a line if people should know of it.
    pub(crate) fn noticed(&mut self, notice: &Notice, now: Instant) -> Option<String> {
        let line = match notice {
            Notice::Breaker { name, transition } => {
                format!("breaker {name}: {} -> {}", transition.from, transition.to)
            }
            Notice::Retrying { cause, .. } => {
                self.retries += 1;
                format!("retrying: {}", explain(*cause))
            }
            Notice::Waiting { delay, why, .. } => {
                self.wait = Some((now + *delay, *why));
                format!("waiting {}: {}", Span(*delay), why.explain())
            }
            Notice::Sent { .. } => {
                self.wait = None;
                return None;
            }
            Notice::TokenFetched { .. } => return None,
        };
        self.spoke_at = now;
        Some(line)
    }

    /// Returns a line if nothing was said for too long.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<String> {
        if now.since(self.spoke_at) < SILENCE {
            return None;
        }
        self.spoke_at = now;
        Some(format!("still working: {}", self.state(now)))
    }

    /// Returns rows, rate, retries and the reason of a wait, in one line.
    pub(crate) fn state(&self, now: Instant) -> String {
        let mut text = match self.position {
            Some(position) => self.describe(position, now),
            None => "nothing listed yet".to_owned(),
        };
        if self.retries > 0 {
            text.push_str(&format!(
                ", {} {}",
                self.retries,
                plural(self.retries, "retry", "retries")
            ));
        }
        if let Some((until, why)) = self.wait.filter(|(until, _)| *until > now) {
            text.push_str(&format!(", waiting {}: {}", Span(until.since(now)), why.explain()));
        }
        text
    }

    /// Returns where the listing is.
    pub(crate) fn position(&self) -> Option<Progress> {
        self.position
    }

    fn describe(&self, position: Progress, now: Instant) -> String {
        let Progress { resource, rows, total, pass, .. } = position;
        let mut text = match total {
            Some(total) => format!("{resource}: {rows} of {total} rows"),
            None => format!("{resource}: {rows} rows"),
        };
        if let Some(rate) = self.rate(rows, now) {
            text.push_str(&format!(", {rate} rows/s"));
        }
        if pass > 1 {
            text.push_str(&format!(", pass {pass}"));
        }
        text
    }

    /// Returns the rows per second since this run began the listing.
    fn rate(&self, rows: u64, now: Instant) -> Option<u64> {
        let (since, base) = self.base;
        let milliseconds = u64::try_from(now.since(since).as_millis()).ok()?;
        rows.saturating_sub(base).saturating_mul(1_000).checked_div(milliseconds)
    }
}

fn plural(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

fn explain(cause: Cause) -> &'static str {
    match cause {
        Cause::Connect => "no connection was made",
        Cause::RateLimit => "the service is limiting requests",
        Cause::Reset => "the connection broke",
        Cause::Server => "the service failed",
        Cause::Timeout => "no answer in time",
        Cause::Truncated => "the answer ended early",
        Cause::Unauthorized => "the token was no longer accepted",
    }
}

#[cfg(test)]
mod tests {
    use glp_core::breaker::{Reason, State, Tally, Transition};
    use glp_core::greenlake::Resource;
    use glp_core::trace::CallId;

    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::ZERO + Duration::from_millis(milliseconds)
    }

    fn devices(rows: u64) -> Progress {
        let pages = rows / 500;
        Progress { resource: Resource::Devices, rows, total: Some(12_000), pages, pass: 1 }
    }

    fn waiting(seconds: u64, why: Why) -> Notice {
        Notice::Waiting { call: CallId(1), delay: Duration::from_secs(seconds), why }
    }

    #[test]
    fn each_page_is_a_line_with_rows_and_rate() {
        let mut meter = Meter::new(at(0));

        assert_eq!(meter.moved(devices(0), at(1_000)), None);
        assert_eq!(
            meter.moved(devices(500), at(1_500)).unwrap(),
            "devices: 500 of 12000 rows, 1000 rows/s"
        );
        assert_eq!(meter.moved(devices(500), at(1_600)), None, "no news");
    }

    #[test]
    fn a_resumed_listing_does_not_count_the_rows_of_the_run_before() {
        let mut meter = Meter::new(at(0));
        let resumed = Progress { pages: 0, ..devices(6_000) };
        assert_eq!(meter.moved(devices(0), at(0)), None);

        assert_eq!(meter.moved(resumed, at(0)).unwrap(), "devices: 6000 of 12000 rows");
        assert_eq!(
            meter.moved(devices(7_000), at(1_000)).unwrap(),
            "devices: 7000 of 12000 rows, 1000 rows/s"
        );
    }

    #[test]
    fn a_wait_is_told_with_its_reason_and_counted_down() {
        let mut meter = Meter::new(at(0));
        meter.moved(devices(500), at(0));
        meter.noticed(&Notice::Retrying { call: CallId(1), cause: Cause::RateLimit }, at(0));

        let line = meter.noticed(&waiting(37, Why::ServerAsked), at(0)).unwrap();

        assert_eq!(line, "waiting 37 s: server asked");
        assert_eq!(meter.tick(at(7_999)), None);
        assert_eq!(
            meter.tick(at(12_000)).unwrap(),
            "still working: devices: 500 of 12000 rows, 0 rows/s, 1 retry, \
             waiting 25 s: server asked"
        );
        assert_eq!(meter.tick(at(13_000)), None);
    }

    #[test]
    fn a_request_on_its_way_ends_the_wait() {
        let mut meter = Meter::new(at(0));
        meter.noticed(&waiting(37, Why::Backoff), at(0));

        meter.noticed(&Notice::Sent { call: CallId(1), route: "r".into(), attempt: 2 }, at(1));

        assert_eq!(meter.state(at(1)), "nothing listed yet");
    }

    #[test]
    fn a_breaker_that_opens_is_told() {
        let transition = Transition {
            at: at(0),
            from: State::Closed,
            to: State::Open,
            reason: Reason::Failures,
            failures: 5,
            successes: 0,
            window: Tally::default(),
        };
        let notice = Notice::Breaker { name: "127.0.0.1".into(), transition };

        assert_eq!(
            Meter::new(at(0)).noticed(&notice, at(0)).unwrap(),
            "breaker 127.0.0.1: closed -> open"
        );
    }
}
