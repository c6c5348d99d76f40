//! Many calls at once: parked callers, one token flight, one probe, one line.
//!
//! Every answer takes its time, so that the calls overlap in every driver.

use crate::suite::line::{Line, grant, status};
use crate::suite::scenario::{Act, Scenario, paced, read};

/// Calls at once.
const MANY: usize = 20;
/// Calls at once on a token that has expired.
const CALLS: usize = 200;
/// Refusals of an old token that come when there is a new one.
const LATE: usize = 100;

pub(crate) fn all() -> Vec<Scenario> {
    let answers = || [status(200).after(1)];
    let late = |line: Line| line.after(20);
    let together = || Act::Together(MANY, read());
    vec![
        Scenario::new("parked callers share one fetch of the token", answers())
            .tokens([late(grant(900))])
            .acts([together()]),
        Scenario::new("parked callers share the failure of a fetch", answers())
            .tokens([late(status(403))])
            .acts([together()]),
        Scenario::new("parked callers wait for a fetch that is tried again", answers())
            .tokens([late(status(500)), late(grant(900))])
            .acts([together()]),
        expired(),
        late_refusals(),
        Scenario::new("one pace for all, and nobody overtakes", answers())
            .acts([Act::Call(paced(10)), Act::Together(4, paced(10))]),
        Scenario::new("a pace that is kept call by call", answers())
            .acts(vec![Act::Call(paced(10)); 4]),
        Scenario::new(
            "patient calls let one probe go first, and then another",
            [status(503), status(503), status(200).after(1)],
        )
        .opens_after(2)
        .attempts(1)
        .patient()
        .acts([Act::Call(read()), Act::Call(read()), Act::Together(5, read())]),
        Scenario::new("turns that come after the deadline", answers())
            .within(15)
            .acts([Act::Call(paced(10)), Act::Together(4, paced(10))]),
    ]
}

/// Many calls on a token that has expired.
pub(crate) fn expired() -> Scenario {
    Scenario::new("an expired token is renewed once for all", [status(200).after(1)])
        .tokens([grant(60), grant(900).after(20)])
        .acts([Act::Call(read()), Act::Wait(61), Act::Together(CALLS, read())])
}

/// One refusal, for which the token is renewed, and many of the same token when it has been.
pub(crate) fn late_refusals() -> Scenario {
    let mut lines = vec![status(200), status(401).after(1)];
    lines.extend(vec![status(401).after(25); LATE]);
    lines.push(status(200));
    Scenario::new("late refusals of an old token fetch no other", lines)
        .tokens([grant(900), grant(900).after(20)])
        .acts([Act::Call(read()), Act::Together(1 + LATE, read())])
}
