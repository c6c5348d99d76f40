//! The classification table, row by row: what comes back whole.

use crate::suite::line::{body, status};
use crate::suite::scenario::{Act, Scenario, first_page, read, write};

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = successes();
    all.extend(refusals());
    all.extend(passing());
    all
}

fn successes() -> Vec<Scenario> {
    vec![
        Scenario::new("an answer", [status(200)]),
        Scenario::new("204, and nothing in it", [status(204).body("")]),
        Scenario::new("201 to a write", [status(201)]).acts([Act::Call(write())]),
        Scenario::new("an answer with an empty body", [status(200).body("")]),
        Scenario::new("a page that is none", [body("<html>")]).acts([Act::Call(first_page())]),
        Scenario::new("a page cut short by the service", [body(r#"{"items":[{"id":"#)])
            .acts([Act::Call(first_page())]),
        Scenario::new("an empty body where a page should be", [body("")])
            .acts([Act::Call(first_page())]),
        Scenario::new("a body as large as the limit", [body("x".repeat(100))]).max_body(100),
        Scenario::new("a body larger than the limit", [body("x".repeat(101))]).max_body(100),
    ]
}

/// What is not sent again, whoever asks.
fn refusals() -> Vec<Scenario> {
    let refused = [400, 403, 404, 409, 412, 422, 451, 501, 505, 511];
    let mut all: Vec<_> = refused
        .into_iter()
        .map(|code| Scenario::new(format!("{code}, which is final"), [status(code)]))
        .collect();
    let elsewhere = status(302).header("location", "https://elsewhere.example/?token=x");
    all.push(Scenario::new("a redirect", [elsewhere]));
    all.push(Scenario::new("304, which nobody asked for", [status(304).body("")]));
    let envelope = r#"{"errorCode":"HPE_GL_ERROR","message":"no such thing","debugId":"d-1"}"#;
    all.push(Scenario::new("a refusal in the service's own words", [status(404).body(envelope)]));
    all
}

/// What may pass: sent again where that is safe.
fn passing() -> Vec<Scenario> {
    let mut all = Vec::new();
    for code in [408, 425, 429, 500, 502, 503, 504] {
        let lines = [status(code), status(200)];
        all.push(Scenario::new(format!("{code}, then an answer"), lines.clone()));
        all.push(Scenario::new(format!("{code} to a write"), lines).acts([Act::Call(write())]));
    }
    all.push(Scenario::new("failures to the end, and no wait after the last", [status(500)]));
    all.push(Scenario::new("a single attempt", [status(503)]).attempts(1));
    let lines = [status(500), status(408), status(502), status(504), status(200)];
    all.push(Scenario::new("waits that grow", lines).attempts(5));
    all.push(Scenario::new("a deadline that the next wait would pass", [status(500)]).within(2));
    all.push(
        Scenario::new("retries until the budget of all calls is empty", [status(408)])
            .attempts(8)
            .within(3_600)
            .acts(vec![Act::Call(read()); 8]),
    );
    all
}
