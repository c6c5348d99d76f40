//! Tokens are handed out to the one client, and live as long as they say.

use alloc::format;
use core::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use super::client::{Client, DEVICES, LEGACY, answer, form, json, settings};
use crate::exchange::Response;
use crate::testkit::{Endpoint, Service};
use crate::time::Instant;

const GOOD: &str = "grant_type=client_credentials&client_id=fake-client&client_secret=fake-secret";

fn ask(target: &str, body: &str) -> Response {
    answer(Service::new(settings()).handle(&form(target, body), Instant::ZERO))
}

#[test]
fn both_token_urls_hand_out_tokens() {
    for target in [
        LEGACY,
        "/authorization/v2/oauth2/7600415a8876498dbb4ff735a89ddc32/token",
        "/authorization/v2/oauth2/7600415a-8876-498d-bb4f-f735a89ddc32/token",
    ] {
        let response = ask(target, GOOD);
        assert_eq!(response.status(), 200, "{target}");
        let body = json(&response);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 899);
        assert!(body["access_token"].is_string() && body["scope"].is_string());
    }
}

#[test]
fn the_client_may_name_itself_in_the_header() {
    let request = http::Request::post(LEGACY)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(AUTHORIZATION, "Basic ZmFrZS1jbGllbnQ6ZmFrZS1zZWNyZXQ=")
        .body(Bytes::from_static(b"grant_type=client_credentials"))
        .unwrap();
    let response = answer(Service::new(settings()).handle(&request, Instant::ZERO));
    assert_eq!(response.status(), 200);
}

#[test]
fn a_wrong_secret_is_an_invalid_client_and_is_not_repeated() {
    let response = ask(LEGACY, &GOOD.replace("fake-secret", "hush-7"));
    assert_eq!(response.status(), 401);
    assert_eq!(json(&response)["error"], "invalid_client");
    assert!(!format!("{response:?}").contains("hush-7"));
}

#[test]
fn what_is_no_request_for_a_token_is_a_bad_request() {
    let cases = [
        (GOOD.replace("client_credentials", "password"), "unsupported_grant_type"),
        ("client_id=fake-client".into(), "invalid_request"),
        ("%".into(), "invalid_request"),
    ];
    for (body, error) in cases {
        let response = ask(LEGACY, &body);
        assert_eq!((response.status().as_u16(), &json(&response)["error"]), (400, &error.into()));
    }
    let other = ask("/authorization/v2/oauth2/00000000000000000000000000000000/token", GOOD);
    assert_eq!(other.status(), 400);
}

#[test]
fn a_token_is_accepted_until_its_end() {
    let mut client = Client::new(settings());
    client.wait(Duration::from_millis(898_999));
    assert_eq!(client.status(DEVICES), 200);
    client.wait(Duration::from_millis(1));
    let response = client.get(DEVICES);
    assert_eq!(response.status(), 401);
    assert_eq!(json(&response)["errorCode"], "HPE_GL_ERROR_UNAUTHORIZED");
    client.fetch_token();
    assert_eq!(client.status(DEVICES), 200);
    assert_eq!(client.service.requests(Endpoint::LegacyToken), 2);
    assert_eq!(client.service.requests(Endpoint::ListDevices), 3);
}

#[test]
fn a_revoked_token_is_refused_and_a_new_one_is_not() {
    let mut client = Client::new(settings());
    client.service.revoke_tokens();
    assert_eq!(client.status(DEVICES), 401);
    client.fetch_token();
    assert_eq!(client.status(DEVICES), 200);
}

#[test]
fn nobody_makes_tokens_of_their_own() {
    let mut client = Client::new(settings());
    let genuine = client.token.clone();
    let end = genuine.rsplit_once('.').unwrap().0;
    for forged in ["", "x", "fake.0", "fake.zz.zz.zz", &format!("{end}.0"), &genuine[5..]] {
        client.token = forged.into();
        assert_eq!(client.status(DEVICES), 401, "{forged}");
    }
}

#[test]
fn without_a_token_there_is_nothing_to_see() {
    let request = http::Request::get(DEVICES).body(Bytes::new()).unwrap();
    let response = answer(Service::new(settings()).handle(&request, Instant::ZERO));
    assert_eq!(response.status(), 401);
}
