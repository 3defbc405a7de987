//! `/consents`: a financier asks, the enterprise reads the exact text, grants, declines, revokes.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Audience, Block, Purpose};
use crate::consents::acts::{self, Answer, ConsentError, Fault, Question};
use crate::consents::{self, BLOCKS, Consent, Kind, Of};
use crate::evaluation::view::rfc3339;
use crate::http::acts::{Refusal, anchored, once, signed_in, version_seen, versioned};
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::List;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::problem_texts;
use crate::http::state::{Shared, blocking};
use crate::store::StoreError;

/// What a financier asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRequest {
    /// Unified social credit code of the enterprise.
    pub uscc: String,
    /// `credit_approval`, `post_loan` or `insurance`.
    pub purpose: Purpose,
    /// Codes of blocks, such as `grade` and `score`.
    pub blocks: Vec<String>,
    /// The loan or policy that it is about, 1 to 100 characters.
    pub product: String,
    /// `single`: on the day of the first look; `continuous`: any time in the period.
    pub kind: String,
    /// The first day; default today.
    pub from: Option<NaiveDate>,
    /// The last day, within twelve months of the first.
    pub until: NaiveDate,
}

/// An agent's decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// `text_digest` of the consent: the text that was read.
    pub text_digest: String,
}

/// A consent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentBody {
    pub id: String,
    pub uscc: String,
    /// Unified social credit code of the institution.
    pub financier: String,
    pub purpose: String,
    pub blocks: Vec<String>,
    pub product: String,
    pub kind: String,
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// `requested`, `declined`, `lapsed`, `active`, `expired` or `revoked`.
    pub standing: &'static str,
    /// The exact text, in the reader's language.
    pub text: String,
    /// SHA-256 over the Chinese text, a zero byte and the English one, hexadecimal.
    pub text_digest: String,
    pub requested_at: String,
    pub decided_at: Option<String>,
    pub revoked_at: Option<String>,
}

impl ConsentBody {
    fn of(consent: &Consent, lang: Lang, now: Moment) -> Self {
        let text = if lang == Lang::Zh { &consent.text_zh } else { &consent.text_en };
        Self {
            id: consent.id.clone(),
            uscc: consent.uscc.clone(),
            financier: consent.financier.clone(),
            purpose: consent.purpose.clone(),
            blocks: consent.blocks.split(';').map(str::to_owned).collect(),
            product: consent.product.clone(),
            kind: consent.kind.clone(),
            from: consent.from(),
            until: consent.until(),
            standing: consent.standing(now).code(),
            text: text.clone(),
            text_digest: consent.text_digest.clone(),
            requested_at: rfc3339(consent.asked_at),
            decided_at: consent.decided_at.map(rfc3339),
            revoked_at: consent.revoked_at.map(rfc3339),
        }
    }
}

/// Asks an enterprise for its consent.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/consents",
    tag = "consents",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
    request_body = ConsentRequest,
    responses(
        (status = 201, body = ConsentBody, description = "Asked; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not a financial institution"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
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
    if caller.principal.audience != Audience::Financier {
        return Err(problem(&ConsentError::NotFinancier));
    }
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: ConsentRequest = params::json(&request, &body)?;
    let kept = blocking(&state, move |state| {
        let question = question(asked, state.service.clock.today())?;
        let now = state.service.clock.now();
        let answer = |consent: &Consent| kept(consent, 201, caller.lang, now);
        once(state, key.as_ref(), answer, |also| {
            acts::ask(&state.service, &caller.principal, &question, also)
        })
    })
    .await?;
    Ok(kept.answer())
}

/// Own consents, the last asked first: an enterprise's, an institution's, all for an auditor.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/consents",
    tag = "consents",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<ConsentBody>, description = "A page of consents"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let params = Params::of(&request)?;
    let page = params.page(List::Consents)?;
    let of = Of::visible_to(&caller.principal);
    let now = state.service.clock.now();
    let (rows, next_cursor) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let rows = consents::list(&mut connection, &of, page.before(), page.wanted())?;
        Ok(page.cut(rows, |row| (row.asked_at, row.id.clone())))
    })
    .await?;
    let items = rows.iter().map(|row| ConsentBody::of(row, caller.lang, now)).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

/// One consent, with its exact text; `ETag` is what the acts on it ask for in `If-Match`.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/consents/{id}",
    tag = "consents",
    params(("id" = String, Path, description = "Consent id")),
    responses(
        (status = 200, body = ConsentBody, description = "The consent"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such consent, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::ConsentNotFound)?;
    let found =
        blocking(&state, move |state| Ok(consents::find(&mut *state.service.database.connection()?, &id)?))
            .await?;
    let consent = found
        .filter(|consent| match Of::visible_to(&caller.principal) {
            Of::All => true,
            Of::Financier(code) => code == consent.financier,
            Of::Enterprises(codes) => codes.contains(&consent.uscc),
        })
        .ok_or_else(|| Problem::new(Code::ConsentNotFound))?;
    let body = ConsentBody::of(&consent, caller.lang, state.service.clock.now());
    Ok(versioned(consent.version, &body))
}

/// Grants what was asked, having read its text.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/consents/{id}/grant",
    tag = "consents",
    params(
        ("id" = String, Path, description = "Consent id"),
        ("If-Match" = String, Header, description = "ETag of the consent as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = GrantRequest,
    responses(
        (status = 200, body = ConsentBody, description = "Granted, and on its way to the ledger"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not an agent of the enterprise"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such consent, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is not waiting, or another text was read"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn grant(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    change(state, caller, request, body, |request, body| {
        let asked: GrantRequest = params::json(request, body)?;
        Ok(Change::Decide(Answer::Grant { text_digest: asked.text_digest }))
    })
    .await
}

/// Declines what was asked.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/consents/{id}/decline",
    tag = "consents",
    params(
        ("id" = String, Path, description = "Consent id"),
        ("If-Match" = String, Header, description = "ETag of the consent as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key within 24 hours: the same answer"),
    ),
    responses(
        (status = 200, body = ConsentBody, description = "Declined"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such consent, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not waiting"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn decline(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    change(state, caller, request, Bytes::new(), |_, _| Ok(Change::Decide(Answer::Decline))).await
}

/// Takes a consent back: nothing can be read under it any more.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/consents/{id}/revoke",
    tag = "consents",
    params(
        ("id" = String, Path, description = "Consent id"),
        ("If-Match" = String, Header, description = "ETag of the consent as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key within 24 hours: the same answer"),
    ),
    responses(
        (status = 200, body = ConsentBody, description = "Revoked, and on its way to the ledger"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such consent, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is not active"),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
        (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
    ),
    security(("token" = []))
)]
pub async fn revoke(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    change(state, caller, request, Bytes::new(), |_, _| Ok(Change::Revoke)).await
}

enum Change {
    Decide(Answer),
    Revoke,
}

async fn change(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
    read: impl FnOnce(&HttpRequest, &[u8]) -> Result<Change, Problem>,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let id = params::id(&request, Code::ConsentNotFound)?;
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let version = version_seen(&request)?;
    let change = read(&request, &body)?;
    let kept = blocking(&state, move |state| {
        let (service, who) = (&state.service, &caller.principal);
        let now = service.clock.now();
        let answer = |consent: &Consent| kept(consent, 200, caller.lang, now);
        let kept = once(state, key.as_ref(), answer, |also| match &change {
            Change::Decide(answer) => acts::decide(service, who, &id, version, answer, also),
            Change::Revoke => acts::revoke(service, who, &id, version, also),
        })?;
        Ok(anchored(state, kept, "a consent"))
    })
    .await?;
    Ok(kept.answer())
}

fn kept(consent: &Consent, status: u16, lang: Lang, now: Moment) -> Kept {
    Kept {
        status,
        location: (status == 201).then(|| format!("/api/v1/consents/{}", consent.id)),
        body: serde_json::to_string(&ConsentBody::of(consent, lang, now)).unwrap_or_default(),
    }
}

fn question(asked: ConsentRequest, today: NaiveDate) -> Result<Question, Problem> {
    let uscc = Uscc::parse(&asked.uscc)
        .map_err(|error| Problem::new(Code::InvalidBody).fault("#/uscc", problem_texts::uscc(&error)))?;
    let blocks: Option<Vec<Block>> =
        asked.blocks.iter().map(|code| BLOCKS.into_iter().find(|block| block.code() == code)).collect();
    let blocks = blocks.ok_or_else(|| field("blocks", Fault::Block))?;
    let kind = Kind::of_code(&asked.kind).ok_or_else(|| {
        let words = Words::new("应为 single 或 continuous", "expected single or continuous");
        Problem::new(Code::InvalidBody).fault("#/kind", words)
    })?;
    Ok(Question {
        uscc,
        purpose: asked.purpose,
        blocks,
        product: asked.product,
        kind,
        from: asked.from.unwrap_or(today),
        until: asked.until,
    })
}

fn field(name: &str, fault: Fault) -> Problem {
    Problem::new(Code::InvalidBody)
        .fault(format!("#/{name}"), Words::new(fault.words(Lang::Zh), fault.words(Lang::En)))
}

impl Refusal for ConsentError {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            ConsentError::Store(error) => Ok(error),
            refused => Err(problem(&refused)),
        }
    }
}

fn problem(error: &ConsentError) -> Problem {
    let said = |code| Problem::new(code).detail(Words::new(error.message(Lang::Zh), error.message(Lang::En)));
    match error {
        ConsentError::NotFinancier | ConsentError::NotAgent => said(Code::NotYours),
        ConsentError::NotFound => Problem::new(Code::ConsentNotFound),
        ConsentError::NoEnterprise => Problem::new(Code::EnterpriseNotFound),
        ConsentError::Changed { .. } => Problem::new(Code::Changed),
        ConsentError::Standing { .. } => said(Code::WrongStanding),
        ConsentError::OtherText { .. } => Problem::new(Code::OtherText).fault(
            "#/text_digest",
            Words::new("与本授权书文本的摘要不符", "not the digest of this consent's text"),
        ),
        ConsentError::Field { field: name, fault } => field(name, *fault),
        ConsentError::Store(error) => Problem::internal(error),
    }
}
