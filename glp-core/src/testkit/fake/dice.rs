//! Draws the mishap that meets a request.

use alloc::collections::BTreeMap;
use core::num::NonZeroU32;

use rand_core::Rng;

use super::endpoint::Endpoint;
use super::faults::{Faults, Outage, OutageStart, Port};
use super::mishap::Mishap;
use crate::rng::SplitMix64;
use crate::time::Instant;

/// Draws the mishap that meets a request, from the faults, a seed and the requests so far.
#[derive(Debug)]
pub(super) struct Dice {
    rng: SplitMix64,
    api: Line,
    token: Line,
    /// Changes by chance so far.
    changes: u32,
    /// When each outage began, by its place among the faults.
    began: BTreeMap<usize, Instant>,
}

/// The requests to one of the two services.
#[derive(Debug, Default)]
struct Line {
    requests: u64,
    /// Failures by chance since a request was last spared.
    in_a_row: u32,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It asks for a page that is not the first.
    MidListing,
    /// Anywhere else.
    Elsewhere,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: SplitMix64::new(seed),
            api: Line::default(),
            token: Line::default(),
            changes: 0,
            began: BTreeMap::new(),
        }
    }

    /// Forgets how far the faults got, because others follow. The requests still count.
    pub(super) fn forget(&mut self) {
        (self.api.in_a_row, self.token.in_a_row) = (0, 0);
        self.changes = 0;
        self.began.clear();
    }

    /// Draws a number, for whatever a mishap leaves open.
    pub(super) fn number(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Returns the mishap that meets a request, if one does.
    pub(super) fn cast(
        &mut self,
        faults: &Faults,
        endpoint: Endpoint,
        place: Place,
        now: Instant,
    ) -> Option<Mishap> {
        if let Some(outage) = self.outage(faults, now) {
            return Some(Mishap::Outage(outage.style));
        }
        let port = Port::of(endpoint);
        let line = self.line(port);
        line.requests += 1;
        let planned = faults.planned.get(&(port, line.requests));
        let standing = || faults.standing.get(&endpoint);
        planned.or_else(standing).copied().or_else(|| self.chance(faults, port, place))
    }

    fn line(&mut self, port: Port) -> &mut Line {
        match port {
            Port::Api => &mut self.api,
            Port::Token => &mut self.token,
        }
    }

    /// Returns the outage that lasts now, having begun those whose time has come.
    fn outage<'a>(&mut self, faults: &'a Faults, now: Instant) -> Option<&'a Outage> {
        let mut outages = faults.outages.iter().enumerate();
        let lasting = outages.find(|(place, outage)| {
            let due = match outage.start {
                OutageStart::AfterRequests(requests) => {
                    (self.api.requests >= requests).then_some(now)
                }
                OutageStart::At(start) => (now >= start).then_some(start),
            };
            let began = due.map(|due| *self.began.entry(*place).or_insert(due));
            began.is_some_and(|began| now < began + outage.length)
        });
        lasting.map(|(_, outage)| outage)
    }

    /// Rolls for each chance in turn; the first hit counts, if it may come here.
    fn chance(&mut self, faults: &Faults, port: Port, place: Place) -> Option<Mishap> {
        let rng = &mut self.rng;
        let mut chances = faults.chances.iter();
        let hit = chances.find(|(one_in, _)| below(rng, *one_in) == 0).map(|(_, mishap)| *mishap);
        let in_a_row = self.line(port).in_a_row;
        let mishap = hit.filter(|mishap| self.may_come(*mishap, faults, place, in_a_row));
        self.line(port).in_a_row = match mishap {
            Some(Mishap::Change(_) | Mishap::Slow(_)) | None => 0,
            Some(_) => in_a_row + 1,
        };
        self.changes += u32::from(matches!(mishap, Some(Mishap::Change(_))));
        mishap
    }

    fn may_come(&self, mishap: Mishap, faults: &Faults, place: Place, in_a_row: u32) -> bool {
        match mishap {
            Mishap::Change(_) => place == Place::MidListing && self.changes < faults.most_changes,
            // Two revocations of one request would end it: the second 401 is an error.
            Mishap::Revoked => place == Place::MidListing && in_a_row == 0,
            Mishap::Slow(_) => true,
            _ => in_a_row < faults.most_in_a_row,
        }
    }
}

fn below(rng: &mut SplitMix64, limit: NonZeroU32) -> u64 {
    ((rng.next_u64() >> 32) * u64::from(limit.get())) >> 32
}
