//! The zone's API as an agency's key sees it: what changed, an enterprise's ratings, a rating's receipt.

use crate::tls;
use credit_core::uscc::Uscc;
use ledger::receipt::MAX_RECEIPT_BYTES;
use serde::Deserialize;
use std::net::IpAddr;
use std::time::Duration;
use ureq::http::Uri;
use zeroize::Zeroizing;

/// Changes asked for at once.
const PAGE: u16 = 200;
/// Ratings of one enterprise asked for at once; older ones that this node does not have stay unread.
const RATINGS: u16 = 200;
/// Longest answer that is no receipt, bytes: 200 ratings, each cosigned by some dozen witnesses.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How long one answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Longest explanation of the zone that is shown, characters.
const EXPLANATION_CHARS_MAX: usize = 300;
/// The wait where the zone names none.
const WAIT: Duration = Duration::from_secs(1);
/// The longest wait that the zone may ask for.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// Why an address cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneAddressError {
    #[error("it is no address such as https://zone.example")]
    Address,
    #[error("a key goes over https only, or to this machine")]
    Plain,
}

/// Why the zone gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZoneError {
    /// Another time: the line, the server, a limit.
    #[error("{0}")]
    Line(String),
    /// Too many questions; to be asked again after this time.
    #[error("the zone asks to wait {} s", .0.as_secs())]
    Wait(Duration),
    /// Not for this key, or not without more: a standing request, another purpose.
    #[error("the zone refuses: {0}")]
    Refused(String),
    /// The question is none, such as a place in another feed.
    #[error("{0}")]
    Asked(String),
    /// There is none, or none any more.
    #[error("{0}")]
    Absent(String),
    /// It is not on the ledger yet.
    #[error("not on the ledger yet")]
    Pending,
}

/// A zone's API, asked with one key for one purpose.
pub struct Zone {
    base: String,
    key: Zeroizing<String>,
    purpose: String,
    agent: ureq::Agent,
}

/// A part of the feed.
#[derive(Debug, Deserialize)]
pub(super) struct Feed {
    pub(super) items: Vec<Change>,
    pub(super) next_cursor: String,
    pub(super) more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    kind: String,
    pub(super) uscc: Uscc,
}

impl Change {
    pub(super) fn is_of_rating(&self) -> bool {
        self.kind == "rating.changed"
    }
}

#[derive(Debug, Deserialize)]
struct History {
    items: Vec<Rating>,
}

/// A rating as the history names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Rating {
    /// Place in the enterprise's history.
    pub(super) seq: u64,
    anchor: Anchor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Anchor {
    leaf_index: Option<u64>,
}

impl Rating {
    /// Where the log has it; nothing while it waits.
    pub(super) fn leaf(&self) -> Option<u64> {
        self.anchor.leaf_index
    }

    #[cfg(test)]
    pub(super) fn at(seq: u64, leaf_index: Option<u64>) -> Self {
        Self { seq, anchor: Anchor { leaf_index } }
    }
}

/// RFC 9457, as far as it is shown.
#[derive(Deserialize)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: String,
}

impl Zone {
    /// The zone at this address (`https://zone.example`), asked with this API key.
    ///
    /// # Errors
    /// [`ZoneAddressError`]: no address, or one at which others would read the key.
    pub fn at(address: &str, key: Zeroizing<String>, purpose: &str) -> Result<Self, ZoneAddressError> {
        let uri: Uri = address.parse().map_err(|_| ZoneAddressError::Address)?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(ZoneAddressError::Address);
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_here =
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        match scheme {
            "https" => {}
            "http" if is_here => {}
            "http" => return Err(ZoneAddressError::Plain),
            _ => return Err(ZoneAddressError::Address),
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // The key is for this address and for no other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(ANSWER_LIMIT))
            .tls_config(tls::asking())
            .build()
            .into();
        let base = address.trim_end_matches('/').to_owned();
        Ok(Self { base, key, purpose: purpose.to_owned(), agent })
    }

    /// How messages name it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.base
    }

    /// What changed after a cursor, the oldest first; from the beginning without one.
    pub(super) fn changes(&self, since: Option<&str>) -> Result<Feed, ZoneError> {
        let limit = PAGE.to_string();
        let query = since.map(|since| ("since", since)).into_iter().chain([("limit", limit.as_str())]);
        self.json("changes", query)
    }

    /// The ratings of an enterprise, newest first.
    pub(super) fn ratings(&self, uscc: Uscc) -> Result<Vec<Rating>, ZoneError> {
        let limit = RATINGS.to_string();
        let history: History =
            self.json(&format!("enterprises/{uscc}/ratings"), [("limit", limit.as_str())])?;
        Ok(history.items)
    }

    /// The receipt of one rating, as the bytes that came.
    pub(super) fn receipt(&self, uscc: Uscc, seq: u64) -> Result<Vec<u8>, ZoneError> {
        let seq = seq.to_string();
        let limit = u64::try_from(MAX_RECEIPT_BYTES).unwrap_or(u64::MAX);
        self.get(&format!("enterprises/{uscc}/receipt"), [("seq", seq.as_str())], limit)
    }

    fn json<'a, T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<T, ZoneError> {
        let bytes = self.get(path, query, ANSWER_BYTES_MAX)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ZoneError::Line(format!("/api/v1/{path} gives no such answer: {error}")))
    }

    fn get<'a>(
        &self,
        path: &str,
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
        limit: u64,
    ) -> Result<Vec<u8>, ZoneError> {
        let line = |why: String| ZoneError::Line(format!("{}/api/v1/{path}: {why}", self.base));
        let bearer = Zeroizing::new(format!("Bearer {}", self.key.as_str()));
        let request = self
            .agent
            .get(format!("{}/api/v1/{path}", self.base))
            .query_pairs(query)
            .header("Authorization", bearer.as_str())
            .header("X-Purpose", &self.purpose)
            .header("Accept", "application/json")
            .header("Accept-Language", "en");
        let mut answer = request.call().map_err(|error| line(error.to_string()))?;
        let status = answer.status().as_u16();
        let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.body_mut().with_config().limit(limit).read_to_vec();
        let body = body.map_err(|error| line(error.to_string()))?;
        match status {
            200 => Ok(body),
            400 => Err(ZoneError::Asked(explanation(&body, status))),
            401 | 403 => Err(ZoneError::Refused(explanation(&body, status))),
            404 | 410 => Err(ZoneError::Absent(explanation(&body, status))),
            409 => Err(ZoneError::Pending),
            429 | 503 => Err(ZoneError::Wait(wait.map_or(WAIT, Duration::from_secs).min(WAIT_MAX))),
            _ => Err(line(explanation(&body, status))),
        }
    }
}

fn explanation(body: &[u8], status: u16) -> String {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return format!("it answers with status {status}");
    };
    let text = format!("{} {}", problem.title, problem.detail);
    let shown: String = text.trim().chars().take(EXPLANATION_CHARS_MAX).collect();
    format!("{shown} ({status})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_over_https_or_stays_on_this_machine() {
        let at = |address| Zone::at(address, Zeroizing::new("k".to_owned()), "supervision").map(|_| ());
        for right in
            ["https://zone.example", "https://zone.example/", "http://127.0.0.1:8080", "http://[::1]:8080"]
        {
            assert_eq!(at(right), Ok(()), "{right}");
        }
        for plain in ["http://zone.example", "http://127.0.0.1.zone.example", "http://10.0.0.1:8080"] {
            assert_eq!(at(plain), Err(ZoneAddressError::Plain), "{plain}");
        }
        for wrong in ["zone.example", "/api", "ftp://zone.example", ""] {
            assert_eq!(at(wrong), Err(ZoneAddressError::Address), "{wrong}");
        }
    }
}
