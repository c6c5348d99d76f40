//! A value in the place of an error.

use core::future::Future;

/// Does `work`; where it fails, makes a value of the error instead.
///
/// The value is made anew each time, so no two callers share one, and the error passes through the
/// caller's hands: log it there.
///
/// # Examples
///
/// ```
/// use futures::FutureExt;
/// use glp_core::concurrent::try_or_default;
///
/// let rows = try_or_default(async { Err::<Vec<u32>, _>("offline") }, |_| Vec::new());
/// assert_eq!(rows.now_or_never(), Some(vec![]));
/// ```
pub async fn try_or_default<T, E>(
    work: impl Future<Output = Result<T, E>>,
    default: impl FnOnce(E) -> T,
) -> T {
    work.await.unwrap_or_else(default)
}
