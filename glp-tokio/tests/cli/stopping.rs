//! Signals, kills and what the next run makes of them.

use glp_core::testkit::{Faults, Mishap};

use crate::program::Program;
use crate::server::Server;

/// A service that falls silent at the second page: a sync then waits until it is stopped.
fn silent() -> Server {
    Server::start(Faults::none().on_request(2, Mishap::Silence))
}

#[test]
fn a_signal_stops_the_sync_cleanly_and_the_next_one_resumes() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let server = silent();
        let program = Program::for_server(&server);
        let mut sync = program.start("sync -o json");
        sync.wait_for("devices: 2000 of 5000 rows");
        server.wait_for_requests(2);

        sync.signal(signal);
        let finished = sync.finish();

        assert_eq!(finished.code, Some(code), "{finished:?}");
        assert_eq!(finished.json()["outcome"], "interrupted");
        assert!(finished.stderr.contains("the next sync goes on from here"), "{finished:?}");
        assert_eq!(program.run("status -o json").json()["runs"][0]["ending"], "interrupted");

        let finished = program.run("sync");
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert!(finished.stderr.starts_with("run 2: "), "{finished:?}");
        assert!(finished.stderr.lines().next().unwrap().contains("resuming devices at row 2000"));
        program.assert_equal(&server);
    }
}

#[test]
fn a_killed_sync_is_seen_as_abandoned_and_resumed() {
    let server = silent();
    let program = Program::for_server(&server);
    let mut sync = program.start("sync");
    sync.wait_for("devices: 2000 of 5000 rows");
    server.wait_for_requests(2);

    sync.signal("KILL");
    assert_eq!(sync.finish().code, None);

    let status = program.run("status -o json").json();
    assert_eq!(status["runs"][0]["ending"], "abandoned");
    assert_eq!(status["holder"], serde_json::Value::Null);
    let finished = program.run("sync");
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let first = finished.stderr.lines().next().unwrap();
    assert!(first.contains("after run 1 was abandoned: resuming devices at row 2000"), "{first}");
    program.assert_equal(&server);
}

#[test]
fn the_simulated_service_can_be_synced_from_and_stops_with_ctrl_c() {
    let program = Program::new();
    let mut simulate = program.start(
        "simulate --devices 3000 --subscriptions 70 --faults mild --seed 7 --write-credentials c",
    );
    let lines = simulate.lines(5);
    assert!(lines.iter().all(|line| line.starts_with("export GLP_")), "{lines:?}");

    let finished = program.run("sync --credentials c -o json");

    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.json()["resources"]["devices"]["listed"], 3_000);
    simulate.signal("INT");
    assert_eq!(simulate.finish().code, Some(130));
}
