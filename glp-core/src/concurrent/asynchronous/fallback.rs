//! Something else where the first failed.

use core::future::Future;

use crate::concurrent::FallbackError;

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
