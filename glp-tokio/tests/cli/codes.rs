//! Each exit code, and what is said with it.

use glp_core::greenlake::Resource;
use glp_core::testkit::{Distortion, Endpoint, ErrorBody, Faults, Mishap, ServerStatus};

use crate::program::Program;
use crate::server::Server;

const UNAVAILABLE: Mishap =
    Mishap::ServerError { status: ServerStatus::Unavailable, body: ErrorBody::Html, hint: None };

#[test]
fn a_complete_sync_exits_0_and_the_store_equals_the_service() {
    let server = Server::start(Faults::none());
    let program = Program::for_server(&server);

    let finished = program.run("sync -o json");

    assert_eq!(finished.code, Some(0), "{finished:?}");
    let summary = finished.json();
    assert_eq!(summary["outcome"], "complete");
    assert_eq!(summary["resources"]["devices"]["inserted"], 5_000);
    assert_eq!(summary["resources"]["subscriptions"]["inserted"], 60);
    program.assert_equal(&server);
    let first = finished.stderr.lines().next().unwrap();
    for part in [&server.variables()[0].1, "inventory.db", "fresh"] {
        assert!(first.contains(part), "{part} is not in {first}");
    }
}

#[test]
fn without_configuration_it_exits_2_and_lists_every_missing_name_at_once() {
    let finished = Program::new().run("sync");

    assert_eq!(finished.code, Some(2));
    for name in ["GLP_CLIENT_ID", "GLP_CLIENT_SECRET", "GLP_WORKSPACE_ID"] {
        assert!(finished.stderr.contains(name), "{finished:?}");
    }
    assert_eq!(finished.stdout, "");
}

#[test]
fn a_bad_command_line_exits_2_with_name_value_and_limit() {
    let finished = Program::new().run("sync --operation-timeout 5x");

    assert_eq!(finished.code, Some(2));
    for part in ["--operation-timeout", "5x", "such as 90d or 1h30m"] {
        assert!(finished.stderr.contains(part), "{finished:?}");
    }
}

#[test]
fn a_service_that_fails_one_resource_for_ever_exits_3_and_retires_nothing() {
    let server = Server::start(Faults::none());
    let program = Program::for_server(&server);
    assert_eq!(program.run("sync -q").code, Some(0));
    server.delete(Resource::Devices, 3);
    server.delete(Resource::Subscriptions, 3);
    server.set_faults(Faults::none().always(Endpoint::ListSubscriptions, UNAVAILABLE));

    let finished = program.run("sync --attempts 2 -o json");

    assert_eq!(finished.code, Some(3), "{finished:?}");
    let resources = &finished.json()["resources"];
    assert_eq!(resources["devices"]["outcome"], "complete");
    assert_eq!(resources["devices"]["retired"], 3);
    assert_eq!(resources["subscriptions"]["outcome"], "failed");
    assert_eq!(resources["subscriptions"]["retired"], 0);
    assert_eq!(program.live(Resource::Subscriptions), 60, "the earlier rows are untouched");
    let verdict = "error: the sync is partial: devices complete, subscriptions failed";
    for part in ["subscriptions failed: page at row 0: ", verdict] {
        assert!(finished.stderr.contains(part), "{finished:?}");
    }
}

#[test]
fn a_listing_that_misses_too_much_exits_3_and_says_how_to_override() {
    let server = Server::start(Faults::none());
    let program = Program::for_server(&server);
    assert_eq!(program.run("sync -q").code, Some(0));
    server.delete(Resource::Subscriptions, 30);

    let finished = program.run("sync subscriptions");
    assert_eq!(finished.code, Some(3), "{finished:?}");
    assert_eq!(program.live(Resource::Subscriptions), 60);

    let finished = program.run("sync subscriptions --max-retire 50% -o json");
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.json()["resources"]["subscriptions"]["retired"], 30);
}

#[test]
fn credentials_that_may_not_list_exit_4() {
    let server = Server::start(Faults::none().always(Endpoint::ListDevices, Mishap::Forbidden));

    let finished = Program::for_server(&server).run("sync devices");

    assert_eq!(finished.code, Some(4), "{finished:?}");
}

#[test]
fn a_service_that_is_down_exits_5() {
    let faults = Faults::none().always(Endpoint::ListDevices, UNAVAILABLE);
    let server = Server::start(faults.always(Endpoint::ListSubscriptions, UNAVAILABLE));

    let finished = Program::for_server(&server).run("sync --attempts 1 -o json");

    assert_eq!(finished.code, Some(5), "{finished:?}");
    assert_eq!(finished.json()["outcome"], "failed");
}

#[test]
fn a_deadline_exits_5_and_the_next_sync_resumes() {
    let server = Server::start(Faults::none().on_request(2, Mishap::Silence));
    let program = Program::for_server(&server);

    let finished = program.run("sync --deadline 4s -o json");
    assert_eq!(finished.code, Some(5), "{finished:?}");
    assert_eq!(finished.json()["outcome"], "interrupted");

    let finished = program.run("sync");
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stderr.lines().next().unwrap().contains("resuming devices at row 2000"));
    program.assert_equal(&server);
}

#[test]
fn a_store_that_cannot_be_used_exits_6_and_names_the_path() {
    let server = Server::start(Faults::none());

    let finished = Program::for_server(&server).run("sync --store /no/such/directory/a.db");

    assert_eq!(finished.code, Some(6), "{finished:?}");
    assert!(finished.stderr.contains("/no/such/directory/a.db"), "{finished:?}");
}

#[test]
fn a_store_that_another_sync_holds_exits_6_and_names_the_holder() {
    let server = Server::start(Faults::none().on_request(1, Mishap::Silence));
    let program = Program::for_server(&server);
    let mut holder = program.start("sync");
    holder.wait_for("run 1:");

    let finished = program.run("sync");

    assert_eq!(finished.code, Some(6), "{finished:?}");
    assert!(finished.stderr.contains(&holder.pid().to_string()), "{finished:?}");
}

#[test]
fn findings_exit_10_only_when_asked_for() {
    let server = Server::start(Faults::none());
    let program = Program::for_server(&server);
    assert_eq!(program.run("sync -q").code, Some(0));

    assert_eq!(program.run("report expiring --within 3650d").code, Some(0));
    assert_eq!(program.run("report expiring --within 3650d --exit-code").code, Some(10));
    assert_eq!(program.run("report expiring --within 0d --exit-code").code, Some(0));
}

#[test]
fn a_malformed_page_exits_1_and_tells_route_and_byte() {
    let faults =
        Faults::none().always(Endpoint::ListDevices, Mishap::Page(Distortion::CutAt(1_000)));
    let server = Server::start(faults);

    let finished = Program::for_server(&server).run("sync devices");

    assert_eq!(finished.code, Some(1), "{finished:?}");
    for part in ["/devices/v1/devices", "byte"] {
        assert!(finished.stderr.contains(part), "{finished:?}");
    }
}
