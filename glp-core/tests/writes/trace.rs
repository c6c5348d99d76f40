//! One asynchronous operation, step by step.

use bytes::Bytes;
use glp_core::error::{ApiKind, AuthenticationKind, Error, NetworkKind};
use glp_core::exchange::Response;
use glp_core::greenlake::{AsyncOperation, Resource};
use glp_core::time::Instant;
use glp_core::write::{Ended, Polling, Step, Why};

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

/// When the next question is due, and why not now.
#[track_caller]
fn wait(polling: &Polling, now: Instant) -> (Instant, Why) {
    let Step::Wait { until, why } = polling.poll(now) else { panic!("{:?}", polling.poll(now)) };
    (until, why)
}

/// How an operation ends with this answer.
#[track_caller]
fn ended(result: Result<Response, Error>) -> Ended {
    let mut polling = polling();
    polling.handle(result, at(2));
    let Step::Done(ended) = polling.poll(at(2)) else { panic!("{:?}", polling.poll(at(2))) };
    ended
}

/// An answer as the call machine hands it over.
fn shown(members: &str) -> Result<Response, Error> {
    let mut response = Response::new(format!(r#"{{"id":"o-1"{members}}}"#).into());
    let state = AsyncOperation::from_json(core::str::from_utf8(response.body()).unwrap()).unwrap();
    response.extensions_mut().insert(state);
    Ok(response)
}

#[test]
fn the_services_interval_is_kept_and_ours_doubles_where_it_gives_none() {
    let mut polling = polling();
    let mut asked = vec![];
    let mut now = at(0);
    for members in ["", "", r#","suggestedPollingIntervalSeconds":7"#, "", "", "", ""] {
        let (until, why) = wait(&polling, now);
        assert_eq!(why, Why::InProgress);
        now = until;
        asked.push(now);
        polling.handle(shown(&format!(r#","status":"RUNNING"{members}"#)), now);
    }
    assert_eq!(asked, [2, 4, 8, 15, 23, 39, 69].map(at));
}

#[test]
fn where_the_service_cannot_be_asked_it_is_asked_again_when_it_says() {
    let mut polling = polling();
    let busy = Error::new(ApiKind::Server, "busy").with_retry_after(secs(40));
    polling.handle(Err(busy), at(2));
    assert_eq!(wait(&polling, at(2)), (at(42), Why::Unreadable));
    let down = Error::new(NetworkKind::Connection, "refused").with_retry_at(at(100));
    polling.handle(Err(down), at(42));
    assert_eq!(wait(&polling, at(42)), (at(100), Why::Unreadable));
}

#[test]
fn wrong_credentials_end_it_at_once_and_404_says_that_it_is_over() {
    let refused = Error::new(AuthenticationKind::TokenExpired, "no");
    assert!(matches!(ended(Err(refused)), Ended::Open(_)));
    let unknown = Error::new(ApiKind::NotFound, "no such operation");
    assert!(matches!(ended(Err(unknown)), Ended::Over(_)));
}

#[test]
fn it_is_followed_to_the_services_own_limit_and_a_little_longer() {
    let mut polling = polling();
    let mut now = at(0);
    let ended = loop {
        match polling.poll(now) {
            Step::Done(ended) => break ended,
            Step::Send(_) => {
                polling.handle(shown(r#","status":"RUNNING","timeoutMinutes":2"#), now);
            }
            Step::Wait { until, .. } => now = until,
        }
    };
    assert_eq!(now, at(120) + Polling::GRACE);
    let Ended::Open(error) = ended else { panic!("{ended:?}") };
    assert!(error.to_string().contains("operation_status=RUNNING"), "{error}");
}

#[test]
fn both_spellings_of_timed_out_end_it_and_what_nobody_has_seen_does_not() {
    for status in ["TIMEDOUT", "TIMEOUT"] {
        assert!(matches!(ended(shown(&format!(r#","status":"{status}""#))), Ended::Over(_)));
    }
    let mut polling = polling();
    polling.handle(shown(r#","status":"SHELVED""#), at(2));
    assert_eq!(wait(&polling, at(2)).1, Why::InProgress);
}
