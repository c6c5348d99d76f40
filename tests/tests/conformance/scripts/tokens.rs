//! Tokens: fetched once, renewed in time, refused, and not to be had.

use crate::suite::line::{End, Line, body, cut, grant, status};
use crate::suite::scenario::{Act, Scenario, read, write};

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = renewed();
    all.extend(not_to_be_had());
    all
}

fn twice() -> [Act; 2] {
    [Act::Call(read()), Act::Call(read())]
}

fn renewed() -> Vec<Scenario> {
    let answers = || [status(200)];
    vec![
        Scenario::new("a token is fetched once", answers()).acts(twice()),
        Scenario::new("a token refused once", [status(401), status(200)]),
        Scenario::new("a token refused once, of a write", [status(401), status(200)])
            .acts([Act::Call(write())]),
        Scenario::new("a token refused twice", [status(401)]),
        Scenario::new("a token refused at the only attempt", [status(401)]).attempts(1),
        Scenario::new("a refusal amid failures", [status(500), status(401), status(200)]),
        Scenario::new("a token that has expired", answers()).tokens([grant(60)]).acts([
            Act::Call(read()),
            Act::Wait(61),
            Act::Call(read()),
        ]),
        Scenario::new("a token in the last tenth of its life", answers())
            .tokens([grant(60)])
            .acts([Act::Call(read()), Act::Wait(55), Act::Call(read())]),
        Scenario::new("a renewal that fails leaves the old token in use", answers())
            .tokens([grant(100), status(403)])
            .acts([Act::Call(read()), Act::Wait(91), Act::Call(read()), Act::Call(read())]),
        Scenario::new("a token that is dead on arrival is good for one send", answers())
            .tokens([grant(0)])
            .acts(twice()),
    ]
}

fn not_to_be_had() -> Vec<Scenario> {
    let invalid = r#"{"error":"invalid_client","error_description":"no"}"#;
    let cases: [(&str, Vec<Line>); 12] = [
        ("falls over, then grants", vec![status(500), status(503)]),
        ("is down", vec![status(500), status(502), status(504)]),
        ("knows no such client", vec![status(401).body(invalid)]),
        ("refuses in the words of RFC 6749", vec![status(400).body(invalid)]),
        ("forbids it", vec![status(403)]),
        ("asks for calm", vec![status(429).header("retry-after", "5")]),
        ("asks for too much calm", vec![status(429).header("retry-after", "500")]),
        ("answers without a token", vec![body(r#"{"token":"x"}"#)]),
        ("answers with nothing", vec![body("")]),
        ("breaks the connection", vec![End::ResetAfter.into(), cut(3)]),
        ("never answers", vec![End::Silence.into()]),
        ("takes its time", vec![grant(900).after(20)]),
    ];
    let mut all: Vec<_> = cases
        .into_iter()
        .map(|(what, tokens)| {
            let name = format!("a token service that {what}");
            Scenario::new(name, [status(200)]).tokens(tokens).acts(twice())
        })
        .collect();
    all.push(
        Scenario::new("a failed fetch answers for a moment, then another tries", [status(200)])
            .tokens([status(403)])
            .acts([Act::Call(read()), Act::Call(read()), Act::Wait(1), Act::Call(read())]),
    );
    all
}
