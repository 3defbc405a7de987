//! What is sent to the provider: few bytes, no redirects, a short wait.

use std::io::Read;
use std::time::Duration;

use openidconnect::http::Method;
use openidconnect::{HttpRequest, HttpResponse};

/// How long the provider may take for one answer.
const TIME_MAX: Duration = Duration::from_secs(5);
/// Longest answer: discovery, keys or tokens, bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;

/// Why the provider gave no answer. Holds no body: a token may stand in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("it cannot be asked: {0}")]
    Ask(#[from] ureq::Error),
    #[error("its answer cannot be read: {0}")]
    Read(#[from] std::io::Error),
}

/// Asks the provider.
pub(super) struct Wire(ureq::Agent);

impl Wire {
    /// With `https_only`, also where the provider's documents name an address without TLS.
    pub(super) fn new(https_only: bool) -> Self {
        // A redirect could lead to an address inside.
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .https_only(https_only)
            .max_redirects(0)
            .timeout_global(Some(TIME_MAX))
            .tls_config(node::tls::asking())
            .build();
        Self(config.into())
    }

    /// # Errors
    /// No answer, or one that is too long.
    pub(super) fn send(&self, request: HttpRequest) -> Result<HttpResponse, WireError> {
        let answer = match *request.method() {
            Method::GET => self.0.run(request.map(|_| ()))?,
            _ => self.0.run(request)?,
        };
        let (head, body) = answer.into_parts();
        let mut bytes = Vec::new();
        body.into_reader().take(ANSWER_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > ANSWER_BYTES_MAX {
            return Err(std::io::Error::from(std::io::ErrorKind::FileTooLarge).into());
        }
        Ok(HttpResponse::from_parts(head, bytes))
    }
}
