//! The server's hints, in every form in which it gives them, and in some that are none.

use crate::suite::line::{Line, status};
use crate::suite::scenario::{Act, Scenario, read};

/// When the server thinks it is.
const DATE: &str = "Mon, 23 Nov 2026 08:00:00 GMT";

/// A 429 whose own `Date` is there.
fn busy() -> Line {
    status(429).header("date", DATE)
}

/// One read that meets `line` and then an answer.
fn then_answered(name: impl Into<String>, line: Line) -> Scenario {
    Scenario::new(name, [line, status(200)])
}

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = forms();
    all.extend(none());
    all.extend(limits());
    all
}

/// What is a hint, header by header, and in the body.
fn forms() -> Vec<Scenario> {
    let mut all = Vec::new();
    for value in [
        "37",
        "007",
        "1.5",
        "Mon, 23 Nov 2026 08:00:45 GMT",
        "Monday, 23-Nov-26 08:00:45 GMT",
        "Mon Nov 23 08:00:45 2026",
    ] {
        let name = format!("retry-after: {value}");
        all.push(then_answered(name, busy().header("retry-after", value)));
    }
    for header in ["ratelimit-reset", "x-ratelimit-reset"] {
        for value in ["31", "1795420831", "2026-11-23T08:00:31Z", "2026-11-23T09:00:31+01:00"] {
            let name = format!("{header}: {value}");
            all.push(then_answered(name, busy().header(header, value)));
        }
    }
    let told = r#"{"errorDetails":[{"retryAfterSeconds":9}]}"#;
    all.push(then_answered("retryAfterSeconds in the body", status(429).body(told)));
    all.push(then_answered("a hint with a 503", status(503).header("retry-after", "5")));
    all.push(then_answered("a hint with a 500", status(500).header("retry-after", "5")));
    all.push(then_answered("a hint with a 408", status(408).header("retry-after", "5")));
    let both = busy().header("ratelimit-reset", "20").header("retry-after", "3");
    all.push(then_answered("retry-after wins over the reset", both.body(told)));
    let twice = busy().header("retry-after", "3").header("retry-after", "8");
    all.push(then_answered("of two hints in one place the longer", twice));
    let left = status(503).header("ratelimit-remaining", "4").header("ratelimit-reset", "31");
    all.push(then_answered("a 503 with quota left speaks of no wait", left));
    all
}

/// What is no hint, or asks for no wait: our own backoff applies.
fn none() -> Vec<Scenario> {
    let mut all = vec![then_answered("no hint", busy())];
    for value in
        ["0", "0.0", "Mon, 23 Nov 2026 07:59:00 GMT", "", "soon", "-1", "+5", "5s", "1,5", "0x10"]
    {
        let name = format!("retry-after: {value:?}, which asks for nothing");
        all.push(then_answered(name, busy().header("retry-after", value)));
    }
    for value in ["0", "1795420799", "2026-11-23T07:00:00Z", "-31", "later"] {
        let name = format!("ratelimit-reset: {value:?}, which asks for nothing");
        all.push(then_answered(name, busy().header("ratelimit-reset", value)));
    }
    let undated = status(429).header("retry-after", "Mon, 23 Nov 2026 08:00:45 GMT");
    all.push(then_answered("a date without the server's own says nothing", undated));
    let said = status(429).body(r#"{"errorDetails":[{"retryAfterSeconds":"soon"}]}"#);
    all.push(then_answered("garbage in the body", said));
    all
}

/// How far a hint is followed.
fn limits() -> Vec<Scenario> {
    let asks = |seconds: &str| busy().header("retry-after", seconds);
    let again = [Act::Call(read()), Act::Call(read())];
    vec![
        then_answered("a hint as long as the limit", asks("60")),
        then_answered("a hint beyond the limit", asks("61")),
        then_answered("a hint of centuries", asks(&"9".repeat(400))),
        then_answered("a hint to the deadline", asks("10")).within(10),
        then_answered("a hint past the deadline", asks("11")).within(10),
        then_answered("a hint longer than any backoff", asks("300"))
            .server_may_ask_for(300)
            .within(3_600),
        Scenario::new("a hint at the last attempt", [asks("7")]).attempts(1),
        Scenario::new(
            "a hint does not disturb the backoff",
            [status(500), asks("7"), status(500), status(200)],
        )
        .attempts(4),
        Scenario::new("a 429 holds its route for the next call", [asks("7"), status(200)])
            .attempts(1)
            .acts(again.clone()),
        Scenario::new("a 429 without a hint holds it as long as a backoff", [busy(), status(200)])
            .attempts(1)
            .acts(again.clone()),
        Scenario::new(
            "a 503 with a hint holds it as well",
            [status(503).header("retry-after", "7"), status(200)],
        )
        .attempts(1)
        .acts(again.clone()),
        Scenario::new("a 503 without one does not", [status(503), status(200)])
            .attempts(1)
            .acts(again.clone()),
        Scenario::new("a route held for too long refuses the next call", [asks("90"), status(200)])
            .attempts(1)
            .acts(again),
    ]
}
