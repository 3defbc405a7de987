//! The log over HTTP, as C2SP `tlog-tiles` names it. Public, read-only, made for caches.

pub mod append;

use crate::view::LedgerView;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpResponse, Scope};
use ledger::store::StoreError;
use ledger::tile::TilePath;
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

/// Changes with every block.
const CACHE_NEVER: &str = "no-cache";
/// Never changes.
const CACHE_FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Never changes, but is soon of no use, since the full tile takes its place.
const CACHE_AN_HOUR: &str = "public, max-age=3600";

/// The routes below `/ledger`, to be mounted by whoever serves this log.
///
/// Mount it inside a scope of its own; it brings its data along.
pub fn ledger_scope(view: Arc<LedgerView>) -> Scope {
    web::scope("/ledger")
        .app_data(Data::from(view))
        .route("/checkpoint", web::get().to(checkpoint))
        .route("/tile/{path:.*}", web::get().to(tile))
        .route("/log.vkey", web::get().to(log_vkey))
        .route("/final", web::get().to(last_final))
        .route("/witnesses", web::get().to(witness_status))
        .route("/witnesses.txt", web::get().to(witnesses))
        .route("/types.json", web::get().to(types))
        .route(
            "/types.scale",
            web::get().to(|| async { respond(BYTES, CACHE_NEVER, ledger::types::TYPES_SCALE) }),
        )
}

async fn checkpoint(view: Data<LedgerView>) -> HttpResponse {
    match read(view, |view| view.checkpoint()).await {
        Ok(Some(note)) => respond(TEXT, CACHE_NEVER, note),
        Ok(None) => refuse(actix_web::http::StatusCode::NOT_FOUND, "no checkpoint was published yet\n"),
        Err(error) => failed(&error),
    }
}

/// The newest checkpoint under which the whole quorum of the policy has put its name.
async fn last_final(view: Data<LedgerView>) -> HttpResponse {
    match read(view, |view| view.final_note()).await {
        Ok(Some(note)) => respond(TEXT, CACHE_NEVER, note),
        Ok(None) => {
            refuse(actix_web::http::StatusCode::NOT_FOUND, "no checkpoint is cosigned by the quorum yet\n")
        }
        Err(error) => failed(&error),
    }
}

/// How far each witness is, for people who watch over the log.
async fn witness_status(view: Data<LedgerView>) -> HttpResponse {
    let body = serde_json::json!({
        "published_size": view.published_size(),
        "final_size": view.final_size(),
        "witnesses": view.witnesses(),
    });
    respond(JSON, CACHE_NEVER, body.to_string())
}

async fn tile(view: Data<LedgerView>, path: Path<String>) -> HttpResponse {
    let path = match TilePath::parse(&format!("tile/{path}")) {
        Ok(path) => path,
        Err(error) => return refuse(actix_web::http::StatusCode::NOT_FOUND, &format!("{error}\n")),
    };
    serve_tile(Some((path, read(view, move |view| view.tile(&path)).await)))
}

/// A tile, or that there is none.
pub(crate) fn serve_tile(found: Option<(TilePath, Result<Vec<u8>, StoreError>)>) -> HttpResponse {
    match found {
        Some((path, Ok(bytes))) if path.is_full() => respond(BYTES, CACHE_FOR_EVER, bytes),
        Some((_, Ok(bytes))) => respond(BYTES, CACHE_AN_HOUR, bytes),
        Some((_, Err(error))) => failed(&error),
        None => refuse(actix_web::http::StatusCode::NOT_FOUND, "no such tile\n"),
    }
}

/// A checkpoint, or that there is none.
pub(crate) fn serve_note(found: Option<String>) -> HttpResponse {
    match found {
        Some(note) => respond(TEXT, CACHE_NEVER, note),
        None => refuse(actix_web::http::StatusCode::NOT_FOUND, "no checkpoint of this log is here\n"),
    }
}

async fn log_vkey(view: Data<LedgerView>) -> HttpResponse {
    respond(TEXT, CACHE_NEVER, format!("{}\n", view.vkey()))
}

async fn witnesses(view: Data<LedgerView>) -> HttpResponse {
    respond(TEXT, CACHE_NEVER, view.policy().to_owned())
}

async fn types(view: Data<LedgerView>) -> HttpResponse {
    respond(JSON, CACHE_NEVER, view.types_json())
}

/// Reads on a thread that may wait for the disk.
async fn read<T: Send + 'static>(
    view: Data<LedgerView>,
    job: impl FnOnce(&LedgerView) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match web::block(move || job(&view)).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::Lock),
    }
}

fn respond(kind: &'static str, cache: &'static str, body: impl Into<web::Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, cache))
        // Verifier pages of anybody may read the log.
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(body.into())
}

fn refuse(status: actix_web::http::StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, TEXT))
        .insert_header((CACHE_CONTROL, CACHE_NEVER))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(text.to_owned())
}

fn failed(error: &StoreError) -> HttpResponse {
    if let StoreError::OutOfRange { .. } = error {
        return refuse(actix_web::http::StatusCode::NOT_FOUND, "the published log does not reach that far\n");
    }
    tracing::error!(%error, "the ledger store cannot be read");
    refuse(
        actix_web::http::StatusCode::INTERNAL_SERVER_ERROR,
        "the ledger cannot be read; its operator was told\n",
    )
}
