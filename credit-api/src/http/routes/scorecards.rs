//! `GET /scorecards`, `GET /scorecards/{id}`: public, with digest.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use credit_core::scorecard::Scorecard;
use serde::Serialize;
use utoipa::ToSchema;

use crate::evaluation::view::in_lang;
use crate::http::answer::{self, PageBody, Written, prefers};
use crate::http::caller::Caller;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::Shared;

/// A published scorecard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScorecardItem {
    pub id: String,
    pub title: String,
    pub published_on: NaiveDate,
    pub effective_on: NaiveDate,
    /// SHA-256 of the file, hexadecimal; what every rating names.
    pub digest: String,
    /// Whether ratings are made with it now.
    pub in_force: bool,
}

/// A scorecard with its whole content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScorecardBody {
    #[serde(flatten)]
    pub about: ScorecardItem,
    /// The file's content, as docs/SCORING.md describes it; fractions and points are exact.
    #[schema(value_type = Object)]
    pub content: serde_json::Value,
}

/// The published scorecards.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/scorecards",
    tag = "scorecards",
    responses((status = 200, body = PageBody<ScorecardItem>, description = "All published scorecards")),
    security(())
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let items = vec![item(&state.service.card, &caller)];
    answer::json(&request, &PageBody { items, next_cursor: None })
}

/// One scorecard: as JSON, or with `Accept: text/plain` the file itself, whose SHA-256 is the digest.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/scorecards/{id}",
    tag = "scorecards",
    params(("id" = String, Path, description = "Identifier, such as zone-2026.1")),
    responses(
        (status = 200, description = "The scorecard", content(
            (ScorecardBody = "application/json"),
            (String = "text/plain"),
        )),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "Not published"),
    ),
    security(())
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let card = &state.service.card;
    if request.match_info().get("id") != Some(card.id.as_str()) {
        return Err(Problem::new(Code::ScorecardNotFound));
    }
    let text = Scorecard::embedded_text();
    if prefers(&request, "text/plain") || prefers(&request, "application/toml") {
        let mut answer = Written::new(text, "text/plain; charset=utf-8").answer(&request);
        // RFC 9530: what a reader computes over the bytes received.
        let digest = format!("sha-256=:{}:", STANDARD.encode(card.digest()));
        if let Ok(value) = digest.parse() {
            answer.headers_mut().insert(header::HeaderName::from_static("content-digest"), value);
        }
        return Ok(answer);
    }
    let content: toml::Table = text.parse().map_err(|error: toml::de::Error| Problem::internal(&error))?;
    let content = serde_json::to_value(content).map_err(|error| Problem::internal(&error))?;
    answer::json(&request, &ScorecardBody { about: item(card, &caller), content })
}

fn item(card: &Scorecard, caller: &Caller) -> ScorecardItem {
    ScorecardItem {
        id: card.id.clone(),
        title: in_lang(&card.title, caller.lang),
        published_on: card.published_on,
        effective_on: card.effective_on,
        digest: hex::encode(card.digest()),
        in_force: true,
    }
}
