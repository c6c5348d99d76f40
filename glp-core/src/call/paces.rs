//! The paces of a client: one limiter for each route.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use core::num::NonZeroU32;
use core::time::Duration;

use crate::call::circuits::Blocked;
use crate::greenlake::Route;
use crate::hint::Quota;
use crate::limiter::{Later, Limiter, Pace, Ticket, Turn};
use crate::time::Instant;
use crate::trace::Why;

/// The paces of a client. Those that hold nobody back and owe nothing are let go where there would
/// be more than so many; the others are as many as routes were used within a window.
#[derive(Debug)]
pub(super) struct Paces {
    limiters: BTreeMap<Route, Limiter>,
    capacity: NonZeroU32,
}

impl Paces {
    pub(super) const fn new(capacity: NonZeroU32) -> Self {
        Self { limiters: BTreeMap::new(), capacity }
    }

    /// Says whether a route's pace admits a request, in its turn if it stands in line.
    pub(super) fn admit(
        &self,
        route: &Route,
        ticket: Option<&Ticket>,
        now: Instant,
    ) -> Result<(), Blocked> {
        let Some(limiter) = self.limiters.get(route) else { return Ok(()) };
        limiter.turn(ticket, now).map_err(|later: Later| {
            let why = match later.turn {
                Turn::Held => Why::ServerAsked,
                Turn::Pacing => Why::Pacing,
            };
            Blocked { retry_at: later.retry_at, why, name: route.to_string(), failures: 0 }
        })
    }

    /// Stands in the line of a route.
    pub(super) fn join(&mut self, route: &Route, now: Instant) -> Ticket {
        self.obtain(route, now).join()
    }

    /// Leaves the line of a route; returns how many were behind and move up.
    pub(super) fn leave(&mut self, route: &Route, ticket: Ticket) -> usize {
        self.limiters.get_mut(route).map_or(0, |limiter| limiter.leave(ticket))
    }

    /// Takes a turn that [`admit`](Self::admit) promised at the same `now`.
    pub(super) fn take(&mut self, route: &Route, ticket: Option<Ticket>, now: Instant) {
        let limiter = self.obtain(route, now);
        // Were it not free, the request would merely be early.
        match ticket {
            None => _ = limiter.take(now),
            Some(ticket) => {
                if let Err((ticket, _)) = limiter.redeem(ticket, now) {
                    limiter.leave(ticket);
                }
            }
        }
    }

    /// Holds every request of a route for `delay` from `now`.
    pub(super) fn hold(&mut self, route: &Route, delay: Duration, now: Instant) {
        self.obtain(route, now).hold(now + delay);
    }

    /// Heeds what the server says is left of a route's quota.
    pub(super) fn observe(&mut self, route: &Route, quota: Quota, now: Instant) {
        self.obtain(route, now).observe(quota.remaining, quota.reset, now);
    }

    fn obtain(&mut self, route: &Route, now: Instant) -> &mut Limiter {
        let full = self.limiters.len() >= self.capacity.get() as usize;
        if full && !self.limiters.contains_key(route) {
            self.limiters.retain(|_, limiter| !limiter.is_at_rest(now));
        }
        let limiter = || Limiter::new(Pace::per_minute(route.quota()));
        self.limiters.entry(route.clone()).or_insert_with(limiter)
    }
}
