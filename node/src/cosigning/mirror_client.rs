//! One mirror over HTTP: `add-checkpoint` and `add-entries` asked, their answers read.

use super::client::{RETRY_AFTER_MAX, agent, words};
use flate2::Compression;
use flate2::write::GzEncoder;
use ledger::mirror::{ADD_ENTRIES, ENTRIES_TYPE, INFO_TYPE, MAX_INFO_BYTES, MirrorInfo};
use ledger::note::SignatureLine;
use ledger::witness::{ADD_CHECKPOINT, AddCheckpoint, SIZE_TYPE, parse_cosignatures, parse_size};
use std::io::Write;
use std::time::Duration;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};

/// Longest wait for an answer: 32 packages are sent, and the last request waits five seconds for the mirror's replay.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a mirror did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) why: String,
    pub(super) retry_after: Option<Duration>,
}

/// What a mirror answers to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is the pending one.
    Pending,
    /// Another size is pending (409).
    OtherSize(u64),
    Refused(Refused),
}

/// What a mirror answers to entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// Lines of 200, not verified.
    Cosigned(Vec<SignatureLine>),
    /// Where it stands (202, 409).
    Stands(MirrorInfo),
    Refused(Refused),
}

/// The connection to one mirror.
pub(super) struct MirrorClient {
    agent: ureq::Agent,
    prefix: String,
}

/// An answer of HTTP.
struct Heard {
    status: u16,
    kind: String,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Heard {
    fn refused(&self) -> Refused {
        self.because(format!("status {}: {}", self.status, words(&self.body)))
    }

    fn because(&self, why: String) -> Refused {
        Refused { why, retry_after: self.retry_after }
    }
}

impl MirrorClient {
    /// `prefix` is the submission prefix, with or without a slash at its end.
    pub(super) fn new(prefix: &str) -> Self {
        Self { agent: agent(ANSWER_TIMEOUT), prefix: prefix.trim_end_matches('/').to_owned() }
    }

    /// The body of a 200 is not looked at: a mirror may answer with a witness's lines or with nothing.
    pub(super) fn add_checkpoint(&self, request: &AddCheckpoint) -> Taken {
        let body = request.to_string();
        let heard = match self.post(ADD_CHECKPOINT, "text/plain; charset=utf-8", None, body.as_bytes()) {
            Ok(heard) => heard,
            Err(refused) => return Taken::Refused(refused),
        };
        match heard.status {
            200 => Taken::Pending,
            409 if heard.kind == SIZE_TYPE => parse_size(&heard.body)
                .map_or_else(|error| Taken::Refused(heard.because(error.to_string())), Taken::OtherSize),
            _ => Taken::Refused(heard.refused()),
        }
    }

    pub(super) fn add_entries(&self, body: &[u8]) -> Given {
        let packed = match gzip(body) {
            Ok(packed) => packed,
            Err(error) => return Given::Refused(Refused { why: error.to_string(), retry_after: None }),
        };
        let heard = match self.post(ADD_ENTRIES, ENTRIES_TYPE, Some("gzip"), &packed) {
            Ok(heard) => heard,
            Err(refused) => return Given::Refused(refused),
        };
        match heard.status {
            200 => parse_cosignatures(&heard.body)
                .map_or_else(|error| Given::Refused(heard.because(error.to_string())), Given::Cosigned),
            202 | 409 if heard.kind == INFO_TYPE => MirrorInfo::parse(&heard.body)
                .map_or_else(|error| Given::Refused(heard.because(error.to_string())), Given::Stands),
            _ => Given::Refused(heard.refused()),
        }
    }

    fn post(&self, path: &str, kind: &str, encoding: Option<&str>, body: &[u8]) -> Result<Heard, Refused> {
        let mut request = self.agent.post(format!("{}/{path}", self.prefix)).header(CONTENT_TYPE, kind);
        if let Some(encoding) = encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        let broken = |error: ureq::Error| Refused { why: format!("no answer: {error}"), retry_after: None };
        let mut response = request.send(body).map_err(broken)?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let kind = header(CONTENT_TYPE).unwrap_or_default().to_owned();
        let seconds = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
        let status = response.status().as_u16();
        let limit = u64::try_from(MAX_INFO_BYTES).unwrap_or(u64::MAX);
        let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(broken)?;
        Ok(Heard { status, kind, retry_after, body })
    }
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    // Entries are mostly hashes; more work would save nothing.
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(body)?;
    packed.finish()
}
