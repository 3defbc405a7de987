//! TLS, for what this program asks and for what it serves: rustls with `ring`.
//!
//! Nothing of the log rests on it, since checkpoints and cosignatures prove themselves. It keeps others from knowing
//! what is asked, and from answering in a node's place with old words.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: expected {expected} in PEM: {why}")]
    Pem { path: PathBuf, expected: &'static str, why: String },
    #[error("{cert} with the key {key}: {why}")]
    Pair { cert: PathBuf, key: PathBuf, why: String },
    #[error("{path}: no certificate of a client can be checked with it: {why}")]
    ClientCa { path: PathBuf, why: String },
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

/// For the server's side. With `client_ca` a client may show a certificate, which then must be issued under it; one
/// that shows none is served too.
///
/// # Errors
/// [`TlsError`] names the file.
pub fn answering(cert: &Path, key: &Path, client_ca: Option<&Path>) -> Result<ServerConfig, TlsError> {
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
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(pair)?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let wrong = |why: String| TlsError::ClientCa { path: path.to_path_buf(), why };
            let mut roots = RootCertStore::empty();
            for root in certificates(path)? {
                roots.add(root).map_err(|error| wrong(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|error| wrong(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    builder.with_single_cert(chain, secret).map_err(pair)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |why: String| TlsError::Pem { path: path.to_path_buf(), expected: "a certificate", why };
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("there is none".to_owned())) } else { Ok(found) }
}
