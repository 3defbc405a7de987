//! TLS: what the service answers with, and what a client showed when it connected.

use std::any::Any;
use std::sync::Arc;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use node::tls::TlsError;
use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;

use super::clients::Clients;
use crate::clock::SharedClock;
use crate::config::{Config, ConfigError};
use crate::identity::certificates::fingerprint;

/// The certificate that a client showed, which TLS has verified: issued under `tls_client_ca`, in its time, on no list
/// of `tls_client_crl`, and the client has its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// `x5t#S256` of RFC 8705.
    pub fingerprint: String,
}

/// What the service answers with, and whose certificates it takes; nothing without TLS.
pub struct Tls {
    pub server: ServerConfig,
    pub clients: Option<Arc<Clients>>,
}

/// Reads the files of TLS.
///
/// # Errors
/// The setting whose file cannot be used, and why.
pub fn open(config: &Config, clock: &SharedClock) -> Result<Option<Tls>, ConfigError> {
    let Some(files) = &config.tls else { return Ok(None) };
    let clients = Clients::open(files, clock).map(|clients| clients.map(Arc::new));
    let both = clients.and_then(|clients| {
        let verifier = clients.clone().map(|clients| -> Arc<dyn ClientCertVerifier> { clients });
        let server = node::tls::answering(&files.certificate, &files.key, verifier)?;
        Ok(Tls { server, clients })
    });
    both.map(Some).map_err(|error| {
        let name = match &error {
            TlsError::ClientCa { .. } => "tls_client_ca",
            TlsError::Crl { .. } => "tls_client_crl",
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
