//! `GET /enterprises/{uscc}/repair-plan`: which records weigh, when and where each can be repaired, free of charge.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::cases::Kind;
use credit_core::grade::Grade;
use credit_core::observe::{of_class, of_listing, of_penalty};
use credit_core::records::{ClassAuthority, Lang, Record};
use credit_core::repair::{ItemClass, RepairRules, Standing, Until, answer_by};
use credit_core::rules::Severity;
use credit_core::rules::mark::Mark;
use credit_core::scorecard::Text;
use serde::Serialize;
use utoipa::ToSchema;

use super::withheld::{Reduced, Sieve, Withheld};
use crate::access::{Block, Outcome, Subject};
use crate::cases;
use crate::cases::subject::RecordName;
use crate::evaluation::assess::Assessed;
use crate::evaluation::view::in_lang;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::registry;
use crate::repair::plan::{self, Planned};

/// The plan of an enterprise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RepairPlanBody {
    pub uscc: String,
    pub as_of: NaiveDate,
    /// The rule pack, such as `repair-2026.1`.
    pub rules: String,
    pub rules_from: NaiveDate,
    /// That official repair is free.
    pub free: String,
    /// That nothing is decided here.
    pub never: String,
    /// What is due after an application, and by which rule.
    pub answer: AnswerBody,
    /// The rating as it is; `null` where it is not shown, or there is none.
    pub now: Option<FiguresBody>,
    pub items: Vec<RepairItem>,
    pub withheld: Vec<Withheld>,
    /// Blocks of which a part would be shown; their records are not planned.
    pub reduced: Vec<Reduced>,
}

/// What is due after an application.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerBody {
    /// Working days from the application.
    pub credit_china_days: u16,
    /// Working days from the authority's receipt.
    pub authority_days: u16,
    /// The last day of the answer to an application of today.
    pub today_by: NaiveDate,
    /// The calendar of a year that it reaches into is not published.
    pub provisional: bool,
    pub basis: String,
    #[schema(value_type = String)]
    pub mark: Mark,
}

/// A grade and a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FiguresBody {
    /// By the score, before the comparison with earlier months.
    #[schema(value_type = String)]
    pub grade_by_score: Grade,
    pub score: u16,
    /// Before vetoes and caps.
    pub score_raw: u16,
}

/// What a repair would be worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RepairedBody {
    #[serde(flatten)]
    pub figures: FiguresBody,
    /// Points gained.
    pub gain: i32,
}

/// A record that weighs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RepairItem {
    /// As a case names it.
    pub record: RecordName,
    pub title: String,
    /// `minor`, `general` or `serious` of a penalty; the code of a list or of a class.
    pub class: String,
    pub decision_no: Option<String>,
    pub authority: String,
    /// Date of the document, from which terms run; itself not counted.
    pub decided_on: NaiveDate,
    /// The first day on which repair may be asked; `null`: only the source knows, or it ends before by itself.
    pub earliest_on: Option<NaiveDate>,
    /// The last day of publicity, which ends by itself; `null`: only the source ends it.
    pub latest_on: Option<NaiveDate>,
    /// `record` or `rule`: where the last day comes from.
    pub latest_from: Option<&'static str>,
    /// The record is published for longer than the rule allows, which can be objected to.
    pub exceeds_rule: bool,
    /// `not_yet`, `now` or `by_source`.
    pub standing: &'static str,
    /// Whether the term is over today; duties done and conduct corrected the authority checks.
    pub eligible: bool,
    pub channel: ChannelBody,
    pub papers: Vec<String>,
    pub conditions: String,
    pub rule: String,
    pub basis: String,
    /// `found`, `known`, `uncertain` or `design`: how sure the rule is.
    #[schema(value_type = String)]
    pub mark: Mark,
    /// What of the rule is to be confirmed.
    pub uncertain: Option<String>,
    /// The open case of its repair, where the caller may see it.
    pub case: Option<CaseName>,
    /// The rating had its source repaired it today; `null` where the score is not shown.
    pub repaired: Option<RepairedBody>,
}

/// Where it is filed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelBody {
    pub code: String,
    pub title: String,
    pub text: String,
}

/// A case and where it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseName {
    pub id: String,
    pub state: String,
}

/// For each record that weighs on an enterprise: when its repair may be asked, when it ends by itself, where, with
/// which papers, by which rule, and what the rating would be without it. Nothing is decided here, and nothing
/// costs anything.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/repair-plan",
    tag = "enterprises",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; with a token shows what is not public"),
    ),
    responses(
        (status = 200, body = RepairPlanBody, description = "The plan, as far as this caller may see its records"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
    ),
    security((), ("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    caller.needs(Subject::One(uscc.as_str()), Block::Identity)?;
    let caller = caller.about(&state, uscc).await?;
    let _turn = state.evaluating.acquire().await.map_err(|_| Problem::new(Code::Busy))?;
    let body = blocking(&state, move |state| read(state, &caller, uscc)).await?;
    answer::json(&request, &body)
}

fn read(state: &State, caller: &Caller, uscc: credit_core::uscc::Uscc) -> Result<RepairPlanBody, Problem> {
    let (service, lang) = (&state.service, caller.lang);
    let mut connection = service.database.connection()?;
    if registry::find(&mut connection, uscc.as_str())?.is_none() {
        return Err(Problem::new(Code::EnterpriseNotFound));
    }
    let subject = Subject::One(uscc.as_str());
    let mut sieve = Sieve::new(caller, subject);
    let mut full = |block: Block| sieve.shown(block) == Some(Outcome::Full);
    let is_scored = full(Block::Score);
    let blocks = [
        Block::Penalties,
        Block::MinorDishonesty,
        Block::Lists,
        Block::CustomsClass,
        Block::SafeClass,
        Block::TaxClass,
        Block::Indicators,
    ];
    let seen: Vec<Block> = blocks.into_iter().filter(|block| full(*block)).collect();
    let found = plan::of_enterprise(service, &mut connection, uscc, is_scored)?;
    let before = found.before.as_ref();
    let has_case = found.items.iter().any(|one| one.case.is_some());
    let sees_cases = has_case && caller.sees(subject, cases::block(Kind::Repair)).is_some();
    let items = found.items.iter().filter(|one| seen.contains(&block_of(&one.item.class)));
    let rules = RepairRules::embedded();
    let by = answer_by(rules, &service.calendars.now(), found.today);
    Ok(RepairPlanBody {
        uscc: uscc.to_string(),
        as_of: found.today,
        rules: rules.id.clone(),
        rules_from: rules.effective_from,
        free: say(lang, &rules.free_zh, &rules.free_en),
        never: say(lang, &rules.never_zh, &rules.never_en),
        answer: AnswerBody {
            credit_china_days: rules.answer.credit_china_days,
            authority_days: rules.answer.authority_days,
            today_by: by.date,
            provisional: by.provisional,
            basis: say(lang, &rules.answer.basis_zh, &rules.answer.basis_en),
            mark: rules.answer.mark,
        },
        now: before.map(figures),
        items: items
            .map(|one| {
                let case = one.case.as_ref().filter(|_| sees_cases);
                let case = case.map(|row| CaseName { id: row.id.clone(), state: row.state.clone() });
                item_body(one, case, before, rules, lang)
            })
            .collect(),
        withheld: sieve.withheld,
        reduced: sieve.reduced,
    })
}

fn say(lang: Lang, zh: &str, en: &str) -> String {
    if lang == Lang::Zh { zh } else { en }.to_owned()
}

/// The block that a record belongs to.
pub(crate) fn block_of(class: &ItemClass) -> Block {
    match class {
        ItemClass::Penalty(Severity::Minor) => Block::MinorDishonesty,
        ItemClass::Penalty(_) => Block::Penalties,
        ItemClass::Listing(_) => Block::Lists,
        ItemClass::Class(ClassAuthority::Customs, _) => Block::CustomsClass,
        ItemClass::Class(ClassAuthority::Safe, _) => Block::SafeClass,
        ItemClass::Class(ClassAuthority::Tax, _) => Block::TaxClass,
        // It is shown as the value of P12 and nowhere else.
        ItemClass::Class(ClassAuthority::PublicCredit, _) => Block::Indicators,
    }
}

fn figures(one: &Assessed) -> FiguresBody {
    let evaluation = &one.evaluation;
    FiguresBody {
        grade_by_score: evaluation.grade_by_score,
        score: evaluation.score,
        score_raw: evaluation.score_raw,
    }
}

/// What the record itself says: title, number, authority.
pub(crate) fn said(record: &Record) -> (Text, Option<String>, String) {
    match record {
        Record::Penalties(row) => (of_penalty(row), Some(row.doc_no.clone()), row.authority.clone()),
        Record::Lists(row) => (of_listing(row), Some(row.decision_no.clone()), row.authority.clone()),
        Record::Classes(row) => {
            let title = of_class(row);
            let authority = credit_core::rules::class::authority_name(row.authority).to_owned();
            (title, row.decision_no.clone(), authority)
        }
        _ => (Text { zh: String::new(), en: String::new() }, None, String::new()),
    }
}

fn item_body(
    one: &Planned,
    case: Option<CaseName>,
    before: Option<&Assessed>,
    rules: &RepairRules,
    lang: Lang,
) -> RepairItem {
    let (item, rule) = (&one.item, one.item.rule);
    let (title, decision_no, authority) = said(&one.record);
    let channel = rules.channel(rule);
    let repaired = before.zip(one.after.as_ref()).map(|(before, after)| RepairedBody {
        gain: i32::from(after.evaluation.score) - i32::from(before.evaluation.score),
        figures: figures(after),
    });
    RepairItem {
        record: one.name(),
        title: in_lang(&title, lang),
        class: item.class.code().to_owned(),
        decision_no,
        authority,
        decided_on: item.from,
        earliest_on: item.earliest_on,
        latest_on: item.latest_on.map(|(day, _)| day),
        latest_from: item.latest_on.map(|(_, from)| match from {
            Until::Record => "record",
            Until::Rule => "rule",
        }),
        exceeds_rule: item.exceeds_rule,
        standing: item.standing.code(),
        eligible: item.standing == Standing::Now,
        channel: ChannelBody {
            code: rule.channel.clone(),
            title: channel.map(|one| say(lang, &one.title_zh, &one.title_en)).unwrap_or_default(),
            text: channel.map(|one| say(lang, &one.text_zh, &one.text_en)).unwrap_or_default(),
        },
        papers: rules.papers(rule).map(|paper| say(lang, &paper.title_zh, &paper.title_en)).collect(),
        conditions: say(lang, &rule.conditions_zh, &rule.conditions_en),
        rule: rule.id.clone(),
        basis: say(lang, &rule.basis_zh, &rule.basis_en),
        mark: rule.mark,
        uncertain: rule
            .uncertain_zh
            .as_ref()
            .zip(rule.uncertain_en.as_ref())
            .map(|(zh, en)| say(lang, zh, en)),
        case,
        repaired,
    }
}
