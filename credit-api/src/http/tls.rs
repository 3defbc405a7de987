//! TLS: what the service answers with, and what a client showed when it connected.

use std::any::Any;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use node::tls::TlsError;
use rustls::ServerConfig;

use crate::config::{Config, ConfigError};
use crate::identity::certificates::fingerprint;

/// The certificate that a client showed, which TLS has verified: issued under `tls_client_ca`, in its time, and the
/// client has its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// `x5t#S256` of RFC 8705.
    pub fingerprint: String,
}

/// What the service answers with; nothing without TLS.
///
/// # Errors
/// The setting whose file cannot be used, and why.
pub fn server_config(config: &Config) -> Result<Option<ServerConfig>, ConfigError> {
    let Some(files) = &config.tls else { return Ok(None) };
    let read = node::tls::answering(&files.certificate, &files.key, files.client_ca.as_deref());
    read.map(Some).map_err(|error| {
        let name = match &error {
            TlsError::ClientCa { .. } => "tls_client_ca",
            TlsError::Pem { path, .. } if Some(path) == files.client_ca.as_ref() => "tls_client_ca",
            TlsError::Pem { path, .. } if *path == files.key => "tls_key",
            TlsError::Pem { .. } | TlsError::Pair { .. } => "tls_certificate",
        };
        config.refuse(name, error)
    })
}

/// Keeps what a client showed, for the requests of its connection.
pub fn note_certificate(connection: &dyn Any, kept: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else { return };
    let (_, session) = stream.get_ref();
    if let Some(shown) = session.peer_certificates().and_then(<[_]>::first) {
        kept.insert(ClientCertificate { fingerprint: fingerprint(shown) });
    }
}
