//! A witness over HTTP: `POST …/add-checkpoint`, and what it cosigned last at `GET …/<origin hash>/checkpoint`.

use super::{Answer, Witness};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{self, Bytes, Data, Path, PayloadConfig, ServiceConfig};
use ledger::witness::{ADD_CHECKPOINT, MAX_REQUEST_BYTES};
use std::sync::Arc;
use std::time::Duration;

/// See [`witness_routes`].
pub const KEEP_ALIVE: Duration = Duration::from_secs(75);

const TEXT: &str = "text/plain; charset=utf-8";

/// Adds the routes of a witness below a prefix, such as `/replay`, or an empty one.
///
/// A server of witnesses should keep idle connections for [`KEEP_ALIVE`], so that the next checkpoint of a log
/// that writes seldom needs no new one.
pub fn witness_routes(app: &mut ServiceConfig, prefix: &str, witness: &Arc<Witness>) {
    let data = Data::from(Arc::clone(witness));
    let add = web::resource(format!("{prefix}/{ADD_CHECKPOINT}"))
        .app_data(data.clone())
        .app_data(PayloadConfig::new(MAX_REQUEST_BYTES))
        .route(web::post().to(add_checkpoint));
    let last = web::resource(format!("{prefix}/{{origin_hash:[0-9a-f]{{64}}}}/checkpoint"))
        .app_data(data)
        .route(web::get().to(checkpoint));
    app.service(add).service(last);
}

async fn add_checkpoint(witness: Data<Witness>, body: Bytes) -> HttpResponse {
    let answer = web::block(move || witness.add_checkpoint(&body)).await;
    respond(answer.unwrap_or_else(|_| Answer::stopping()))
}

pub(crate) fn respond(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, answer.content_type)).insert_header((CACHE_CONTROL, "no-store"));
    if let Some(seconds) = answer.retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    response.body(answer.body)
}

async fn checkpoint(witness: Data<Witness>, origin_hash: Path<String>) -> HttpResponse {
    let found = web::block(move || witness.cosigned_note(&origin_hash)).await;
    let (status, body) = match found {
        Ok(Some(note)) => (StatusCode::OK, note),
        Ok(None) => (StatusCode::NOT_FOUND, "no checkpoint of this log was cosigned\n".to_owned()),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the witness is stopping\n".to_owned()),
    };
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, TEXT))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(body)
}
