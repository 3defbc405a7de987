//! `POST /sources/{source}/batches`: a file straight to the evidence folder, then a job.

use std::io::{self, Read};

use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::records::{Lang, SourceId};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::jobs::{JobBody, body_of};
use crate::access::{Block, Subject};
use crate::http::caller::Caller;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::intake::leftover::Arriving;
use crate::intake::receive::Expected;
use crate::jobs::store::BatchTask;
use crate::store::StoreError;

/// Parts of a body on their way to the disk; a slow disk makes the sender wait.
const PARTS_IN_FLIGHT: usize = 16;
/// Longest file name kept, characters.
const NAME_CHARS_MAX: usize = 200;
const ACCEPTED: u16 = 202;

/// A file that was received and will be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Receiving {
    pub batch: IncomingBatch,
    pub job: JobBody,
}

/// The file as received.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncomingBatch {
    /// The batch's id once the job has taken the file.
    pub id: Option<String>,
    pub source: String,
    pub file_name: String,
    /// SHA-256 of the bytes received, hexadecimal.
    pub file_digest: String,
    pub bytes: u64,
}

/// Takes a source file. Its header must be that of the source; the job reports rows taken and rejected.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{source}/batches",
    tag = "intake",
    params(
        ("source" = String, Path, description = "Source id, such as registration or penalties"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and file within 24 hours: the same answer"),
        ("Content-Disposition" = Option<String>, Header, description = "attachment; filename=\"…\": the name shown in lists"),
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The file: CSV, XLSX or NDJSON; of source ceb XML messages, one or a ZIP of them"),
    responses(
        (status = 202, body = Receiving, description = "Taken; Location names the job"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such source"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Idempotency key used for another request"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "File larger than the limit"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Delivery)?;
    let source = source(&request)?;
    refuse_forms(&request)?;
    let name = file_name(&request, source);
    let arriving = keep(&state, &request, payload).await?;
    let stored = &arriving.stored;
    let about = [name.as_bytes(), stored.digest.as_bytes()];
    let key = Key::of(&request, &caller.principal, &about);
    let task = BatchTask {
        source: source.as_str().to_owned(),
        file_name: name,
        digest: stored.digest.clone(),
        bytes: stored.bytes,
    };
    let kept = blocking(&state, move |state| {
        let kept = key.and_then(|key| take(state, &task, key.as_ref(), caller.lang));
        // Sent again under the same key it has its job, or had it.
        arriving.arrived(&state.service.database);
        kept
    })
    .await?;
    Ok(kept.answer())
}

/// One job for one key, however often and however fast it is asked for.
fn take(state: &State, task: &BatchTask, key: Option<&Key>, lang: Lang) -> Result<Kept, Problem> {
    let mut connection = state.service.database.connection()?;
    let now = state.service.clock.now().0;
    if let Some(key) = key
        && let Some(kept) = idempotency::find(&mut connection, key, now)?
    {
        return Ok(kept);
    }
    let mut answered = None;
    let submitted = state.jobs.submit(&mut connection, task, |connection, row| {
        let job = body_of(state, row, lang).map_err(|problem| StoreError::Damaged {
            what: "job",
            key: row.id.clone(),
            why: problem.to_string(),
        })?;
        let kept = Kept {
            status: ACCEPTED,
            location: Some(format!("/api/v1/jobs/{}", row.id)),
            body: serde_json::to_string(&Receiving { batch: incoming(task), job }).unwrap_or_default(),
        };
        if let Some(key) = key {
            idempotency::keep(connection, key, &kept, now)?;
        }
        answered = Some(kept);
        Ok(())
    });
    match submitted {
        Ok(_) => answered.ok_or_else(|| Problem::new(Code::Internal)),
        Err(error) => idempotency::overtaken(&mut connection, key, error, now),
    }
}

fn incoming(task: &BatchTask) -> IncomingBatch {
    IncomingBatch {
        id: None,
        source: task.source.clone(),
        file_name: task.file_name.clone(),
        file_digest: task.digest.clone(),
        bytes: task.bytes,
    }
}

fn source(request: &HttpRequest) -> Result<Expected, Problem> {
    request.match_info().get("source").unwrap_or_default().parse().map_err(|_| {
        let rows = SourceId::ALL.iter().map(|source| source.as_str());
        let known: Vec<&str> = rows.chain([Expected::Ceb.as_str()]).collect();
        let known = known.join(", ");
        Problem::new(Code::UnknownSource).fault(
            "#/path/source",
            Words::new(format!("应为 {known} 之一"), format!("expected one of {known}")),
        )
    })
}

/// A form would wrap the file, and its digest would be another than the file's. `application/x-www-form-urlencoded` is
/// what curl says of any body when nobody names a type; the body is then the file.
pub(super) fn refuse_forms(request: &HttpRequest) -> Result<(), Problem> {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("multipart/") {
        return Err(Problem::new(Code::UnsupportedMediaType).fault(
            "#/header/content-type",
            Words::new(
                "请求内容应为文件本身，而非表单（curl 用 --data-binary @文件）",
                "send the file itself, not a form (curl: --data-binary @FILE)",
            ),
        ));
    }
    Ok(())
}

/// The name in Content-Disposition; it is shown, never used as a path.
fn file_name(request: &HttpRequest, source: Expected) -> String {
    let given = request.headers().get(header::CONTENT_DISPOSITION).and_then(|value| {
        let disposition = header::ContentDisposition::from_raw(value).ok()?;
        let plain = disposition.get_filename().map(str::to_owned);
        let extended =
            disposition.get_filename_ext().map(|name| String::from_utf8_lossy(&name.value).into_owned());
        extended.or(plain)
    });
    let name: String = given
        .unwrap_or_default()
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS_MAX)
        .collect();
    if name.is_empty() { source.as_str().to_owned() } else { name }
}

/// Streams the body to the evidence folder.
async fn keep(state: &Shared, request: &HttpRequest, payload: Payload) -> Result<Arriving, Problem> {
    let evidence = state.service.evidence.clone();
    streamed(request, payload, state.limits.upload_bytes, move |parts| Arriving::keep(&evidence, parts)).await
}

/// Hands a body of at most `limit` bytes, as it arrives, to something that reads it on a thread that may wait.
pub(super) async fn streamed<T: Send + 'static>(
    request: &HttpRequest,
    mut payload: Payload,
    limit: u64,
    take: impl FnOnce(Parts) -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let too_large = || {
        Problem::new(Code::TooLarge).detail(Words::new(
            format!("文件超过 {limit} 字节的上限。"),
            format!("The file is larger than the limit of {limit} bytes."),
        ))
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limit) {
        return Err(too_large());
    }
    let (parts, reader) = mpsc::channel::<io::Result<Bytes>>(PARTS_IN_FLIGHT);
    let keeping = web::block(move || take(Parts { parts: reader, rest: Bytes::new() }));
    let sending = async move {
        let mut received: u64 = 0;
        while let Some(part) = payload.next().await {
            let part = part.map_err(|_| Problem::new(Code::BadRequest));
            received = received.saturating_add(
                part.as_ref().map_or(0, |part| u64::try_from(part.len()).unwrap_or(u64::MAX)),
            );
            let part = if received > limit { Err(too_large()) } else { part };
            match part {
                Ok(part) => {
                    if parts.send(Ok(part)).await.is_err() {
                        break;
                    }
                }
                Err(problem) => {
                    // Whoever writes must not take the end for the end of the file.
                    let _ = parts.send(Err(io::Error::from(io::ErrorKind::ConnectionAborted))).await;
                    return Err(problem);
                }
            }
        }
        Ok(())
    };
    let (sent, kept) = futures_util::future::join(sending, keeping).await;
    sent?;
    let kept = kept.map_err(|_| Problem::new(Code::Busy))?;
    kept.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(),
        _ => Problem::internal(&error),
    })
}

/// The parts of a body as something to read from, on the other thread.
pub(super) struct Parts {
    parts: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.parts.blocking_recv() {
                Some(part) => self.rest = part?,
                None => return Ok(0),
            }
        }
        let count = self.rest.len().min(buffer.len());
        let part = self.rest.split_to(count);
        if let Some(target) = buffer.get_mut(..count) {
            target.copy_from_slice(&part);
        }
        Ok(count)
    }
}
