//! One witness over HTTP: `add-checkpoint` asked, its answer read.

use crate::tls;
use ledger::note::SignatureLine;
use ledger::witness::{
    ADD_CHECKPOINT, AddCheckpoint, MAX_RESPONSE_BYTES, SIZE_TYPE, parse_cosignatures, parse_size,
};
use std::time::Duration;
use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for an answer: a replay key may wait two seconds for its own replay.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle connection is used again for as long.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Longest `Retry-After` that is obeyed.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// Characters of a refusal's words that are kept.
const REASON_CHARS_MAX: usize = 200;

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answered {
    /// Lines of 200, not verified.
    Cosigned(Vec<SignatureLine>),
    /// It cosigned this size last (409).
    OtherSize(u64),
    Refused {
        why: String,
        retry_after: Option<Duration>,
    },
}

/// The connection to one witness.
pub(super) struct Client {
    agent: ureq::Agent,
    url: String,
    /// The connection may be an old one, which the other side may have closed meanwhile.
    is_used: bool,
}

impl Client {
    /// `prefix` is the submission prefix, with or without a slash at its end. No proxy of the environment is used:
    /// witnesses are few and are reached directly.
    pub(super) fn new(prefix: &str) -> Self {
        let agent = agent(ANSWER_TIMEOUT);
        let url = format!("{}/{ADD_CHECKPOINT}", prefix.trim_end_matches('/'));
        Self { agent, url, is_used: false }
    }

    /// Asks, a second time at once when a used connection broke: asking is harmless.
    pub(super) fn add_checkpoint(&mut self, request: &AddCheckpoint) -> Answered {
        let body = request.to_string();
        let was_used = std::mem::replace(&mut self.is_used, false);
        let answered = match self.post(&body) {
            Err(_) if was_used => self.post(&body),
            answered => answered,
        };
        match answered {
            Ok(answered) => {
                self.is_used = true;
                answered
            }
            Err(error) => Answered::Refused { why: format!("no answer: {error}"), retry_after: None },
        }
    }

    fn post(&self, body: &str) -> Result<Answered, ureq::Error> {
        let request = self.agent.post(&self.url).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        let mut response = request.send(body)?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let is_size = header(CONTENT_TYPE) == Some(SIZE_TYPE);
        let retry_after =
            header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let retry_after = retry_after.map(|time| time.min(RETRY_AFTER_MAX));
        let limit = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
        let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
        let refused = |why: String| Answered::Refused { why, retry_after };
        Ok(match status {
            200 => {
                parse_cosignatures(&body).map_or_else(|error| refused(error.to_string()), Answered::Cosigned)
            }
            409 if is_size => {
                parse_size(&body).map_or_else(|error| refused(error.to_string()), Answered::OtherSize)
            }
            status => refused(format!("status {status}: {}", words(&body))),
        })
    }
}

/// For one address, where no answer may take longer.
pub(super) fn agent(longest: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(longest))
        .max_idle_connections_per_host(1)
        .max_idle_age(IDLE_MAX)
        .tls_config(tls::asking())
        .build()
        .into()
}

/// The beginning of a refusal's text, fit for a log.
pub(super) fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_prefix_without_its_slash() {
        for prefix in ["http://w.example/replay", "http://w.example/replay/"] {
            assert_eq!(Client::new(prefix).url, "http://w.example/replay/add-checkpoint");
        }
    }

    #[test]
    fn a_refusal_is_kept_short_and_in_one_line() {
        assert_eq!(words(b"  not\nso\x1b fast \n"), "not so  fast");
        assert_eq!(words("长".repeat(500).as_bytes()).chars().count(), REASON_CHARS_MAX);
    }
}
