//! `/inspection-plans`: an officer plans, draws with a seed that nobody chose, and enters what inspectors found.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::Lang;

use super::case_body::Here;
use super::inspection_body::{
    DrawRequest, FindingRequest, PeriodBody, PlanBody, PlanItem, PlanRequest, TaskBody, plan_body,
};
use crate::access::{Block, Subject};
use crate::anchoring::outbox;
use crate::http::acts::{Refusal, anchored, once, signed_in, version_seen, versioned};
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, blocking};
use crate::inspections::KIND;
use crate::inspections::acts::{self, Entered, Finding, InspectionError, Wanted};
use crate::inspections::store::{self, PlanRow};
use crate::store::StoreError;

/// Makes a plan: the registered enterprises as they stand now. Its digest goes onto the ledger before anybody can know
/// who will be drawn. For officers of the zone.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/inspection-plans",
    tag = "supervision",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    request_body = PlanRequest,
    responses(
        (status = 201, body = PlanBody, description = "Made, and on its way to the ledger; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an officer, or purpose required"),
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
    signed_in(&caller)?;
    caller.needs_full(Subject::Many, Block::Inspections)?;
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: PlanRequest = params::json(&request, &body)?;
    let secret_commitment =
        store::bytes_of(&asked.secret_commitment).ok_or_else(|| digits("secret_commitment"))?;
    let wanted = Wanted {
        title: asked.title,
        period: asked.period.map(PeriodBody::period),
        rates: asked.rates,
        inspectors: asked.inspectors,
        secret_commitment,
    };
    let party = Here::of(&caller, &who).party;
    let kept = blocking(&state, move |state| {
        let answer = |row: &PlanRow| kept_plan(row, 201);
        let kept =
            once(state, key.as_ref(), answer, |also| acts::plan(&state.service, &party, &wanted, also))?;
        Ok(anchored(state, kept, "a plan of inspection"))
    })
    .await?;
    Ok(kept.answer())
}

/// Just made or drawn, it is not on the ledger yet.
fn kept_plan(row: &PlanRow, status: u16) -> Kept {
    let body =
        plan_body(row, [None; 2]).ok().and_then(|body| serde_json::to_string(&body).ok()).unwrap_or_default();
    let location = (status == 201).then(|| format!("/api/v1/inspection-plans/{}", row.id));
    Kept { status, location, body }
}

fn digits(field: &str) -> Problem {
    let words = Words::new("应为 64 位十六进制", "expected 64 hexadecimal digits");
    Problem::new(Code::InvalidBody).fault(format!("#/{field}"), words)
}

/// Plans, the newest first. For the zone office and auditors.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/inspection-plans",
    tag = "supervision",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<PlanItem>, description = "A page of plans"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, or not disclosed to this caller"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    caller.needs_full(Subject::Many, Block::Inspections)?;
    let params = Params::of(&request)?;
    let page = params.page(List::InspectionPlans)?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let rows = store::list(&mut connection, page.before(), page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| (row.made_at, row.id.clone()));
        let (open, today) = (store::open_tasks(&mut connection, &rows)?, state.service.clock.today());
        let item = |row: &PlanRow| PlanItem::of(row, open.get(&row.id).copied().unwrap_or_default(), today);
        let items = rows.iter().map(item).collect::<Result<_, _>>()?;
        Ok(PageBody { items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

/// One plan, with all that is needed to make its draw again.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/inspection-plans/{id}",
    tag = "supervision",
    params(
        ("id" = String, Path, description = "Id of the plan"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PlanBody, description = "The plan"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, or not disclosed to this caller"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such plan"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    caller.needs_full(Subject::Many, Block::Inspections)?;
    let id = params::id(&request, Code::InspectionPlanNotFound)?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let row = store::find(&mut connection, &id)?;
        let row = row.ok_or_else(|| Problem::new(Code::InspectionPlanNotFound))?;
        let mut leaf = |seq| -> Result<Option<i64>, StoreError> {
            Ok(outbox::find(&mut connection, KIND, &row.id, seq)?.and_then(|row| row.leaf_index))
        };
        let leaves = [leaf(1)?, leaf(2)?];
        Ok(plan_body(&row, leaves)?)
    })
    .await?;
    Ok(versioned(body.version, &body))
}

/// Draws a plan: its officer opens the secret, and the root of the log after the block that follows the plan's does the
/// rest.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/inspection-plans/{id}/draw",
    tag = "supervision",
    params(
        ("id" = String, Path, description = "Id of the plan"),
        ("If-Match" = String, Header, description = "ETag of the plan as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    request_body = DrawRequest,
    responses(
        (status = 200, body = PlanBody, description = "Drawn, and on its way to the ledger"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body, or another secret"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an officer, or purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such plan"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Drawn already, or no later block yet"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn draw(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    caller.needs_full(Subject::Many, Block::Inspections)?;
    let id = params::id(&request, Code::InspectionPlanNotFound)?;
    let seen = request.headers().get(header::IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let key = Key::of(&request, &caller.principal, &[&body, seen])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let version = version_seen(&request)?;
    let asked: DrawRequest = params::json(&request, &body)?;
    let secret = store::bytes_of(&asked.secret).ok_or_else(|| digits("secret"))?;
    let party = Here::of(&caller, &who).party;
    let kept = blocking(&state, move |state| {
        let answer = |row: &PlanRow| kept_plan(row, 200);
        let kept = once(state, key.as_ref(), answer, |also| {
            acts::draw((&state.service, &state.anchor), &party, (&id, version), &secret, also)
        })?;
        Ok(anchored(state, kept, "a draw"))
    })
    .await?;
    Ok(kept.answer())
}

/// The tasks of a plan that is drawn, by enterprise.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/inspection-plans/{id}/tasks",
    tag = "supervision",
    params(
        ("id" = String, Path, description = "Id of the plan"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<TaskBody>, description = "A page of tasks"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, or not disclosed to this caller"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such plan"),
    ),
    security(("token" = []))
)]
pub async fn tasks(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    caller.needs_full(Subject::Many, Block::Inspections)?;
    let id = params::id(&request, Code::InspectionPlanNotFound)?;
    let params = Params::of(&request)?;
    let page: Page<String> = params.page(List::InspectionPlans)?;
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let plan = store::find(&mut connection, &id)?;
        let plan = plan.ok_or_else(|| Problem::new(Code::InspectionPlanNotFound))?;
        let (period, today) = (plan.period(), state.service.clock.today());
        let after = page.place.as_deref().unwrap_or_default();
        let rows = store::tasks(&mut connection, &id, after, page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| row.uscc.clone());
        // Each of them is looked at.
        let seen =
            rows.iter().filter(|row| caller.sees(Subject::Among(&row.uscc), Block::Inspections).is_some());
        let items = seen.map(|row| TaskBody::of(row, period, today)).collect::<Result<_, _>>()?;
        Ok(PageBody { items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

/// Enters what inspectors found, or corrects it. It becomes a record of the source `inspections`.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/inspection-plans/{id}/tasks/{uscc}/result",
    tag = "supervision",
    params(
        ("id" = String, Path, description = "Id of the plan"),
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("If-Match" = String, Header, description = "version of the task as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    request_body = FindingRequest,
    responses(
        (status = 200, body = TaskBody, description = "Entered; the job takes it in"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an officer, or purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such task"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn enter(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let (id, uscc) = (params::id(&request, Code::InspectionPlanNotFound)?, params::uscc(&request)?);
    caller.needs_full(Subject::One(uscc.as_str()), Block::Inspections)?;
    let seen = request.headers().get(header::IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let key = Key::of(&request, &caller.principal, &[&body, seen])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let version = version_seen(&request)?;
    let asked: FindingRequest = params::json(&request, &body)?;
    let passed = match asked.result.as_str() {
        "pass" => true,
        "fail" => false,
        _ => {
            let words = Words::new("应为 pass 或 fail", "expected pass or fail");
            return Err(Problem::new(Code::InvalidBody).fault("#/result", words));
        }
    };
    let finding = Finding { inspected_on: asked.inspected_on, passed, note: asked.note };
    let party = Here::of(&caller, &who).party;
    let kept = blocking(&state, move |state| {
        let today = state.service.clock.today();
        let answer = |(row, period): &Entered| {
            let body =
                TaskBody::of(row, *period, today).ok().and_then(|body| serde_json::to_string(&body).ok());
            Kept { status: 200, location: None, body: body.unwrap_or_default() }
        };
        once(state, key.as_ref(), answer, |also| {
            let about = (id.as_str(), uscc.as_str(), version);
            acts::enter((&state.service, &state.jobs), &party, about, &finding, also)
        })
    })
    .await?;
    Ok(kept.answer())
}

impl Refusal for InspectionError {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            InspectionError::Store(error) => Ok(error),
            refused => Err(problem(&refused)),
        }
    }
}

fn problem(error: &InspectionError) -> Problem {
    use credit_core::supervision::plan::PlanFault;
    let words = Words::new(error.message(Lang::Zh), error.message(Lang::En));
    let field = |pointer: &str, words| Problem::new(Code::InvalidBody).fault(pointer, words);
    match error {
        InspectionError::NotFound => Problem::new(Code::InspectionPlanNotFound),
        InspectionError::NotOfficer => Problem::new(Code::NotYours).detail(words),
        InspectionError::Fault(PlanFault::Inspectors) => field("#/inspectors", words),
        InspectionError::Fault(PlanFault::Period) => field("#/period", words),
        InspectionError::Fault(_) => field("#/rates", words),
        InspectionError::Text => field("#", words),
        InspectionError::OtherSecret => field("#/secret", words),
        InspectionError::Day => field("#/inspected_on", words),
        InspectionError::Drawn | InspectionError::TooEarly => Problem::new(Code::WrongStanding).detail(words),
        InspectionError::Changed => Problem::new(Code::Changed),
        InspectionError::Store(error) => Problem::internal(error),
    }
}
