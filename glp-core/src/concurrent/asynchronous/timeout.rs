//! An end for work that takes too long.

use core::future::Future;
use core::pin::pin;
use core::time::Duration;

use super::Timer;
use super::timer::race;
use crate::concurrent::TimedOut;

/// Does `work`, but for no longer than `limit`: then it is dropped.
///
/// What the work returns is handed on untouched, in its own layer of the result, so a timeout
/// inside the work is never taken for this one. Work that is ready wins over a time that is up.
///
/// # Errors
///
/// [`TimedOut`], with the limit, where the time is up first.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testkit")] {
/// use core::{future, time::Duration};
/// use glp_core::concurrent::{TimedOut, with_timeout};
/// use glp_core::testkit::VirtualTimer;
///
/// let timer = VirtualTimer::new();
/// let limit = Duration::from_secs(30);
/// let answer = timer.run(with_timeout(&timer, limit, future::pending::<()>()));
/// assert_eq!(answer, Err(TimedOut { limit }));
/// # }
/// ```
pub async fn with_timeout<F: Future>(
    timer: &impl Timer,
    limit: Duration,
    work: F,
) -> Result<F::Output, TimedOut> {
    let until = timer.now() + limit;
    race(pin!(work), pin!(None), || timer.sleep_until(until)).await.ok_or(TimedOut { limit })
}

/// Does what [`with_timeout`] does, with a value in the place of the error.
///
/// The value is made anew each time, and only where it is needed.
pub async fn with_timeout_or<F: Future>(
    timer: &impl Timer,
    limit: Duration,
    work: F,
    default: impl FnOnce() -> F::Output,
) -> F::Output {
    match with_timeout(timer, limit, work).await {
        Ok(output) => output,
        Err(TimedOut { .. }) => default(),
    }
}
