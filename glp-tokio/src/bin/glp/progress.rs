//! The progress of a sync on stderr: a bar on a terminal, plain lines elsewhere.

use std::convert::Infallible;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use glp_core::sync;
use glp_core::trace::Notice;
use glp_tokio::Clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use crate::messages::{Messages, Volume};
use crate::meter::Meter;

/// How often the bar is drawn anew and silence is looked for.
const TICK: Duration = Duration::from_secs(1);
/// Bars carry no colours, so `NO_COLOR` needs no second style.
const STYLE: &str = "[{bar:24}] {msg}";

/// Shows how a run is getting on. Clones show the same run.
#[derive(Clone)]
pub(crate) struct Progress {
    clock: Clock,
    meter: Arc<Mutex<Meter>>,
    messages: Messages,
    bar: Option<ProgressBar>,
    rows: watch::Sender<u64>,
}

impl Progress {
    /// Begins to show a run that starts now.
    pub(crate) fn start(clock: Clock, messages: &Messages) -> Self {
        let bar = (messages.volume() == Volume::Normal && is_able_terminal()).then(draw_bar);
        let messages = match &bar {
            Some(bar) => messages.above(bar),
            None => messages.clone(),
        };
        let meter = Arc::new(Mutex::new(Meter::new(clock.now())));
        Self { clock, meter, messages, bar, rows: watch::Sender::new(0) }
    }

    /// Begins to show another run.
    pub(crate) fn restart(&self) {
        *self.meter() = Meter::new(self.clock.now());
        self.rows.send_replace(0);
    }

    /// Returns messages that do not disturb the bar.
    pub(crate) fn messages(&self) -> &Messages {
        &self.messages
    }

    /// Takes where the listing is.
    pub(crate) fn moved(&self, position: sync::Progress) {
        self.rows.send_replace(position.rows);
        let line = self.meter().moved(position, self.clock.now());
        // On a terminal the bar shows the rows; a line for each page would only scroll.
        if self.bar.is_none() {
            self.say(line);
        }
        self.redraw();
    }

    /// Takes a decision of the machines.
    pub(crate) fn noticed(&self, notice: &Notice) {
        let line = self.meter().noticed(notice, self.clock.now());
        self.say(line);
        self.redraw();
    }

    /// Waits until a listing has at least so many rows.
    pub(crate) async fn reached(&self, rows: u64) {
        // It cannot fail: the sender lives as long as `self`.
        let _ = self.rows.subscribe().wait_for(|now| *now >= rows).await;
    }

    /// Keeps the display alive; never returns.
    pub(crate) async fn keep_alive(&self) -> Infallible {
        loop {
            self.clock.sleep_until(self.clock.now() + TICK).await;
            if self.bar.is_none() {
                let line = self.meter().tick(self.clock.now());
                self.say(line);
            }
            self.redraw();
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: Option<String>) {
        if let Some(line) = line {
            self.messages.info(line);
        }
    }

    fn redraw(&self) {
        let Some(bar) = &self.bar else { return };
        let meter = self.meter();
        if let Some(sync::Progress { rows, total, .. }) = meter.position() {
            bar.set_length(total.unwrap_or(rows).max(rows));
            bar.set_position(rows);
        }
        bar.set_message(meter.state(self.clock.now()));
        bar.tick();
    }

    /// Locks the meter. It stays usable even if a thread panicked while it held the lock: no
    /// method of it leaves it half changed.
    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn draw_bar() -> ProgressBar {
    let style =
        ProgressStyle::with_template(STYLE).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
}

/// Says whether stderr is a terminal on which a line can be drawn over.
fn is_able_terminal() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
