//! What the builders of the three adapters take and refuse: the same, as they are one.

macro_rules! of_each_adapter {
    ($($adapter:ident),*) => {$(mod $adapter {
        use std::time::Duration;

        use glp_core::call::{Guard, PlainHttp};
        use glp_core::error::{ConfigurationKind, ErrorKind};
        use $adapter::{Client, ClientBuilder};

        fn complete() -> ClientBuilder {
            Client::builder().workspace_id("0a1b").client_id("me").client_secret("hunter2".into())
        }

        fn refusal(builder: ClientBuilder) -> String {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration(ConfigurationKind::Invalid));
            assert!(!error.message().contains("hunter2"), "{error}");
            error.message().to_owned()
        }

        #[test]
        fn a_setting_that_cannot_be_used_is_named_with_its_value_and_the_limit() {
            for (builder, expected) in [
                (complete().base_url(""), "base_url is "),
                (complete().base_url("http://example.com"), "base_url is http://example.com: "),
                (complete().workspace_id("a/b"), "workspace_id is \"a/b\": "),
                (complete().attempt_timeout(Duration::ZERO), "attempt_timeout is 0 s: "),
                (complete().user_agent("line\nbreak"), "user_agent is \"line\\nbreak\": "),
                (complete().extra_ca_file("/nowhere.pem"), "extra_ca_file is /nowhere.pem (No such"),
            ] {
                let refused = refusal(builder);
                assert!(refused.starts_with(expected), "{refused}");
            }
        }

        #[test]
        fn plain_http_is_spoken_to_other_machines_when_asked_for_by_name() {
            let client = complete().base_url("http://example.com").plain_http(PlainHttp::Anywhere);

            assert_eq!(client.build().unwrap().policy().base_url, "http://example.com/");
        }

        #[test]
        fn an_attempt_may_be_long_and_its_probe_is_waited_for() {
            let long = Duration::from_secs(600);

            let policy = complete().attempt_timeout(long).build().unwrap().policy();

            let Guard::On(breaker) = policy.breaker else { panic!("the breaker is on") };
            assert_eq!(breaker.probe_lease, long);
        }

        #[test]
        fn two_clients_do_not_knock_in_step_unless_they_are_told_to() {
            let seed = |builder: ClientBuilder| builder.build().unwrap().policy().seed;

            assert_ne!(seed(complete()), seed(complete()));
            assert_eq!(seed(complete().seed(7)), 7);
        }

        #[test]
        fn the_secret_is_shown_nowhere() {
            let builder = complete();
            let shown = format!("{builder:?}");
            let client = builder.build().unwrap();
            let shown = format!("{shown} {client:?} {:?} {}", client.policy(), client.policy());

            assert!(!shown.contains("hunter2"), "{shown}");
        }
    })*};
}

of_each_adapter!(glp_async_std, glp_blocking, glp_tokio);
