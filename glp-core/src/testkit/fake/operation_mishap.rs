//! What can go wrong with an asynchronous operation.

/// Goes wrong with an asynchronous operation that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OperationMishap {
    /// It ends `FAILED`, and does nothing.
    Fails,
    /// It does its work, and is not known any more as soon as that is done: 404.
    Forgotten,
    /// It does its work; its `Location` is on another origin.
    LocatedElsewhere,
    /// It does its work, and shows `PAUSED` until then.
    Pauses,
    /// It does its work, and shows `RUNNING` for ever.
    StuckDone,
    /// It does nothing, and shows `RUNNING` for ever.
    StuckIdle,
    /// It does its work; its result is a text and names no row.
    TextResult,
    /// It does nothing, and ends `TIMEDOUT`, as the reference lists it.
    TimedOut,
    /// It does nothing, and ends `TIMEOUT`, as the reference writes it.
    Timeout,
    /// It does its work; the answer has no `Location`.
    Unlocated,
}

impl OperationMishap {
    /// Says whether the operation does its work all the same.
    pub(super) const fn works(self) -> bool {
        !matches!(self, Self::Fails | Self::StuckIdle | Self::TimedOut | Self::Timeout)
    }
}
