//! What a write wants next, and why it waits.

use crate::operation::Operation;
use crate::time::Instant;
use crate::write::Written;

/// What to do now for a [`Write`](super::Write), or a [`Polling`](super::Polling).
#[derive(Clone, Debug)]
#[must_use = "a write does nothing by itself"]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
pub enum Step<T = Written> {
    /// Nothing; it is over, and this came of it.
    Done(T),
    /// Send this, and report with `handle`.
    Send(Operation),
    /// Wait until `until`; then poll again.
    Wait {
        /// When to poll again.
        until: Instant,
        /// Why.
        why: Why,
    },
}

impl<T> Step<T> {
    /// Sends an operation when its time has come, and waits until then.
    pub(super) fn at(time: Instant, why: Why, operation: &Operation, now: Instant) -> Self {
        if now >= time { Self::Send(operation.clone()) } else { Self::Wait { until: time, why } }
    }
}

/// Why a write waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The service has accepted it and not yet done it.
    InProgress,
    /// Its outcome is not known, and the rows are looked for again later.
    ReadingBack,
    /// The service could not be asked how far it has got, and is asked again later.
    Unreadable,
}

impl Why {
    /// Explains the wait in words that complete "waiting 2 s: …".
    pub const fn explain(self) -> &'static str {
        match self {
            Self::InProgress => "the service is working on it",
            Self::ReadingBack => "looking whether it was done",
            Self::Unreadable => "the service did not say how far it is",
        }
    }
}
