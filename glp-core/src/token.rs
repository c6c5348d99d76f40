//! The token slot: one token for all calls, one flight to fetch it, one short memory of failure.

use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::error::Error;
use crate::exchange::Response;
use crate::operation::Malformed;
use crate::time::Instant;
use crate::trace::CallId;

/// Counts the tokens of one slot, from 1. A 401 invalidates the generation it was sent with, and
/// no later one.
pub type Generation = u64;

/// The life assumed for a token whose answer states none: GreenLake's documented 15 minutes.
pub const ASSUMED_LIFE: Duration = Duration::from_secs(900);

/// The longest time before its expiry at which a token is renewed.
///
/// A tenth of the life, where that is shorter; so a token that lives for seconds is still used.
pub const LONGEST_MARGIN: Duration = Duration::from_secs(300);

/// How long a failed fetch answers for, so that the calls that waited for it do not stampede.
pub const FAILURE_MEMORY: Duration = Duration::from_secs(1);

/// A token that came, ready to be sent.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The value of the `Authorization` header; marked sensitive, so `Debug` hides it.
    pub authorization: HeaderValue,
    /// Its generation.
    pub generation: Generation,
}

/// What a call that needs a token is told.
#[derive(Debug)]
pub enum Ask {
    /// Send with this token.
    Use(Grant),
    /// Fetch one: claim the flight with [`TokenSlot::depart`].
    Fetch,
    /// Another call is fetching; ask again when woken, or at this instant.
    Wait(Instant),
    /// The last fetch failed a moment ago.
    Failed(Error),
}

/// Holds the token for all calls of a client.
#[derive(Debug, Default)]
pub struct TokenSlot {
    held: Option<Held>,
    flight: Option<Flight>,
    failure: Option<(Error, Instant)>,
    generation: Generation,
}

#[derive(Debug)]
struct Held {
    grant: Grant,
    renew_at: Instant,
    expires_at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    holder: CallId,
    expires: Instant,
}

impl TokenSlot {
    /// Says what `call` has to do for a token at `now`.
    ///
    /// Within the margin before expiry one call fetches while the others go on with the old token;
    /// where that fetch fails, the old one is used to its end.
    pub fn ask(&self, call: CallId, now: Instant) -> Ask {
        let flight = self.flight.filter(|flight| flight.expires > now);
        if flight.is_some_and(|flight| flight.holder == call) {
            return Ask::Fetch;
        }
        let failure = self.failure.as_ref().filter(|(_, until)| now < *until);
        let usable = self.held.as_ref().filter(|held| now < held.expires_at);
        match (usable, flight, failure) {
            (Some(held), ..) if now < held.renew_at => Ask::Use(held.grant.clone()),
            (Some(held), Some(_), _) | (Some(held), _, Some(_)) => Ask::Use(held.grant.clone()),
            (None, Some(flight), _) => Ask::Wait(flight.expires),
            (None, None, Some((error, _))) => Ask::Failed(error.clone()),
            (_, None, None) => Ask::Fetch,
        }
    }

    /// Claims the flight for `call`, which was told to fetch, until `expires`.
    ///
    /// A claim that is neither ended nor extended by then is lost: another call may fetch.
    pub fn depart(&mut self, call: CallId, expires: Instant) {
        self.flight = Some(Flight { holder: call, expires });
    }

    /// Extends the claim of `call` while it waits to fetch again, unless it was lost to another.
    pub fn extend(&mut self, call: CallId, expires: Instant) {
        if let Some(flight) = self.flight.as_mut().filter(|flight| flight.holder == call) {
            flight.expires = expires;
        }
    }

    /// Takes the token that `call` fetched with a request sent at `sent_at`.
    ///
    /// The life counts from the sending, so the token is never thought to live longer than it does.
    pub fn arrive(&mut self, call: CallId, fetched: &Fetched, sent_at: Instant) -> Grant {
        self.generation += 1;
        let authorization = fetched.authorization.clone();
        let grant = Grant { authorization, generation: self.generation };
        let margin = (fetched.life / 10).min(LONGEST_MARGIN);
        let expires_at = sent_at + fetched.life;
        let renew_at = sent_at + (fetched.life - margin);
        self.held = Some(Held { grant: grant.clone(), renew_at, expires_at });
        self.failure = None;
        self.land(call);
        grant
    }

    /// Notes that the fetch of `call` failed, for those who wait.
    pub fn fail(&mut self, call: CallId, error: &Error, now: Instant) {
        self.failure = Some((error.clone(), now + FAILURE_MEMORY));
        self.land(call);
    }

    /// Ends the flight of `call`, if it holds one; says whether it did.
    pub fn land(&mut self, call: CallId) -> Landing {
        match self.flight {
            Some(flight) if flight.holder == call => {
                self.flight = None;
                Landing::Ended
            }
            _ => Landing::NotHeld,
        }
    }

    /// Says whether a token that is good at `now` is held.
    pub fn usable(&self, now: Instant) -> Option<Grant> {
        self.held.as_ref().filter(|held| now < held.expires_at).map(|held| held.grant.clone())
    }

    /// Drops the token if it is of `generation`: a late 401 never discards a newer one.
    pub fn invalidate(&mut self, generation: Generation) {
        if self.held.as_ref().is_some_and(|held| held.grant.generation == generation) {
            self.held = None;
        }
    }

    /// Says whether a flight is out at `now`.
    pub fn is_fetching(&self, now: Instant) -> bool {
        self.flight.is_some_and(|flight| flight.expires > now)
    }
}

/// Whether a call held the flight it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// It did; those who wait may ask again.
    Ended,
    /// It did not.
    NotHeld,
}

/// What the token service granted.
#[derive(Clone, Debug)]
pub struct Fetched {
    authorization: HeaderValue,
    life: Duration,
}

/// Reads a token answer (RFC 6749 §5.1) and leaves a [`Fetched`] in the response's extensions.
///
/// # Errors
///
/// [`Malformed`] where the body is no token answer; it never quotes the body.
pub fn decode(response: &mut Response) -> Result<(), Malformed> {
    let body = response.body();
    let answer: Answer = serde_json::from_slice(body).map_err(|error| Malformed {
        at: offset(body, error.line(), error.column()),
        problem: format!("the token answer is {}", category(&error)),
    })?;
    let text = SecretString::from(format!("Bearer {}", answer.access_token.expose_secret()));
    let mut authorization = HeaderValue::from_str(text.expose_secret()).map_err(|_| Malformed {
        at: 0,
        problem: "access_token holds characters that a header cannot carry".to_string(),
    })?;
    authorization.set_sensitive(true);
    let life = answer.expires_in.map_or(ASSUMED_LIFE, Duration::from_secs);
    response.extensions_mut().insert(Fetched { authorization, life });
    Ok(())
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    #[serde(default, deserialize_with = "lenient_seconds")]
    expires_in: Option<u64>,
}

/// Takes seconds as a number or as digits in a string; anything else counts as not stated.
fn lenient_seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(u64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Seconds::deserialize(from)? {
        Seconds::Number(seconds) => Some(seconds),
        Seconds::Text(text) => text.trim().parse().ok(),
        Seconds::Other(_) => None,
    })
}

/// Names what serde_json found without its words, which could quote the token.
fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "without a textual access_token",
        serde_json::error::Category::Eof => "cut short",
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => "not JSON",
    }
}

/// Turns a line and column, both from 1, into an offset in bytes.
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (before + column.saturating_sub(1)).min(body.len())
}
