//! `GET /enterprises/{uscc}/sharing`: what departments take of an enterprise from here, and need not ask it again.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::records::Lang;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Audience, Block, Subject};
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::sharing::taken::{self, Taken};

/// Who takes what from here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharingBody {
    pub items: Vec<TakenBody>,
}

/// A department's standing request in force, as it concerns one enterprise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TakenBody {
    /// Id of the standing request.
    pub request: String,
    pub audience: String,
    /// Code of the department.
    pub organisation: String,
    pub department: &'static str,
    pub purpose: String,
    /// Codes of the blocks that it takes.
    pub blocks: Vec<String>,
    /// What they hold, in the reader's words.
    pub titles: Vec<&'static str>,
    pub basis: String,
    pub cycle: String,
    pub since: Option<String>,
    pub valid_to: NaiveDate,
    /// When something of this enterprise was shown to the department last.
    pub last_taken_at: Option<String>,
}

impl TakenBody {
    fn of(taken: &Taken, lang: Lang) -> Self {
        let (request, blocks) = (&taken.request, taken.request.granted_blocks());
        Self {
            request: request.id.clone(),
            department: Audience::of_code(&request.audience).map_or("", |audience| audience.title(lang)),
            audience: request.audience.clone(),
            organisation: request.organisation.clone(),
            purpose: request.purpose.clone(),
            blocks: blocks.iter().map(|block| block.code().to_owned()).collect(),
            titles: blocks.iter().map(|block| block.title(lang)).collect(),
            basis: request.basis.clone(),
            cycle: request.cycle.clone(),
            since: request.decided_at.map(rfc3339),
            valid_to: request.until(),
            last_taken_at: taken.last_ms.map(rfc3339),
        }
    }
}

/// Which departments take which blocks of an enterprise from here, under which standing request, and when last: what
/// they take they need not ask the enterprise for. For the enterprise and for auditors.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/sharing",
    tag = "sharing",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = SharingBody, description = "Standing requests in force"),
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
    caller.needs(Subject::One(uscc.as_str()), Block::AccessLog)?;
    let lang = caller.lang;
    let body = blocking(&state, move |state| {
        let taken = taken::of_enterprise(&state.service, uscc.as_str(), state.service.clock.now())?;
        Ok(SharingBody { items: taken.iter().map(|taken| TakenBody::of(taken, lang)).collect() })
    })
    .await?;
    answer::json(&request, &body)
}
