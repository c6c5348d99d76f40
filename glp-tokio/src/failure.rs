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

use std::error::Error;
use std::io;
use std::iter::successors;

use glp_core::exchange::{Failure, FailureKind};
use rustls::AlertDescription;

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
    Failure::new(kind(&error, stage), detail(&error))
}

fn kind(error: &reqwest::Error, stage: Stage) -> FailureKind {
    let tls = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    if error.is_builder() {
        FailureKind::UnsupportedUrl
    } else if error.is_dns() {
        FailureKind::Dns
    } else if let Some(hopeless) = tls.and_then(hopeless) {
        hopeless
    } else if error.is_connect() {
        // The innermost is the socket's own; the outer ones only wrap it.
        let io = chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
        if tls.is_some() { FailureKind::TlsHandshake } else { unconnected(io.map(io::Error::kind)) }
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else {
        match stage {
            Stage::Sending => FailureKind::Reset,
            Stage::Reading => FailureKind::Truncated,
        }
    }
}

/// Names the faults of TLS that trying again cannot mend.
fn hopeless(error: &rustls::Error) -> Option<FailureKind> {
    use AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::InvalidCertRevocationList(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::AlertReceived(
            Alert::AccessDenied
            | Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRequired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::NoCertificate
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate,
        ) => Some(FailureKind::Certificate),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(Alert::NoApplicationProtocol | Alert::ProtocolVersion) => {
            Some(FailureKind::Configuration)
        }
        _ => None,
    }
}

/// Tells a handshake cut short from a connection that never was: once TCP is up, it ends in one of
/// these ways.
fn unconnected(error: Option<io::ErrorKind>) -> FailureKind {
    match error {
        Some(
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof,
        ) => FailureKind::TlsHandshake,
        _ => FailureKind::Connect,
    }
}

/// Lists the error and its causes, those that an [`io::Error`] wraps included: its `source` skips
/// them.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

/// Says the whole chain once: a cause that only repeats its effect is left out.
fn detail(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = chain(error).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, PeerIncompatible};

    use super::*;

    #[test]
    fn only_what_trying_again_cannot_mend_is_hopeless() {
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let ours = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let no_version = rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered);
        let busy = rustls::Error::AlertReceived(AlertDescription::InternalError);

        assert_eq!(hopeless(&expired), Some(FailureKind::Certificate));
        assert_eq!(hopeless(&ours), Some(FailureKind::Certificate));
        assert_eq!(hopeless(&no_version), Some(FailureKind::Configuration));
        assert_eq!(hopeless(&busy), None);
    }

    #[test]
    fn a_connection_that_ends_was_one_and_a_refused_one_was_not() {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, UnexpectedEof};

        assert_eq!(unconnected(Some(UnexpectedEof)), FailureKind::TlsHandshake);
        assert_eq!(unconnected(Some(ConnectionReset)), FailureKind::TlsHandshake);
        assert_eq!(unconnected(Some(ConnectionRefused)), FailureKind::Connect);
        assert_eq!(unconnected(Some(HostUnreachable)), FailureKind::Connect);
        assert_eq!(unconnected(None), FailureKind::Connect);
    }

    #[test]
    fn the_chain_goes_through_what_an_io_error_wraps() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let outer = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));

        assert!(chain(&outer).any(|cause| cause.is::<rustls::Error>()));
        assert_eq!(detail(&outer), "invalid peer certificate: UnknownIssuer");
    }
}
