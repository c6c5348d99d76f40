//! Every way in which an exchange fails, as one of the kinds the machines know.
//!
//! A fault of TLS that trying again cannot mend is `Certificate` or `Configuration`, whenever it
//! comes to light: in TLS 1.3 a server may refuse our side after the handshake. All else is told by
//! how far the exchange had come.

use std::error::Error;

use glp_blocking::tls::{self, causes};
use glp_core::exchange::{Failure, FailureKind};

/// How far an exchange had come when it failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// The name of the host was looked up.
    Resolving,
    /// No address of the host had answered.
    Connecting,
    /// TCP was up, TLS was not.
    Handshake,
    /// The head of the answer had not arrived.
    Sending,
    /// The body was on its way.
    Reading,
}

/// Explains `error`, in words that hold no URL.
pub(crate) fn explain(error: &(dyn Error + 'static), stage: Stage) -> Failure {
    let kind = tls::hopeless(causes(error)).unwrap_or(match stage {
        Stage::Resolving => FailureKind::Dns,
        Stage::Connecting => FailureKind::Connect,
        Stage::Handshake => FailureKind::TlsHandshake,
        Stage::Sending => FailureKind::Reset,
        Stage::Reading => FailureKind::Truncated,
    });
    Failure::new(kind, tls::words(causes(error).map(ToString::to_string)))
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::{AlertDescription, CertificateError, PeerIncompatible};

    use super::*;

    fn kind(error: rustls::Error, stage: Stage) -> FailureKind {
        explain(&io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error)), stage).kind
    }

    #[test]
    fn what_trying_again_cannot_mend_says_so_at_any_stage() {
        let ours = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        for stage in [Stage::Handshake, Stage::Sending, Stage::Reading] {
            let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
            let no_version = rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered);

            assert_eq!(kind(expired, stage), FailureKind::Certificate, "{stage:?}");
            assert_eq!(kind(ours.clone(), stage), FailureKind::Certificate, "{stage:?}");
            assert_eq!(kind(no_version, stage), FailureKind::Configuration, "{stage:?}");
        }
    }

    #[test]
    fn all_else_is_told_by_how_far_the_exchange_had_come() {
        for (stage, expected) in [
            (Stage::Resolving, FailureKind::Dns),
            (Stage::Connecting, FailureKind::Connect),
            (Stage::Handshake, FailureKind::TlsHandshake),
            (Stage::Sending, FailureKind::Reset),
            (Stage::Reading, FailureKind::Truncated),
        ] {
            let busy = rustls::Error::AlertReceived(AlertDescription::InternalError);

            assert_eq!(kind(busy, stage), expected);
            assert_eq!(explain(&io::Error::other("x"), stage).kind, expected);
        }
    }

    #[test]
    fn the_words_are_those_of_the_innermost_cause_said_once() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let outer = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));

        let said = explain(&outer, Stage::Handshake).detail;
        assert_eq!(said, "invalid peer certificate: UnknownIssuer");
    }
}
