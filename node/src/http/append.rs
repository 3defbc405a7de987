//! Appending over HTTP, for the service that runs on the same machine as a separate operator.

use crate::operator::{Appended, NewEntry, OperatorError};
use crate::sequencer::{Sequencer, Ticket};
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, Json};
use actix_web::{HttpRequest, HttpResponse, Scope};
use base64::Engine;
use ledger::entry::Entry;
use ledger::merkle::{HASH_BYTES, Hash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Longest request, in bytes: the most entries of the greatest length, in base64, with their causes.
pub const APPEND_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most entries in one request.
pub const APPEND_ENTRIES_MAX: usize = 1024;

/// Who may append, and where it goes.
pub struct AppendAccess {
    sequencer: Arc<Sequencer>,
    token_digest: Hash,
}

impl AppendAccess {
    /// Whoever shows this token may append.
    #[must_use]
    pub fn new(sequencer: Arc<Sequencer>, token: &str) -> Self {
        Self { sequencer, token_digest: Sha256::digest(token).into() }
    }

    /// Digests are compared, so that the time taken tells nothing of the token.
    fn allows(&self, request: &HttpRequest) -> bool {
        let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let digest = shown.and_then(|value| value.strip_prefix("Bearer ")).map(Sha256::digest);
        digest.is_some_and(|digest| Hash::from(digest) == self.token_digest)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    entries: Vec<RequestEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestEntry {
    cause: String,
    entry: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ResultOfEntry {
    Appended { index: u64, block: u32, size: u64, duplicate: bool },
    Refused { error: String },
}

/// `POST /append`, from this machine only.
pub fn append_scope(access: Data<AppendAccess>) -> Scope {
    web::scope("/append")
        .app_data(access)
        .app_data(web::JsonConfig::default().limit(APPEND_BYTES_MAX))
        .route("", web::post().to(append))
}

async fn append(access: Data<AppendAccess>, request: HttpRequest, body: Json<Request>) -> HttpResponse {
    if !request.peer_addr().is_some_and(|peer| peer.ip().is_loopback()) {
        return HttpResponse::Forbidden().body("entries are appended from this machine only\n");
    }
    if !access.allows(&request) {
        return HttpResponse::Unauthorized().body("the bearer token is missing or wrong\n");
    }
    let entries = match decode(&body) {
        Ok(entries) => entries,
        Err(reason) => return HttpResponse::BadRequest().body(reason),
    };
    // Queueing may wait for room and hashes, so it has a thread; waiting for the disk needs none.
    let queued = web::block(move || queue(&access.sequencer, entries)).await;
    let results = match queued {
        Ok(Ok(tickets)) => answers(tickets).await,
        Ok(Err(error)) => Err(error),
        Err(_) => Err(OperatorError::Stopped),
    };
    match results {
        Ok(results) => HttpResponse::Ok().json(serde_json::json!({ "results": results })),
        Err(error) => HttpResponse::ServiceUnavailable().body(format!("{error}\n")),
    }
}

fn decode(body: &Request) -> Result<Vec<NewEntry>, String> {
    if body.entries.len() > APPEND_ENTRIES_MAX {
        return Err(format!("at most {APPEND_ENTRIES_MAX} entries in one request\n"));
    }
    body.entries
        .iter()
        .enumerate()
        .map(|(position, entry)| {
            let wrong = |what: String| format!("entry {position}: {what}\n");
            let mut cause = [0; HASH_BYTES];
            hex::decode_to_slice(&entry.cause, &mut cause)
                .map_err(|_| wrong("the cause is not 64 hexadecimal digits".to_owned()))?;
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(&entry.entry)
                .map_err(|_| wrong("the entry is not base64".to_owned()))?;
            let entry = Entry::decode_strict(&bytes).map_err(|error| wrong(error.to_string()))?;
            Ok(NewEntry { cause, entry })
        })
        .collect()
}

/// Queues all before any is waited for, so that they share blocks.
fn queue(sequencer: &Sequencer, entries: Vec<NewEntry>) -> Result<Vec<Ticket>, OperatorError> {
    entries.into_iter().map(|entry| sequencer.enqueue(entry)).collect()
}

/// Waits for all. A refused entry does not keep the others out.
async fn answers(tickets: Vec<Ticket>) -> Result<Vec<ResultOfEntry>, OperatorError> {
    let mut results = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        results.push(match ticket.await {
            Ok(Appended { index, block, size, duplicate }) => {
                ResultOfEntry::Appended { index, block, size, duplicate }
            }
            Err(OperatorError::Refused { reason, .. }) => {
                ResultOfEntry::Refused { error: reason.to_string() }
            }
            Err(error) => return Err(error),
        });
    }
    Ok(results)
}
