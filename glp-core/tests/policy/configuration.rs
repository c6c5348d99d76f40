//! Policies as a file gives them: what is read back, and what cannot be said there either.

use core::time::Duration;

use glp_core::backoff::{Backoff, Growth, Jitter};
use glp_core::budget::{self, Share};
use glp_core::limiter::Pace;
use glp_core::retry::Policy;
use serde_json::{Value, json};

use crate::{secs, some};

#[test]
fn what_is_written_down_is_read_back() {
    let growths =
        [Growth::Fixed, Growth::Linear { step: secs(5) }, Growth::Exponential { factor: some(3) }];
    for growth in growths {
        let jitter = Jitter::Proportional { percent: 25 };
        let policy =
            Policy { backoff: Backoff { growth, jitter, ..Backoff::DEFAULT }, ..Policy::DEFAULT };
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    }
    for budget in [budget::Config::DEFAULT, budget::Config::Share(Share::DEFAULT)] {
        let text = serde_json::to_string(&budget).unwrap();
        assert_eq!(serde_json::from_str::<budget::Config>(&text).unwrap(), budget);
    }
}

/// Says why a policy with one field changed cannot be read.
fn refusal(field: &str, value: Value) -> String {
    let mut policy = json!(Policy::DEFAULT);
    *policy.pointer_mut(field).expect("a field of a policy") = value;
    serde_json::from_value::<Policy>(policy).expect_err("a refusal").to_string()
}

#[test]
fn r12_zero_attempts_a_factor_below_one_and_what_is_no_number_cannot_be_read() {
    for (field, value) in [
        ("/attempts", json!(0)),
        ("/attempts", json!(-1)),
        ("/backoff/growth/exponential/factor", json!(0)),
        ("/backoff/growth/exponential/factor", json!(0.5)),
        ("/backoff/growth/exponential/factor", json!(f64::NAN)),
        ("/backoff/jitter", json!("some")),
        ("/attempt_timeout/secs", json!(-1)),
    ] {
        let said = refusal(field, value.clone());
        assert!(
            said.starts_with("invalid") || said.starts_with("unknown"),
            "{field} {value}: {said}"
        );
    }
    let pace = json!({ "quota": 0, "window": { "secs": 60, "nanos": 0 }, "burst": 1 });
    assert!(serde_json::from_value::<Pace>(pace).is_err());
}

#[test]
fn a_cap_below_the_start_is_read_and_refused_by_name() {
    let mut policy = json!(Policy::DEFAULT);
    policy["backoff"]["max_delay"] = json!(Duration::from_millis(999));
    let policy: Policy = serde_json::from_value(policy).unwrap();
    let refused = policy.check().unwrap_err().to_string();
    assert_eq!(refused, "backoff.max_delay is 999ms: it must be at least backoff.initial (1s)");
}
