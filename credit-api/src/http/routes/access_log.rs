//! Who looked at what: an enterprise reads about itself, an organisation about what it did, an auditor all.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Ask, Audience, Block, Subject};
use crate::access_log::store::{self, Filter, StoredRow};
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::sharing::corrections;

/// A look at what is not public, allowed or refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LookBody {
    pub id: String,
    pub at: String,
    /// `user:…`, `key:…`, or `administrator`.
    pub who: String,
    pub audience: String,
    /// Code of the department, or USCC of the institution.
    pub organisation: Option<String>,
    pub uscc: Option<String>,
    pub purpose: Option<String>,
    pub consent: Option<String>,
    /// `block:outcome` of what was shown.
    pub shown: Vec<String>,
    /// When something that was shown was corrected; `null` while it holds.
    pub corrected_at: Option<String>,
    /// `block:reason` of what was refused.
    pub refused: Vec<String>,
    /// SHA-256 of the answer, hexadecimal.
    pub result: Option<String>,
    pub status: i32,
    pub request: String,
}

impl LookBody {
    fn of((row, corrected_at): (StoredRow, Option<i64>)) -> Self {
        let list = |text: &str| text.split(';').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        Self {
            id: row.id.to_string(),
            at: rfc3339(row.at_ms),
            shown: list(&row.shown),
            refused: list(&row.refused),
            corrected_at: corrected_at.map(rfc3339),
            who: row.who,
            audience: row.audience,
            organisation: row.organisation,
            uscc: row.uscc,
            purpose: row.purpose,
            consent: row.consent,
            result: row.result,
            status: row.status,
            request: row.request,
        }
    }
}

/// Who looked at an enterprise, when and what for, newest first: all of it for the enterprise and for auditors, for
/// others what their own organisation did.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/access-log",
    tag = "access",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<LookBody>, description = "A page of looks"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not yours to see, or purpose required"),
    ),
    security(("token" = []))
)]
pub async fn of_enterprise(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let subject = Subject::One(uscc.as_str());
    let own = Ask { own_organisation: true, ..caller.ask(subject, Block::AccessLog) };
    let mut filter = Filter { uscc: Some(uscc.to_string()), ..Filter::default() };
    let is_auditor = caller.principal.audience == Audience::Auditor;
    if !is_auditor && !caller.principal.speaks_for(uscc.as_str()) && caller.may_ask(&own).is_allowed() {
        // Nobody without an organisation has rows of one.
        filter.organisation = Some(caller.principal.organisation.as_deref().unwrap_or_default().to_owned());
    } else {
        caller.needs(subject, Block::AccessLog)?;
    }
    page(state, &request, filter).await
}

/// All looks, newest first, for auditors.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/access-log",
    tag = "access",
    params(
        ("uscc" = Option<String>, Query, description = "Only looks at this enterprise"),
        ("who" = Option<String>, Query, description = "Only looks of this caller"),
        ("organisation" = Option<String>, Query, description = "Only looks of this organisation"),
        ("from" = Option<String>, Query, description = "First day, in Asia/Shanghai"),
        ("until" = Option<String>, Query, description = "Last day"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<LookBody>, description = "A page of looks"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an auditor, or purpose required"),
    ),
    security(("token" = []))
)]
pub async fn all(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Many, Block::AccessLog)?;
    let params = Params::of(&request)?;
    let text = |name| params.text(name).map(str::to_owned);
    let day = |name| Ok::<_, Problem>(params.date(name)?.map(credit_core::dates::day_number));
    let filter = Filter {
        uscc: text("uscc"),
        who: text("who"),
        organisation: text("organisation"),
        from_day: day("from")?,
        until_day: day("until")?,
        others_only: false,
    };
    page(state, &request, filter).await
}

async fn page(state: Shared, request: &HttpRequest, filter: Filter) -> Result<HttpResponse, Problem> {
    let params = Params::of(request)?;
    let page: Page<i64> = params.page(List::AccessLog)?;
    let before = page.place.unwrap_or(i64::MAX);
    let (rows, next_cursor, corrected) = blocking(&state, move |state| {
        let rows = store::list(&mut *state.service.access_log.connection()?, &filter, before, page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| row.id);
        let corrected = corrections::corrected_at(&mut *state.service.database.connection()?, &rows)?;
        Ok((rows, next_cursor, corrected))
    })
    .await?;
    let items: Vec<LookBody> = rows.into_iter().zip(corrected).map(LookBody::of).collect();
    answer::json(request, &PageBody { items, next_cursor })
}
