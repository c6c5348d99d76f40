//! The end of two ways that both failed.

use core::error::Error;
use core::fmt::{self, Display};

/// Says why there is no value: neither way led to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallbackError<P, F> {
    /// Why the first way failed.
    pub primary: P,
    /// Why the second failed; `None` where it was not tried.
    pub fallback: Option<F>,
}

impl<P: Display, F: Display> Display for FallbackError<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fallback {
            Some(fallback) => write!(f, "{}; the fallback failed too: {fallback}", self.primary),
            None => self.primary.fmt(f),
        }
    }
}

impl<P, F> Error for FallbackError<P, F>
where
    P: Error + 'static,
    F: Error + 'static,
{
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fallback {
            Some(fallback) => Some(fallback),
            None => self.primary.source(),
        }
    }
}
