//! The first command of the README.

use crate::program::Program;

#[test]
fn the_demo_ends_equal_to_the_service_and_repeated_finds_no_change() {
    let program = Program::new();

    let first = program.run("demo -o json");

    assert_eq!(first.code, Some(0), "{first:?}");
    let summary = first.json();
    assert_eq!(summary["outcome"], "complete");
    assert_eq!(summary["differing_rows"], 0);
    assert_eq!(summary["resources"]["devices"]["listed"], 12_000);
    assert_eq!(summary["resources"]["subscriptions"]["listed"], 600);
    assert!(summary["resources"]["devices"]["resumed_at"].as_u64().unwrap() >= 6_000);
    assert!(summary["waits"]["server_asked"]["count"].as_u64().unwrap() > 0);
    assert!(summary["token_fetches"].as_u64().unwrap() > 1, "a token was revoked");
    let changes: Vec<_> =
        summary["breaker"].as_array().unwrap().iter().map(|change| &change["to"]).collect();
    assert_eq!(changes.first().unwrap().as_str(), Some("open"));
    assert_eq!(changes.last().unwrap().as_str(), Some("closed"));

    let second = program.run("demo -q -o json");

    assert_eq!(second.code, Some(0), "{second:?}");
    let summary = second.json();
    assert_eq!(summary["differing_rows"], 0);
    for resource in ["devices", "subscriptions"] {
        for change in ["inserted", "updated", "retired", "restored"] {
            assert_eq!(summary["resources"][resource][change], 0, "{resource} {change}");
        }
    }
    assert_eq!(second.stderr, "");
}
