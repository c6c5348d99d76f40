//! Every way in which ureq fails, as one of the kinds the machines know.
//!
//! The first row that fits answers:
//!
//! | found in the error's chain of causes | kind |
//! |---|---|
//! | the request cannot be built: no host, a scheme that is not http | `UnsupportedUrl` |
//! | a proxy's address that is none, an agent without TLS | `Configuration` |
//! | the head, or a body that the agent limits, is too large | `TooLarge` |
//! | the name did not resolve | `Dns` |
//! | TLS: a certificate, theirs or ours, is not accepted | `Certificate` |
//! | TLS: no version, cipher or protocol in common | `Configuration` |
//! | while connecting, any other fault of TLS, or a connection that ends during the handshake | `TlsHandshake` |
//! | while connecting, all else: refused, unreachable, not in time, a proxy that will not | `Connect` |
//! | the time is up | `Timeout` |
//! | while reading the body, all else | `Truncated` |
//! | before the head of the answer, all else | `Reset` |

use std::error::Error;
use std::io;
use std::iter::successors;

use glp_core::exchange::{Failure, FailureKind};
use ureq::Timeout;

use crate::connector::{Unconnected, Unresolved};
use crate::tls;

/// How far an exchange had come when it failed.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// The head of the answer had not arrived.
    Sending,
    /// The body was on its way.
    Reading,
}

/// What is told by the variant of ureq's error alone.
#[derive(Clone, Copy)]
enum Told {
    /// The kind, whatever else is in the chain.
    Kind(FailureKind),
    /// No connection, without saying why.
    Unconnected,
    /// The time is up.
    TimedOut,
}

/// Explains `error`, in words that hold no URL.
pub(crate) fn explain(error: &ureq::Error, stage: Stage) -> Failure {
    Failure::new(kind(error, stage), detail(error))
}

fn kind(error: &ureq::Error, stage: Stage) -> FailureKind {
    let found = |is: fn(&(dyn Error + 'static)) -> bool| chain(error).any(is);
    let told = chain(error).filter_map(|cause| cause.downcast_ref::<ureq::Error>()).find_map(told);
    if let Some(Told::Kind(kind)) = told {
        kind
    } else if found(|cause| cause.is::<Unresolved>()) {
        FailureKind::Dns
    } else if let Some(hopeless) = tls::hopeless(chain(error)) {
        hopeless
    } else if found(|cause| cause.is::<Unconnected>()) || matches!(told, Some(Told::Unconnected)) {
        tls::unconnected(chain(error))
    } else if matches!(told, Some(Told::TimedOut)) {
        FailureKind::Timeout
    } else {
        match stage {
            Stage::Sending => FailureKind::Reset,
            Stage::Reading => FailureKind::Truncated,
        }
    }
}

/// Reads the variants that say more than that something failed. An agent of the user's own marks
/// nothing, so what only a connection can come to is read here as well.
fn told(error: &ureq::Error) -> Option<Told> {
    use ureq::Error as E;
    match error {
        E::BadUri(_) | E::Http(_) | E::RequireHttpsOnly(_) => {
            Some(Told::Kind(FailureKind::UnsupportedUrl))
        }
        E::InvalidProxyUrl | E::Pem(_) | E::Tls(_) | E::TlsRequired => {
            Some(Told::Kind(FailureKind::Configuration))
        }
        E::BodyExceedsLimit(_) | E::LargeResponseHeader(..) => {
            Some(Told::Kind(FailureKind::TooLarge))
        }
        E::HostNotFound | E::Timeout(Timeout::Resolve) => Some(Told::Kind(FailureKind::Dns)),
        E::ConnectProxyFailed(_) | E::ConnectionFailed => Some(Told::Unconnected),
        E::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Some(Told::Unconnected),
        E::Timeout(Timeout::Connect) => Some(Told::Unconnected),
        E::Timeout(_) => Some(Told::TimedOut),
        _ => None,
    }
}

/// Lists the error and its causes, those included that ureq wraps and does not call their source.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| match error.downcast_ref::<ureq::Error>() {
        Some(error) => wrapped(error),
        None => tls::cause(error),
    })
}

fn wrapped(error: &ureq::Error) -> Option<&(dyn Error + 'static)> {
    match error {
        ureq::Error::Io(error) => Some(error),
        ureq::Error::Other(error) => Some(error.as_ref()),
        ureq::Error::Rustls(error) => Some(error),
        _ => None,
    }
}

/// Says the whole chain once: what only wraps its cause is left out, and what may quote a URL.
fn detail(error: &(dyn Error + 'static)) -> String {
    tls::words(chain(error).filter_map(words))
}

fn words(error: &(dyn Error + 'static)) -> Option<String> {
    match error.downcast_ref::<ureq::Error>() {
        Some(ureq::Error::BadUri(_)) => Some("not a URL that can be sent to".into()),
        Some(ureq::Error::RequireHttpsOnly(_)) => Some("configured for https only".into()),
        Some(error) if wrapped(error).is_some() => None,
        _ => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, PeerIncompatible};
    use ureq::Error as E;

    use super::*;

    fn sending(error: E) -> FailureKind {
        kind(&error, Stage::Sending)
    }

    #[test]
    fn an_agent_of_ones_own_is_understood_without_marks() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);

        assert_eq!(sending(E::Io(refused)), FailureKind::Connect);
        assert_eq!(sending(E::Io(reset())), FailureKind::Reset);
        assert_eq!(kind(&E::Io(reset()), Stage::Reading), FailureKind::Truncated);
        assert_eq!(sending(E::HostNotFound), FailureKind::Dns);
        assert_eq!(sending(E::Timeout(Timeout::Connect)), FailureKind::Connect);
        assert_eq!(sending(E::Timeout(Timeout::Global)), FailureKind::Timeout);
        assert_eq!(sending(E::Timeout(Timeout::RecvBody)), FailureKind::Timeout);
        assert_eq!(sending(E::ConnectProxyFailed("no".into())), FailureKind::Connect);
        assert_eq!(sending(E::LargeResponseHeader(2, 1)), FailureKind::TooLarge);
        assert_eq!(sending(E::InvalidProxyUrl), FailureKind::Configuration);
    }

    #[test]
    fn only_what_trying_again_cannot_mend_is_hopeless() {
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let ours = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let no_version = rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered);
        let busy = rustls::Error::AlertReceived(AlertDescription::InternalError);

        assert_eq!(sending(E::Rustls(expired)), FailureKind::Certificate);
        assert_eq!(sending(E::Rustls(ours)), FailureKind::Certificate);
        assert_eq!(sending(E::Rustls(no_version)), FailureKind::Configuration);
        assert_eq!(sending(E::Rustls(busy)), FailureKind::Reset);
    }

    #[test]
    fn the_words_go_through_what_is_wrapped_and_hold_no_url() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let outer = E::Io(io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls)));

        assert_eq!(detail(&outer), "invalid peer certificate: UnknownIssuer");
        assert!(!detail(&E::BadUri("http://u:hunter2@h/".into())).contains("hunter2"));
        assert!(!detail(&E::RequireHttpsOnly("http://u:hunter2@h/".into())).contains("hunter2"));
    }
}
