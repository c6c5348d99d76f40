//! Something else where the first failed.

use glp_core::concurrent::FallbackError;

/// Does `primary`; where it fails, does what `fallback` makes of the error.
///
/// # Errors
///
/// [`FallbackError`] with both errors, where both fail.
///
/// # Examples
///
/// ```
/// use glp_blocking::with_fallback;
///
/// let live = || Err::<&str, _>("no connection");
/// let answer = with_fallback(live, |_| Ok::<_, &str>("from the store"));
/// assert_eq!(answer, Ok("from the store"));
/// ```
pub fn with_fallback<T, P, F>(
    primary: impl FnOnce() -> Result<T, P>,
    fallback: impl FnOnce(&P) -> Result<T, F>,
) -> Result<T, FallbackError<P, F>> {
    with_fallback_if(primary, |_| true, fallback)
}

/// Does what [`with_fallback`] does, but only for errors of which `worthwhile` says so.
///
/// A programming error that a fallback would hide can so be let through.
///
/// # Errors
///
/// [`FallbackError`], without a second error where the fallback was not tried.
pub fn with_fallback_if<T, P, F>(
    primary: impl FnOnce() -> Result<T, P>,
    worthwhile: impl FnOnce(&P) -> bool,
    fallback: impl FnOnce(&P) -> Result<T, F>,
) -> Result<T, FallbackError<P, F>> {
    let primary = match primary() {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if !worthwhile(&primary) {
        return Err(FallbackError { primary, fallback: None });
    }
    fallback(&primary).map_err(|error| FallbackError { primary, fallback: Some(error) })
}
