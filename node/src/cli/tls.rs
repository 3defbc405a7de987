//! The options with which a server speaks TLS.

use super::CommandError;
use node::tls;
use std::path::PathBuf;

/// A server's certificate and key; without them it speaks plain HTTP, as behind a proxy.
#[derive(Debug, clap::Args)]
pub(super) struct TlsArguments {
    /// Serve HTTPS with this certificate chain, PEM, the server's own first.
    #[arg(long, env = "XINJI_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM.
    #[arg(long, env = "XINJI_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl TlsArguments {
    /// What the server answers with, and the scheme of its address.
    pub(super) fn read(&self) -> Result<(Option<rustls::ServerConfig>, &'static str), CommandError> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => tls::answering(cert, key, None)
                .map(|config| (Some(config), "https"))
                .map_err(|error| CommandError::Usage(error.to_string())),
            _ => Ok((None, "http")),
        }
    }
}
