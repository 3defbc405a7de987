//! TLS, for what this program asks and for what it serves: rustls with `ring`.
//!
//! Nothing of the log rests on it, since checkpoints and cosignatures prove themselves. It keeps others from knowing
//! what is asked, and from answering in a node's place with old words.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// Longest file with lists of revoked certificates, bytes.
pub const CRL_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: expected {expected} in PEM: {why}")]
    Pem { path: PathBuf, expected: &'static str, why: String },
    #[error("{cert} with the key {key}: {why}")]
    Pair { cert: PathBuf, key: PathBuf, why: String },
    #[error("{path}: no certificate of a client can be checked with it: {why}")]
    ClientCa { path: PathBuf, why: String },
    #[error("{path}: expected lists of revoked certificates (X509 CRL) in PEM: {why}")]
    Crl { path: PathBuf, why: String },
}

/// For the client's side: certificates must lead to a root that the system trusts (on Linux also one in the file that
/// `SSL_CERT_FILE` names).
#[must_use]
pub fn asking() -> TlsConfig {
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

/// For the server's side. With `clients` a client may show a certificate, which they then check; one that shows none is
/// served too.
///
/// # Errors
/// [`TlsError`] names the file.
pub fn answering(
    cert: &Path,
    key: &Path,
    clients: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<ServerConfig, TlsError> {
    let chain = certificates(cert)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::Pem {
        path: key.to_path_buf(),
        expected: "a private key",
        // The reader's own words name a section at most, never what is in it.
        why: error.to_string(),
    })?;
    let pair = |error: rustls::Error| TlsError::Pair {
        cert: cert.to_path_buf(),
        key: key.to_path_buf(),
        why: error.to_string(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(pair)?;
    let asks = clients.is_some();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => builder.with_client_cert_verifier(clients),
    };
    let mut config = builder.with_single_cert(chain, secret).map_err(pair)?;
    if asks {
        // A session that is resumed brings the certificate along, unchecked: it may have been revoked since.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(config)
}

/// Takes certificates of clients that were issued under `ca`. With lists of revoked ones, each certificate of a chain
/// below `ca` must be the matter of a list of its issuer that is not out of date, and not stand on it.
///
/// # Errors
/// [`TlsError`] names the file.
pub fn clients(
    ca: &Path,
    crl: Option<(&Path, &[CertificateRevocationListDer<'static>])>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let wrong = |why: String| TlsError::ClientCa { path: ca.to_path_buf(), why };
    let mut roots = RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root).map_err(|error| wrong(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated();
    if let Some((_, lists)) = crl {
        builder = builder.with_crls(lists.iter().cloned()).enforce_revocation_expiration();
    }
    builder.build().map_err(|error| match (error, crl) {
        (VerifierBuilderError::InvalidCrl(why), Some((path, _))) => {
            TlsError::Crl { path: path.to_path_buf(), why: format!("{why:?}") }
        }
        (error, _) => wrong(error.to_string()),
    })
}

/// The lists of revoked certificates in a file; one at least.
///
/// # Errors
/// [`TlsError::Crl`].
pub fn revoked(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let wrong = |why: String| TlsError::Crl { path: path.to_path_buf(), why };
    let size = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > CRL_BYTES_MAX {
        return Err(wrong(format!("{size} bytes, at most {CRL_BYTES_MAX}")));
    }
    let found = CertificateRevocationListDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("there is none".to_owned())) } else { Ok(found) }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |why: String| TlsError::Pem { path: path.to_path_buf(), expected: "a certificate", why };
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("there is none".to_owned())) } else { Ok(found) }
}
