//! A failure as the decision sees it, and the decision with its reason.

use core::fmt;
use core::time::Duration;

/// What a failed attempt means for the next one.
///
/// Example: see [`Retry`](super::Retry).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It may pass by itself.
    Passing,
    /// No answer came in time; it may pass by itself.
    TimedOut,
    /// Sending again cannot help.
    Permanent,
    /// It may pass, but the request may have been acted on and must not be sent twice.
    NotReplayable,
}

/// What is known of a failed attempt.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::retry::{Failure, Nature};
///
/// let busy = Failure { nature: Nature::Passing, hint: Some(Duration::from_secs(9)) };
/// assert_eq!(busy.asked(), Some(Duration::from_secs(9)));
///
/// let at_once = Failure { hint: Some(Duration::ZERO), ..busy };
/// assert_eq!(at_once.asked(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means for the next one.
    pub nature: Nature,
    /// How long the server asks to wait.
    pub hint: Option<Duration>,
}

impl Failure {
    /// Returns the wait that the server asks for: zero only gives leave, so it asks for none.
    ///
    /// Example: see [`Failure`].
    pub fn asked(&self) -> Option<Duration> {
        self.hint.filter(|hint| !hint.is_zero())
    }
}

/// A failure of which the server said nothing.
impl From<Nature> for Failure {
    fn from(nature: Nature) -> Self {
        Self { nature, hint: None }
    }
}

/// What to do after a failure.
///
/// Example: see [`Retry`](super::Retry).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a decision does nothing by itself"]
pub enum Decision {
    /// Wait, then send again.
    After {
        /// How long.
        delay: Duration,
        /// Why so long.
        why: Why,
    },
    /// Send no more.
    GiveUp(GiveUp),
}

impl Decision {
    /// Returns the wait: the one to begin, or the one that would have been.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use glp_core::retry::{Decision, GiveUp};
    ///
    /// let would_have_waited = Duration::from_secs(4);
    /// let given_up = Decision::GiveUp(GiveUp::BudgetEmpty { would_have_waited });
    /// assert_eq!(given_up.delay(), Some(would_have_waited));
    /// assert_eq!(Decision::GiveUp(GiveUp::Permanent).delay(), None);
    /// ```
    pub fn delay(&self) -> Option<Duration> {
        match self {
            Self::After { delay, .. } => Some(*delay),
            Self::GiveUp(reason) => reason.would_have_waited(),
        }
    }
}

/// Why a wait is as long as it is.
///
/// Example: see [`Rules`](super::Rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Our own backoff says so.
    Backoff,
    /// The server asked for it.
    ServerAsked,
}

/// Why no further attempt is made.
///
/// Example: see [`Decision::delay`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// Sending again cannot help.
    Permanent,
    /// The request may have been acted on and must not be sent twice.
    NotReplayable,
    /// The server asked for a longer wait than allowed.
    ServerSaysNo {
        /// The wait that would have been: at least what the server asked for.
        would_have_waited: Duration,
    },
    /// Every attempt allowed was made.
    AttemptsExhausted {
        /// The wait that would have been.
        would_have_waited: Duration,
    },
    /// The wait would end at or after the deadline.
    DeadlineWouldPass {
        /// The wait that would have been.
        would_have_waited: Duration,
    },
    /// The budget that all calls share is empty.
    BudgetEmpty {
        /// The wait that would have been: come back no earlier.
        would_have_waited: Duration,
    },
}

impl GiveUp {
    /// Returns the wait that would have been, where one was thought of.
    ///
    /// Example: see [`Decision::delay`].
    pub const fn would_have_waited(&self) -> Option<Duration> {
        match self {
            Self::Permanent | Self::NotReplayable => None,
            Self::ServerSaysNo { would_have_waited }
            | Self::AttemptsExhausted { would_have_waited }
            | Self::DeadlineWouldPass { would_have_waited }
            | Self::BudgetEmpty { would_have_waited } => Some(*would_have_waited),
        }
    }
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent => f.write_str("sending again cannot help"),
            Self::NotReplayable => f.write_str("it must not be sent twice"),
            Self::ServerSaysNo { .. } => f.write_str("the server asked for too long a wait"),
            Self::AttemptsExhausted { .. } => f.write_str("attempts exhausted"),
            Self::DeadlineWouldPass { .. } => f.write_str("the deadline would pass"),
            Self::BudgetEmpty { would_have_waited } => write!(
                f,
                "our own retry budget is empty; the wait would have been {would_have_waited:?}"
            ),
        }
    }
}
