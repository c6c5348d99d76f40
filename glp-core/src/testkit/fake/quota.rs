//! Quotas: so many requests per endpoint and minute.

use alloc::collections::BTreeMap;
use core::time::Duration;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use super::endpoint::Endpoint;
use super::hint::ceil_seconds;
use crate::time::Instant;

/// Counts requests per endpoint in windows of a minute. A window opens with its first request.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    windows: BTreeMap<Endpoint, Window>,
}

#[derive(Debug)]
struct Window {
    opened: Instant,
    used: u32,
}

/// Where a request stands within its quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowance {
    /// The endpoint has no quota.
    Unlimited,
    /// The request is within it.
    Granted { quota: u32, remaining: u32, reset: Duration },
    /// The quota is used up, until the window ends.
    Exhausted { quota: u32, reset: Duration },
}

/// The service documents its quotas per minute.
const WINDOW: Duration = Duration::from_secs(60);

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

impl Quotas {
    /// Counts a request, unless its quota is used up.
    pub(super) fn take(&mut self, endpoint: Endpoint, now: Instant) -> Allowance {
        let Some(quota) = endpoint.quota() else { return Allowance::Unlimited };
        let quota = quota.get();
        let window = self.windows.entry(endpoint).or_insert(Window { opened: now, used: 0 });
        if now >= window.opened + WINDOW {
            *window = Window { opened: now, used: 0 };
        }
        let reset = (window.opened + WINDOW).since(now);
        if window.used >= quota {
            return Allowance::Exhausted { quota, reset };
        }
        window.used += 1;
        Allowance::Granted { quota, remaining: quota - window.used, reset }
    }
}

impl Allowance {
    /// Adds what is left to an answer.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        if let Self::Granted { quota, remaining, reset } = self {
            headers.insert(LIMIT, HeaderValue::from(quota));
            headers.insert(REMAINING, HeaderValue::from(remaining));
            headers.insert(RESET, HeaderValue::from(ceil_seconds(reset)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_grants_its_quota_and_then_begins_anew() {
        let mut quotas = Quotas::default();
        let start = Instant::from_nanos(7);
        for used in 1..=20 {
            let granted = Allowance::Granted { quota: 20, remaining: 20 - used, reset: WINDOW };
            assert_eq!(quotas.take(Endpoint::GetSubscription, start), granted);
        }
        let late = start + Duration::from_secs(59);
        let exhausted = Allowance::Exhausted { quota: 20, reset: Duration::from_secs(1) };
        assert_eq!(quotas.take(Endpoint::GetSubscription, late), exhausted);
        let next = quotas.take(Endpoint::GetSubscription, start + WINDOW);
        assert_eq!(next, Allowance::Granted { quota: 20, remaining: 19, reset: WINDOW });
    }

    #[test]
    fn tokens_have_no_quota() {
        let allowance = Quotas::default().take(Endpoint::LegacyToken, Instant::ZERO);
        assert_eq!(allowance, Allowance::Unlimited);
    }
}
