//! A value in the place of an error.

/// Does `work`; where it fails, makes a value of the error instead.
///
/// The value is made anew each time, so no two callers share one, and the error passes through the
/// caller's hands: log it there.
///
/// # Examples
///
/// ```
/// use glp_blocking::try_or_default;
///
/// let rows = try_or_default(|| Err::<Vec<u32>, _>("offline"), |_| Vec::new());
/// assert!(rows.is_empty());
/// ```
pub fn try_or_default<T, E>(
    work: impl FnOnce() -> Result<T, E>,
    default: impl FnOnce(E) -> T,
) -> T {
    work().unwrap_or_else(default)
}
