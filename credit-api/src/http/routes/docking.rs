//! `/docking`: a grade beside the classes of a department, the mappings themselves, and where sources disagree.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::grade::Grade;
use credit_core::records::{Class, ClassAuthority, Lang, Record};
use credit_core::rules::class::class_in_force;
use serde::Serialize;
use utoipa::ToSchema;

use super::enterprise::{ClassDecision, class_decision};
use super::withheld::{Reduced, Sieve, Withheld};
use crate::access::{Block, Subject, grade_block};
use crate::docking::disagree::Said;
use crate::docking::mapping::{Mapping, Mappings, Receiver};
use crate::docking::report::{self, Line, Place};
use crate::docking::sight::Sight;
use crate::evaluation::history;
use crate::evaluation::view::rfc3339;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::registry;
use crate::store::DbConnection;

/// The mappings that hold on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MappingsBody {
    pub at: NaiveDate,
    pub items: Vec<MappingBody>,
}

/// A mapping: dated, cited, and a recommendation only.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MappingBody {
    pub id: String,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
    /// `customs`, `safe`, `tax`, `public_credit` or `hangzhou`.
    pub receiver: &'static str,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub title: String,
    /// That it is a recommendation and no class of the receiver.
    pub note: String,
    pub basis: Vec<BasisBody>,
    /// The receiver's classes, the best first.
    pub classes: Vec<ClassBody>,
    pub grades: Vec<GradeBody>,
}

/// What a mapping rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BasisBody {
    /// `found` and `known`: law or practice; `uncertain`: to be checked; `ours`: decided by this product.
    pub certainty: &'static str,
    pub text: String,
}

/// A class of the receiver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClassBody {
    pub code: String,
    pub title: String,
    /// `false`: it takes a finding of the receiver, and is never recommended.
    pub recommendable: bool,
}

/// What stands beside a grade.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GradeBody {
    #[schema(value_type = String)]
    pub grade: Grade,
    /// `null`: nothing is recommended.
    pub class: Option<String>,
    pub text: String,
}

impl MappingBody {
    fn of(mapping: &Mapping, lang: Lang) -> Self {
        let text = |text: &crate::docking::mapping::Text| text.in_lang(lang).to_owned();
        Self {
            id: mapping.id.clone(),
            digest: hex::encode(mapping.digest),
            receiver: mapping.receiver.code(),
            valid_from: mapping.valid_from,
            valid_to: mapping.valid_to,
            title: text(&mapping.title),
            note: text(&mapping.note),
            basis: mapping
                .basis
                .iter()
                .map(|basis| BasisBody { certainty: basis.certainty.code(), text: text(&basis.text) })
                .collect(),
            classes: mapping
                .classes
                .iter()
                .map(|class| ClassBody {
                    code: class.code.clone(),
                    title: text(&class.text),
                    recommendable: class.recommendable,
                })
                .collect(),
            grades: mapping
                .grades
                .iter()
                .map(|line| GradeBody {
                    grade: line.grade,
                    class: line.class.clone(),
                    text: text(&line.text),
                })
                .collect(),
        }
    }
}

/// An enterprise's grade in the classes of a receiver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DockingBody {
    pub uscc: String,
    #[serde(rename = "for")]
    pub receiver: &'static str,
    pub at: NaiveDate,
    pub mapping: String,
    pub mapping_digest: String,
    /// Always `true`: nothing here is a class of the receiver.
    pub is_recommendation: bool,
    pub note: String,
    /// Our grade in force; `null` when there is none, or it is in `withheld`.
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    pub rated_as_of: Option<NaiveDate>,
    /// `null` where nothing stands beside the grade.
    pub recommended: Option<Recommended>,
    /// What `grade` means to the receiver.
    pub text: Option<String>,
    /// The receiver's own class in force, which alone counts.
    pub own_class: Option<OwnClass>,
    pub withheld: Vec<Withheld>,
    pub reduced: Vec<Reduced>,
}

/// The class that stands beside the grade.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recommended {
    pub code: String,
    pub title: String,
}

/// A class that the receiver itself gave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnClass {
    pub class: String,
    pub decision: Option<ClassDecision>,
}

/// A page of what sources disagree on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReconciliationBody {
    pub items: Vec<DisagreementBody>,
    /// Where the next page begins; `null` on the last. A page may be short and have a next one.
    pub next_cursor: Option<String>,
    pub withheld: Vec<Withheld>,
    pub reduced: Vec<Reduced>,
}

/// Two sources that cannot both be right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DisagreementBody {
    pub uscc: String,
    pub name: String,
    /// `name`, `legal_representative`, `status`, `established_on`, `registered_capital`, `address`, `region`,
    /// `customs_code`, `safe_directory`, `class_validity`, `class_and_list` or `list_exit`.
    pub fact: &'static str,
    pub title: String,
    pub one: SaidBody,
    pub other: SaidBody,
}

/// What one source says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SaidBody {
    /// `registration`, with `:samr`, `:zone` or `:customs` where the sender is named; `classes`; `lists`.
    pub source: &'static str,
    pub source_title: &'static str,
    /// As received; of an entry of a list `entered` or `removed`.
    pub value: String,
    pub authority: Option<String>,
    /// The date that the record gives.
    pub on: Option<NaiveDate>,
    pub decision_no: Option<String>,
    pub received_at: String,
}

impl SaidBody {
    fn of(said: Said, lang: Lang) -> Self {
        Self {
            source: said.source.code(),
            source_title: said.source.title(lang),
            value: said.value,
            authority: said.authority,
            on: said.on,
            decision_no: said.decision_no,
            received_at: rfc3339(said.received.0),
        }
    }
}

/// Which class of a department stands beside which grade, on a day: recommendations, with what they rest on.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/docking/mappings",
    tag = "docking",
    params(("at" = Option<NaiveDate>, Query, description = "The day; default today in Shanghai")),
    responses(
        (status = 200, body = MappingsBody, description = "The mappings that hold on the day; none before the first"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Bad parameter"),
    ),
    security((), ("token" = []))
)]
pub async fn mappings(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let at = Params::of(&request)?.date("at")?.unwrap_or_else(|| state.service.clock.today());
    let mappings = state.service.mappings.now();
    let items =
        mappings.all_at(at).into_iter().map(|mapping| MappingBody::of(mapping, caller.lang)).collect();
    answer::json(&request, &MappingsBody { at, items })
}

/// An enterprise's grade in the classes of a department: a recommendation, beside the department's own class.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/docking",
    tag = "docking",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("for" = String, Query, description = "customs, safe, tax, public_credit or hangzhou"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; with a token shows what is not public"),
    ),
    responses(
        (status = 200, body = DockingBody, description = "The recommendation, as far as this caller may see the grade"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC or parameter"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
    ),
    security((), ("token" = []))
)]
pub async fn of_enterprise(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let asked = Params::of(&request)?;
    let receiver = asked.one_of("for", &Receiver::CODES)?.and_then(Receiver::of_code).ok_or_else(|| {
        let known = Receiver::CODES.join(", ");
        Problem::parameter("for", format!("应为 {known} 之一"), format!("expected one of {known}"))
    })?;
    caller.needs(Subject::One(uscc.as_str()), Block::Identity)?;
    let caller = caller.about(&state, uscc).await?;
    let body = blocking(&state, move |state| read(state, &caller, uscc.as_str(), receiver)).await?;
    answer::json(&request, &body)
}

fn read(state: &State, caller: &Caller, uscc: &str, receiver: Receiver) -> Result<DockingBody, Problem> {
    let receiving = Receiving::today(state, receiver, None)?;
    let mut connection = state.service.database.connection()?;
    let body = beside(&mut connection, caller, Subject::One(uscc), &receiving)?;
    body.ok_or_else(|| Problem::new(Code::EnterpriseNotFound))
}

/// Whose classes grades are read in, on which day.
pub(super) struct Receiving {
    receiver: Receiver,
    mappings: Arc<Mappings>,
    today: NaiveDate,
    /// See [`Sieve::within`].
    only: Option<BTreeSet<Block>>,
}

impl Receiving {
    /// # Errors
    /// [`Code::NoMapping`].
    pub(super) fn today(
        state: &State,
        receiver: Receiver,
        only: Option<BTreeSet<Block>>,
    ) -> Result<Self, Problem> {
        let (today, mappings) = (state.service.clock.today(), state.service.mappings.now());
        match mappings.at(receiver, today) {
            Some(_) => Ok(Self { receiver, mappings, today, only }),
            None => Err(Problem::new(Code::NoMapping)),
        }
    }
}

/// An enterprise's grade and class as they are today, as far as the caller may see them; nothing of one that no
/// registration knows.
///
/// # Errors
/// The database's.
pub(super) fn beside(
    connection: &mut DbConnection,
    caller: &Caller,
    subject: Subject<'_>,
    receiving: &Receiving,
) -> Result<Option<DockingBody>, Problem> {
    let (Subject::One(uscc) | Subject::Among(uscc)) = subject else { return Ok(None) };
    let Receiving { receiver, mappings, today, only } = receiving;
    let mapping = mappings.at(*receiver, *today).ok_or_else(|| Problem::new(Code::NoMapping))?;
    if registry::find(connection, uscc)?.is_none() {
        return Ok(None);
    }
    let mut sieve = Sieve::new(caller, subject).within(only.as_ref());
    let rating = history::current(connection, uscc)?;
    let grade = rating.as_ref().and_then(|row| row.grade.parse::<Grade>().ok());
    // As on the page of the enterprise: a grade that is not shown and one that is not there look the same.
    let grade = sieve.shown(grade.map_or(Block::Grade, grade_block)).and(grade);
    let line = grade.and_then(|grade| mapping.of(grade));
    Ok(Some(DockingBody {
        uscc: uscc.to_owned(),
        receiver: receiver.code(),
        at: *today,
        mapping: mapping.id.clone(),
        mapping_digest: hex::encode(mapping.digest),
        is_recommendation: true,
        note: mapping.note.in_lang(caller.lang).to_owned(),
        grade,
        rated_as_of: rating.filter(|_| grade.is_some()).map(|row| row.as_of()),
        recommended: line.and_then(|(_, class)| class).map(|class| Recommended {
            code: class.code.clone(),
            title: class.text.in_lang(caller.lang).to_owned(),
        }),
        text: line.map(|(line, _)| line.text.in_lang(caller.lang).to_owned()),
        own_class: own_class(connection, uscc, *receiver, *today, &mut sieve)?,
        withheld: sieve.withheld,
        reduced: sieve.reduced,
    }))
}

/// The receiver's own class. The public credit appraisal is of no block that anybody is shown.
fn own_class(
    connection: &mut DbConnection,
    uscc: &str,
    receiver: Receiver,
    today: NaiveDate,
    sieve: &mut Sieve<'_>,
) -> Result<Option<OwnClass>, Problem> {
    let authority = match receiver {
        Receiver::Customs => ClassAuthority::Customs,
        Receiver::Safe => ClassAuthority::Safe,
        Receiver::Tax => ClassAuthority::Tax,
        Receiver::PublicCredit | Receiver::Hangzhou => return Ok(None),
    };
    let records = registry::records(connection, uscc)?;
    let classes: Vec<Class> = records
        .into_iter()
        .filter_map(|record| match record {
            Record::Classes(class) => Some(class),
            _ => None,
        })
        .collect();
    let class = class_in_force(&classes, authority, today);
    let block = match authority {
        ClassAuthority::Customs => Block::CustomsClass,
        ClassAuthority::Safe => Block::SafeClass,
        _ if class.is_some_and(|class| class.class.trim() == "A") => Block::TaxClassA,
        _ => Block::TaxClass,
    };
    let outcome = sieve.shown(block);
    Ok(outcome.and_then(|outcome| {
        class.map(|class| OwnClass { class: class.class.clone(), decision: class_decision(class, outcome) })
    }))
}

/// Where two sources disagree on a fact of one enterprise: both values, both sources, both dates.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/docking/reconciliation",
    tag = "docking",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = ReconciliationBody, description = "A page, by enterprise; `withheld` names the kinds of line that this caller is not shown"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not for this caller, or a purpose is missing"),
    ),
    security(("token" = []))
)]
pub async fn reconciliation(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    caller.needs_full(Subject::Many, Block::Reconciliation)?;
    let asked = Params::of(&request)?;
    let Page { limit, place, .. } = asked.page(List::Reconciliation)?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let body = blocking(&state, move |state| {
        let mut sieve = Sieve::new(&caller, Subject::Many);
        let sight = Sight::of(|block| sieve.shown(block));
        let mut connection = state.service.database.connection()?;
        let today = state.service.clock.today();
        let page = report::page(&mut connection, today, place.as_ref(), limit, &|fact| sight.shows(fact))?;
        let next_cursor = page.next.map(|place| cursor::encode(List::Reconciliation, &place.text()));
        let items = page.lines.into_iter().map(|line| item(line, &sight, caller.lang)).collect();
        Ok(ReconciliationBody { items, next_cursor, withheld: sieve.withheld, reduced: sieve.reduced })
    })
    .await?;
    answer::json(&request, &body)
}

impl cursor::Place for Place {
    fn text(&self) -> String {
        self.text()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

fn item(line: Line, sight: &Sight, lang: Lang) -> DisagreementBody {
    let about = sight.reduced(line.about);
    DisagreementBody {
        uscc: line.uscc,
        name: line.name,
        fact: about.fact.code(),
        title: about.fact.title(lang),
        one: SaidBody::of(about.one, lang),
        other: SaidBody::of(about.other, lang),
    }
}
