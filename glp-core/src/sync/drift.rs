//! The signs that rows moved while a listing was read.

use core::fmt;

/// Says how it was seen that rows moved during a pass, so that one may have been skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drift {
    /// The checkpoint of an earlier run says so.
    Earlier,
    /// A page did not begin with the last row read.
    Fence,
    /// At the end, the rows read were not as many as the service announced.
    Miscounted { listed: u64, total: u64 },
    /// A row came twice.
    Repeated,
    /// The service changed its `total`.
    Total { was: u64, is: u64 },
    /// The service gave one row a page, so no page could begin with the last row read.
    Unfenced,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Earlier => f.write_str("an earlier run saw rows move"),
            Self::Fence => f.write_str("a page did not begin with the last row read"),
            Self::Miscounted { listed, total } => {
                write!(f, "{total} rows were announced and {listed} came")
            }
            Self::Repeated => f.write_str("a row came twice"),
            Self::Total { was, is } => write!(f, "the total changed from {was} to {is}"),
            Self::Unfenced => f.write_str("the service gave one row a page"),
        }
    }
}
