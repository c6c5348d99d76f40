//! Watches a run step by step, and tells people what it decided.

use std::convert::Infallible;

use glp_core::sync::Run;

use crate::messages::Messages;
use crate::progress::Progress;

/// Passes on where a run is, and each of its notes once.
pub(crate) struct Witness<'a> {
    progress: &'a Progress,
    /// What to say first, once it is known where the listing begins.
    opening: Option<String>,
    steps: u64,
    told: usize,
}

impl<'a> Witness<'a> {
    /// Makes a witness whose first line is `opening`, and whether the run resumes or begins afresh.
    pub(crate) fn new(progress: &'a Progress, opening: String) -> Self {
        Self { progress, opening: Some(opening), steps: 0, told: 0 }
    }

    /// Returns messages that do not disturb the progress.
    pub(crate) fn messages(&self) -> &Messages {
        self.progress.messages()
    }

    /// Keeps the display alive; never returns.
    pub(crate) fn keep_alive(&self) -> impl Future<Output = Infallible> + use<'a> {
        self.progress.keep_alive()
    }

    /// Sees the run after a step.
    pub(crate) fn saw(&mut self, run: &Run) {
        // Before its first step, in which the store is asked, a run does not know where it begins.
        if self.steps > 0 {
            self.tell(run.notes());
        }
        self.steps += 1;
        if let Some(progress) = run.progress() {
            self.progress.moved(progress);
        }
    }

    fn tell(&mut self, notes: &[String]) {
        let mut news = notes.iter().skip(self.told).map(String::as_str);
        let messages = self.progress.messages();
        if let Some(opening) = self.opening.take() {
            messages.info(format_args!("{opening}: {}", news.next().unwrap_or("fresh")));
        }
        news.for_each(|note| messages.info(note));
        self.told = notes.len();
    }
}
