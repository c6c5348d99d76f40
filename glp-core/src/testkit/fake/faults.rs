//! Which mishaps come, how often and when.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;
use core::time::Duration;

use super::endpoint::Endpoint;
use super::hint::HintStyle;
use super::mishap::{Change, ErrorBody, Mishap, OutageStyle, ServerStatus};
use super::operation_mishap::OperationMishap;
use crate::invalid::Invalid;
use crate::time::Instant;

/// Says which mishaps come, how often and when.
///
/// Where several could meet one request, the first of these does: an outage, the plan for its
/// number, what the endpoint always does, chance.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::testkit::{Faults, Mishap, Outage};
///
/// let faults = Faults::none()
///     .on_request(3, Mishap::Truncated)
///     .outage(Outage::after_requests(10, Duration::from_secs(2)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    pub(super) chances: Vec<(NonZeroU32, Mishap)>,
    pub(super) planned: BTreeMap<(Port, u64), Mishap>,
    pub(super) standing: BTreeMap<Endpoint, Mishap>,
    pub(super) operations: BTreeMap<u64, OperationMishap>,
    pub(super) outages: Vec<Outage>,
    pub(super) limit_cap: Option<NonZeroU32>,
    pub(super) most_in_a_row: u32,
    pub(super) most_changes: u32,
}

/// The two services, whose requests are counted apart: how often a client fetches tokens must not
/// move the plan of its other requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Port {
    Api,
    Token,
}

impl Port {
    pub(super) fn of(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::LegacyToken | Endpoint::WorkspaceToken => Self::Token,
            _ => Self::Api,
        }
    }
}

/// A time during which every request fails, those for tokens included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub(super) start: OutageStart,
    pub(super) length: Duration,
    pub(super) style: OutageStyle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutageStart {
    /// When the request after so many requests to the API comes.
    AfterRequests(u64),
    At(Instant),
}

impl Outage {
    /// Plans an outage that begins with the request after the first `requests` to the API.
    pub const fn after_requests(requests: u64, length: Duration) -> Self {
        let (start, style) = (OutageStart::AfterRequests(requests), OutageStyle::Unavailable);
        Self { start, length, style }
    }

    /// Plans an outage that begins at an instant.
    pub const fn at(start: Instant, length: Duration) -> Self {
        Self { start: OutageStart::At(start), length, style: OutageStyle::Unavailable }
    }

    /// Sets what a client sees of it; 503 with the page of a gateway by default.
    #[must_use]
    pub const fn style(mut self, style: OutageStyle) -> Self {
        self.style = style;
        self
    }
}

/// How bad a day is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Nothing goes wrong.
    #[default]
    None,
    /// Now and then a 429, a 503, a reset, a slow answer; never two failures in a row.
    Mild,
    /// A quarter of all requests fails in some way, tokens are revoked, pages are smaller than
    /// asked for, and two rows come or go between pages. Of the requests to one service, never do
    /// three in a row fail.
    Harsh,
}

impl FromStr for Level {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "none" => Ok(Self::None),
            "mild" => Ok(Self::Mild),
            "harsh" => Ok(Self::Harsh),
            _ => Err(Invalid::new("faults", text, "none, mild or harsh")),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Mild => "mild",
            Self::Harsh => "harsh",
        })
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

impl Faults {
    /// Nothing goes wrong.
    pub const fn none() -> Self {
        Self {
            chances: Vec::new(),
            planned: BTreeMap::new(),
            standing: BTreeMap::new(),
            operations: BTreeMap::new(),
            outages: Vec::new(),
            limit_cap: None,
            most_in_a_row: u32::MAX,
            most_changes: u32::MAX,
        }
    }

    /// As much goes wrong as a level says. Each wait that a server asks for is 3 s or less.
    pub fn level(level: Level) -> Self {
        match level {
            Level::None => Self::none(),
            Level::Mild => Self::mild(),
            Level::Harsh => Self::harsh(),
        }
    }

    fn mild() -> Self {
        let second = HintStyle::RetryAfterSeconds.secs(1);
        Self::none()
            .sometimes(nonzero(60), Mishap::RateLimited(Some(second)))
            .sometimes(nonzero(60), UNAVAILABLE_PAGE)
            .sometimes(nonzero(80), Mishap::ResetBefore)
            .sometimes(nonzero(30), Mishap::Slow(Duration::from_millis(200)))
            .at_most_in_a_row(1)
    }

    fn harsh() -> Self {
        let hints = HintStyle::READABLE.into_iter().zip([1, 2, 1, 2, 3, 1]);
        let limited = hints.map(|(style, seconds)| Mishap::RateLimited(Some(style.secs(seconds))));
        limited
            .fold(Self::none(), |faults, mishap| faults.sometimes(nonzero(70), mishap))
            .sometimes(nonzero(70), Mishap::RateLimited(None))
            .sometimes(nonzero(60), INTERNAL_ERROR)
            .sometimes(nonzero(60), BAD_GATEWAY_PAGE)
            .sometimes(nonzero(60), UNAVAILABLE_PAGE)
            .sometimes(nonzero(60), UNAVAILABLE_FOR_A_SECOND)
            .sometimes(nonzero(80), Mishap::Mismatched)
            .sometimes(nonzero(50), Mishap::ResetBefore)
            .sometimes(nonzero(50), Mishap::ResetAfter)
            .sometimes(nonzero(40), Mishap::Truncated)
            .sometimes(nonzero(50), Mishap::Revoked)
            .sometimes(nonzero(20), Mishap::Slow(Duration::from_millis(300)))
            // No updates: a listing cannot see that a row changed behind its back.
            .sometimes(nonzero(15), Mishap::Change(Change::Insert))
            .sometimes(nonzero(15), Mishap::Change(Change::Delete))
            // Two changes can spoil two listings; the third finds the rows at rest.
            .at_most_changes(2)
            .at_most_in_a_row(2)
            .cap_limit(nonzero(1_500))
    }

    /// A bad day in small: two dozen requests for pages of 500 rows meet each kind of trouble once
    /// and an outage of 2.5 s, long enough to open a breaker. No row moves.
    pub fn demo() -> Self {
        let limited = |style: HintStyle| Mishap::RateLimited(Some(style.secs(1)));
        Self::none()
            .on_request(3, limited(HintStyle::RetryAfterSeconds))
            .on_request(5, Mishap::Truncated)
            .on_request(7, Mishap::Revoked)
            .on_request(9, limited(HintStyle::ResetSeconds))
            .on_request(11, Mishap::ResetAfter)
            .outage(Outage::after_requests(14, Duration::from_millis(2_500)))
            .on_request(17, UNAVAILABLE_FOR_A_SECOND)
            .on_request(20, limited(HintStyle::RetryAfterDate))
            .on_request(23, Mishap::ResetBefore)
    }

    /// Lets a mishap meet one request in so many.
    ///
    /// [`Mishap::Change`] and [`Mishap::Revoked`] come by chance only in the middle of a listing,
    /// and the second never straight after another mishap.
    #[must_use]
    pub fn sometimes(mut self, one_in: NonZeroU32, mishap: Mishap) -> Self {
        self.chances.push((one_in, mishap));
        self
    }

    /// Lets a mishap meet the request with this number to the API, counted from 1; requests during
    /// an outage do not count.
    #[must_use]
    pub fn on_request(mut self, number: u64, mishap: Mishap) -> Self {
        self.planned.insert((Port::Api, number), mishap);
        self
    }

    /// Lets a mishap meet the request with this number for a token, counted likewise.
    #[must_use]
    pub fn on_token_request(mut self, number: u64, mishap: Mishap) -> Self {
        self.planned.insert((Port::Token, number), mishap);
        self
    }

    /// Lets a mishap meet every request to an endpoint.
    #[must_use]
    pub fn always(mut self, endpoint: Endpoint, mishap: Mishap) -> Self {
        self.standing.insert(endpoint, mishap);
        self
    }

    /// Lets something go wrong with the asynchronous operation that is accepted as this one, counted
    /// from 1.
    #[must_use]
    pub fn on_operation(mut self, number: u64, mishap: OperationMishap) -> Self {
        self.operations.insert(number, mishap);
        self
    }

    /// Plans an outage; there may be several.
    #[must_use]
    pub fn outage(mut self, outage: Outage) -> Self {
        self.outages.push(outage);
        self
    }

    /// Makes pages no larger than so many rows, whatever limit is asked for, and no limit an error.
    #[must_use]
    pub const fn cap_limit(mut self, rows: NonZeroU32) -> Self {
        self.limit_cap = Some(rows);
        self
    }

    /// Spares a request after so many failures by chance in a row; the API and the token service are
    /// counted apart.
    #[must_use]
    pub const fn at_most_in_a_row(mut self, mishaps: u32) -> Self {
        self.most_in_a_row = mishaps;
        self
    }

    /// Ends [`Mishap::Change`] by chance after so many, so that a later listing finds rows at rest.
    #[must_use]
    pub const fn at_most_changes(mut self, changes: u32) -> Self {
        self.most_changes = changes;
        self
    }
}

const INTERNAL_ERROR: Mishap =
    Mishap::ServerError { status: ServerStatus::InternalError, body: ErrorBody::Json, hint: None };
const BAD_GATEWAY_PAGE: Mishap =
    Mishap::ServerError { status: ServerStatus::BadGateway, body: ErrorBody::Html, hint: None };
const UNAVAILABLE_PAGE: Mishap =
    Mishap::ServerError { status: ServerStatus::Unavailable, body: ErrorBody::Html, hint: None };
const UNAVAILABLE_FOR_A_SECOND: Mishap = Mishap::ServerError {
    status: ServerStatus::Unavailable,
    body: ErrorBody::Json,
    hint: Some(HintStyle::BodySeconds.secs(1)),
};

/// Makes a number of the tables above; none of them is zero.
const fn nonzero(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_level_reads_what_it_prints() {
        for level in [Level::None, Level::Mild, Level::Harsh] {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        let unknown = "HARSH".parse::<Level>().unwrap_err();
        assert_eq!(unknown.to_string(), "faults is HARSH: it must be none, mild or harsh");
    }

    #[test]
    fn the_demo_moves_no_row() {
        let demo = Faults::demo();
        let moves = |mishap: &Mishap| matches!(mishap, Mishap::Change(_));
        assert!(demo.chances.is_empty() && !demo.planned.values().any(moves));
    }
}
