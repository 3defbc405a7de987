//! `/measures`: which measures of supervision hold for an enterprise, on any day, and what persons decide on them.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::dates::{Moment, SHANGHAI_OFFSET_MS, day_number};
use credit_core::records::Lang;
use credit_core::supervision::{State as Stands, Verb};
use serde::Deserialize;

use super::case_body::Here;
use super::measure_body::{CatalogueBody, MeasureBody, MeasureItem, MeasuresBody};
use crate::access::{Ask, Audience, Block, Subject};
use crate::http::acts::{Refusal, anchored, once, signed_in, version_seen, versioned};
use crate::http::answer;
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::store::{DbConnection, StoreError};
use crate::supervision::acts::{self, MeasureError};
use crate::supervision::statement::Step;
use crate::supervision::store::{self, MeasureRow, Taken, Which};

const DAY_MS: i64 = 86_400_000;

/// Why somebody decides so.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// 1 to 1000 characters.
    pub reason: String,
}

/// The catalogue of measures that holds today: what follows from which class or list, by whose power, on what basis.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/measures/catalogue",
    tag = "supervision",
    responses(
        (status = 200, body = CatalogueBody, description = "The catalogue"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
    ),
    security((), ("token" = []))
)]
pub async fn catalogue(request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer::json(&request, &CatalogueBody::embedded())
}

/// The measures that hold, or held on a day: of one enterprise; for the zone office, reviewers, auditors and agencies
/// of all, for an agency those that are recommended to it.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/measures",
    tag = "supervision",
    params(
        ("uscc" = Option<String>, Query, description = "One enterprise alone"),
        ("at" = Option<String>, Query, description = "Day of Asia/Shanghai, as it stood at its end; now without it"),
        ("state" = Option<String>, Query, description = "in_force (default), proposed, confirmed, frozen, stayed, refused, ended or lifted; others than in_force for the zone office, reviewers and auditors"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = MeasuresBody, description = "A page of measures, the oldest first"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, or not disclosed to this caller"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    let params = Params::of(&request)?;
    let uscc = params.uscc("uscc")?;
    let subject = uscc.as_ref().map_or(Subject::Many, |uscc| Subject::One(uscc.as_str()));
    caller.needs_asked(&own(&caller, subject, caller.principal.audience.is_department()))?;
    let codes = Stands::ALL.map(Stands::code);
    let wanted = params.one_of("state", &codes)?.and_then(Stands::of).unwrap_or(Stands::InForce);
    if wanted != Stands::InForce && !sees_all(&caller) {
        let (zh, en) = ("只能查看生效中的措施", "only measures in force are shown to you");
        return Err(Problem::parameter("state", zh, en));
    }
    let now = state.service.clock.now();
    let page: Page<(i64, String)> = params.page(List::Measures)?;
    let at = moment(params.date("at")?, now)?;
    let which = Which {
        uscc: uscc.map(|uscc| uscc.to_string()),
        states: vec![wanted],
        agency: Some(caller.principal.audience).filter(|audience| is_told(*audience)),
        at,
        after: page.place.clone(),
        ..Which::default()
    };
    let body = blocking(&state, move |state| shown(state, &caller, &which, &page)).await?;
    answer::json(&request, &body)
}

fn shown(
    state: &State,
    caller: &Caller,
    which: &Which,
    page: &Page<(i64, String)>,
) -> Result<MeasuresBody, Problem> {
    let mut connection = state.service.database.connection()?;
    let found = store::at(&mut connection, which, page.wanted())?;
    let (found, next_cursor) = page.cut(found, |one| (one.made_at, one.id.clone()));
    let ids: Vec<String> = found.iter().map(|one| one.id.clone()).collect();
    let rows = store::these(&mut connection, &ids)?;
    let mut items = Vec::with_capacity(found.len());
    for then in found {
        let Some(row) = rows.get(&then.id) else { continue };
        if which.uscc.is_none() {
            // Each of many is looked at.
            let ask = own(caller, Subject::Among(&row.uscc), is_addressed(row, caller));
            if caller.sees_ask(&ask).is_none() {
                continue;
            }
        }
        items.push(MeasureItem::of(row, &then, shows_cause(caller), caller.lang)?);
    }
    Ok(MeasuresBody { at: crate::evaluation::view::rfc3339(which.at), items, next_cursor })
}

/// The zone's own column sees everything that is due; others what holds.
fn sees_all(caller: &Caller) -> bool {
    let audience = caller.principal.audience;
    matches!(audience, Audience::Commerce | Audience::Operator | Audience::Reviewer | Audience::Auditor)
}

/// Whether somebody is shown recommendations to itself alone.
fn is_told(audience: Audience) -> bool {
    audience.is_department() && audience != Audience::Commerce
}

/// An agency is told what is recommended; grade and lists it reads under their own rules.
fn shows_cause(caller: &Caller) -> bool {
    !is_told(caller.principal.audience)
}

fn is_addressed(row: &MeasureRow, caller: &Caller) -> bool {
    row.agency.as_deref() == Some(caller.principal.audience.code())
}

fn own<'a>(caller: &'a Caller, subject: Subject<'a>, own_organisation: bool) -> Ask<'a> {
    Ask { own_organisation, ..caller.ask(subject, Block::Measures) }
}

/// The last millisecond of a day, or now; of a day to come nothing is known.
fn moment(day: Option<NaiveDate>, now: Moment) -> Result<i64, Problem> {
    let Some(day) = day else { return Ok(now.0) };
    if day > now.shanghai_date() {
        return Err(Problem::parameter("at", "不得晚于今日", "not later than today"));
    }
    let end = (i64::from(day_number(day)) + 1) * DAY_MS - SHANGHAI_OFFSET_MS - 1;
    Ok(end.min(now.0))
}

/// One measure, with its steps; its `ETag` is what a decision names.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/measures/{id}",
    tag = "supervision",
    params(
        ("id" = String, Path, description = "Id of the measure"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = MeasureBody, description = "The measure"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such measure, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    named_purpose(&caller)?;
    let id = params::id(&request, Code::MeasureNotFound)?;
    let (version, body) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let (row, steps) = visible(&mut connection, &caller, &id)?;
        Ok((row.version, body_of(&row, &steps, &caller)?))
    })
    .await?;
    Ok(versioned(version, &body))
}

/// Whoever names no purpose is told so, whether or not there is such a measure.
fn named_purpose(caller: &Caller) -> Result<(), Problem> {
    if caller.purpose.is_some() {
        return Ok(());
    }
    let purposes = caller.rules().purposes_of(&caller.principal);
    Err(Problem::new(Code::PurposeRequired).purposes(purposes))
}

/// A measure that the caller sees: an enterprise or agency what holds or held, the others all.
fn visible(
    connection: &mut DbConnection,
    caller: &Caller,
    id: &str,
) -> Result<(MeasureRow, Vec<Step>), Problem> {
    let not_found = || Problem::new(Code::MeasureNotFound);
    let row = store::find(connection, id)?.ok_or_else(not_found)?;
    let ask = own(caller, Subject::One(&row.uscc), is_addressed(&row, caller));
    caller.needs_asked(&ask).map_err(|_| not_found())?;
    let steps = store::steps_of(connection, id)?;
    let has_held = steps.iter().any(|step| step.state == Stands::InForce.code());
    if has_held || sees_all(caller) { Ok((row, steps)) } else { Err(not_found()) }
}

fn body_of(row: &MeasureRow, steps: &[Step], caller: &Caller) -> Result<MeasureBody, StoreError> {
    // Officers are named to those who answer for them.
    MeasureBody::of(row, steps, (shows_cause(caller), sees_all(caller)), caller.lang)
}

/// What a decision is called, where it is sent, and what is said of it; what is said of all three is said here.
macro_rules! decision {
    ($name:ident = $verb:expr, $path:tt $says:tt, done: $done:tt, conflict: $conflict:tt) => {
        #[doc = $says]
        #[doc = ""]
        #[doc = "# Errors"]
        #[doc = "Problems."]
        #[utoipa::path(
            post,
            path = $path,
            tag = "supervision",
            params(
                ("id" = String, Path, description = "Id of the measure"),
                ("If-Match" = String, Header, description = "ETag of the measure as it was read"),
                ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
                ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
            ),
            request_body = DecisionRequest,
            responses(
                (status = 200, body = MeasureBody, description = $done),
                (
                    status = 400, body = ProblemBody, content_type = "application/problem+json",
                    description = "Invalid body"
                ),
                (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this role, or purpose required"),
                (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such measure, or not yours"),
                (status = 409, body = ProblemBody, content_type = "application/problem+json", description = $conflict),
                (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "It has changed since"),
                (status = 428, body = ProblemBody, content_type = "application/problem+json", description = "If-Match is missing"),
            ),
            security(("token" = []))
        )]
        pub async fn $name(
            state: Shared,
            caller: Caller,
            who: Who,
            request: HttpRequest,
            body: Bytes,
        ) -> Result<HttpResponse, Problem> {
            decide(state, (caller, who), request, body, $verb).await
        }
    };
}

decision! {
    confirm = Verb::Confirm, "/api/v1/measures/{id}/confirm"
        "Confirms a measure that binds: an officer first, and where something is taken away a reviewer after the officer.",
    done: "Confirmed, and on its way to the ledger",
    conflict: "Not in this state, the same person, or the lists are stale"
}

decision! {
    refuse = Verb::Refuse, "/api/v1/measures/{id}/refuse"
        "Refuses what was proposed: it is not proposed again for the same cause.",
    done: "Refused", conflict: "The state of the measure does not allow it"
}

decision! {
    lift = Verb::Lift, "/api/v1/measures/{id}/lift"
        "Lifts a measure though its cause is still there; it does not begin again for the same cause.",
    done: "Lifted", conflict: "The state of the measure does not allow it"
}

async fn decide(
    state: Shared,
    (caller, who): (Caller, Who),
    request: HttpRequest,
    body: Bytes,
    verb: Verb,
) -> Result<HttpResponse, Problem> {
    signed_in(&caller)?;
    named_purpose(&caller)?;
    let id = params::id(&request, Code::MeasureNotFound)?;
    let seen = request.headers().get(header::IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let key = Key::of(&request, &caller.principal, &[&body, seen])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let version = version_seen(&request)?;
    let asked: DecisionRequest = params::json(&request, &body)?;
    let party = Here::of(&caller, &who).party;
    let kept = blocking(&state, move |state| {
        let (_, steps) = visible(&mut *state.service.database.connection()?, &caller, &id)?;
        let answer = |taken: &Taken| {
            let mut steps = steps.clone();
            steps.push(taken.step.clone());
            let body = body_of(&taken.row, &steps, &caller).ok();
            let body = body.and_then(|body| serde_json::to_string(&body).ok()).unwrap_or_default();
            Kept { status: 200, location: None, body }
        };
        let kept = once(state, key.as_ref(), answer, |also| {
            acts::decide(&state.service, &party, (&id, version), verb, &asked.reason, also)
        })?;
        Ok(anchored(state, kept, "a decision on a measure"))
    })
    .await?;
    Ok(kept.answer())
}

impl Refusal for MeasureError {
    fn of_store(self) -> Result<StoreError, Problem> {
        match self {
            MeasureError::Store(error) => Ok(error),
            refused => Err(problem(&refused)),
        }
    }
}

fn problem(error: &MeasureError) -> Problem {
    let words = Words::new(error.message(Lang::Zh), error.message(Lang::En));
    match error {
        MeasureError::NotFound => Problem::new(Code::MeasureNotFound),
        MeasureError::NotTheirs | MeasureError::NotYours { .. } => Problem::new(Code::NotYours).detail(words),
        MeasureError::SamePerson => Problem::new(Code::SamePerson).detail(words),
        MeasureError::Reason => Problem::new(Code::InvalidBody).fault("#/reason", words),
        MeasureError::Standing(_) | MeasureError::Stale => Problem::new(Code::WrongStanding).detail(words),
        MeasureError::Changed => Problem::new(Code::Changed),
        MeasureError::Store(error) => Problem::internal(error),
    }
}
