//! `/objections` and `/appeals`: an enterprise opens a case, its parties take their steps, each having seen the last.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::cases::{Kind, Outcome, Refusal, Verb};
use credit_core::uscc::Uscc;
use serde::Deserialize;
use utoipa::ToSchema;

use super::case_body::{CaseBody, CaseItem, Here, body_of};
use crate::access::Audience;
use crate::cases::acts::{self, Also, Brought, CaseError, Taken};
use crate::cases::parties::{self, Party};
use crate::cases::store::{self, CaseRow, Order};
use crate::cases::subject::About;
use crate::http::acts::{Refusal as Refused, anchored, once, version_seen, versioned};
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::problem_texts;
use crate::http::state::{Shared, State, blocking};
use crate::store::{DbConnection, StoreError};

/// What an enterprise says is wrong.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    pub uscc: String,
    /// An objection names a record; an appeal a rating, an indicator or a record.
    pub about: About,
    pub reason: String,
    /// SHA-256 of files that were brought to `/case-files`.
    #[serde(default)]
    pub attachments: Vec<String>,
}

/// What somebody brings to a step; each verb says what it needs.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// Such as `upheld`, `rejected`, `undetermined`, `maintained`, `changed`.
    pub outcome: Option<String>,
    pub reason: Option<String>,
    /// The ground in law or in the rules.
    pub basis: Option<String>,
    #[serde(default)]
    pub attachments: Vec<String>,
    /// What it is about, where the step names another thing.
    pub about: Option<About>,
    /// For `ask_source`: the department that is asked, such as `market_regulation`.
    pub asked: Option<String>,
}

/// Opens an objection to a record of the enterprise. For its authorised agents.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/objections",
    tag = "cases",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = OpenRequest,
    responses(
        (status = 201, body = CaseBody, description = "Submitted; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body, no such record or file"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an agent of the enterprise"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Refused, with what is missing"),
    ),
    security(("token" = []))
)]
pub async fn object(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    open(state, caller, who, request, body, Kind::Objection).await
}

/// Appeals a rating, or one indicator of it. For the enterprise's authorised agents.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/appeals",
    tag = "cases",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = OpenRequest,
    responses(
        (status = 201, body = CaseBody, description = "Submitted; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body, no such rating, indicator or file"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an agent of the enterprise"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Refused, with what is missing"),
    ),
    security(("token" = []))
)]
pub async fn appeal(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    open(state, caller, who, request, body, Kind::Appeal).await
}

async fn open(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    change(state, (caller, who), request, body, 201, |request, body| {
        let asked: OpenRequest = params::json(request, body)?;
        let uscc = Uscc::parse(&asked.uscc)
            .map_err(|error| Problem::new(Code::InvalidBody).fault("#/uscc", problem_texts::uscc(&error)))?;
        let brought = Brought {
            reason: Some(asked.reason),
            attachments: digests(&asked.attachments)?,
            about: Some(asked.about),
            ..Brought::default()
        };
        Ok(Box::new(move |state: &State, here: &Here, also: Also<'_>| {
            acts::open(&state.service, &here.party, (kind, uscc), &brought, also)
        }))
    })
    .await
}

/// Takes a step in an objection: `POST /objections/{id}/accept`, and so on; `allowed` of the case says which.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/objections/{id}/{verb}",
    tag = "cases",
    params(
        ("id" = String, Path, description = "Id of the case"),
        ("verb" = String, Path, description = "Code of the verb, such as accept"),
        ("If-Match" = String, Header, description = "ETag of the case as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = StepRequest,
    responses(
        (status = 200, body = CaseBody, description = "The case after the step"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case, or not yours; no such verb"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Refused: what is allowed instead, what is missing, or who has to act"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "Somebody was faster"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn objection_step(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    step(state, caller, who, request, body, Kind::Objection).await
}

/// Takes a step in an appeal.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/appeals/{id}/{verb}",
    tag = "cases",
    params(
        ("id" = String, Path, description = "Id of the case"),
        ("verb" = String, Path, description = "Code of the verb, such as accept"),
        ("If-Match" = String, Header, description = "ETag of the case as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = StepRequest,
    responses(
        (status = 200, body = CaseBody, description = "The case after the step"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case, or not yours; no such verb"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Refused: what is allowed instead, what is missing, or who has to act"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "Somebody was faster"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn appeal_step(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    step(state, caller, who, request, body, Kind::Appeal).await
}

async fn step(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    change(state, (caller, who), request, body, 200, |request, body| {
        let id = params::id(request, Code::CaseNotFound)?;
        let verb = request.match_info().get("verb").and_then(Verb::of);
        let verb = verb.ok_or_else(|| Problem::new(Code::NotFound))?;
        let version = version_seen(request)?;
        let asked: StepRequest =
            if body.is_empty() { StepRequest::default() } else { params::json(request, body)? };
        let brought = brought(asked)?;
        Ok(Box::new(move |state: &State, here: &Here, also: Also<'_>| {
            acts::step(&state.service, &here.party, (&id, kind, version), verb, &brought, also)
        }))
    })
    .await
}

fn brought(asked: StepRequest) -> Result<Brought, Problem> {
    let wrong = |field: &str, zh: &str, en: &str| {
        Problem::new(Code::InvalidBody).fault(format!("#/{field}"), Words::new(zh, en))
    };
    let outcome = asked.outcome.as_deref().map(|code| {
        Outcome::of(code).ok_or_else(|| wrong("outcome", "没有此结果代码", "there is no such outcome"))
    });
    let department = asked.asked.as_deref().map(|code| {
        let found = Audience::of_code(code);
        let found = found.filter(|audience| audience.is_department() && *audience != Audience::Commerce);
        found.ok_or_else(|| wrong("asked", "应为部门代码", "expected the code of a department"))
    });
    Ok(Brought {
        outcome: outcome.transpose()?,
        reason: asked.reason,
        basis: asked.basis,
        attachments: digests(&asked.attachments)?,
        about: asked.about,
        asked: department.transpose()?,
    })
}

fn digests(texts: &[String]) -> Result<Vec<credit_core::cases::Digest>, Problem> {
    let digest = |(at, text): (usize, &String)| {
        text.clone().try_into().map_err(|_| {
            Problem::new(Code::InvalidBody).fault(
                format!("#/attachments/{at}"),
                Words::new("应为 64 位十六进制的 SHA-256", "expected SHA-256 in 64 hexadecimal digits"),
            )
        })
    };
    texts.iter().enumerate().map(digest).collect()
}

/// An act that is ready to be done.
type Deed = Box<dyn FnOnce(&State, &Here, Also<'_>) -> Result<Taken, CaseError> + Send>;

/// Does an act once for an `Idempotency-Key`, and brings what it anchored onto the ledger.
async fn change(
    state: Shared,
    (caller, who): (Caller, Who),
    request: HttpRequest,
    body: Bytes,
    status: u16,
    read: impl FnOnce(&HttpRequest, &[u8]) -> Result<Deed, Problem>,
) -> Result<HttpResponse, Problem> {
    let seen = request.headers().get(header::IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let key = Key::of(&request, &caller.principal, &[&body, seen])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let deed = read(&request, &body)?;
    let here = Here::of(&caller, &who);
    let kept = blocking(&state, move |state| {
        let now = state.service.clock.now();
        let answer = |(row, steps): &Taken| {
            let body = body_of(row, steps, &here, now).ok();
            let body = body.and_then(|body| serde_json::to_string(&body).ok()).unwrap_or_default();
            let location = (status == 201).then(|| format!("/api/v1/{}s/{}", row.kind, row.id));
            Kept { status, location, body }
        };
        let kept = once(state, key.as_ref(), answer, |also| deed(state, &here, also))?;
        Ok(anchored(state, kept, "a step of a case"))
    })
    .await?;
    Ok(kept.answer())
}

impl Refused for CaseError {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            CaseError::Store(error) => Ok(error),
            error => Err(problem(error)),
        }
    }
}

fn problem(error: CaseError) -> Problem {
    let field = |pointer: &str, zh: &str, en: String| {
        Problem::new(Code::InvalidBody).fault(pointer, Words::new(zh, en))
    };
    let said = error.to_string();
    match error {
        CaseError::NotFound => Problem::new(Code::CaseNotFound),
        CaseError::NotAgent => Problem::new(Code::NotYours),
        CaseError::NoEnterprise => Problem::new(Code::EnterpriseNotFound),
        CaseError::NoSuchThing => {
            field("#/about", "该企业没有这条记录、评级或指标，或本案所涉的是另一项", said)
        }
        CaseError::AskWhom => field("#/asked", "请写明向哪个部门核查", said),
        CaseError::NoSuchFile { .. } => field("#/attachments", "附件须由提交人先行上传", said),
        CaseError::NotSuperseded => Problem::new(Code::CaseRefused)
            .detail(Words::new("自受理以来该记录尚未被更正；应由来源单位报送正确的记录。", said)),
        CaseError::Refused(Refusal::Stale { .. }) => Problem::new(Code::Changed),
        CaseError::Refused(refusal) => {
            Problem::new(Code::CaseRefused).detail(Words::new(refusal.zh(), refusal.en()))
        }
        CaseError::Store(error) => error.into(),
    }
}

/// Objections, as far as the caller is a party to them.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/objections",
    tag = "cases",
    params(
        ("order" = Option<String>, Query, description = "newest (default), or due: the open ones, the most urgent first"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before, in the same order"),
    ),
    responses(
        (status = 200, body = PageBody<CaseItem>, description = "A page of cases"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn objections(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    list(state, caller, who, request, Kind::Objection).await
}

/// Appeals, as far as the caller is a party to them.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/appeals",
    tag = "cases",
    params(
        ("order" = Option<String>, Query, description = "newest (default), or due: the open ones, the most urgent first"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before, in the same order"),
    ),
    responses(
        (status = 200, body = PageBody<CaseItem>, description = "A page of cases"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn appeals(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    list(state, caller, who, request, Kind::Appeal).await
}

async fn list(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    let params = Params::of(&request)?;
    let limit = params.limit()?;
    let is_due = params.one_of("order", &["newest", "due"])? == Some("due");
    let after = params.text("cursor").map(|text| cursor::decode(List::Cases, text)).transpose()?;
    let order = order(is_due, after.as_deref())?;
    let body = blocking(&state, move |state| {
        let of = parties::Of::visible_to(&here.party);
        let mut rows = store::list(&mut *state.service.database.connection()?, kind, &of, &order, limit + 1)?;
        let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(0));
        let place = |row: &CaseRow| match is_due {
            true => format!("due|{}|{}", row.due_day, row.id),
            false => format!("newest|{}|{}", row.opened_at, row.id),
        };
        let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(List::Cases, &place(row)));
        let now = state.service.clock.now();
        Ok(PageBody { items: rows.into_iter().map(|row| CaseItem::of(row, now)).collect(), next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

fn order(is_due: bool, after: Option<&str>) -> Result<Order, Problem> {
    let Some(after) = after else {
        return Ok(if is_due { Order::Due(None) } else { Order::Newest(None) });
    };
    let wrong = || Problem::new(Code::InvalidCursor);
    let mut parts = after.splitn(3, '|');
    let (kind, number, id) =
        (parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?);
    match (is_due, kind) {
        (true, "due") => Ok(Order::Due(Some((number.parse().map_err(|_| wrong())?, id.to_owned())))),
        (false, "newest") => Ok(Order::Newest(Some((number.parse().map_err(|_| wrong())?, id.to_owned())))),
        _ => Err(wrong()),
    }
}

/// One objection, with its steps, its terms and what the caller may do; its `ETag` is what the next step names.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/objections/{id}",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    responses(
        (status = 200, body = CaseBody, description = "The case"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn objection(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    get(state, caller, who, request, Kind::Objection).await
}

/// One appeal.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/appeals/{id}",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    responses(
        (status = 200, body = CaseBody, description = "The case"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn appeal_one(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    get(state, caller, who, request, Kind::Appeal).await
}

async fn get(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    let id = params::id(&request, Code::CaseNotFound)?;
    let (body, version) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let row = visible(&mut connection, &here.party, &id, kind)?;
        let steps = store::steps_of(&mut connection, &row.id)?;
        Ok((body_of(&row, &steps, &here, state.service.clock.now())?, row.version))
    })
    .await?;
    Ok(versioned(version, &body))
}

fn visible(connection: &mut DbConnection, who: &Party, id: &str, kind: Kind) -> Result<CaseRow, Problem> {
    let row = store::find(connection, id)?;
    let row = row.filter(|row| row.kind == kind.code() && parties::sees(who, row));
    row.ok_or_else(|| Problem::new(Code::CaseNotFound))
}
