//! Many calls at once: parked callers, one token flight, one line.
//!
//! Every answer takes its time, so that the calls overlap in every driver.

use crate::suite::line::{Line, grant, status};
use crate::suite::scenario::{Act, Scenario, paced, read};

/// Calls at once.
const MANY: usize = 20;

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
        Scenario::new("an expired token is renewed once for all", answers())
            .tokens([grant(60), late(grant(900))])
            .acts([Act::Call(read()), Act::Wait(61), together()]),
        Scenario::new("late refusals of an old token fetch no other", late_refusals())
            .tokens([grant(900), late(grant(900))])
            .acts([Act::Call(read()), together()]),
        Scenario::new("one pace for all, and nobody overtakes", answers())
            .acts([Act::Call(paced(10)), Act::Together(4, paced(10))]),
        Scenario::new("a pace that is kept call by call", answers())
            .acts(vec![Act::Call(paced(10)); 4]),
        Scenario::new("turns that come after the deadline", answers())
            .within(15)
            .acts([Act::Call(paced(10)), Act::Together(4, paced(10))]),
    ]
}

/// One success, a refusal for each of the calls at once, then successes.
fn late_refusals() -> Vec<Line> {
    let mut lines = vec![status(200)];
    lines.extend(vec![status(401).after(1); MANY]);
    lines.push(status(200));
    lines
}
