//! The mirror's submission side over HTTP. A body is read as it comes and never held as a whole: one package, and what
//! one piece of the line unpacks to.

use super::slots::Slot;
use super::{Intake, Upload, answer};
use crate::follow::Follower;
use crate::follow::mirror::MIRROR_PREFIX;
use crate::witness::Answer;
use crate::witness::http::respond;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use actix_web::rt::time::timeout;
use actix_web::web::{self, Buf, Bytes, Data, Payload, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt;
use ledger::mirror::{ADD_ENTRIES, ENTRIES_TYPE, Package, UploadHead};
use ledger::witness::{ADD_CHECKPOINT, MAX_REQUEST_BYTES};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one package, or the head, may take to arrive.
pub const PACKAGE_PATIENCE: Duration = Duration::from_secs(15);
/// Packed bytes that are unpacked at once: deflate makes at most 1032 times as many of them.
const UNPACK_BYTES: usize = 512;

/// Adds the routes; the node, which takes pushed entries, is the application's data.
pub(in crate::follow) fn intake_routes(app: &mut ServiceConfig) {
    let add = web::resource(format!("{MIRROR_PREFIX}/{ADD_CHECKPOINT}"))
        .app_data(PayloadConfig::new(MAX_REQUEST_BYTES))
        .route(web::post().to(add_checkpoint));
    let entries = web::resource(format!("{MIRROR_PREFIX}/{ADD_ENTRIES}")).route(web::post().to(add_entries));
    app.service(add).service(entries);
}

async fn add_checkpoint(node: Data<Follower>, body: Bytes) -> HttpResponse {
    let Some(intake) = node.intake().cloned() else { return HttpResponse::NotFound().finish() };
    let answer = web::block(move || intake.add_checkpoint(&body)).await;
    respond(answer.unwrap_or_else(|_| Answer::stopping()))
}

async fn add_entries(node: Data<Follower>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let Some(intake) = node.intake().cloned() else { return HttpResponse::NotFound().finish() };
    let peer = request.peer_addr().map(|address| address.ip());
    let answer = match (Body::of(&request, payload), intake.slots.take(peer)) {
        (Err(answer), _) => answer,
        (_, None) => answer::busy(),
        (Ok(mut body), Some(slot)) => {
            receive(&intake, &mut body, &slot).await.unwrap_or_else(|answer| answer)
        }
    };
    let mut response = respond(answer);
    response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

/// Reads, proves and keeps package after package. What cannot go on gives its answer as an error.
async fn receive(intake: &Arc<Intake>, body: &mut Body, _: &Slot<'_>) -> Result<Answer, Answer> {
    let head = body.head().await?;
    let mut upload = on_disk(intake, move |intake| intake.begin(&head)).await?;
    while let Some(span) = upload.next_span() {
        let Some((bundle, proof)) = body.package(&upload).await? else { break };
        upload = on_disk(intake, move |intake| {
            intake.take(&mut upload, &span, &bundle, &proof)?;
            Ok(upload)
        })
        .await?;
    }
    on_disk(intake, move |intake| Ok(intake.end(&upload))).await
}

/// Work on a thread that may wait for the disk.
async fn on_disk<T: Send + 'static>(
    intake: &Arc<Intake>,
    work: impl FnOnce(&Intake) -> Result<T, Answer> + Send + 'static,
) -> Result<T, Answer> {
    let intake = Arc::clone(intake);
    web::block(move || work(&intake)).await.unwrap_or_else(|_| Err(Answer::stopping()))
}

/// The body of a request while it comes.
struct Body {
    payload: Payload,
    /// Came and is not unpacked yet.
    packed: Bytes,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    /// Unpacked and not read yet.
    ready: Vec<u8>,
    deadline: Instant,
    is_over: bool,
}

type Entries = (Vec<u8>, Vec<ledger::merkle::Hash>);

impl Body {
    fn of(request: &HttpRequest, payload: Payload) -> Result<Self, Answer> {
        let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
        if header(CONTENT_TYPE) != Some(ENTRIES_TYPE) {
            return Err(answer::other_kind("this content type is not taken"));
        }
        let gzip = match header(CONTENT_ENCODING) {
            None | Some("identity") => None,
            Some("gzip" | "x-gzip") => Some(MultiGzDecoder::new(Vec::new())),
            Some(_) => return Err(answer::other_kind("this content encoding is not taken")),
        };
        let deadline = Instant::now() + PACKAGE_PATIENCE;
        Ok(Self { payload, packed: Bytes::new(), gzip, ready: Vec::new(), deadline, is_over: false })
    }

    async fn head(&mut self) -> Result<UploadHead, Answer> {
        loop {
            let found = UploadHead::read(&self.ready).map_err(|error| answer::malformed(&error))?;
            if let Some((head, length)) = found {
                self.ready.drain(..length);
                return Ok(head);
            }
            if !self.more().await {
                return Err(answer::malformed(&"it ends in its head"));
            }
        }
    }

    /// The next package; nothing where the body ends before it does.
    async fn package(&mut self, upload: &Upload) -> Result<Option<Entries>, Answer> {
        let Some(span) = upload.next_span() else { return Ok(None) };
        self.deadline = Instant::now() + PACKAGE_PATIENCE;
        loop {
            let found = Package::read(&self.ready, &span).map_err(|error| answer::unproven(&error))?;
            if let Some((package, length)) = found {
                let package = (package.bundle.to_vec(), package.proof);
                self.ready.drain(..length);
                return Ok(Some(package));
            }
            if !self.more().await {
                return Ok(None);
            }
        }
    }

    /// Waits for more bytes; false at the end, which may be a line that broke, gzip that is none, or too long a wait.
    async fn more(&mut self) -> bool {
        while !self.is_over {
            if self.packed.is_empty() {
                let left = self.deadline.saturating_duration_since(Instant::now());
                match timeout(left, self.payload.next()).await {
                    Ok(Some(Ok(bytes))) => self.packed = bytes,
                    Ok(Some(Err(_)) | None) | Err(_) => self.is_over = true,
                }
                continue;
            }
            let before = self.ready.len();
            self.unpack();
            if self.ready.len() > before {
                return true;
            }
        }
        false
    }

    fn unpack(&mut self) {
        let Some(gzip) = &mut self.gzip else {
            self.ready.extend_from_slice(&self.packed);
            self.packed = Bytes::new();
            return;
        };
        let piece = self.packed.split_to(self.packed.remaining().min(UNPACK_BYTES));
        // Flushing gives out what is known so far, so that a package is seen when it is whole.
        if gzip.write_all(&piece).and_then(|()| gzip.flush()).is_err() {
            self.is_over = true;
        }
        self.ready.append(gzip.get_mut());
    }
}
