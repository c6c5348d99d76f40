//! What can go wrong with one exchange.

use core::time::Duration;

use http::StatusCode;

use super::hint::Hint;

/// Goes wrong with one exchange.
///
/// # Examples
///
/// ```
/// use glp_core::testkit::{HintStyle, Mishap};
///
/// let too_many = Mishap::RateLimited(Some(HintStyle::RetryAfterSeconds.secs(1)));
/// assert_ne!(too_many, Mishap::RateLimited(None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// Rows move before the request is acted on.
    Change(Change),
    /// 403: the credentials may not do this.
    Forbidden,
    /// 503 whose envelope tells 422.
    Mismatched,
    /// An outage: see [`Outage`](super::Outage).
    Outage(OutageStyle),
    /// A success, the page of which is not what it should be.
    Page(Distortion),
    /// 429.
    RateLimited(Option<Hint>),
    /// The service acts on the request, then the connection breaks.
    ResetAfter,
    /// The connection breaks before the service acts on the request.
    ResetBefore,
    /// Every token handed out so far is revoked before the request is acted on.
    Revoked,
    /// 500, 502 or 503.
    ServerError {
        /// The status.
        status: ServerStatus,
        /// Who words the body.
        body: ErrorBody,
        /// When to come back.
        hint: Option<Hint>,
    },
    /// The service acts on the request and never answers.
    Silence,
    /// The answer takes so much longer.
    Slow(Duration),
    /// Half of the answer's body arrives.
    Truncated,
}

/// A change of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A row is deleted.
    Delete,
    /// A row is inserted.
    Insert,
    /// A row's content changes.
    Update,
}

/// What a client sees of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutageStyle {
    /// Connections break before the service acts.
    Reset,
    /// 503 with the page of a gateway.
    Unavailable,
}

/// The statuses of a failing service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerStatus {
    /// 500.
    InternalError,
    /// 502.
    BadGateway,
    /// 503.
    Unavailable,
}

impl ServerStatus {
    pub(super) const fn code(self) -> StatusCode {
        match self {
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadGateway => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Who words the body of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorBody {
    /// The service: an error envelope.
    Json,
    /// A gateway before it: a page in HTML.
    Html,
}

/// Ways in which the page of a success is not what it should be. The status is 200 in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distortion {
    /// The JSON text ends after so many bytes, and `content-length` agrees.
    CutAt(usize),
    /// The last row is the first one again.
    DuplicateRow,
    /// No rows, although there are some.
    Empty,
    /// An error envelope.
    ErrorEnvelope,
    /// A page in HTML.
    Html,
    /// The first item is a text and not an object.
    NotAnObject,
    /// `total` is one more than it is.
    WrongTotal,
    /// `items` is a text and not an array; see [`Distortion::WRONG_TYPE_AT`].
    WrongType,
}

impl Distortion {
    /// The byte at which the text of [`WrongType`](Self::WrongType) begins, counted from 0.
    pub const WRONG_TYPE_AT: usize = "{\"items\":".len();
}
