//! A configuration in words: every policy in force, a line each.

use core::fmt;

use crate::call::config::{Config, Guard, Patience, PlainHttp};

/// Lists every setting in force, one to a line, for people. The secret is not among them.
///
/// # Examples
///
/// ```
/// use glp_core::call::{Config, Credentials};
///
/// let credentials = Credentials::for_workspace("0a1b", "my-client", "my-secret".into());
/// let config = Config::new("https://api.example", credentials)?;
/// let text = config.to_string();
/// assert!(text.contains("attempts           3\n"));
/// assert!(text.contains("operation timeout  120s\n"));
/// assert!(!text.contains("my-secret"));
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain_http = match self.plain_http {
            PlainHttp::LoopbackOnly => "to this machine only",
            PlainHttp::Anywhere => "to any host",
        };
        let at_open_breaker = match self.call.patience {
            Patience::FailFast => "fail at once",
            Patience::Wait => "wait",
        };
        writeln!(f, "base URL           {}", self.base_url)?;
        writeln!(f, "token URL          {}", self.credentials.token_url)?;
        writeln!(f, "client id          {}", self.credentials.client_id)?;
        writeln!(f, "plain http         {plain_http}")?;
        writeln!(f, "attempts           {}", self.call.attempts)?;
        writeln!(f, "attempt timeout    {:?}", self.call.attempt_timeout)?;
        writeln!(f, "operation timeout  {:?}", self.call.operation_timeout)?;
        writeln!(f, "max server wait    {:?}", self.call.max_server_wait)?;
        writeln!(f, "backoff            {}", self.backoff)?;
        writeln!(f, "retry budget       {}", self.budget)?;
        for route in &self.quotas {
            writeln!(f, "quota              {} a minute for {route}", route.quota())?;
        }
        match self.breaker {
            Guard::Off => writeln!(f, "breaker            off")?,
            Guard::On(breaker) => {
                writeln!(
                    f,
                    "breaker            opens after {} failures, for {:?}; closes after {} \
                     successes, {} at a time",
                    breaker.failure_threshold,
                    breaker.cool_down,
                    breaker.success_threshold,
                    breaker.max_probes
                )?;
                writeln!(f, "at an open breaker {at_open_breaker}")?;
            }
        }
        let pace = "the documented quota of each route";
        match self.quota_share.get() {
            100 => writeln!(f, "pace               {pace}"),
            percent => writeln!(f, "pace               {percent}% of {pace}"),
        }
    }
}
