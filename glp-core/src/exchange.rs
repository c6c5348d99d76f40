//! What travels: a request, a response, or the reason there is none.

use alloc::string::String;
use core::fmt;

use bytes::Bytes;

/// A request with its whole body in memory.
pub type Request = http::Request<Bytes>;

/// A response with its whole body in memory, already decompressed and within the size limit.
pub type Response = http::Response<Bytes>;

/// Says why a request brought no whole response, and how far it got.
///
/// A transport reports the most exact kind it can tell. Where it cannot tell whether the request
/// left the machine, it must say that it may have: [`FailureKind::Reset`].
///
/// # Examples
///
/// ```
/// use glp_core::exchange::{Failure, FailureKind, Reach};
///
/// let failure = Failure::new(FailureKind::Connect, "connection refused");
/// assert_eq!(failure.kind.reach(), Reach::NothingSent);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The transport's own words, free of secrets.
    pub detail: String,
}

impl Failure {
    /// Makes a failure of `kind`, with the transport's own words.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.explain(), self.detail)
    }
}

/// The ways in which a request can fail to bring a whole response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// The server's certificate, or the configuration of trust, is not acceptable.
    Certificate,
    /// The transport cannot be used as configured.
    Configuration,
    /// No connection was made: refused, unreachable, or not made in time.
    Connect,
    /// The host's name did not resolve.
    Dns,
    /// The connection broke after the request may have been sent.
    Reset,
    /// The attempt's time ran out after the request may have been sent.
    Timeout,
    /// The TLS handshake was interrupted before the request was sent.
    TlsHandshake,
    /// The body is larger than the limit.
    TooLarge,
    /// The body ended early, or did not decompress.
    Truncated,
    /// The request's URL cannot be sent to: wrong scheme, no host.
    UnsupportedUrl,
}

/// How far a failed request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing of the request left the machine: any method may be sent again.
    NothingSent,
    /// The server may have acted on it: only a replayable request may be sent again.
    MaybeActedOn,
    /// Sending it again cannot help.
    Hopeless,
}

impl FailureKind {
    /// Says how far the request got.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Connect | Self::Dns | Self::TlsHandshake => Reach::NothingSent,
            Self::Reset | Self::Timeout | Self::Truncated => Reach::MaybeActedOn,
            Self::Certificate | Self::Configuration | Self::TooLarge | Self::UnsupportedUrl => {
                Reach::Hopeless
            }
        }
    }

    /// Explains the kind in a few words.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Certificate => "the server's certificate was not accepted",
            Self::Configuration => "the transport cannot be used as configured",
            Self::Connect => "no connection",
            Self::Dns => "the host name did not resolve",
            Self::Reset => "the connection broke",
            Self::Timeout => "no answer in time",
            Self::TlsHandshake => "the TLS handshake was interrupted",
            Self::TooLarge => "the body is larger than the limit",
            Self::Truncated => "the body ended early",
            Self::UnsupportedUrl => "the URL cannot be sent to",
        }
    }
}
