//! How the service says when to come back.

use alloc::format;
use core::time::Duration;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};

use super::answer::http_date;
use crate::wall::UnixTime;

/// A wish for how long a client waits, and the way in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// The way in which it is told.
    pub style: HintStyle,
    /// How long; told in whole seconds, never fewer.
    pub after: Duration,
}

/// The ways in which GreenLake's services, or the gateways before them, tell a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintStyle {
    /// `Retry-After: 2`.
    RetryAfterSeconds,
    /// `Retry-After: Mon, 23 Nov 2026 08:00:02 GMT`.
    RetryAfterDate,
    /// `ratelimit-reset: 2`, seconds from now.
    ResetSeconds,
    /// `x-ratelimit-reset: 1795420802`, seconds since 1970.
    ResetEpoch,
    /// `x-ratelimit-reset: 2026-11-23T08:00:02Z`.
    ResetTimestamp,
    /// `errorDetails[].retryAfterSeconds` in the body.
    BodySeconds,
    /// `Retry-After: soon`, which says nothing.
    Garbage,
}

impl HintStyle {
    /// Every style that a client can make sense of.
    pub const READABLE: [Self; 6] = [
        Self::RetryAfterSeconds,
        Self::RetryAfterDate,
        Self::ResetSeconds,
        Self::ResetEpoch,
        Self::ResetTimestamp,
        Self::BodySeconds,
    ];

    /// Makes the wish for a wait of `seconds`, told in this way.
    pub const fn secs(self, seconds: u64) -> Hint {
        Hint { style: self, after: Duration::from_secs(seconds) }
    }
}

const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

impl Hint {
    /// Returns the wait in whole seconds, rounded up.
    pub(super) fn seconds(self) -> u64 {
        ceil_seconds(self.after)
    }

    /// Adds the header that tells the wait, if there is one; a wait told in the body has none.
    pub(super) fn tell(hint: Option<Self>, headers: &mut HeaderMap, wall: UnixTime) {
        headers.extend(hint.and_then(|hint| hint.header(wall)));
    }

    fn header(self, wall: UnixTime) -> Option<(HeaderName, HeaderValue)> {
        let until = UnixTime::from_secs(ceil_seconds((wall + self.after).since(UnixTime::EPOCH)));
        Some(match self.style {
            HintStyle::RetryAfterSeconds => (RETRY_AFTER, self.seconds().into()),
            HintStyle::RetryAfterDate => (RETRY_AFTER, http_date(until)),
            HintStyle::ResetSeconds => (RESET, self.seconds().into()),
            HintStyle::ResetEpoch => (X_RESET, until.as_secs().into()),
            HintStyle::ResetTimestamp => (X_RESET, timestamp(until)),
            HintStyle::BodySeconds => return None,
            HintStyle::Garbage => (RETRY_AFTER, HeaderValue::from_static("soon")),
        })
    }
}

/// Returns whole seconds, rounded up.
pub(super) fn ceil_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

fn timestamp(time: UnixTime) -> HeaderValue {
    HeaderValue::try_from(format!("{time}")).expect("RFC 3339 is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    /// Half a second after 08:00:00.
    fn wall() -> UnixTime {
        let whole: UnixTime = "2026-11-23T08:00:00Z".parse().unwrap();
        whole + Duration::from_millis(500)
    }

    fn header(style: HintStyle) -> String {
        let hint = Hint { style, after: Duration::from_millis(1_200) };
        let (name, value) = hint.header(wall()).unwrap();
        format!("{name}: {}", value.to_str().unwrap())
    }

    #[test]
    fn each_style_asks_for_no_less_than_the_wait() {
        assert_eq!(header(HintStyle::RetryAfterSeconds), "retry-after: 2");
        assert_eq!(header(HintStyle::RetryAfterDate), "retry-after: Mon, 23 Nov 2026 08:00:02 GMT");
        assert_eq!(header(HintStyle::ResetSeconds), "ratelimit-reset: 2");
        assert_eq!(header(HintStyle::ResetEpoch), "x-ratelimit-reset: 1795420802");
        assert_eq!(header(HintStyle::ResetTimestamp), "x-ratelimit-reset: 2026-11-23T08:00:02Z");
    }
}
