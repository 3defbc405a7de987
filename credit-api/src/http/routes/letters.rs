//! `GET | POST /users/{id}/letters`, `POST /letters/{id}/approve | refuse | revoke`, `GET /letters/{id}/file`: letters
//! of authorisation, which bind an agent to an enterprise. Two persons bind; one ends it.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::identity::letters::{LetterRow, NewLetter, Verdict, media_type};

/// A letter of authorisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LetterBody {
    pub id: String,
    pub user_id: String,
    pub uscc: String,
    /// SHA-256 of the file, hexadecimal.
    pub file_digest: String,
    pub file_name: String,
    pub bytes: i64,
    /// Calendar dates of Asia/Shanghai, both included.
    pub valid_from: String,
    pub valid_to: String,
    /// `proposed`, `approved`, `refused` or `revoked`.
    pub state: String,
    pub proposed_by: String,
    pub proposed_at: String,
    pub reason: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<String>,
    pub decision_reason: Option<String>,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<String>,
    pub revocation_reason: Option<String>,
}

fn body_of(row: LetterRow) -> LetterBody {
    LetterBody {
        id: row.id,
        user_id: row.user_id,
        uscc: row.uscc,
        file_digest: row.file_digest,
        file_name: row.file_name,
        bytes: row.bytes,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        state: row.state,
        proposed_by: row.proposed_by,
        proposed_at: rfc3339(row.proposed_at),
        reason: row.reason,
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(rfc3339),
        decision_reason: row.decision_reason,
        revoked_by: row.revoked_by,
        revoked_at: row.revoked_at.map(rfc3339),
        revocation_reason: row.revocation_reason,
    }
}

/// A user's letters, newest first.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/letters",
    tag = "identity",
    params(("id" = String, Path, description = "User id, or login")),
    responses(
        (status = 200, body = PageBody<LetterBody>, description = "All letters of the user"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::UserNotFound)?;
    let rows = blocking(&state, move |state| Ok(state.identity.letters_of(&who.actor(), &id)?)).await?;
    let items = rows.into_iter().map(body_of).collect();
    answer::json(&request, &PageBody::<LetterBody> { items, next_cursor: None })
}

/// Puts a letter on file and proposes to bind its agent; another person approves. For the operator and reviewers.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/letters",
    tag = "identity",
    params(
        ("id" = String, Path, description = "User id, or login, of the agent"),
        ("uscc" = String, Query, description = "The enterprise"),
        ("valid_from" = String, Query, description = "Date"),
        ("valid_to" = String, Query, description = "Date, at most three years later"),
        ("reason" = String, Query, description = "1 to 1000 characters"),
        ("file_name" = Option<String>, Query, description = "1 to 200 characters"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body(content = Vec<u8>, content_type = "application/pdf", description = "The signed letter: PDF, PNG or JPEG, at most 10 MiB"),
    responses(
        (status = 201, body = LetterBody, description = "Proposed"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or file"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such user"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The idempotency key was used for another request"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "The file is too large"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    who: Who,
    request: HttpRequest,
    file: Bytes,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::UserNotFound)?;
    let params = Params::of(&request)?;
    let missing = |name: &str| Problem::parameter(name, "缺少此参数", "this parameter is missing");
    let uscc = params.text("uscc").ok_or_else(|| missing("uscc"))?;
    let uscc = Uscc::parse(uscc)
        .map_err(|error| Problem::parameter("uscc", error.to_string(), error.to_string()))?;
    let valid_from = params.date("valid_from")?.ok_or_else(|| missing("valid_from"))?;
    let valid_to = params.date("valid_to")?.ok_or_else(|| missing("valid_to"))?;
    let reason = params.text("reason").ok_or_else(|| missing("reason"))?.to_owned();
    let file_name = params.text("file_name").unwrap_or("letter").to_owned();
    let key = Key::of(&request, &who.0.principal, &[request.query_string().as_bytes(), &file])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let actor = who.actor();
    let kept = blocking(&state, move |state| {
        let letter = NewLetter {
            user: &id,
            uscc,
            file_name: &file_name,
            file: &file,
            valid_from,
            valid_to,
            reason: &reason,
        };
        let body = body_of(state.identity.propose_letter(&actor, &letter)?);
        let body = serde_json::to_string(&body).unwrap_or_default();
        let kept = Kept { status: 201, location: None, body };
        match &key {
            Some(key) => idempotency::remember(state, key, kept),
            None => Ok(kept),
        }
    })
    .await?;
    Ok(kept.answer())
}

/// Why a letter is approved, refused or revoked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// 1 to 1000 characters.
    pub reason: String,
}

/// Approves a letter: the second person. For the operator and reviewers.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/letters/{id}/approve",
    tag = "identity",
    params(("id" = String, Path, description = "Letter id")),
    request_body = ReasonRequest,
    responses(
        (status = 200, body = LetterBody, description = "The agent speaks for the enterprise"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such letter"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Decided already, or proposed by the same person"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn approve(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    decide(state, who, request, body, Verdict::Approved).await
}

/// Refuses a letter: the second person. For the operator and reviewers.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/letters/{id}/refuse",
    tag = "identity",
    params(("id" = String, Path, description = "Letter id")),
    request_body = ReasonRequest,
    responses(
        (status = 200, body = LetterBody, description = "Refused"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key or role, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such letter"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Decided already, or proposed by the same person"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn refuse(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    decide(state, who, request, body, Verdict::Refused).await
}

async fn decide(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
    verdict: Verdict,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::LetterNotFound)?;
    let asked: ReasonRequest = params::json(&request, &body)?;
    let row = blocking(&state, move |state| {
        Ok(state.identity.decide_letter(&who.actor(), &id, verdict, &asked.reason)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(body_of(row)))
}

/// Ends an approved letter at once. For the agent, the operator and reviewers.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/letters/{id}/revoke",
    tag = "identity",
    params(("id" = String, Path, description = "Letter id")),
    request_body = ReasonRequest,
    responses(
        (status = 200, body = LetterBody, description = "The agent no longer speaks for the enterprise"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key, or the CSRF token is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such letter"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not in force"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn revoke(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::LetterNotFound)?;
    let asked: ReasonRequest = params::json(&request, &body)?;
    let row =
        blocking(&state, move |state| Ok(state.identity.revoke_letter(&who.actor(), &id, &asked.reason)?))
            .await?;
    Ok(HttpResponse::Ok().json(body_of(row)))
}

/// The file of a letter. For the agent, the operator, reviewers and the auditor.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/letters/{id}/file",
    tag = "identity",
    params(("id" = String, Path, description = "Letter id")),
    responses(
        (status = 200, content_type = "application/pdf", body = Vec<u8>, description = "The file, as PDF, PNG or JPEG"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this key"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such letter"),
    ),
    security(("token" = []))
)]
pub async fn file(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::LetterNotFound)?;
    let (row, file) =
        blocking(&state, move |state| Ok(state.identity.letter_file(&who.actor(), &id)?)).await?;
    let kind = media_type(&file).unwrap_or("application/octet-stream");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"letter-{}\"", row.id)))
        .body(file))
}
