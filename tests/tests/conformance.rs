//! One behaviour on four drivers.
//!
//! A script says what a server does, what is called, and under which configuration. It is run in the
//! virtual `World` and with each of the three adapters, whose sockets are real: loopback TCP, to a
//! server that does what the script says. The four records of decisions must be equal.
//!
//! # What is compared
//!
//! Line by line, in order: every send with its route and attempt, every wait with its reason and its
//! length to the nanosecond, every retry with its cause, every token fetched, every transition of a
//! breaker with its reason and counts; and what each call came to: the status and the size of the
//! body, or the error's kind, with sends, elapsed time, status, hint, and whether the outcome is
//! unknown. Each line with its time.
//!
//! # Whose time it is
//!
//! Each client's time is injected, and moves only where nothing else can: no wait takes place. While
//! an exchange is under way time stands still, however long the sockets take; what the script says
//! it takes is then added. So times are equal too, and not only lengths.
//!
//! One wait is real: a thread that blocks in a read cannot be called back, so a blocking client that
//! faces silence is given a moment of the machine's time in place of its attempt's.
//!
//! # What is left out, and why
//!
//! * Below the millisecond, the time of a line: tokio's timers tick in milliseconds. Lengths are
//!   compared in full, since they are decided and not measured.
//! * The transport's own words in an error. reqwest, hyper and ureq each have their own; what the
//!   machines make of them, the kind, is compared.
//! * Addresses: those of the servers are shown by name.
//! * Of calls made at once, which came first: threads race. Their lines are compared call by call,
//!   like by like.
//! * `Client::pages` and `sync`: listings are walked by one loop over the calls of each client. Those
//!   loops are of each adapter, and tested there.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "conformance/mod.rs"]
mod suite;

use suite::scripts::{answers, breakers, connections, hints, listings, sharing, tokens};
use suite::{assert_equal, count};

#[test]
fn every_row_of_the_classification_table_is_decided_alike() {
    assert_equal(answers::all());
}

#[test]
fn every_form_of_a_hint_is_heeded_alike() {
    assert_equal(hints::all());
}

#[test]
fn every_way_for_a_connection_to_fail_is_told_alike() {
    assert_equal(connections::all());
}

#[test]
fn tokens_are_fetched_and_renewed_alike() {
    assert_equal(tokens::all());
}

#[test]
fn breakers_open_probe_and_close_alike() {
    assert_equal(breakers::all());
}

#[test]
fn calls_at_once_share_alike() {
    assert_equal(sharing::all());
}

#[test]
fn listings_are_read_alike() {
    assert_equal(listings::all());
}

/// What asks for a token.
const FETCH: &str = "sent POST token";

#[test]
fn two_hundred_calls_on_an_expired_token_fetch_one() {
    for (driver, fetches) in count(&sharing::expired(), FETCH) {
        assert_eq!(fetches, 2, "{driver}: the one that expired, and one more");
    }
}

#[test]
fn a_hundred_late_refusals_of_an_old_token_fetch_no_other() {
    for (driver, fetches) in count(&sharing::late_refusals(), FETCH) {
        assert_eq!(fetches, 2, "{driver}: the one that was refused, and one more");
    }
}
