//! What does not come back whole, and what does not even go out.

use crate::suite::line::{End, Line, cut, stalled, status};
use crate::suite::scenario::{Act, Host, Scenario, read, write};

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = broken();
    all.extend(slow());
    all.extend(unreached());
    all
}

/// Connections that break: a read is sent again, a write is not, and says why.
fn broken() -> Vec<Scenario> {
    let breaks: [(&str, Line); 4] = [
        ("a reset before the request is read", End::ResetBefore.into()),
        ("a connection closed without an answer", End::ResetAfter.into()),
        ("a body cut short", cut(4)),
        ("a body of which nothing comes", cut(0)),
    ];
    let mut all = Vec::new();
    for (name, line) in breaks {
        let lines = [line, status(200)];
        all.push(Scenario::new(format!("{name}, then an answer"), lines.clone()));
        all.push(Scenario::new(format!("{name}, of a write"), lines).acts([Act::Call(write())]));
    }
    all.push(Scenario::new("a reset each time", [Line::from(End::ResetBefore)]));
    all.push(Scenario::new("an error whose body is cut short", [cut_error(), status(200)]));
    all
}

fn cut_error() -> Line {
    let End::Answer(response) = status(404).body("0123456789").end().clone() else {
        unreachable!("a status is an answer")
    };
    End::Cut { response, keep: 5 }.into()
}

/// Answers that take their time, and those that do not come.
fn slow() -> Vec<Scenario> {
    let silence = || Line::from(End::Silence);
    let write = [Act::Call(write())];
    vec![
        Scenario::new("a slow answer within the attempt", [status(200).after(29)]),
        Scenario::new("a slow answer beyond it", [status(200).after(31), status(200)]),
        Scenario::new("a slow failure", [status(500).after(3), status(200).after(2)]),
        Scenario::new("silence, then an answer", [silence(), status(200)]),
        Scenario::new("silence for ever", [silence()]).attempts(2),
        Scenario::new("silence for a write", [silence()]).acts(write.clone()),
        Scenario::new("silence that outlasts the operation", [silence()]).within(7),
        Scenario::new("silence that outlasts the operation of a write", [silence()])
            .within(7)
            .acts(write.clone()),
        Scenario::new("a body that stops half-way, then an answer", [stalled(4), status(200)]),
        Scenario::new("a body that stops half-way, of a write", [stalled(4)]).acts(write),
    ]
}

/// What never left: sent again whatever the method, unless that is hopeless.
fn unreached() -> Vec<Scenario> {
    let both = [Act::Call(read()), Act::Call(write())];
    vec![
        Scenario::at(Host::Nowhere, "a name that does not resolve").attempts(2),
        Scenario::at(Host::Nobody, "a refused connection").acts(both.clone()),
        Scenario::at(Host::HangsUp, "a handshake that breaks off").acts(both.clone()),
        Scenario::at(Host::Untrusted, "a certificate of nobody known").acts(both.clone()),
        Scenario::at(Host::Trusted, "a certificate of an authority of one's own").acts(both),
        Scenario::at(Host::Nobody, "a host that is down opens its breaker")
            .opens_after(2)
            .acts(vec![Act::Call(read()); 2]),
    ]
}
