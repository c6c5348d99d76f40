//! One asynchronous operation, step by step.

use bytes::Bytes;
use glp_core::error::{ApiKind, AuthenticationKind, Error, NetworkKind};
use glp_core::exchange::Response;
use glp_core::greenlake::Resource;
use glp_core::time::Instant;
use glp_core::write::{Ended, Polling, Why};

use crate::world::secs;

fn at(seconds: u64) -> Instant {
    Instant::ZERO + secs(seconds)
}

/// Follows an operation from the origin of time, for up to ten minutes.
fn polling() -> Polling {
    let mut accepted = Response::new(Bytes::new());
    let location = "/devices/v1/async-operations/o-1".parse().unwrap();
    accepted.headers_mut().insert("location", location);
    let api = "https://api.example".parse().unwrap();
    Polling::new(&accepted, Resource::Devices, &api, secs(600), at(0)).unwrap()
}

/// An answer as the call machine hands it over.
fn shown(polling: &Polling, members: &str) -> Result<Response, Error> {
    let mut response = Response::new(format!(r#"{{"id":"o-1"{members}}}"#).into());
    polling.operation().decode.unwrap()(&mut response).unwrap();
    Ok(response)
}

#[test]
fn the_services_interval_is_kept_and_ours_doubles_where_it_gives_none() {
    let mut polling = polling();
    let mut asked = vec![];
    for members in ["", "", r#","suggestedPollingIntervalSeconds":7"#, "", "", "", ""] {
        let (at, why) = polling.wait();
        assert_eq!(why, Why::InProgress);
        asked.push(at);
        let answer = shown(&polling, &format!(r#","status":"RUNNING"{members}"#));
        assert!(polling.answered(answer, at).is_none());
    }
    assert_eq!(asked, [2, 4, 8, 15, 23, 39, 69].map(at));
}

#[test]
fn where_the_service_cannot_be_asked_it_is_asked_again_when_it_says() {
    let mut polling = polling();
    let busy = Error::new(ApiKind::Server, "busy").with_retry_after(secs(40));
    assert!(polling.answered(Err(busy), at(2)).is_none());
    assert_eq!(polling.wait(), (at(42), Why::Unreadable));
    let down = Error::new(NetworkKind::Connection, "refused").with_retry_at(at(100));
    assert!(polling.answered(Err(down), at(42)).is_none());
    assert_eq!(polling.wait(), (at(100), Why::Unreadable));
}

#[test]
fn wrong_credentials_end_it_at_once_and_404_says_that_it_is_over() {
    let refused = Error::new(AuthenticationKind::TokenExpired, "no");
    assert!(matches!(polling().answered(Err(refused), at(2)), Some(Ended::Open(_))));
    let unknown = Error::new(ApiKind::NotFound, "no such operation");
    assert!(matches!(polling().answered(Err(unknown), at(2)), Some(Ended::Over(_))));
}

#[test]
fn it_is_followed_to_the_services_own_limit_and_a_little_longer() {
    let mut polling = polling();
    let running = r#","status":"RUNNING","timeoutMinutes":2"#;
    let ended = loop {
        let (at, _) = polling.wait();
        let answer = shown(&polling, running);
        if let Some(ended) = polling.answered(answer, at) {
            break (at, ended);
        }
    };
    assert_eq!(ended.0, at(120) + Polling::GRACE);
    let Ended::Open(error) = ended.1 else { panic!("{ended:?}") };
    assert!(error.to_string().contains("operation_status=RUNNING"), "{error}");
}

#[test]
fn a_status_nobody_has_seen_is_no_end() {
    let mut polling = polling();
    let answer = shown(&polling, r#","status":"SHELVED""#);
    assert!(polling.answered(answer, at(2)).is_none());
}
