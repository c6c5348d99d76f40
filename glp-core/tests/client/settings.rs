//! What a builder sets.

use std::num::NonZeroU32;
use std::time::Duration;

use glp_core::breaker::{self, Share};
use glp_core::budget;
use glp_core::call::{Guard, Patience};
use glp_core::error::{ConfigurationKind, ErrorKind};
use glp_core::testkit::Script;

use crate::virtual_runtime::scripted;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn every_policy_can_be_set_and_is_shown() {
    let (_, builder, _) = scripted(Script::new());

    let client = builder
        .failure_threshold(NonZeroU32::new(9).unwrap())
        .breaker_timeout(7 * MINUTE)
        .retry_budget(budget::Config::Off)
        .quota_share(Share::HALF)
        .attempts(NonZeroU32::MIN)
        .attempt_timeout(MINUTE)
        .operation_timeout(2 * MINUTE)
        .max_server_wait(3 * MINUTE)
        .patience(Patience::Wait)
        .build()
        .unwrap();

    let policy = client.policy();
    let failure_threshold = NonZeroU32::new(9).unwrap();
    let default = breaker::Config::DEFAULT;
    let breaker = breaker::Config { failure_threshold, cool_down: 7 * MINUTE, ..default };
    assert_eq!(policy.breaker, Guard::On(breaker));
    assert_eq!(policy.budget, budget::Config::Off);
    assert_eq!(policy.quota_share, Share::HALF);
    assert_eq!(client.options(), policy.call);
    assert_eq!((policy.call.attempts, policy.call.attempt_timeout), (NonZeroU32::MIN, MINUTE));
    assert_eq!(policy.call.operation_timeout, 2 * MINUTE);
    assert_eq!(policy.call.max_server_wait, 3 * MINUTE);
    assert_eq!(policy.call.patience, Patience::Wait);
}

#[test]
fn without_a_breaker_every_failure_is_answered_by_the_service_itself() {
    let (runtime, builder, sent) = scripted(Script::new().status(501));
    let client = builder.without_breaker().build().unwrap();

    for _ in 0..20 {
        assert_eq!(runtime.run(client.get("/x")).unwrap_err().status(), Some(501));
    }

    assert_eq!(sent.lock().unwrap().len(), 20);
}

#[test]
fn a_transport_of_ones_own_is_all_the_network_there_is() {
    let (runtime, builder, _) = scripted(Script::new());
    assert!(builder.build().is_ok());

    let builder = glp_core::client::ClientBuilder::<crate::virtual_runtime::Virtual>::on(runtime);
    let builder = builder.workspace_id("0a1b").client_id("me").client_secret("hunter2".into());
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration(ConfigurationKind::Invalid));
}
