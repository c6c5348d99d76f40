//! What a fault means on the way to a connection, read out of an error's chain of causes.

use std::error::Error;
use std::io;
use std::iter::successors;

use glp_core::exchange::FailureKind;
use rustls::AlertDescription;

/// Lists the error and its causes, each by [`cause`].
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| cause(error))
}

/// Returns what an error was caused by, that which an [`io::Error`] wraps included: its `source`
/// skips it.
pub fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Says all that the causes say once: one that only repeats its effect is left out.
///
/// # Examples
///
/// ```
/// use std::io;
/// use glp_blocking::tls::{causes, words};
///
/// let error = io::Error::other(io::Error::other("no route"));
/// assert_eq!(words(causes(&error).map(ToString::to_string)), "no route");
/// ```
pub fn words(said: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = said.collect();
    words.dedup();
    words.join(": ")
}

/// Names the kind of a fault of TLS that trying again cannot mend, whenever it comes to light: in
/// TLS 1.3 a server may refuse our side after the handshake. `None` where there is none.
pub fn hopeless<'a>(
    mut causes: impl Iterator<Item = &'a (dyn Error + 'static)>,
) -> Option<FailureKind> {
    causes.find_map(|cause| cause.downcast_ref()).and_then(judge)
}

fn judge(error: &rustls::Error) -> Option<FailureKind> {
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

/// Tells a handshake cut short from a connection that never was, of an error while connecting: once
/// TCP is up, it ends by a fault of TLS, or in one of a few ways.
pub fn unconnected<'a>(causes: impl Iterator<Item = &'a (dyn Error + 'static)>) -> FailureKind {
    // The innermost is the socket's own; the outer ones only wrap it.
    let mut innermost = None;
    for cause in causes {
        if cause.is::<rustls::Error>() {
            return FailureKind::TlsHandshake;
        }
        innermost = cause.downcast_ref().map(io::Error::kind).or(innermost);
    }
    match innermost {
        Some(
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof,
        ) => FailureKind::TlsHandshake,
        _ => FailureKind::Connect,
    }
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, PeerIncompatible};

    use super::*;

    fn wrapped(error: rustls::Error) -> io::Error {
        io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn only_what_trying_again_cannot_mend_is_hopeless() {
        let judged = |error| hopeless(causes(&wrapped(error)));
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let ours = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let no_version = rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered);
        let busy = rustls::Error::AlertReceived(AlertDescription::InternalError);

        assert_eq!(judged(expired), Some(FailureKind::Certificate));
        assert_eq!(judged(ours), Some(FailureKind::Certificate));
        assert_eq!(judged(no_version), Some(FailureKind::Configuration));
        assert_eq!(judged(busy), None);
        assert_eq!(hopeless(causes(&io::Error::other("x"))), None);
    }

    #[test]
    fn a_connection_that_ends_was_one_and_a_refused_one_was_not() {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, UnexpectedEof};

        let told =
            |kind: io::ErrorKind| unconnected(causes(&io::Error::other(io::Error::from(kind))));
        let busy = rustls::Error::AlertReceived(AlertDescription::InternalError);

        assert_eq!(told(UnexpectedEof), FailureKind::TlsHandshake);
        assert_eq!(told(ConnectionReset), FailureKind::TlsHandshake);
        assert_eq!(told(ConnectionRefused), FailureKind::Connect);
        assert_eq!(told(HostUnreachable), FailureKind::Connect);
        assert_eq!(unconnected(std::iter::empty()), FailureKind::Connect);
        assert_eq!(unconnected(causes(&wrapped(busy))), FailureKind::TlsHandshake);
    }

    #[test]
    fn the_chain_goes_through_what_an_io_error_wraps() {
        let outer = wrapped(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer));

        assert!(causes(&outer).any(|cause| cause.is::<rustls::Error>()));
        let said = words(causes(&outer).map(ToString::to_string));
        assert_eq!(said, "invalid peer certificate: UnknownIssuer");
    }
}
