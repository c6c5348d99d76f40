//! Whether a row shows a change.

/// Whether a row, read back, shows a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Part of the change is in no field that is read back.
    CannotTell,
    /// It does not.
    No,
    /// It does.
    Yes,
}
