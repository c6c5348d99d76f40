//! Settings from the environment, and what is said of those that are missing.

use std::ffi::OsString;

use glp_core::error::Error;
use glp_tokio::{Client, ClientBuilder};
use std::collections::BTreeMap;
use std::io::Write;

use glp_core::error::{ConfigurationKind, ErrorKind};

const CLIENT_SECRET_FILE: &str = "GLP_CLIENT_SECRET_FILE";

fn build(variables: &[(&str, &str)]) -> Result<Client, Error> {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    ClientBuilder::from_lookup(|name| variables.get(name).map(OsString::from))?.build()
}

const COMPLETE: [(&str, &str); 3] = [
    ("GLP_CLIENT_ID", "me"),
    ("GLP_CLIENT_SECRET", "hunter2"),
    ("GLP_WORKSPACE_ID", "7600415A-8876-5722-9f3c-b0fd11112283"),
];

#[test]
fn the_documented_host_and_the_workspaces_own_token_address_are_the_default() {
    let client = build(&COMPLETE).unwrap();

    let policy = client.policy();
    assert_eq!(policy.base_url, "https://global.api.greenlake.hpe.com/");
    assert_eq!(
        policy.credentials.token_url,
        "https://global.api.greenlake.hpe.com/authorization/v2/oauth2/\
         7600415A887657229f3cb0fd11112283/token"
    );
    assert_eq!(
        client.scope(),
        "https://global.api.greenlake.hpe.com workspace 7600415a887657229f3cb0fd11112283"
    );
}

#[test]
fn a_token_address_given_wins() {
    let url = "https://sso.common.cloud.hpe.com/as/token.oauth2";
    let client = build(&[COMPLETE[0], COMPLETE[1], ("GLP_TOKEN_URL", url)]).unwrap();

    assert_eq!(client.policy().credentials.token_url, url);
    assert!(client.scope().ends_with(" client me"), "{}", client.scope());
}

#[test]
fn every_missing_variable_is_named_at_once_and_an_empty_one_is_missing() {
    let error = build(&[("GLP_CLIENT_ID", "")]).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Configuration(ConfigurationKind::Missing));
    assert_eq!(
        error.message(),
        "Settings are missing: GLP_CLIENT_ID, GLP_CLIENT_SECRET, GLP_WORKSPACE_ID or GLP_TOKEN_URL"
    );
}

#[test]
fn the_secret_may_be_in_a_file_that_an_editor_wrote() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"hun ter2\r\n").unwrap();
    let path = file.path().to_str().unwrap();

    let client = build(&[COMPLETE[0], COMPLETE[2], (CLIENT_SECRET_FILE, path)]).unwrap();

    let secret = client.policy().credentials.client_secret;
    assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "hun ter2");
}

#[test]
fn a_variable_that_cannot_be_used_is_named_and_no_secret_is_shown() {
    let unreadable = (CLIENT_SECRET_FILE, "/nowhere/at/all");
    for (variables, expected) in [
        ([COMPLETE[0], COMPLETE[2], unreadable], "GLP_CLIENT_SECRET_FILE is No such file"),
        ([COMPLETE[0], COMPLETE[1], unreadable], "GLP_CLIENT_SECRET_FILE is given: "),
        ([COMPLETE[0], COMPLETE[1], ("GLP_WORKSPACE_ID", "../x")], "workspace_id is \"../x\": "),
        ([COMPLETE[0], COMPLETE[1], ("GLP_TOKEN_URL", "http://elsewhere/")], "token_url is "),
    ] {
        let error = build(&variables).unwrap_err();
        assert!(error.message().starts_with(expected), "{error}");
        assert!(!error.message().contains("hunter2"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt;

    let error = ClientBuilder::from_lookup(|_| Some(OsString::from_vec(vec![0xff])));

    assert_eq!(error.unwrap_err().message(), "GLP_BASE_URL is not text: it must be UTF-8");
}
