//! Messages for people, on stderr; a progress bar, where there is one, stays below them.

use std::fmt::Display;
use std::io::{self, Write};

use indicatif::ProgressBar;

/// Writes messages to stderr.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    volume: Volume,
    bar: Option<ProgressBar>,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Volume {
    /// Warnings and errors only.
    Quiet,
    /// Everything.
    Normal,
}

impl Messages {
    /// Makes messages of the given volume, without a bar.
    pub(crate) fn new(volume: Volume) -> Self {
        Self { volume, bar: None }
    }

    /// Returns messages that are written above `bar`.
    pub(crate) fn above(&self, bar: &ProgressBar) -> Self {
        Self { volume: self.volume, bar: Some(bar.clone()) }
    }

    /// Returns how much is said.
    pub(crate) fn volume(&self) -> Volume {
        self.volume
    }

    /// Tells what is going on; silent when quiet.
    pub(crate) fn info(&self, text: impl Display) {
        if self.volume == Volume::Normal {
            self.write(&text);
        }
    }

    /// Tells of something the user should look at.
    pub(crate) fn warn(&self, text: impl Display) {
        self.write(&format_args!("warning: {text}"));
    }

    /// Tells why the program ends as it does.
    pub(crate) fn error(&self, text: impl Display) {
        self.write(&format_args!("error: {text}"));
    }

    /// Tells what can be done about it.
    pub(crate) fn hint(&self, text: impl Display) {
        self.write(&format_args!("hint: {text}"));
    }

    fn write(&self, text: &dyn Display) {
        // A closed stderr must not stop the work: there is nobody left to tell.
        let write = || drop(writeln!(io::stderr(), "{text}"));
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
