//! How a task that has a name ended, and what that means for the others.

/// What the failure of one task means for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// They go on.
    Continue,
    /// They are called off: a future is dropped, a thread is told.
    CancelSiblings,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd<T, E> {
    /// It returned a value.
    Value(T),
    /// It failed.
    Error(E),
    /// It was called off because another failed.
    Cancelled,
}

impl<T, E> From<Result<T, E>> for TaskEnd<T, E> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Error(error),
        }
    }
}
