//! `POST /case-files`, `GET /cases/{id}/files/{digest}`: what steps attach.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::case_body::Here;
use super::case_sight;
use crate::access::Outcome;
use crate::cases::{files, parties};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};

/// A file as it was brought.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseFileBody {
    /// SHA-256, hexadecimal: what a step attaches.
    pub digest: String,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
}

/// Brings a file that steps of the same person may attach: PDF, PNG or JPEG, at most 10 MiB.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/case-files",
    tag = "cases",
    params(("name" = Option<String>, Query, description = "1 to 200 characters; it is shown and means nothing")),
    request_body(content = Vec<u8>, content_type = "application/pdf", description = "PDF, PNG or JPEG, told from its first bytes"),
    responses(
        (status = 201, body = CaseFileBody, description = "Kept under its digest"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Nobody who is a party to cases"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "The file is too large"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "No PDF, PNG or JPEG"),
    ),
    security(("token" = []))
)]
pub async fn bring(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    file: Bytes,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    if matches!(parties::Of::visible_to(&here.party), parties::Of::Nobody) {
        return Err(Problem::new(Code::NotYours));
    }
    let name = Params::of(&request)?.text("name").unwrap_or("file").to_owned();
    let kept =
        blocking(&state, move |state| Ok(files::keep(&state.service, &here.party, &name, &file)?)).await?;
    let row = kept.ok_or_else(|| Problem::new(Code::UnsupportedMediaType))?;
    let body =
        CaseFileBody { digest: row.digest, name: row.name, media_type: row.media_type, bytes: row.bytes };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// A file that a step of a case attaches, for its parties; to be saved, never shown in place.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/files/{digest}",
    tag = "cases",
    params(
        ("id" = String, Path, description = "Id of the case"),
        ("digest" = String, Path, description = "SHA-256, hexadecimal"),
        ("X-Purpose" = String, Header, description = "Purpose code, such as appeal, self or supervision"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream", description = "The bytes"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "No purpose"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case or file, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn file(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    let id = params::id(&request, Code::CaseNotFound)?;
    let digest = request.match_info().get("digest").unwrap_or_default().to_owned();
    let (row, bytes) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let absent = || Problem::new(Code::CaseNotFound);
        let (row, outcome) = case_sight::visible(&mut connection, &caller, &here.party, (&id, None))?;
        if outcome != Outcome::Full {
            return Err(Problem::new(Code::NotDisclosed));
        }
        files::attached(&state.service, &row, &digest)?.ok_or_else(absent)
    })
    .await?;
    Ok(to_be_saved(&row, bytes))
}

/// A file as it leaves: to be saved under a name of ours, never shown in place.
pub(crate) fn to_be_saved(row: &files::FileRow, bytes: Vec<u8>) -> HttpResponse {
    let ending = match row.media_type.as_str() {
        "application/pdf" => "pdf",
        "image/png" => "png",
        "application/json" => "json",
        _ => "jpg",
    };
    let short = row.digest.get(..16).unwrap_or_default();
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{short}.{ending}\"")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(bytes)
}
