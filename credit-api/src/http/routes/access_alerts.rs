//! `/access-log/alerts`: who read far beyond the habit of the role; an auditor writes down what it was.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::dates::from_day_number;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::access_log::habit::{self, Alert, NOTE_CHARS_MAX};
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, blocking};

/// A day on which somebody read far beyond the habit of the role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertBody {
    pub id: String,
    /// Of Asia/Shanghai.
    pub day: String,
    pub who: String,
    pub audience: String,
    pub organisation: Option<String>,
    /// Enterprises asked about that day, shown or refused.
    pub enterprises: i64,
    /// What the role's people stay below on 95 of 100 days; 0 where there is no habit yet.
    pub habit: i64,
    pub raised_at: String,
    pub seen_by: Option<String>,
    pub seen_at: Option<String>,
    pub note: Option<String>,
}

impl From<Alert> for AlertBody {
    fn from(alert: Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            day: from_day_number(alert.day).to_string(),
            who: alert.who,
            audience: alert.audience,
            organisation: alert.organisation,
            enterprises: alert.enterprises,
            habit: alert.habit,
            raised_at: rfc3339(alert.raised_at),
            seen_by: alert.seen_by,
            seen_at: alert.seen_at.map(rfc3339),
            note: alert.note,
        }
    }
}

/// What an auditor found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// 1 to 500 characters.
    pub note: String,
}

/// Days on which somebody read far beyond the habit of the role, newest first. For auditors.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/access-log/alerts",
    tag = "access",
    params(
        ("state" = Option<String>, Query, description = "`open`: only those without a note"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<AlertBody>, description = "A page of alerts"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Bad parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an auditor, or purpose required"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    caller.needs_full(Subject::Many, Block::AccessLog)?;
    let params = Params::of(&request)?;
    let page: Page<i64> = params.page(List::AccessAlerts)?;
    let open_only = match params.text("state") {
        None => false,
        Some("open") => true,
        Some(_) => return Err(Problem::parameter("state", "应为 open", "expected open")),
    };
    let (before, wanted) = (page.place.unwrap_or(i64::MAX), page.wanted());
    let alerts = blocking(&state, move |state| {
        Ok(habit::list(&mut *state.service.database.connection()?, open_only, before, wanted)?)
    })
    .await?;
    let (alerts, next_cursor) = page.cut(alerts, |alert| alert.id);
    let items: Vec<AlertBody> = alerts.into_iter().map(AlertBody::from).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

/// Writes down what an alert was; the first note stands. For auditors.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/access-log/alerts/{id}/note",
    tag = "access",
    params(
        ("id" = String, Path, description = "Alert id"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    request_body = NoteRequest,
    responses(
        (status = 200, body = AlertBody, description = "The alert with the note that stands"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an auditor, or purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such alert"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn note(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    caller.needs_full(Subject::Many, Block::AccessLog)?;
    let unknown = || Problem::new(Code::AlertNotFound);
    let id: i64 = params::id(&request, Code::AlertNotFound)?.parse().map_err(|_| unknown())?;
    let asked: NoteRequest = params::json(&request, &body)?;
    let note = asked.note.trim().to_owned();
    if !(1..=NOTE_CHARS_MAX).contains(&note.chars().count()) {
        return Err(Problem::new(Code::InvalidBody)
            .fault("#/note", Words::new("应为 1 至 500 个字符", "expected 1 to 500 characters")));
    }
    let who = caller.principal.id.to_string();
    let alert = blocking(&state, move |state| {
        let now = state.service.clock.now().0;
        Ok(habit::note(&mut *state.service.database.connection()?, id, (&who, &note), now)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(AlertBody::from(alert.ok_or_else(unknown)?)))
}
