//! `POST /enterprises/{uscc}/simulations`: what would be with other facts or other indicator values; nothing is
//! stored.

use std::collections::BTreeMap;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::advice::{Change, simulate};
use credit_core::evaluate::{CapInForce, Hundredths, SubScores};
use credit_core::grade::Grade;
use credit_core::indicator::{IndicatorId, Observation, Value};
use credit_core::records::Lang;
use credit_core::scorecard::{Scorecard, Unit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rating::{self, When};
use crate::access::{Block, Subject};
use crate::evaluation::assess::Assessed;
use crate::evaluation::knowledge::Question;
use crate::evaluation::run;
use crate::evaluation::suppose::{FactChanges, Fault, Known, suppose};
use crate::evaluation::view::{IndicatorView, ReasonView, rating_view, rfc3339};
use crate::http::caller::Caller;
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};

/// Digits of a number in a change, before and after the point together.
const NUMBER_DIGITS_MAX: usize = 18;

/// What is supposed: other facts, other indicator values, or both; the values come after the facts.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationRequest {
    /// Date for which; default today in Shanghai.
    pub as_of: Option<NaiveDate>,
    /// Records removed, changed or added, in the columns of the source files.
    #[serde(default)]
    pub facts: FactChanges,
    /// Values by indicator id.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub indicators: BTreeMap<String, Supposed>,
}

/// One supposed value; exactly one field.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supposed {
    /// A decimal, or the category code.
    Value(String),
    /// Numerator and denominator, whole numbers.
    Ratio([String; 2]),
    /// Basis points of the maximum, 0 to 10000.
    Bp(u16),
    /// `not_applicable` or `insufficient`.
    State(SupposedState),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupposedState {
    NotApplicable,
    Insufficient,
}

/// What an evaluation says, before the comparison with earlier months.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Outcome {
    #[schema(value_type = String)]
    pub grade_by_score: Grade,
    pub score: u16,
    pub score_raw: u16,
    #[schema(value_type = String)]
    pub coverage: Hundredths,
    #[schema(value_type = Object)]
    pub sub_scores: SubScores,
    pub vetoes: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    pub caps: Vec<CapInForce>,
    /// All 46, each with its points.
    pub indicators: Vec<IndicatorView>,
    /// Largest loss first.
    pub reasons: Vec<ReasonView>,
}

impl Outcome {
    fn of(one: &Assessed, question: Question, card: &Scorecard, lang: Lang) -> Self {
        let view = rating_view(one, question, card, None, lang);
        Self {
            grade_by_score: view.grade_by_score,
            score: view.score,
            score_raw: view.score_raw,
            coverage: view.coverage,
            sub_scores: view.sub_scores,
            vetoes: view.vetoes,
            caps: view.caps,
            indicators: view.indicators,
            reasons: view.reasons,
        }
    }
}

/// What would be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Simulation {
    pub uscc: String,
    pub as_of: NaiveDate,
    pub known_at: String,
    pub model: String,
    pub before: Outcome,
    pub after: Outcome,
    /// Indicators whose value, state or points differ, in catalogue order.
    #[schema(value_type = Vec<String>)]
    pub changed: Vec<IndicatorId>,
}

/// What-if: changed facts or indicator values give score, points and reasons, before and after. Nothing is stored.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/enterprises/{uscc}/simulations",
    tag = "ratings",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
    ),
    request_body = SimulationRequest,
    responses(
        (status = 200, body = Simulation, description = "Before and after"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body; errors point into it"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise, or no rating"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Idempotency key used for another request"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn simulate_one(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let caller = caller.about(&state, uscc).await?;
    for block in [Block::Score, Block::Indicators] {
        caller.needs_full(Subject::One(uscc.as_str()), block)?;
    }
    let key = Key::of(&request, &caller.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: SimulationRequest = params::json(&request, &body)?;
    let changes = changes(&state.service.card, &asked.indicators)?;
    let as_of = asked.as_of.unwrap_or_else(|| state.service.clock.today());
    let found = rating::full(&state, uscc, When { as_of, known_at: None }, caller.lang).await?;
    let lang = caller.lang;
    let kept = blocking(&state, move |state| {
        let (seen, question) = (&found.answer.assessed, found.answer.question);
        let mut after = match asked.facts.is_empty() {
            true => seen.clone(),
            false => with_facts(state, seen, question, &asked.facts)?,
        };
        let card = &state.service.card;
        if !changes.is_empty() {
            after.evaluation = simulate(card, after.kind, &after.observations, &after.standing, &changes);
        }
        let simulation = compare(seen, &after, question, card, lang);
        let body = serde_json::to_string(&simulation).map_err(|error| Problem::internal(&error))?;
        let kept = Kept { status: 200, location: None, body };
        match &key {
            Some(key) => idempotency::remember(state, key, kept),
            None => Ok(kept),
        }
    })
    .await?;
    Ok(kept.answer())
}

/// The enterprise as it would be assessed with other facts.
fn with_facts(
    state: &State,
    seen: &Assessed,
    question: Question,
    facts: &FactChanges,
) -> Result<Assessed, Problem> {
    let service = &state.service;
    let mut connection = service.database.connection()?;
    let known = Known::load(&mut connection, seen.uscc, question.known_at)?;
    let known = suppose(known, facts).map_err(|faults| not_supposable(&faults))?;
    let found = service.in_parallel(|| {
        run::ask_supposing(&mut connection, question, &known, (&service.card, &service.medians))
    })?;
    found.ok_or_else(|| Problem::new(Code::NoRating))
}

fn not_supposable(faults: &[Fault]) -> Problem {
    faults.iter().fold(Problem::new(Code::InvalidBody), |problem, fault| {
        let steps = fault.place.iter().map(|step| format!("/{}", params::pointer_step(step)));
        let pointer = format!("#/facts{}", steps.collect::<String>());
        problem.fault(pointer, Words::new(fault.wrong.message(Lang::Zh), fault.wrong.message(Lang::En)))
    })
}

fn compare(
    seen: &Assessed,
    after: &Assessed,
    question: Question,
    card: &Scorecard,
    lang: Lang,
) -> Simulation {
    let (old, new) = (seen.evaluation.indicators.iter(), after.evaluation.indicators.iter());
    Simulation {
        uscc: seen.uscc.to_string(),
        as_of: question.as_of,
        known_at: rfc3339(question.known_at),
        model: seen.evaluation.model.clone(),
        before: Outcome::of(seen, question, card, lang),
        after: Outcome::of(after, question, card, lang),
        changed: old.zip(new).filter(|(old, new)| old != new).map(|(old, _)| old.id).collect(),
    }
}

fn changes(
    card: &Scorecard,
    asked: &BTreeMap<String, Supposed>,
) -> Result<BTreeMap<IndicatorId, Change>, Problem> {
    let mut changes = BTreeMap::new();
    for (name, supposed) in asked {
        let pointer = format!("#/indicators/{}", params::pointer_step(name));
        let wrong = |words| Problem::new(Code::InvalidBody).fault(pointer.clone(), words);
        let id: IndicatorId = name
            .parse()
            .map_err(|_| wrong(Words::new("没有此编号的指标", "there is no indicator of this id")))?;
        changes.insert(id, change(card, id, supposed).map_err(wrong)?);
    }
    Ok(changes)
}

fn change(card: &Scorecard, id: IndicatorId, supposed: &Supposed) -> Result<Change, Words> {
    let category = card.indicator(id).is_some_and(|indicator| indicator.unit == Unit::Category);
    Ok(match supposed {
        Supposed::Bp(bp) if *bp <= 10_000 => Change::Bp(*bp),
        Supposed::Bp(_) => return Err(Words::new("bp 应为 0 至 10000", "bp is 0 to 10000")),
        Supposed::State(SupposedState::NotApplicable) => Change::Observation(Observation::not_applicable()),
        Supposed::State(SupposedState::Insufficient) => Change::Observation(Observation::insufficient(0)),
        Supposed::Value(text) if category => Change::Value(Value::Category(text.clone())),
        Supposed::Value(text) => Change::Value(decimal(text)?),
        Supposed::Ratio([num, den]) => {
            let number =
                |text: &str| whole(text).ok_or_else(|| Words::new("应为整数", "expected whole numbers"));
            let (num, den) = (number(num)?, number(den)?);
            if den <= 0 {
                return Err(Words::new("分母应为正数", "the denominator must be positive"));
            }
            Change::Value(Value::Ratio { num, den })
        }
    })
}

fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let good = (1..=NUMBER_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

/// A decimal as an exact fraction.
fn decimal(text: &str) -> Result<Value, Words> {
    let wrong = || Words::new("应为十进制数，如 \"0.985\"", "expected a decimal such as \"0.985\"");
    let (before, after) = text.split_once('.').unwrap_or((text, "0"));
    if after.is_empty() || !after.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let num = whole(&format!("{before}{after}")).filter(|_| whole(before).is_some()).ok_or_else(wrong)?;
    let digits = u32::try_from(after.len()).map_err(|_| wrong())?;
    Ok(Value::Ratio { num, den: 10i128.pow(digits) })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_an_exact_fraction() {
        assert_eq!(decimal("0.985").unwrap(), Value::Ratio { num: 985, den: 1_000 });
        assert_eq!(decimal("12").unwrap(), Value::Ratio { num: 120, den: 10 });
        assert_eq!(decimal("-1.5").unwrap(), Value::Ratio { num: -15, den: 10 });
        for bad in
            ["", ".", "1.", ".5", "1e3", "+1", "1.-5", "１", "1234567890123456789", "1.00000000000000000000"]
        {
            assert!(decimal(bad).is_err(), "{bad}");
        }
    }
}
