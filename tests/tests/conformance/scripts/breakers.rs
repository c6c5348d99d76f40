//! Outages: what opens a breaker, who waits for it, and what closes it again.

use crate::suite::line::{End, Line, status};
use crate::suite::scenario::{Act, Scenario, read, write};

fn calls(calls: usize) -> Vec<Act> {
    vec![Act::Call(read()); calls]
}

/// An outage that is over after a minute, and calls before and after.
fn outage(then: impl IntoIterator<Item = Act>) -> Vec<Act> {
    let mut acts = calls(3);
    acts.push(Act::Wait(60));
    acts.extend(then);
    acts
}

/// Makes a script whose breakers open after two failures, and whose calls send once.
fn brittle(name: &str, lines: impl Into<Vec<Line>>) -> Scenario {
    Scenario::new(name, lines).opens_after(2).attempts(1)
}

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = outages();
    all.extend(probes());
    all
}

fn outages() -> Vec<Scenario> {
    let (bad, good) = (|| status(503), || status(200));
    let reset = || Line::from(End::ResetAfter);
    vec![
        brittle("an outage that opens and closes the breaker", [bad(), bad(), good()])
            .acts(outage(calls(3))),
        Scenario::new("a patient call waits out an outage", [bad(), bad(), good()])
            .opens_after(2)
            .patient()
            .acts(calls(3)),
        Scenario::new("a call sees the breaker open that it opened", [bad()]).opens_after(2),
        Scenario::new("an outage longer than a patient call", [bad()])
            .opens_after(2)
            .attempts(8)
            .patient()
            .within(150),
        brittle("a host that breaks connections opens its own breaker", [reset(), reset(), good()])
            .acts(outage(calls(3))),
        brittle(
            "a refusal between failures starts the count again",
            [bad(), status(404), bad(), good()],
        )
        .acts(calls(4)),
        brittle(
            "what says nothing of the route does not count",
            [bad(), status(429), status(408), bad(), good()],
        )
        .acts([
            Act::Call(read()),
            Act::Call(read()),
            Act::Wait(9),
            Act::Call(read()),
            Act::Call(read()),
            Act::Call(read()),
        ]),
        brittle("one route's breaker does not stop another's", [bad(), bad(), good()]).acts([
            Act::Call(read()),
            Act::Call(read()),
            Act::Call(write()),
            Act::Call(read()),
        ]),
    ]
}

fn probes() -> Vec<Scenario> {
    let (bad, good) = (|| status(503), || status(200));
    let abandoned = || Line::from(End::Abandoned);
    vec![
        brittle("a probe that fails opens the breaker again", [bad(), bad(), bad(), good()])
            .acts(outage([Act::Call(read()), Act::Call(read()), Act::Wait(60), Act::Call(read())])),
        brittle(
            "one success is not enough, and the next failure opens it",
            [bad(), bad(), good(), bad(), good()],
        )
        .acts(outage(calls(3))),
        brittle(
            "a cancelled probe gives its permit back and decides nothing",
            [bad(), bad(), abandoned(), good()],
        )
        .acts(outage([Act::Abandon(read()), Act::Call(read()), Act::Call(read())])),
        brittle(
            "probes cancelled one after the other",
            [bad(), bad(), abandoned(), abandoned(), abandoned(), good()],
        )
        .acts(outage([
            Act::Abandon(read()),
            Act::Abandon(read()),
            Act::Abandon(read()),
            Act::Call(read()),
            Act::Call(read()),
        ])),
        brittle(
            "a probe that is answered with 429 decides nothing",
            [bad(), bad(), status(429), good()],
        )
        .acts(outage([
            Act::Call(read()),
            Act::Wait(5),
            Act::Call(read()),
            Act::Call(read()),
        ])),
        brittle(
            "a probe whose connection breaks counts against the host",
            [bad(), bad(), End::ResetAfter.into(), good()],
        )
        .acts(outage(calls(3))),
        Scenario::new("a cancelled call leaves the next one unhindered", [abandoned(), good()])
            .acts([Act::Abandon(read()), Act::Call(read())]),
        Scenario::new("a cancelled fetch of the token is begun anew", [good()])
            .tokens([abandoned()])
            .acts([Act::Abandon(read()), Act::Call(read())]),
    ]
}
