//! Law 8, from both sides: one request for a token at a time, and a good token is kept.

use core::time::Duration;

use glp_core::time::Instant;
use glp_core::token::LONGEST_MARGIN;

use super::mix::Mix;
use super::wire::{Send, Wire};

/// A token that a client was granted.
struct Granted<'w> {
    token: &'w str,
    /// From when on it may be renewed.
    renewable: Instant,
}

pub(super) fn judge(wire: &Wire, mix: &Mix) {
    let (mut off, mut newest) = (Instant::ZERO, None::<Granted<'_>>);
    let life = Duration::from_secs(mix.fake.token_life().as_secs());
    let margin = (life / 10).min(LONGEST_MARGIN);
    for (place, send) in wire.sends.iter().enumerate().filter(|(_, send)| send.heard.is_token) {
        let at = send.heard.at;
        assert!(at >= off, "law 8: two requests for a token are on the wire at {at:?}");
        off = off.max(send.off);
        let before = &wire.sends[..place];
        newest = granted(before, at, life - margin).or(newest);
        if let Some(Granted { token, renewable }) = newest {
            let justified = at >= renewable || before.iter().any(|one| refuses(one, token));
            assert!(justified, "law 8: a good token was thrown away at {at:?}");
        }
    }
}

/// Returns the newest token that the client is known to have heard of before `at`.
fn granted(before: &[Send], at: Instant, good_for: Duration) -> Option<Granted<'_>> {
    let last = before.iter().rfind(|send| send.heard.is_token)?;
    last.told.filter(|told| told.latest < at && told.answer.is_some())?;
    let token = last.heard.granted.as_deref()?;
    Some(Granted { token, renewable: last.heard.at + good_for })
}

/// Says whether an answer refuses this token.
fn refuses(send: &Send, token: &str) -> bool {
    send.heard.authorization.as_deref() == Some(token) && send.status() == Some(401)
}
