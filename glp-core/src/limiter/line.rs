//! Who waits, in order of arrival.

use alloc::collections::VecDeque;

/// A place in the line of one [`Limiter`](super::Limiter). It cannot be copied, and going out
/// uses it up.
///
/// Example: see [`Limiter::join`](super::Limiter::join).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a place that nobody leaves holds up those behind it"]
pub struct Ticket(u64);

/// The tickets that are out, in order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    waiting: VecDeque<u64>,
    next: u64,
}

impl Line {
    pub(super) fn join(&mut self) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.push_back(ticket);
        Ticket(ticket)
    }

    /// Returns how many are before this one; before a newcomer are all.
    #[inline]
    pub(super) fn ahead_of(&self, ticket: Option<&Ticket>) -> usize {
        ticket
            .map_or(self.waiting.len(), |ticket| self.waiting.partition_point(|at| *at < ticket.0))
    }

    /// Returns how many were behind it.
    pub(super) fn leave(&mut self, ticket: Ticket) -> usize {
        match self.waiting.binary_search(&ticket.0) {
            Ok(place) => {
                self.waiting.remove(place);
                self.waiting.len() - place
            }
            Err(_) => 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
