//! Pacing: keep to a quota before the server has to insist, and stay calm when it does.
//!
//! A route has one [`Limiter`]. Four things set when a request may go out, and the latest counts:
//!
//! | what | says |
//! |---|---|
//! | the [`Pace`] | so many per window, so many at once |
//! | [`hold`](Limiter::hold) | the server asked for calm until then |
//! | [`observe`](Limiter::observe) | the server says so many are left until its window ends |
//! | [`join`](Limiter::join) | others came first |
//!
//! A [`Pace`] of 10 requests in 60 seconds, of which 4 at once, is a spacing of 60 s ÷ (10 − 4 + 1):
//!
//! ```text
//! second    0        8.6   17.1  25.7  34.3  42.9  51.4  60
//! request   1 2 3 4  5     6     7     8     9     10    11
//!           burst    one per spacing: 10 in this window of 60 s, and in any other
//! ```
//!
//! A quota is that of a workspace, a method and a route. A client speaks for one workspace, and
//! keeps one limiter per method and path template. Where several clients share a workspace they
//! share its quotas: `call::Config::quotas` gives each its part.

mod line;
mod pace;

use core::num::NonZeroU64;
use core::time::Duration;

use self::line::Line;
use crate::time::{Instant, nanos};

pub use self::line::Ticket;
pub use self::pace::Pace;

/// The furthest a server's window is looked ahead; what ends later counts as ending then.
const LONGEST_WINDOW: Duration = Duration::from_secs(3_600);

/// Why a request must wait for its turn.
///
/// Example: see [`Limiter::hold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The quota would be exceeded.
    Pacing,
    /// The server asked for calm.
    Held,
}

/// Tells a request to come later.
///
/// Example: see [`Limiter::hold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// The instant at which asking again succeeds, if nothing happens before; no earlier one does
    /// unless somebody ahead leaves the line or stays away.
    pub retry_at: Instant,
    /// Why.
    pub turn: Turn,
}

/// Paces one route, by the generic cell rate algorithm, first come, first sent.
///
/// Two instants are its state: the theoretical arrival time of the next request, and the one
/// before which the server asked not to be disturbed. A refused request takes nothing.
///
/// # The line
///
/// Whoever has to wait [`join`](Self::join)s the line. Each in it has its own time, one spacing
/// after the one before, so everyone who comes at that time goes out in order of arrival. Who
/// [`leave`](Self::leave)s takes nothing, and all behind move up by one. Who stays away keeps the
/// place but stops nobody: those behind go at their own times.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use core::time::Duration;
/// use glp_core::limiter::{Limiter, Pace};
/// use glp_core::time::Instant;
///
/// let two = NonZeroU32::new(2).unwrap();
/// let mut limiter = Limiter::new(Pace { quota: two, window: Duration::from_secs(1), burst: two });
/// assert!(limiter.take(Instant::ZERO).is_ok());
/// assert!(limiter.take(Instant::ZERO).is_ok());
/// let later = limiter.take(Instant::ZERO).unwrap_err();
/// assert!(limiter.take(later.retry_at).is_ok());
/// ```
///
/// Source: ITU-T I.371, annex A (virtual scheduling); the spacing that counts the burst against
/// the window, the line and the spread of what is left are ours.
#[derive(Clone, Debug)]
pub struct Limiter {
    /// In nanoseconds, like every length of time in here: durations are for those who ask.
    spacing: u64,
    /// How far ahead of its theoretical time a request may come: `(burst − 1) × spacing`.
    slack: u64,
    theoretical: Instant,
    not_before: Instant,
    spread: Spread,
    line: Line,
    latest: Instant,
}

/// A wider spacing, until the server's window ends.
#[derive(Clone, Copy, Debug)]
struct Spread {
    spacing: u64,
    until: Instant,
}

impl Limiter {
    /// Makes a limiter with its whole burst available and nobody in line.
    ///
    /// Example: see [`Limiter`].
    pub fn new(pace: Pace) -> Self {
        let spacing = pace.spacing();
        Self {
            spacing,
            slack: spacing.saturating_mul(pace.burst() - 1),
            theoretical: Instant::ZERO,
            not_before: Instant::ZERO,
            spread: Spread { spacing, until: Instant::ZERO },
            line: Line::default(),
            latest: Instant::ZERO,
        }
    }

    /// Says whether a request without a ticket may go out now, without counting it.
    ///
    /// Example: see [`Limiter::hold`].
    ///
    /// # Errors
    ///
    /// [`Later`] says when to come back, and why.
    #[inline]
    pub fn check(&self, now: Instant) -> Result<(), Later> {
        self.turn(None, now)
    }

    /// Counts one request without a ticket, which goes out now.
    ///
    /// Example: see [`Limiter`].
    ///
    /// # Errors
    ///
    /// [`Later`] says when to come back, and why; nothing is counted.
    #[inline]
    pub fn take(&mut self, now: Instant) -> Result<(), Later> {
        self.latest = self.latest.max(now);
        self.check(now)?;
        self.count();
        Ok(())
    }

    /// Stands in line, behind all who stand there.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use core::time::Duration;
    /// use glp_core::limiter::{Limiter, Pace};
    /// use glp_core::time::Instant;
    ///
    /// let one = NonZeroU32::MIN;
    /// let mut limiter = Limiter::new(Pace { quota: one, window: Duration::from_secs(1), burst: one });
    /// assert!(limiter.take(Instant::ZERO).is_ok());
    ///
    /// let (first, second) = (limiter.join(), limiter.join());
    /// let turn = |limiter: &Limiter, ticket| limiter.turn(Some(ticket), Instant::ZERO).unwrap_err();
    /// assert_eq!(turn(&limiter, &second).retry_at, Instant::ZERO + Duration::from_secs(2));
    /// assert_eq!(limiter.waiting(), 2);
    ///
    /// assert_eq!(limiter.leave(first), 1);
    /// assert_eq!(turn(&limiter, &second).retry_at, Instant::ZERO + Duration::from_secs(1));
    /// # limiter.leave(second);
    /// ```
    pub fn join(&mut self) -> Ticket {
        self.line.join()
    }

    /// Says whether it is this ticket's turn, or without one a newcomer's.
    ///
    /// Example: see [`join`](Self::join).
    ///
    /// # Errors
    ///
    /// [`Later`] says when to come back, and why.
    #[inline]
    pub fn turn(&self, ticket: Option<&Ticket>, now: Instant) -> Result<(), Later> {
        let now = now.max(self.latest);
        let retry_at = self.due(self.line.ahead_of(ticket), now);
        if now >= retry_at {
            return Ok(());
        }
        let turn = if retry_at == self.not_before { Turn::Held } else { Turn::Pacing };
        Err(Later { retry_at, turn })
    }

    /// Counts the request of a ticket, which goes out now and leaves the line.
    ///
    /// # Errors
    ///
    /// The ticket is handed back, and [`Later`] says when to come with it, and why.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use glp_core::limiter::{Limiter, Pace};
    /// use glp_core::time::Instant;
    ///
    /// let mut limiter = Limiter::new(Pace::per_minute(NonZeroU32::MIN));
    /// assert!(limiter.take(Instant::ZERO).is_ok());
    ///
    /// let ticket = limiter.join();
    /// let (ticket, later) = limiter.redeem(ticket, Instant::ZERO).unwrap_err();
    /// assert!(limiter.redeem(ticket, later.retry_at).is_ok());
    /// ```
    pub fn redeem(&mut self, ticket: Ticket, now: Instant) -> Result<(), (Ticket, Later)> {
        self.latest = self.latest.max(now);
        if let Err(later) = self.turn(Some(&ticket), now) {
            return Err((ticket, later));
        }
        self.line.leave(ticket);
        self.count();
        Ok(())
    }

    /// Leaves the line without going out; returns how many were behind and move up.
    ///
    /// Example: see [`join`](Self::join).
    pub fn leave(&mut self, ticket: Ticket) -> usize {
        self.line.leave(ticket)
    }

    /// Returns how many stand in line.
    ///
    /// Example: see [`join`](Self::join).
    pub fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Says whether nothing would be lost with it: nobody stands in line, no hold and no spread is in
    /// force, and no request of the past is in its way.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use core::time::Duration;
    /// use glp_core::limiter::{Limiter, Pace};
    /// use glp_core::time::Instant;
    ///
    /// let mut limiter = Limiter::new(Pace::per_minute(NonZeroU32::new(60).unwrap()));
    /// limiter.take(Instant::ZERO)?;
    /// assert!(!limiter.is_at_rest(Instant::ZERO));
    /// assert!(limiter.is_at_rest(Instant::ZERO + Duration::from_secs(60)));
    /// # Ok::<(), glp_core::limiter::Later>(())
    /// ```
    pub fn is_at_rest(&self, now: Instant) -> bool {
        let now = now.max(self.latest);
        let free = self.theoretical.max(self.not_before).max(self.spread.until) <= now;
        free && self.waiting() == 0
    }

    /// Holds every request of this route until `until`; an earlier hold is never shortened.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use core::time::Duration;
    /// use glp_core::limiter::{Later, Limiter, Pace, Turn};
    /// use glp_core::time::Instant;
    ///
    /// let mut limiter = Limiter::new(Pace::per_minute(NonZeroU32::new(160).unwrap()));
    /// let retry_at = Instant::ZERO + Duration::from_secs(9);
    /// limiter.hold(retry_at);
    /// assert_eq!(limiter.check(Instant::ZERO), Err(Later { retry_at, turn: Turn::Held }));
    /// ```
    pub fn hold(&mut self, until: Instant) {
        self.not_before = self.not_before.max(until);
    }

    /// Heeds what the server says is left of its quota: `remaining` requests, until `reset` from
    /// now. No more than these go out until then, spread over the time; with none left, all are
    /// held. It never goes faster than the pace.
    ///
    /// What is still on the wire is not in the server's number; its answers will correct it. A
    /// window is looked ahead an hour at most.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use core::time::Duration;
    /// use glp_core::limiter::{Limiter, Pace};
    /// use glp_core::time::Instant;
    ///
    /// let mut limiter = Limiter::new(Pace::per_minute(NonZeroU32::new(600).unwrap()));
    /// limiter.observe(2, Duration::from_secs(30), Instant::ZERO);
    /// assert!(limiter.take(Instant::ZERO).is_ok());
    /// let next = limiter.take(Instant::ZERO).unwrap_err().retry_at;
    /// assert!(next > Instant::ZERO + Duration::from_secs(10));
    /// ```
    pub fn observe(&mut self, remaining: u64, reset: Duration, now: Instant) {
        self.latest = self.latest.max(now);
        let reset = reset.min(LONGEST_WINDOW);
        let until = self.latest + reset;
        let Some(remaining) = NonZeroU64::new(remaining) else { return self.hold(until) };
        // Until then at most ⌈(reset + slack − ahead) ÷ spacing⌉ can go out, `ahead` being how far
        // the requests so far reach over now: the spacing is chosen so that this is `remaining`.
        let ahead = nanos(self.theoretical.since(self.latest));
        let room = nanos(reset).saturating_add(self.slack).saturating_sub(ahead);
        let spacing = room.div_ceil(remaining.get()).max(self.spacing);
        self.spread = Spread { spacing, until };
    }

    /// Returns when a request may go out that so many others are before, who all come in time.
    #[inline]
    fn due(&self, others: usize, now: Instant) -> Instant {
        let from = self.theoretical.max(self.not_before);
        let theoretical = self.after(others as u64, from, now.max(self.not_before));
        let due = theoretical.as_nanos().saturating_sub(self.slack);
        Instant::from_nanos(due).max(self.not_before)
    }

    /// Moves the theoretical time by a request that goes out at the latest instant.
    #[inline]
    fn count(&mut self) {
        let from = self.theoretical.max(self.latest);
        self.theoretical = self.after(1, from, self.latest);
    }

    /// Returns the theoretical time after so many requests from `from` on, as seen at `now`.
    ///
    /// The wider spacing counts up to the end of the server's window and carries no debt over it:
    /// the first request that it would push beyond is due at the end, or by the pace.
    #[inline]
    fn after(&self, requests: u64, from: Instant, now: Instant) -> Instant {
        if now >= self.spread.until {
            return spaced(from, self.spacing, requests);
        }
        let end = spaced(self.spread.until, self.slack, 1);
        if from >= end {
            return spaced(from, self.spacing, requests);
        }
        let fitting = nanos(end.since(from)) / self.spread.spacing.max(1);
        let spread = requests.min(fitting);
        let from = spaced(from, self.spread.spacing, spread);
        match requests - spread {
            0 => from,
            more => spaced(spaced(from, self.spacing, 1).max(end), self.spacing, more - 1),
        }
    }
}

/// Returns the instant so many spacings after another; saturates.
#[inline]
const fn spaced(from: Instant, spacing: u64, count: u64) -> Instant {
    Instant::from_nanos(from.as_nanos().saturating_add(spacing.saturating_mul(count)))
}
