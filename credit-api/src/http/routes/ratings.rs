//! `GET /enterprises/{uscc}/ratings`: the history, each change with its anchor.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::anchoring::receipts::anchor_view;
use crate::evaluation::history;
use crate::evaluation::sign_off::SignOffRecord;
use crate::evaluation::view::{AnchorView, rfc3339};
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::registry;

/// A change of a rating.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RatingChange {
    /// Place in the enterprise's history, from 1.
    pub seq: i64,
    pub as_of: NaiveDate,
    pub known_at: String,
    pub recorded_at: String,
    pub grade: String,
    pub previous_grade: Option<String>,
    pub score: i32,
    /// Who signed the move of two or more grades that this rests on, when and why.
    pub sign_off: Option<SignOffRecord>,
    pub anchor: AnchorView,
}

/// The history of an enterprise's rating, newest first.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/ratings",
    tag = "ratings",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<RatingChange>, description = "A page of changes"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let caller = caller.about(&state, uscc).await?;
    caller.needs_full(Subject::One(uscc.as_str()), Block::History)?;
    let params = Params::of(&request)?;
    let page: Page<i64> = params.page(List::Ratings)?;
    let before = page.place.unwrap_or(i64::MAX);
    let lang = caller.lang;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        if registry::find(&mut connection, uscc.as_str())?.is_none() {
            return Err(Problem::new(Code::EnterpriseNotFound));
        }
        let rows = history::changes(&mut connection, uscc.as_str(), before, page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| row.seq);
        let ledger = state.anchor.view();
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let anchor = anchor_view(&mut connection, Some(ledger), &row, lang)?;
            items.push(RatingChange {
                seq: row.seq,
                as_of: row.as_of(),
                known_at: rfc3339(row.known_at),
                recorded_at: rfc3339(row.recorded_at),
                grade: row.grade,
                previous_grade: row.previous_grade,
                score: row.score,
                sign_off: row.sign_off.as_deref().and_then(|text| serde_json::from_str(text).ok()),
                anchor,
            });
        }
        Ok(PageBody { items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}
