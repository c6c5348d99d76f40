//! Which servers are trusted: the system's certificate authorities, and the user's own beside them.
//!
//! Verification can be extended by an authority. It cannot be turned off.

use std::sync::Arc;

use glp_core::invalid::Invalid;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// The name of the setting that holds the user's own authorities.
const FIELD: &str = "extra_ca";

/// Builds the TLS side of a client that trusts the system's authorities and those in `extra_ca`, and
/// offers `protocols` to the server, the best first.
///
/// The cryptography is ring, handed over explicitly: a library has no business with a choice that
/// holds for the whole process.
///
/// # Errors
///
/// Where `extra_ca` is given and holds no usable certificate in PEM.
///
/// # Examples
///
/// ```
/// use glp_blocking::tls::client_config;
///
/// assert_eq!(client_config(None, &["h2", "http/1.1"])?.alpn_protocols, [&b"h2"[..], b"http/1.1"]);
///
/// let refused = client_config(Some(b"no PEM"), &["http/1.1"]).unwrap_err();
/// assert_eq!(refused.field, "extra_ca");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
pub fn client_config(extra_ca: Option<&[u8]>, protocols: &[&str]) -> Result<ClientConfig, Invalid> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Invalid::new("tls", error, "a version that ring offers"))?;
    let roots = extra_ca.map(certificates).transpose()?.unwrap_or_default();
    let mut config = match Verifier::new_with_extra_roots(roots, provider) {
        Ok(platform) => builder
            // rustls calls every verifier but its own dangerous; this one is the platform's.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(platform))
            .with_no_client_auth(),
        Err(error) if extra_ca.is_some() => {
            return Err(Invalid::new(FIELD, error, "certificates in PEM"));
        }
        // A system without a single authority trusts nobody, and says so where it matters: at an
        // https request. Plain http to itself needs none.
        Err(_) => builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    };
    config.alpn_protocols = protocols.iter().map(|&name| name.into()).collect();
    Ok(config)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Invalid> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| Invalid::new(FIELD, format!("{error:?}"), "certificates in PEM"))?;
    if certificates.is_empty() {
        return Err(Invalid::new(FIELD, "without a certificate", "certificates in PEM"));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocols_are_offered_in_their_order() {
        let protocols = ["h2", "http/1.1"];
        assert_eq!(
            client_config(None, &protocols).unwrap().alpn_protocols,
            protocols.map(Vec::from)
        );
    }

    #[test]
    fn a_file_without_a_usable_certificate_is_refused() {
        for (pem, expected) in [
            ("", "extra_ca is without a certificate: it must be certificates in PEM"),
            (
                "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
                "extra_ca is ",
            ),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "extra_ca is "),
        ] {
            let refused = client_config(Some(pem.as_bytes()), &[]).unwrap_err().to_string();
            assert!(refused.starts_with(expected), "{refused}");
        }
    }
}
