//! What the server says about waiting and about the quota that is left.
//!
//! A header's value becomes a wait here, without HTTP types and without a clock:
//!
//! | value | [`retry_after`] | [`rate_limit_reset`] |
//! |---|---|---|
//! | absent | not asked | not asked |
//! | `30`, `007` | that many seconds | that many seconds, below the year 2001 |
//! | `1.5` | rounded up: never early | rounded up |
//! | `0`, or a point in the past | zero: at once | zero: at once |
//! | `1795420845` | that many seconds | until then: seconds since 1970 |
//! | an HTTP date, in any of its three forms | until then | nothing |
//! | an RFC 3339 time | nothing | until then |
//! | 400 digits | 2⁶⁴ − 1 seconds | until then, as seconds since 1970 |
//! | `-1`, `soon`, empty | nothing | nothing |
//!
//! A point in time is measured from the response's own `Date`, never from our clock, which may
//! differ; without a `Date` that can be read it says nothing. What says nothing is passed over: the
//! next place is asked. [`Quota`] reads the draft's `RateLimit`, which has the requests left beside
//! the reset. With feature `client`, `wait_hint` and `quota_left` read a whole response.

mod http_date;
mod quota;
#[cfg(feature = "client")]
mod response;
mod value;

pub use self::quota::Quota;
#[cfg(feature = "client")]
pub use self::response::{Hint, Source, quota_left, wait_hint};
#[cfg(feature = "client")]
pub(crate) use self::value::seconds;
pub use self::value::{rate_limit_reset, requests, retry_after};
