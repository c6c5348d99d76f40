//! Every way in which reqwest fails, as one of the kinds the machines know.
//!
//! The first row that fits answers:
//!
//! | found in the error's chain of causes | kind |
//! |---|---|
//! | the request cannot be built: no host, a scheme that is not http | `UnsupportedUrl` |
//! | the name did not resolve | `Dns` |
//! | TLS: a certificate, theirs or ours, is not accepted | `Certificate` |
//! | TLS: no version, cipher or protocol in common | `Configuration` |
//! | while connecting, any other fault of TLS, or a connection that ends during the handshake | `TlsHandshake` |
//! | while connecting, all else: refused, unreachable, not in time, a proxy that will not | `Connect` |
//! | a timeout of the user's own client | `Timeout` |
//! | while reading the body, all else | `Truncated` |
//! | before the head of the answer, all else | `Reset` |

use glp_blocking::tls::{self, causes};
use glp_core::exchange::{Failure, FailureKind};

/// How far an exchange had come when it failed.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// The head of the answer had not arrived.
    Sending,
    /// The body was on its way.
    Reading,
}

/// Explains `error`, in words that hold no URL.
pub(crate) fn explain(error: reqwest::Error, stage: Stage) -> Failure {
    let error = error.without_url();
    let detail = tls::words(causes(&error).map(ToString::to_string));
    Failure::new(kind(&error, stage), detail)
}

fn kind(error: &reqwest::Error, stage: Stage) -> FailureKind {
    if error.is_builder() {
        FailureKind::UnsupportedUrl
    } else if error.is_dns() {
        FailureKind::Dns
    } else if let Some(hopeless) = tls::hopeless(causes(error)) {
        hopeless
    } else if error.is_connect() {
        tls::unconnected(causes(error))
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else {
        match stage {
            Stage::Sending => FailureKind::Reset,
            Stage::Reading => FailureKind::Truncated,
        }
    }
}
