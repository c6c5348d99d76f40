//! Raw requests: what is sent, what may be sent again, what counts as a success.

use std::time::Duration;

use glp_core::call::CallOptions;
use glp_core::error::{ErrorKind, NetworkKind};
use glp_core::testkit::{Ending, Script};
use http::{Method, StatusCode};
use serde_json::json;

use crate::virtual_runtime::scripted;

#[test]
fn each_verb_sends_its_method_its_path_and_its_body() {
    let (runtime, builder, sent) = scripted(Script::new().status(200));
    let client = builder.base_url("https://api.example").build().unwrap();
    let body = json!({"a": [1]});

    runtime.run(async {
        client.get("/x?b=c").await.unwrap();
        client.post("/x", &body).await.unwrap();
        client.put("/x", &body).await.unwrap();
        client.patch("/x", &body).await.unwrap();
        client.merge("/x", &body).await.unwrap();
        client.delete("/x").await.unwrap();
    });

    let sent = sent.lock().unwrap();
    let form = |index: usize| {
        let request = &sent[index];
        let form = request.headers().get("content-type").map(|form| form.to_str().unwrap());
        (request.method().clone(), form.unwrap_or("none"), request.body().len())
    };
    assert_eq!(sent[0].uri(), "https://api.example/x?b=c");
    assert_eq!(form(0), (Method::GET, "none", 0));
    assert_eq!(form(1), (Method::POST, "application/json", 9));
    assert_eq!(form(2), (Method::PUT, "application/json", 9));
    assert_eq!(form(3), (Method::PATCH, "application/json", 9));
    assert_eq!(form(4), (Method::PATCH, "application/merge-patch+json", 9));
    assert_eq!(form(5), (Method::DELETE, "none", 0));
    assert_eq!(sent[1].body(), r#"{"a":[1]}"#);
}

#[test]
fn what_does_the_same_twice_is_sent_again_after_a_reset() {
    let reset = || Script::new().ending(Ending::ResetAfter).status(200);
    for verb in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let (runtime, builder, sent) = scripted(reset());
        let client = builder.build().unwrap();

        let answer = runtime.run(async {
            match verb {
                Method::GET => client.get("/x").await,
                Method::PUT => client.put("/x", &7).await,
                Method::DELETE => client.delete("/x").await,
                _ => client.merge("/x", &7).await,
            }
        });

        assert!(answer.is_ok(), "{verb}");
        assert_eq!(sent.lock().unwrap().len(), 2, "{verb}");
    }
}

#[test]
fn what_may_do_it_twice_is_sent_once_and_the_outcome_is_called_unknown() {
    for verb in [Method::POST, Method::PATCH] {
        let (runtime, builder, sent) = scripted(Script::new().ending(Ending::ResetAfter));
        let client = builder.build().unwrap();

        let error = runtime.run(async {
            match verb {
                Method::POST => client.post("/x", &7).await,
                _ => client.patch("/x", &7).await,
            }
        });

        assert!(error.unwrap_err().is_outcome_unknown(), "{verb}");
        assert_eq!(sent.lock().unwrap().len(), 1, "{verb}");
    }
}

#[test]
fn no_content_and_an_empty_body_are_a_success() {
    let (runtime, builder, _) = scripted(Script::new().status(204).body("").status(202).body(""));
    let client = builder.build().unwrap();

    let (deleted, posted) =
        runtime.run(async { (client.delete("/x").await, client.post("/x", &7).await) });

    assert_eq!(deleted.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(posted.unwrap().body().is_empty());
}

#[test]
fn what_is_no_path_is_refused_before_anything_is_sent() {
    let (runtime, builder, sent) = scripted(Script::new());
    let client = builder.build().unwrap();

    for path in ["x", "", "https://elsewhere/"] {
        let error = runtime.run(client.post(path, &7)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration(_)), "{path:?}: {error}");
    }
    assert!(sent.lock().unwrap().is_empty());
    assert_eq!(client.stats().requests, 0);
}

#[test]
fn other_options_hold_for_every_call_of_the_client_that_has_them() {
    let (runtime, builder, _) = scripted(Script::new().ending(Ending::Silence));
    let client = builder.build().unwrap();
    let hasty = CallOptions { operation_timeout: Duration::from_secs(3), ..client.options() };

    let error = runtime.run(client.with(hasty).get("/x")).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Network(NetworkKind::Timeout));
    assert_eq!(error.elapsed(), Duration::from_secs(3));
    assert_eq!(client.options(), CallOptions::INTERACTIVE, "the others keep theirs");
}
