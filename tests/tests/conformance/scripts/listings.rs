//! Listings: page after page, with what may happen in between; and rows that move meanwhile.

use crate::suite::line::{body, grant, page, status};
use crate::suite::scenario::{Act, Scenario};

pub(crate) fn all() -> Vec<Scenario> {
    let mut all = walks();
    all.extend(syncs());
    all
}

fn walks() -> Vec<Scenario> {
    let walk = |name: &str, lines: Vec<_>| Scenario::new(name, lines).acts([Act::Walk]);
    let (first, middle, last) = (page("ab", 5), page("cd", 5), page("e", 5));
    let limited = status(429).header("retry-after", "5");
    vec![
        walk("a listing", vec![first.clone(), middle.clone(), last.clone()]),
        walk("a listing of nothing", vec![page("", 0)]),
        walk("a short page is not the end", vec![page("a", 3), page("b", 3), page("c", 3)]),
        walk(
            "a page that fails is asked for again",
            vec![first.clone(), status(503), middle.clone(), last.clone()],
        ),
        walk("a page that is refused ends the walk", vec![first.clone(), status(403)]),
        walk(
            "a hint in the middle of a listing",
            vec![first.clone(), limited, middle.clone(), last.clone()],
        ),
        walk(
            "a token that expires in the middle of a listing",
            vec![first.clone().after(25), middle.clone().after(25), last.clone().after(25)],
        )
        .tokens([grant(60)]),
        walk(
            "a token that is revoked in the middle of a listing",
            vec![first.clone(), status(401), middle, last],
        ),
        walk("an empty page before the end", vec![first.clone(), page("", 5)]),
        walk("a page that comes twice", vec![first.clone(), first.clone()]),
        walk("a page that is none ends the walk", vec![first, body("<html>")]),
    ]
}

fn syncs() -> Vec<Scenario> {
    let sync = |name: &str, lines: Vec<_>| Scenario::new(name, lines).acts([Act::Sync]);
    vec![
        sync("a listing at rest is read once", vec![page("ab", 3), page("bc", 3)]),
        sync(
            "a row that vanishes before the page has the listing read again",
            vec![
                page("ab", 4),
                page("cd", 4),
                page("de", 4),
                page("bc", 4),
                page("cd", 4),
                page("de", 4),
            ],
        ),
        sync(
            "a total that changes has the listing read again",
            vec![page("ab", 4), page("bc", 3), page("ab", 3), page("bc", 3)],
        ),
        sync(
            "a listing that never rests is partial, and says so",
            vec![page("ab", 4), page("cd", 4), page("ef", 4), page("gh", 4), page("ij", 4)],
        ),
        sync(
            "a page that fails for good leaves nothing published",
            vec![page("ab", 4), status(500)],
        ),
    ]
}
