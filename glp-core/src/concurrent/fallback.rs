//! Something else where the first failed.

use core::error::Error;
use core::fmt::{self, Display};
use core::future::Future;

/// Does `primary`; where it fails, does what `fallback` makes of the error.
///
/// The fallback is not even made where it is not needed.
///
/// # Errors
///
/// [`FallbackError`] with both errors, where both fail.
///
/// # Examples
///
/// ```
/// use futures::FutureExt;
/// use glp_core::concurrent::with_fallback;
///
/// let live = async { Err::<&str, _>("no connection") };
/// let answer = with_fallback(live, |_| async { Ok::<_, &str>("from the store") });
/// assert_eq!(answer.now_or_never().unwrap(), Ok("from the store"));
/// ```
pub async fn with_fallback<T, P, F, Fallback>(
    primary: impl Future<Output = Result<T, P>>,
    fallback: impl FnOnce(&P) -> Fallback,
) -> Result<T, FallbackError<P, F>>
where
    Fallback: Future<Output = Result<T, F>>,
{
    with_fallback_if(primary, |_| true, fallback).await
}

/// Does what [`with_fallback`] does, but only for errors of which `worthwhile` says so.
///
/// A programming error that a fallback would hide can so be let through.
///
/// # Errors
///
/// [`FallbackError`], without a second error where the fallback was not tried.
pub async fn with_fallback_if<T, P, F, Fallback>(
    primary: impl Future<Output = Result<T, P>>,
    worthwhile: impl FnOnce(&P) -> bool,
    fallback: impl FnOnce(&P) -> Fallback,
) -> Result<T, FallbackError<P, F>>
where
    Fallback: Future<Output = Result<T, F>>,
{
    let primary = match primary.await {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if !worthwhile(&primary) {
        return Err(FallbackError { primary, fallback: None });
    }
    match fallback(&primary).await {
        Ok(value) => Ok(value),
        Err(error) => Err(FallbackError { primary, fallback: Some(error) }),
    }
}

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
