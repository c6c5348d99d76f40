//! Data on stdout, all else on stderr.

use glp_core::testkit::Faults;

use crate::program::Program;
use crate::server::Server;

fn synced() -> (Server, Program) {
    let server = Server::start(Faults::none());
    let program = Program::for_server(&server);
    assert_eq!(program.run("sync -q").code, Some(0));
    (server, program)
}

#[test]
fn every_command_prints_one_json_value_and_nothing_else() {
    let (_server, program) = synced();

    for line in [
        "sync -o json",
        "status -o json",
        "get devices -o json",
        "get subscriptions -o json",
        "report expiring -o json",
    ] {
        let finished = program.run(line);
        assert_eq!(finished.code, Some(0), "{finished:?}");
        finished.json();
    }
}

#[test]
fn quiet_says_nothing_on_stderr() {
    let (_server, program) = synced();

    for line in ["sync -q", "get devices -q", "report expiring -q"] {
        assert_eq!(program.run(line).stderr, "", "{line}");
    }
}

#[test]
fn get_finds_a_device_by_id_by_serial_number_in_any_case_and_by_column() {
    let (_server, program) = synced();
    let devices = program.run("get devices -o json").json();
    let device = &devices[17];
    let (id, serial) = (device["id"].as_str().unwrap(), device["serial_number"].as_str().unwrap());

    for name in [id, serial, &serial.to_lowercase()] {
        let found = program.run(&format!("get devices {name} -o json")).json();
        assert_eq!(found["id"], device["id"], "{name}");
        assert_eq!(found["raw_data"]["id"], device["id"], "{name}");
    }
    let found = program.run(&format!("get devices --filter serial_number={serial} -o json"));
    assert_eq!(found.json().as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_there_exits_1_and_a_column_that_is_not_there_2() {
    let (_server, program) = synced();

    let finished = program.run("get devices no-such-id -o json");
    assert_eq!((finished.code, &*finished.stdout), (Some(1), ""));

    let finished = program.run("get devices --filter colour=red");
    assert_eq!(finished.code, Some(2), "{finished:?}");
    assert!(finished.stderr.contains("colour"), "{finished:?}");
}

#[test]
fn csv_has_a_header_and_a_line_for_each_row_and_ends_lines_as_rfc_4180() {
    let (_server, program) = synced();

    let finished = program.run("get subscriptions -o csv");

    let lines: Vec<&str> = finished.stdout.split("\r\n").collect();
    assert!(lines[0].starts_with("id,key,"), "{}", lines[0]);
    assert_eq!(lines.len(), 1 + 60 + 1, "a header, the rows, and the end of the last line");
}

#[test]
fn the_expiring_report_is_sorted_and_tells_the_age_of_its_data() {
    let (_server, program) = synced();

    let finished = program.run("report expiring --within 3650d -o json");

    let rows = finished.json();
    let ends: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row["end_time"].as_str().unwrap()).collect();
    assert!(!ends.is_empty() && ends.is_sorted(), "{ends:?}");
    assert!(finished.stderr.contains("subscriptions as of "), "{finished:?}");
    assert!(finished.stderr.contains("UTC"), "{finished:?}");
}

#[test]
fn no_store_is_an_error_that_names_it() {
    let finished = Program::new().run("get devices");

    assert_eq!(finished.code, Some(6), "{finished:?}");
    assert!(finished.stderr.contains("inventory.db"), "{finished:?}");
}
