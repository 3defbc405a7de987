//! `/objections` and `/appeals`: an enterprise opens a case, its parties take their steps, each having seen the last.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::cases::{
    Case, ClockState, ClockView, Kind, Missing, Outcome, Refusal, Role, Step, Verb, clocks_of, is_disputed,
    stays_consequences,
};
use credit_core::dates::Moment;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Audience;
use crate::cases::acts::{self, Also, Brought, CaseError, Taken};
use crate::cases::parties::{self, Party};
use crate::cases::store::{self, CaseRow, Order};
use crate::cases::subject::About;
use crate::cases::{RULES, files};
use crate::evaluation::view::rfc3339;
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
use crate::identity::Means;
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

/// A step that was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepBody {
    pub number: u32,
    pub verb: &'static str,
    pub title: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    /// In what capacity it was taken.
    pub role: &'static str,
    /// Who took it; for an enterprise only its own agents.
    pub by: Option<String>,
    pub at: String,
    pub outcome: Option<&'static str>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    pub attachments: Vec<String>,
    /// SHA-256 of the step, which holds that of the one before; the ledger commits to it.
    pub digest: String,
}

/// A term that runs or ran.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClockBody {
    pub clock: &'static str,
    pub title: &'static str,
    /// In what capacity it is owed.
    pub owed_by: &'static str,
    /// The day from which it runs, itself not counted.
    pub runs_from: chrono::NaiveDate,
    /// The last day: with the outer bound, the earlier of both.
    pub ends_on: chrono::NaiveDate,
    /// The calendar of a year that it reaches into is not published, or a notice was not read yet.
    pub provisional: bool,
    /// `running`, `reminder`, `overdue`, `escalated`, `over`, `met`, `met_late` or `ended`.
    #[schema(value_type = String)]
    pub state: ClockState,
    pub stopped_on: Option<chrono::NaiveDate>,
}

/// Something this caller may do now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfferBody {
    pub verb: &'static str,
    pub title: &'static str,
    /// What the step must bring: `reason`, `basis`, `attachments`, `about`, or outcomes to choose from.
    pub brings: Vec<String>,
    /// It decides on somebody, as the second person.
    pub binds: bool,
}

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseBody {
    pub id: String,
    pub kind: &'static str,
    pub uscc: String,
    pub state: &'static str,
    pub state_title: &'static str,
    /// What `If-Match` of the next step names; also the `ETag`.
    pub version: i64,
    pub about: About,
    /// The department that was asked.
    pub asked: Option<String>,
    pub opened_at: String,
    /// The record is marked as disputed.
    pub disputed: bool,
    /// What a downgrade entails waits.
    pub stays_consequences: bool,
    pub clocks: Vec<ClockBody>,
    pub steps: Vec<StepBody>,
    pub allowed: Vec<OfferBody>,
}

/// A case in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseItem {
    pub id: String,
    pub kind: String,
    pub uscc: String,
    pub state: String,
    pub version: i64,
    pub opened_at: String,
    pub changed_at: String,
    pub open: bool,
    /// The day on which the first of its running terms ends.
    pub due_on: Option<chrono::NaiveDate>,
    pub overdue: bool,
}

impl CaseItem {
    fn of(row: CaseRow, now: Moment) -> Self {
        let due_on = (row.due_day != store::NO_DAY).then(|| credit_core::dates::from_day_number(row.due_day));
        Self {
            overdue: row.open != 0 && due_on.is_some_and(|day| day < now.shanghai_date()),
            due_on,
            id: row.id,
            kind: row.kind,
            uscc: row.uscc,
            state: row.state,
            version: row.version,
            opened_at: rfc3339(row.opened_at),
            changed_at: rfc3339(row.changed_at),
            open: row.open != 0,
        }
    }
}

/// Who asks, and in which language.
struct Here {
    party: Party,
    lang: Lang,
}

impl Here {
    fn of(caller: &Caller, who: &Who) -> Self {
        let actor = who.actor();
        let is_person = actor.user.is_some() || matches!(who.0.means, Means::Token);
        let party = Party { principal: caller.principal.clone(), person: actor.person, is_person };
        Self { party, lang: caller.lang }
    }
}

fn say(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    if lang == Lang::Zh { zh } else { en }
}

/// A case as this caller sees it.
fn body_of(row: &CaseRow, steps: &[Step], here: &Here, now: Moment) -> Result<CaseBody, Problem> {
    let (lang, kind) = (here.lang, row.kind()?);
    let case = Case { id: &row.id, kind, steps };
    let role = parties::role_in(&here.party, &row.uscc, row.asked.as_deref());
    let allowed = role.map(|role| case.allowed(&parties::actor(&here.party, role), now, &RULES));
    let state = case.state();
    Ok(CaseBody {
        id: row.id.clone(),
        kind: kind.code(),
        uscc: row.uscc.clone(),
        state: state.code(),
        state_title: say(lang, state.zh(), state.en()),
        version: row.version,
        about: row.about()?,
        asked: row.asked.clone(),
        opened_at: rfc3339(row.opened_at),
        disputed: is_disputed(&case),
        stays_consequences: stays_consequences(&case),
        clocks: clocks_of(steps, RULES.calendar, now)
            .into_iter()
            .map(|clock| clock_body(&clock, lang))
            .collect(),
        steps: steps.iter().map(|step| step_body(step, role, lang)).collect(),
        allowed: allowed
            .into_iter()
            .flatten()
            .map(|offer| OfferBody {
                verb: offer.verb.code(),
                title: say(lang, offer.verb.zh(), offer.verb.en()),
                brings: offer.brings.iter().flat_map(brings).collect(),
                binds: offer.binds,
            })
            .collect(),
    })
}

fn brings(missing: &Missing) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match missing {
        Missing::Reason => one("reason"),
        Missing::Basis => one("basis"),
        Missing::Attachment => one("attachments"),
        Missing::Subject(_) => one("about"),
        Missing::Outcome(outcomes) => {
            outcomes.iter().map(|outcome| format!("outcome:{}", outcome.code())).collect()
        }
    }
}

fn clock_body(clock: &ClockView, lang: Lang) -> ClockBody {
    ClockBody {
        clock: clock.clock.code(),
        title: say(lang, clock.clock.zh(), clock.clock.en()),
        owed_by: clock.owed_by.code(),
        runs_from: clock.runs_from,
        ends_on: clock.end.date,
        provisional: clock.end.provisional,
        state: clock.state,
        stopped_on: clock.stopped_on,
    }
}

/// Officers are named to those who answer for them, not to the enterprise.
fn step_body(step: &Step, reader: Option<Role>, lang: Lang) -> StepBody {
    let is_named = reader != Some(Role::Enterprise) || step.actor.role == Role::Enterprise;
    StepBody {
        number: step.number,
        verb: step.verb.code(),
        title: say(lang, step.verb.zh(), step.verb.en()),
        from: step.from.code(),
        to: step.to.code(),
        role: step.actor.role.code(),
        by: is_named.then(|| step.actor.id.clone()),
        at: rfc3339(step.at.0),
        outcome: step.outcome.map(Outcome::code),
        reason: step.reason.as_ref().and_then(|told| told.text.clone()),
        basis: step.basis.as_ref().and_then(|told| told.text.clone()),
        attachments: step.attachments.iter().map(|digest| String::from(*digest)).collect(),
        digest: String::from(step.digest),
    }
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
        CaseError::NoSuchThing => field("#/about", "该企业没有这条记录、评级或指标", said),
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

/// A file as it was brought.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseFileBody {
    /// SHA-256, hexadecimal: what a step attaches.
    pub digest: String,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
}

/// Brings a file that steps of the same person may attach: PDF, PNG or JPEG, at most 10 MiB.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/case-files",
    tag = "cases",
    params(("name" = Option<String>, Query, description = "1 to 200 characters; it is shown and means nothing")),
    request_body(content = Vec<u8>, content_type = "application/pdf", description = "PDF, PNG or JPEG, told from its first bytes"),
    responses(
        (status = 201, body = CaseFileBody, description = "Kept under its digest"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Nobody who is a party to cases"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "The file is too large"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "No PDF, PNG or JPEG"),
    ),
    security(("token" = []))
)]
pub async fn bring(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    file: Bytes,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    if matches!(parties::Of::visible_to(&here.party), parties::Of::Nobody) {
        return Err(Problem::new(Code::NotYours));
    }
    let name = Params::of(&request)?.text("name").unwrap_or("file").to_owned();
    let kept =
        blocking(&state, move |state| Ok(files::keep(&state.service, &here.party, &name, &file)?)).await?;
    let row = kept.ok_or_else(|| Problem::new(Code::UnsupportedMediaType))?;
    let body =
        CaseFileBody { digest: row.digest, name: row.name, media_type: row.media_type, bytes: row.bytes };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// A file that a step of a case attaches, for its parties; to be saved, never shown in place.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/files/{digest}",
    tag = "cases",
    params(
        ("id" = String, Path, description = "Id of the case"),
        ("digest" = String, Path, description = "SHA-256, hexadecimal"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream", description = "The bytes"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such case or file, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn file(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let here = Here::of(&caller, &who);
    let id = params::id(&request, Code::CaseNotFound)?;
    let digest = request.match_info().get("digest").unwrap_or_default().to_owned();
    let (row, bytes) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let absent = || Problem::new(Code::CaseNotFound);
        let row = store::find(&mut connection, &id)?;
        row.filter(|row| parties::sees(&here.party, row)).ok_or_else(absent)?;
        let steps = store::steps_of(&mut connection, &id)?;
        let mut attached = steps.iter().flat_map(|step| &step.attachments);
        if !attached.any(|one| String::from(*one) == digest) {
            return Err(absent());
        }
        let row = files::find(&mut connection, &digest)?.ok_or_else(absent)?;
        let bytes = std::fs::read(state.service.evidence.path_of(&digest));
        Ok((row, bytes.map_err(|error| Problem::internal(&error))?))
    })
    .await?;
    let ending = match row.media_type.as_str() {
        "application/pdf" => "pdf",
        "image/png" => "png",
        _ => "jpg",
    };
    let short = row.digest.get(..16).unwrap_or_default();
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{short}.{ending}\"")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(bytes))
}
