//! A secret is seen nowhere.

use std::fs;

use glp_core::testkit::Faults;

use crate::program::{Finished, Program};
use crate::server::{SECRET, Server};

#[track_caller]
fn assert_silent(finished: &Finished, secret: &str) {
    assert!(!finished.stdout.contains(secret), "{finished:?}");
    assert!(!finished.stderr.contains(secret), "{finished:?}");
}

#[test]
fn a_wrong_secret_exits_4_and_is_named_by_its_variable_only() {
    let wrong = "canary-wrong-77d1";
    let server = Server::start(Faults::none());
    let mut program = Program::for_server(&server);
    program.set("GLP_CLIENT_SECRET", wrong);

    let finished = program.run("sync");

    assert_eq!(finished.code, Some(4), "{finished:?}");
    assert!(finished.stderr.contains("GLP_CLIENT_SECRET"), "{finished:?}");
    assert_silent(&finished, wrong);
    assert_silent(&program.run("status -o json"), wrong);
}

#[test]
fn the_secret_reaches_neither_output_nor_store() {
    let server = Server::start(Faults::none());
    let program = Program::for_server(&server);

    for line in ["sync -o json", "status -o json", "--help", "sync --help"] {
        assert_silent(&program.run(line), SECRET);
    }

    for entry in fs::read_dir(program.store().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{} holds the secret", path.display());
    }
}

#[test]
fn settings_from_a_file_are_used_and_a_readable_file_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let server = Server::start(Faults::none());
    let program = Program::new();
    let lines: String =
        server.variables().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let path = program.path("credentials");
    fs::write(&path, lines).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

    let finished = program.run("sync -q --credentials credentials");

    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stderr.contains("can be read by others"), "{finished:?}");
    assert_silent(&finished, SECRET);
}
