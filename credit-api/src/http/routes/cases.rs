//! Cases of all kinds: somebody opens one, its parties take their steps, each having seen the last. The addresses are
//! in [`super::case_kinds`], the lists in [`super::case_lists`].

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::cases::{Kind, Outcome, Refusal, Verb};
use credit_core::uscc::Uscc;
use serde::Deserialize;
use utoipa::ToSchema;

use super::case_body::{Here, body_of};
use super::case_sight;
use crate::access::{self, Audience};
use crate::cases;
use crate::cases::acts::{self, Also, Brought, CaseError, Taken};
use crate::cases::parties;
use crate::cases::store;
use crate::cases::subject::About;
use crate::http::acts::{Refusal as Refused, anchored, once, version_seen, versioned};
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params;
use crate::http::problem::{Code, Problem, Words};
use crate::http::problem_texts;
use crate::http::state::{Shared, State, blocking};
use crate::store::StoreError;

/// What a case is opened for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    pub uscc: String,
    pub about: About,
    pub reason: String,
    /// The ground in law or in the rules, where the first step asks for it.
    pub basis: Option<String>,
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

/// Opens a case of a kind.
pub(super) async fn open(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let asked: OpenRequest = params::json(&request, &body)?;
    let uscc = Uscc::parse(&asked.uscc)
        .map_err(|error| Problem::new(Code::InvalidBody).fault("#/uscc", problem_texts::uscc(&error)))?;
    let caller = case_sight::acting(&caller, kind);
    let here = Here::of(&caller, &who);
    if parties::role_to_open(&here.party, kind, uscc.as_str()).is_none() {
        return Err(Problem::new(Code::NotYours));
    }
    let outcome = case_sight::to_open(&caller, kind, &uscc)?;
    let brought = Brought {
        reason: Some(asked.reason),
        basis: asked.basis,
        attachments: digests(&asked.attachments)?,
        about: Some(asked.about),
        ..Brought::default()
    };
    let key = Key::of(&request, &caller.principal, &[&body])?;
    let deed = move |state: &State, here: &Here, also: Also<'_>| {
        acts::open(&state.service, &here.party, (kind, uscc), &brought, also)
    };
    change(state, (here, outcome), key, 201, Box::new(deed)).await
}

/// Takes a step in a case of a kind.
pub(super) async fn step(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    body: Bytes,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::CaseNotFound)?;
    let verb = request.match_info().get("verb").and_then(Verb::of);
    let verb = verb.ok_or_else(|| Problem::new(Code::NotFound))?;
    let version = version_seen(&request)?;
    let asked: StepRequest =
        if body.is_empty() { StepRequest::default() } else { params::json(&request, &body)? };
    let brought = brought(asked)?;
    let caller = case_sight::acting(&caller, kind);
    let here = Here::of(&caller, &who);
    let seen = request.headers().get(header::IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let key = Key::of(&request, &caller.principal, &[&body, seen])?;
    let (party, named) = (here.party.clone(), id.clone());
    let (_, outcome) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        case_sight::visible(&mut connection, &caller, &party, (&named, Some(kind)))
    })
    .await?;
    let deed = move |state: &State, here: &Here, also: Also<'_>| {
        acts::step(&state.service, &here.party, (&id, kind, version), verb, &brought, also)
    };
    change(state, (here, outcome), key, 200, Box::new(deed)).await
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
    (here, outcome): (Here, access::Outcome),
    key: Option<Key>,
    status: u16,
    deed: Deed,
) -> Result<HttpResponse, Problem> {
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let kept = blocking(&state, move |state| {
        let (now, calendar) = (state.service.clock.now(), state.service.calendars.now());
        let answer = |(row, steps): &Taken| {
            let body = body_of(row, steps, (&here, outcome), (now, &calendar)).ok();
            let body = body.and_then(|body| serde_json::to_string(&body).ok()).unwrap_or_default();
            let folder = Kind::of(&row.kind).map_or("cases", cases::folder);
            let location = (status == 201).then(|| format!("/api/v1/{folder}/{}", row.id));
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
    let words = Words::new(error.zh(), error.to_string());
    let field = |pointer: &str, words| Problem::new(Code::InvalidBody).fault(pointer, words);
    match error {
        CaseError::NotFound => Problem::new(Code::CaseNotFound),
        CaseError::NotOpener => Problem::new(Code::NotYours),
        CaseError::NoEnterprise => Problem::new(Code::EnterpriseNotFound),
        CaseError::NoSuchThing => field("#/about", words),
        CaseError::AskWhom => field("#/asked", words),
        CaseError::NoSuchFile { .. } => field("#/attachments", words),
        CaseError::Computed { .. } => field("#/outcome", words),
        CaseError::Refused(Refusal::Stale { .. }) => Problem::new(Code::Changed),
        CaseError::NotSuperseded
        | CaseError::NotRepaired
        | CaseError::NotEvaluated
        | CaseError::NoRating
        | CaseError::OtherScorecard { .. }
        | CaseError::Refused(_) => Problem::new(Code::CaseRefused).detail(words),
        CaseError::Store(error) => error.into(),
    }
}

/// One case of a kind.
pub(super) async fn get(
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
        let (row, outcome) = case_sight::visible(&mut connection, &caller, &here.party, (&id, Some(kind)))?;
        let steps = store::steps_of(&mut connection, &row.id)?;
        let (now, calendar) = (state.service.clock.now(), state.service.calendars.now());
        Ok((body_of(&row, &steps, (&here, outcome), (now, &calendar))?, row.version))
    })
    .await?;
    Ok(versioned(version, &body))
}
