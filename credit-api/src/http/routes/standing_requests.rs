//! `/standing-requests`: a department asks for what it needs, the zone operator answers, either ends it.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::dates::Moment;
use credit_core::records::Lang;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Block, Purpose};
use crate::evaluation::view::rfc3339;
use crate::http::acts::{Refusal, anchored, once, signed_in, version_seen, versioned};
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::List;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::sharing::acts::{self, Also, Answer, Fault, SharingError, Terms};
use crate::sharing::requests::{self, Cycle, Of, StandingRequest};
use crate::store::StoreError;

/// What a department asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsRequest {
    /// A purpose that the department may name in `X-Purpose`.
    pub purpose: Purpose,
    /// Codes of blocks, such as `identity` and `grade`.
    pub blocks: Vec<String>,
    /// The duty that needs them, and its ground in law, 1 to 1 000 characters.
    pub basis: String,
    /// `once`, `daily`, `weekly`, `monthly` or `event`.
    pub cycle: String,
    /// The last day, within 36 months.
    pub valid_to: NaiveDate,
}

/// The operator's answer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// `grant` or `refuse`.
    pub decision: String,
    /// The blocks granted; all that were asked for when they are left out.
    pub blocks: Option<Vec<String>>,
    /// Needed for a refusal, and where not everything is granted.
    pub reason: Option<String>,
}

/// Why a request is taken back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// Needed when the operator ends it.
    pub reason: Option<String>,
}

/// A standing request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StandingRequestBody {
    pub id: String,
    pub audience: String,
    /// Code of the department.
    pub organisation: String,
    pub purpose: String,
    /// What was asked for.
    pub blocks: Vec<String>,
    /// What was granted.
    pub granted: Vec<String>,
    pub basis: String,
    pub cycle: String,
    pub valid_to: NaiveDate,
    /// `requested`, `refused`, `active`, `expired`, `withdrawn`, `revoked` or `corrected`.
    pub standing: &'static str,
    /// The request whose place it takes once it is granted.
    pub corrects: Option<String>,
    pub requested_at: String,
    /// The last day for the answer: ten working days.
    pub answer_due: NaiveDate,
    pub overdue: bool,
    pub answered_at: Option<String>,
    /// Why it was refused, or granted in part.
    pub reason: Option<String>,
    pub ended_at: Option<String>,
    pub end_reason: Option<String>,
}

impl StandingRequestBody {
    fn of(request: &StandingRequest, calendar: &WorkingDays, now: Moment) -> Self {
        let list = |text: &str| text.split(';').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        Self {
            id: request.id.clone(),
            audience: request.audience.clone(),
            organisation: request.organisation.clone(),
            purpose: request.purpose.clone(),
            blocks: list(&request.blocks),
            granted: list(request.granted.as_deref().unwrap_or_default()),
            basis: request.basis.clone(),
            cycle: request.cycle.clone(),
            valid_to: request.until(),
            standing: request.standing(now).code(),
            corrects: request.corrects.clone(),
            requested_at: rfc3339(request.asked_at),
            answer_due: request.answer_due(calendar),
            overdue: request.is_overdue(calendar, now),
            answered_at: request.decided_at.map(rfc3339),
            reason: request.reason.clone(),
            ended_at: request.ended_at.map(rfc3339),
            end_reason: request.end_reason.clone(),
        }
    }
}

/// A department asks for blocks of all enterprises, as a standing matter.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/standing-requests",
    tag = "sharing",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = TermsRequest,
    responses(
        (status = 201, body = StandingRequestBody, description = "Asked; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body, or a block that is not open to the department in bulk"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not a department"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The idempotency key was used for another request"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    if !caller.principal.audience.is_department() {
        return Err(problem(&SharingError::NotDepartment));
    }
    change(state, caller, request, body, 201, |request, body, _| {
        let terms = terms(params::json(request, body)?)?;
        Ok(Box::new(move |state: &State, caller: &Caller, also: Also<'_>| {
            acts::apply(&state.service, &caller.principal, &terms, also)
        }))
    })
    .await
}

/// Standing requests, the last asked first: a department's own; all for the operator and for auditors.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/standing-requests",
    tag = "sharing",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<StandingRequestBody>, description = "A page of requests"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let params = Params::of(&request)?;
    let page = params.page(List::StandingRequests)?;
    let body = blocking(&state, move |state| {
        let of = Of::visible_to(&caller.principal);
        let mut connection = state.service.database.connection()?;
        let rows = requests::list(&mut connection, &of, page.before(), page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| (row.asked_at, row.id.clone()));
        let now = state.service.clock.now();
        let calendar = state.service.calendars.now();
        let body = |row| StandingRequestBody::of(row, &calendar, now);
        let items = rows.iter().map(body).collect::<Vec<_>>();
        Ok(PageBody { items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

/// One standing request; its `ETag` is what acts on it name.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/standing-requests/{id}",
    tag = "sharing",
    params(("id" = String, Path, description = "Id of the request")),
    responses(
        (status = 200, body = StandingRequestBody, description = "The request"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such request, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::StandingRequestNotFound)?;
    let found = blocking(&state, move |state| {
        let found = requests::find(&mut *state.service.database.connection()?, &id)?;
        let found = found.filter(|found| match Of::visible_to(&caller.principal) {
            Of::All => true,
            Of::Department(..) => found.is_of(&caller.principal),
            Of::Nobody => false,
        });
        let found = found.ok_or_else(|| Problem::new(Code::StandingRequestNotFound))?;
        let (now, calendar) = (state.service.clock.now(), state.service.calendars.now());
        Ok((StandingRequestBody::of(&found, &calendar, now), found.version))
    });
    let (body, version) = found.await?;
    Ok(versioned(version, &body))
}

/// The zone operator grants all or a part of what was asked for, or refuses.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/standing-requests/{id}/answer",
    tag = "sharing",
    params(
        ("id" = String, Path, description = "Id of the request"),
        ("If-Match" = String, Header, description = "ETag of the request as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = AnswerRequest,
    responses(
        (status = 200, body = StandingRequestBody, description = "Answered; a grant is on its way to the ledger"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not the zone operator"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such request"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is not waiting, or the same person asked"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn answer(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    change(state, caller, request, body, 200, |request, body, place| {
        let (id, version) = place.seen()?;
        let asked: AnswerRequest = params::json(request, body)?;
        Ok(Box::new(move |state: &State, caller: &Caller, also: Also<'_>| {
            let answer = answer_of(state, &asked, &id)?;
            acts::answer(&state.service, &caller.principal, (&id, version), &answer, also)
        }))
    })
    .await
}

fn answer_of(state: &State, asked: &AnswerRequest, id: &str) -> Result<Answer, SharingError> {
    let field = |field, fault| SharingError::Field { field, fault };
    match asked.decision.as_str() {
        "refuse" => Ok(Answer::Refuse { reason: asked.reason.clone().unwrap_or_default() }),
        "grant" => {
            let blocks = match &asked.blocks {
                Some(codes) => blocks(codes).ok_or_else(|| field("blocks", Fault::Block))?,
                None => {
                    let found = requests::find(&mut *state.service.database.connection()?, id)?;
                    found.map(|found| found.asked_blocks()).unwrap_or_default()
                }
            };
            Ok(Answer::Grant { blocks, reason: asked.reason.clone() })
        }
        _ => Err(field("decision", Fault::Decision)),
    }
}

/// The department takes its request back, or the operator ends it with a reason; nothing can be taken under it any
/// more.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/standing-requests/{id}/withdraw",
    tag = "sharing",
    params(
        ("id" = String, Path, description = "Id of the request"),
        ("If-Match" = String, Header, description = "ETag of the request as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = WithdrawRequest,
    responses(
        (status = 200, body = StandingRequestBody, description = "Ended, and on its way to the ledger"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such request, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It has ended already"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn withdraw(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    change(state, caller, request, body, 200, |request, body, place| {
        let (id, version) = place.seen()?;
        let asked: WithdrawRequest =
            if body.is_empty() { WithdrawRequest::default() } else { params::json(request, body)? };
        Ok(Box::new(move |state: &State, caller: &Caller, also: Also<'_>| {
            let reason = asked.reason.as_deref();
            acts::withdraw(&state.service, &caller.principal, (&id, version), reason, also)
        }))
    })
    .await
}

/// The department asks for other terms in the place of this request, which ends when they are granted.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/standing-requests/{id}/correct",
    tag = "sharing",
    params(
        ("id" = String, Path, description = "Id of the request that is corrected"),
        ("If-Match" = String, Header, description = "ETag of the request as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = TermsRequest,
    responses(
        (status = 201, body = StandingRequestBody, description = "The corrected request; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not a department"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such request, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It has ended, or a correction waits already"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn correct(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    change(state, caller, request, body, 201, |request, body, place| {
        let (id, version) = place.seen()?;
        let terms = terms(params::json(request, body)?)?;
        Ok(Box::new(move |state: &State, caller: &Caller, also: Also<'_>| {
            acts::correct(&state.service, &caller.principal, (&id, version), &terms, also)
        }))
    })
    .await
}

/// An act that is ready to be done.
type Act = Box<dyn FnOnce(&State, &Caller, Also<'_>) -> Result<StandingRequest, SharingError> + Send>;

/// Which request an act is on, and what was seen of it.
struct Place<'a>(&'a HttpRequest);

impl Place<'_> {
    fn seen(&self) -> Result<(String, i64), Problem> {
        Ok((params::id(self.0, Code::StandingRequestNotFound)?, version_seen(self.0)?))
    }
}

/// Does an act once for an `Idempotency-Key`, and brings what it anchored onto the ledger.
async fn change(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
    status: u16,
    read: impl FnOnce(&HttpRequest, &[u8], Place<'_>) -> Result<Act, Problem>,
) -> Result<HttpResponse, Problem> {
    let seen = request.headers().get(header::IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let key = Key::of(&request, &caller.principal, &[&body, seen])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let act = read(&request, &body, Place(&request))?;
    let kept = blocking(&state, move |state| {
        let (now, calendar) = (state.service.clock.now(), state.service.calendars.now());
        let answer = |request: &StandingRequest| Kept {
            status,
            location: (status == 201).then(|| format!("/api/v1/standing-requests/{}", request.id)),
            body: serde_json::to_string(&StandingRequestBody::of(request, &calendar, now))
                .unwrap_or_default(),
        };
        let kept = once(state, key.as_ref(), answer, |also| act(state, &caller, also))?;
        Ok(anchored(state, kept, "a standing request"))
    })
    .await?;
    Ok(kept.answer())
}

impl Refusal for SharingError {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            SharingError::Store(error) => Ok(error),
            refused => Err(problem(&refused)),
        }
    }
}

fn terms(asked: TermsRequest) -> Result<Terms, Problem> {
    let wrong = |field, fault| problem(&SharingError::Field { field, fault });
    Ok(Terms {
        purpose: asked.purpose,
        blocks: blocks(&asked.blocks).ok_or_else(|| wrong("blocks", Fault::Block))?,
        cycle: Cycle::of_code(&asked.cycle).ok_or_else(|| wrong("cycle", Fault::Cycle))?,
        basis: asked.basis,
        until: asked.valid_to,
    })
}

fn blocks(codes: &[String]) -> Option<Vec<Block>> {
    codes.iter().map(|code| requests::BLOCKS.into_iter().find(|block| block.code() == code)).collect()
}

fn problem(error: &SharingError) -> Problem {
    let said = |code| Problem::new(code).detail(Words::new(error.message(Lang::Zh), error.message(Lang::En)));
    match error {
        SharingError::NotDepartment | SharingError::NotOperator => said(Code::RoleRequired),
        SharingError::SamePerson => said(Code::SamePerson),
        SharingError::NotFound => Problem::new(Code::StandingRequestNotFound),
        SharingError::Changed { .. } => Problem::new(Code::Changed),
        SharingError::Standing { .. } | SharingError::CorrectionWaits => said(Code::WrongStanding),
        SharingError::Field { field, fault } => Problem::new(Code::InvalidBody)
            .fault(format!("#/{field}"), Words::new(fault.words(Lang::Zh), fault.words(Lang::En))),
        SharingError::Store(error) => Problem::internal(error),
    }
}
