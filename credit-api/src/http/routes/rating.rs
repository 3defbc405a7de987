//! `GET /enterprises/{uscc}/rating`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::grade::Grade;
use credit_core::indicator::SubjectKind;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};

use super::partial::{Sight, partial};
use super::withheld::{Sieve, Withheld};
use crate::access::{Block, Reason, Subject, grade_block};
use crate::evaluation::ask;
use crate::evaluation::statement::valid_until;
use crate::evaluation::view::{RatingView, rfc3339};
use crate::evaluation::{history, knowledge};
use crate::http::answer::{self, Written};
use crate::http::cache::{self, Cached, Key, Stamp};
use crate::http::caller::Caller;
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::registry;

/// A rating with everything it rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FullRating<'a> {
    #[serde(flatten)]
    pub rating: &'a RatingView,
    pub withheld: [Withheld; 0],
}

/// One of [`FullRating`], [`super::partial::PartialRating`] and [`PublicRating`], as the document of the interface says
/// it.
pub struct RatingAnswer;

impl utoipa::PartialSchema for RatingAnswer {
    fn schema() -> RefOr<Schema> {
        let names = ["FullRating", "PartialRating", "PublicRating"];
        // Whatever is a full one is a public one with more in it, so that "one of" would be wrong.
        names.into_iter().fold(AnyOfBuilder::new(), |any, name| any.item(Ref::from_schema_name(name))).into()
    }
}

impl ToSchema for RatingAnswer {}

/// What anybody sees of a rating.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicRating {
    pub uscc: String,
    pub name: String,
    pub as_of: NaiveDate,
    pub known_at: String,
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "E1")]
    pub kind: SubjectKind,
    /// Only AAA and AA are public; `null` says nothing about the grade.
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    pub model: String,
    pub model_digest: String,
    pub valid_until: NaiveDate,
    pub withheld: Vec<Withheld>,
}

/// When the question is about.
#[derive(Debug, Clone, Copy)]
pub struct When {
    pub as_of: NaiveDate,
    /// Milliseconds; `None`: everything known.
    pub known_at: Option<i64>,
}

impl When {
    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn of(params: &Params, state: &State) -> Result<Self, Problem> {
        let as_of = params.date("as_of")?.unwrap_or_else(|| state.service.clock.today());
        Ok(Self { as_of, known_at: params.time("known_at")? })
    }
}

/// The rating of an enterprise, for a date and with the knowledge of a time.
///
/// Anybody sees the grade when it is AAA or AA. What else is shown, and how much of it, follows the disclosure matrix.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/rating",
    tag = "ratings",
    params(
        ("uscc" = String, Path, description = "Unified social credit code, 18 characters"),
        ("as_of" = Option<NaiveDate>, Query, description = "Date for which; default today in Shanghai"),
        ("known_at" = Option<String>, Query, description = "Knowledge of this time (RFC 3339); default now"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; needed with a token"),
    ),
    responses(
        (status = 200, description = "What this caller may see: all of it (FullRating), a part with `withheld` and `reduced` (PartialRating), or PublicRating", body = RatingAnswer),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC or parameter"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "A purpose or the enterprise's consent is missing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise, or no rating"),
    ),
    security((), ("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let when = When::of(&Params::of(&request)?, &state)?;
    let caller = caller.about(&state, uscc).await?;
    let one = Subject::One(uscc.as_str());
    let sight = Sight::of(&caller, one);
    match sight.nothing() {
        // What would be shown with a purpose or a consent is refused with the way to get it.
        Some(Reason::PurposeNeeded | Reason::PurposeUnfit | Reason::ConsentNeeded) => {
            caller.needs(one, Block::Grade)?;
            caller.needs(one, Block::Score)?;
        }
        Some(_) => return answer::json(&request, &public(&state, &caller, uscc, when).await?),
        None => {}
    }
    if when.known_at.is_some() || when.as_of != state.service.clock.today() {
        // A rating of another day is one of the history.
        caller.needs_full(one, Block::History)?;
    }
    let found = full(&state, uscc, when, caller.lang).await?;
    if sight.everything() {
        return Ok(found.body.answer(&request));
    }
    answer::json(&request, &partial(&found.answer.view, &caller, one))
}

/// The whole rating, from memory while nothing changed that it rests on.
///
/// # Errors
/// [`Code::EnterpriseNotFound`], [`Code::NoRating`]; the database's.
pub async fn full(state: &Shared, uscc: Uscc, when: When, lang: Lang) -> Result<Arc<Cached>, Problem> {
    let key = Key::new(uscc, when.as_of, when.known_at, lang);
    let fresh = state.ratings.fresh_stamp(state.service.clock.now().0, state.jobs.finished());
    if let Some(found) = fresh.and_then(|stamp| state.ratings.get(stamp, &key)) {
        return Ok(found);
    }
    let stamp = match fresh {
        Some(stamp) => stamp,
        None => blocking(state, read_stamp).await?,
    };
    if let Some(found) = state.ratings.get(stamp, &key) {
        return Ok(found);
    }
    let _turn = state.evaluating.acquire().await.map_err(|_| Problem::new(Code::Busy))?;
    blocking(state, move |state| {
        let stamp = read_stamp(state)?;
        match state.ratings.get(stamp, &key) {
            Some(found) => Ok(found),
            None => compute(state, key, when, lang, stamp),
        }
    })
    .await
}

fn read_stamp(state: &State) -> Result<Stamp, Problem> {
    let (now, jobs) = (state.service.clock.now().0, state.jobs.finished());
    // Counted first: what comes in between makes the next stamp another.
    let cosigned = state.anchor.view().cosignature_count();
    let stamp = cache::stamp(&mut *state.service.database.connection()?, cosigned)?;
    state.ratings.set_stamp(stamp, now, jobs);
    Ok(stamp)
}

fn compute(state: &State, key: Key, when: When, lang: Lang, stamp: Stamp) -> Result<Arc<Cached>, Problem> {
    let service = &state.service;
    let mut connection = service.database.connection()?;
    let found = service.in_parallel(|| {
        let ledger = Some(state.anchor.view().as_ref());
        ask::rating(service, &mut connection, ledger, key.uscc, Some(when.as_of), when.known_at, lang)
    })?;
    let Some(answer) = found else {
        let known = registry::find(&mut connection, key.uscc.as_str())?;
        return Err(Problem::new(if known.is_some() { Code::NoRating } else { Code::EnterpriseNotFound }));
    };
    let body = Written::json(&FullRating { rating: &answer.view, withheld: [] })?;
    let cached = Arc::new(Cached { answer, body });
    state.ratings.put(stamp, key, Arc::clone(&cached));
    Ok(cached)
}

/// The public part, from the record: nothing is computed for somebody unknown.
async fn public(state: &Shared, caller: &Caller, uscc: Uscc, when: When) -> Result<PublicRating, Problem> {
    let caller = caller.clone();
    blocking(state, move |state| {
        let mut connection = state.service.database.connection()?;
        let enterprise = registry::find(&mut connection, uscc.as_str())?
            .ok_or_else(|| Problem::new(Code::EnterpriseNotFound))?;
        let kind = SubjectKind::ALL.into_iter().find(|kind| kind.as_str() == enterprise.kind);
        let known_at = when.known_at.unwrap_or(i64::MAX);
        let row = history::in_force(&mut connection, uscc.as_str(), day_number(when.as_of), known_at)?;
        let grade = row.as_ref().and_then(|row| row.grade.parse::<Grade>().ok());
        let mut sieve = Sieve::new(&caller, Subject::One(uscc.as_str()));
        let grade = grade.filter(|grade| sieve.ask_quietly(grade_block(*grade)));
        if grade.is_none() {
            sieve.shown(Block::Grade);
        }
        for block in [Block::Score, Block::Indicators, Block::History, Block::Receipt] {
            sieve.shown(block);
        }
        let known_at = when.known_at.unwrap_or(knowledge::latest_knowledge(&mut connection)?);
        Ok(PublicRating {
            uscc: enterprise.uscc,
            name: enterprise.name,
            as_of: when.as_of,
            known_at: rfc3339(known_at),
            kind: kind.unwrap_or(SubjectKind::E1),
            grade,
            model: state.service.card.id.clone(),
            model_digest: hex::encode(state.service.card.digest()),
            valid_until: valid_until(when.as_of),
            withheld: sieve.withheld,
        })
    })
    .await
}
