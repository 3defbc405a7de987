//! `/screenings/reviews`: what an officer found of a name and the enterprise it was matched to.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::screening::NameError;
use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::case_body::Here;
use crate::evaluation::view::rfc3339;
use crate::http::acts::{Refusal, once};
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::problem_texts;
use crate::http::state::{Shared, State, blocking};
use crate::screening::Asked;
use crate::screening::matching;
use crate::screening::reviews::{
    self, FALSE_POSITIVE, Finding, REASON_CHARS_MAX, ReviewError, Reviewed, TRUE_MATCH,
};
use crate::store::StoreError;

/// A pair, and what an officer found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// The name and the code as they were screened.
    pub name: Option<String>,
    pub uscc: Option<String>,
    /// USCC of the enterprise that it was matched to.
    pub matched: String,
    /// `false_positive`: two bodies; `true_match`: one.
    pub verdict: String,
    pub reason: String,
}

/// A review.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewBody {
    pub id: String,
    pub name: Option<String>,
    pub uscc: Option<String>,
    pub matched: String,
    pub verdict: String,
    pub reason: String,
    pub reviewed_by: String,
    pub reviewed_at: String,
    /// Whether nothing about either side has changed since; `null` while the names are read.
    pub holds: Option<bool>,
}

impl ReviewBody {
    fn of(state: &State, row: &Reviewed) -> Self {
        Self {
            id: row.id.clone(),
            name: row.name.clone(),
            uscc: row.uscc.clone(),
            matched: row.matched.clone(),
            verdict: row.verdict.clone(),
            reason: row.reason.clone(),
            reviewed_by: row.reviewed_by.clone(),
            reviewed_at: rfc3339(row.reviewed_at),
            holds: row.holds(state.jobs.names()),
        }
    }
}

/// Marks a pair as two bodies or as one. A false positive is silent in the screenings of the officer's own organisation
/// until something about either side changes. For people of departments, institutions and the operator.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/screenings/reviews",
    tag = "screening",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = ReviewRequest,
    responses(
        (status = 201, body = ReviewBody, description = "Kept"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an officer"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "The service was started a moment ago and reads the names"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: ReviewRequest = params::json(&request, &body)?;
    let found = read(asked)?;
    let here = Here::of(&caller, &who);
    let kept = blocking(&state, move |state| {
        let answer = |row: &Reviewed| Kept {
            status: 201,
            location: None,
            body: serde_json::to_string(&ReviewBody::of(state, row)).unwrap_or_default(),
        };
        once(state, key.as_ref(), answer, |also| {
            reviews::review(&state.service, state.jobs.names(), &here.party, &found, also)
        })
    })
    .await?;
    Ok(kept.answer())
}

fn read(asked: ReviewRequest) -> Result<Finding, Problem> {
    let wrong =
        |field: &str, words: Words| Problem::new(Code::InvalidBody).fault(format!("#/{field}"), words);
    let uscc = |field: &str, text: &str| {
        Uscc::parse(text).map_err(|error| wrong(field, problem_texts::uscc(&error)))
    };
    let is_false_positive = match asked.verdict.as_str() {
        FALSE_POSITIVE => true,
        TRUE_MATCH => false,
        _ => {
            let known = format!("{FALSE_POSITIVE}, {TRUE_MATCH}");
            let words = Words::new(format!("应为 {known} 之一"), format!("expected one of {known}"));
            return Err(wrong("verdict", words));
        }
    };
    let reason = asked.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX || reason.contains('\0') {
        let words = Words::new(
            format!("应为 1 至 {REASON_CHARS_MAX} 个字符"),
            format!("expected 1 to {REASON_CHARS_MAX} characters"),
        );
        return Err(wrong("reason", words));
    }
    if asked.name.as_deref().is_some_and(|name| name.contains('\0')) {
        return Err(wrong("name", Words::new("不得含控制字符", "control characters cannot be used")));
    }
    Ok(Finding {
        asked: Asked {
            uscc: asked.uscc.as_deref().map(|text| uscc("uscc", text)).transpose()?,
            name: asked.name,
            reference: None,
        },
        matched: uscc("matched", &asked.matched)?,
        is_false_positive,
        reason: reason.to_owned(),
    })
}

impl Refusal for ReviewError {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            ReviewError::Store(error) => Ok(error),
            ReviewError::NotOfficer => Err(Problem::new(Code::RoleRequired)),
            ReviewError::NoEnterprise => Err(Problem::new(Code::EnterpriseNotFound)),
            ReviewError::NotReady => Err(Problem::new(Code::Busy)),
            ReviewError::Name(error) => Err(Problem::new(Code::InvalidBody).fault("#/name", words(&error))),
        }
    }
}

fn words(error: &NameError) -> Words {
    use credit_core::records::Lang;
    Words::new(matching::said(error, Lang::Zh), matching::said(error, Lang::En))
}

/// The reviews of the caller's own organisation, the newest first.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/screenings/reviews",
    tag = "screening",
    params(
        ("matched" = Option<String>, Query, description = "USCC of one enterprise"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<ReviewBody>, description = "A page of reviews"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an officer"),
    ),
    security(("token" = []))
)]
pub async fn list(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    if !reviews::may_review(&here.party) {
        return Err(Problem::new(Code::RoleRequired));
    }
    let params = Params::of(&request)?;
    let page: Page<(i64, String)> = params.page(List::ScreeningReviews)?;
    let matched = params.uscc("matched")?;
    let owner = reviews::owner_of(&caller.principal);
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let code = matched.as_ref().map(Uscc::as_str);
        let rows = reviews::list(&mut connection, &owner, code, page.place.clone(), page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| (row.reviewed_at, row.id.clone()));
        Ok(PageBody { items: rows.iter().map(|row| ReviewBody::of(state, row)).collect(), next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}
