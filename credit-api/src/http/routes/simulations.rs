//! `POST /enterprises/{uscc}/simulations` and `GET /enterprises/{uscc}/advice`: what would happen, exactly; nothing
//! is stored.

use std::collections::BTreeMap;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::advice::{Change, plan, simulate};
use credit_core::evaluate::{CapInForce, Evaluation, Hundredths, SubScores};
use credit_core::grade::Grade;
use credit_core::indicator::{IndicatorId, Observation, Value};
use credit_core::records::Lang;
use credit_core::scorecard::{Scorecard, Unit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rating::{self, When};
use crate::access::Block;
use crate::evaluation::view::{IndicatorView, ReasonView, in_lang, rating_view};
use crate::http::answer;
use crate::http::cache::Cached;
use crate::http::caller::Caller;
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::Shared;

/// Digits of a number in a change, before and after the point together.
const NUMBER_DIGITS_MAX: usize = 18;

/// Changed indicator values.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationRequest {
    /// Date for which; default today in Shanghai.
    pub as_of: Option<NaiveDate>,
    /// What is supposed, by indicator id.
    #[schema(value_type = Object)]
    pub indicators: BTreeMap<String, Supposed>,
}

/// One supposition; exactly one field.
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
}

impl Outcome {
    fn of(evaluation: &Evaluation) -> Self {
        Self {
            grade_by_score: evaluation.grade_by_score,
            score: evaluation.score,
            score_raw: evaluation.score_raw,
            coverage: evaluation.coverage,
            sub_scores: evaluation.sub_scores,
            vetoes: evaluation.vetoes.clone(),
            caps: evaluation.caps.clone(),
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
    /// All 46, as supposed.
    pub indicators: Vec<IndicatorView>,
    pub reasons: Vec<ReasonView>,
}

/// What-if: changed indicator values give score, points and reasons. Nothing is stored.
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
    ),
    request_body = SimulationRequest,
    responses(
        (status = 200, body = Simulation, description = "Before and after"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise, or no rating"),
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
    caller.needs(Block::Score)?;
    let asked: SimulationRequest = params::json(&request, &body)?;
    let card = &state.service.card;
    let changes = changes(card, &asked.indicators)?;
    let as_of = asked.as_of.unwrap_or_else(|| state.service.clock.today());
    let found = rating::full(&state, uscc, When { as_of, known_at: None }, caller.lang).await?;
    let seen = &found.answer.assessed;
    let evaluation = simulate(card, seen.kind, &seen.observations, &seen.standing, &changes);
    let after = Outcome::of(&evaluation);
    let mut supposed = seen.clone();
    supposed.evaluation = evaluation;
    let view = rating_view(&supposed, found.answer.question, card, None, caller.lang);
    let simulation = Simulation {
        uscc: view.uscc,
        as_of,
        known_at: view.known_at,
        model: view.model,
        before: Outcome::of(&seen.evaluation),
        after,
        indicators: view.indicators,
        reasons: view.reasons,
    };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(simulation))
}

fn changes(
    card: &Scorecard,
    asked: &BTreeMap<String, Supposed>,
) -> Result<BTreeMap<IndicatorId, Change>, Problem> {
    let mut changes = BTreeMap::new();
    for (name, supposed) in asked {
        let pointer = format!("#/indicators/{}", name.replace('~', "~0").replace('/', "~1"));
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

/// The way to the next grade.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdviceBody {
    pub uscc: String,
    pub as_of: NaiveDate,
    #[schema(value_type = String)]
    pub grade_by_score: Grade,
    pub score: u16,
    /// The next better grade; `null` at AAA, or when `blocked_by` says what stands in the way.
    #[schema(value_type = Option<String>)]
    pub target: Option<Grade>,
    /// Vetoes, caps or conditions of N that no point overcomes.
    pub blocked_by: Vec<Obstacle>,
    /// Greatest gain first.
    pub steps: Vec<Step>,
    /// Whether the steps reach the target.
    pub reaches: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Obstacle {
    pub code: String,
    pub text: String,
}

/// One indicator into its next better bin.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Step {
    #[schema(value_type = String)]
    pub indicator: IndicatorId,
    pub name: String,
    pub from_bin: u16,
    pub to_bin: u16,
    /// Points gained once the steps before are done.
    #[schema(value_type = String)]
    pub gain: Hundredths,
    pub text: String,
}

/// What would raise the grade, the most effective first.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/advice",
    tag = "ratings",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("as_of" = Option<NaiveDate>, Query, description = "Date for which; default today in Shanghai"),
        ("known_at" = Option<String>, Query, description = "Knowledge of this time (RFC 3339); default now"),
        ("X-Purpose" = String, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = AdviceBody, description = "The way to the next grade"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise, or no rating"),
    ),
    security(("token" = []))
)]
pub async fn advice(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    caller.needs(Block::Score)?;
    let when = When::of(&Params::of(&request)?, &state)?;
    let found = rating::full(&state, uscc, when, caller.lang).await?;
    answer::json(&request, &advice_body(&state.service.card, &found, caller.lang))
}

fn advice_body(card: &Scorecard, found: &Cached, lang: Lang) -> AdviceBody {
    let seen = &found.answer.assessed;
    let plan = plan(card, seen.kind, &seen.observations, &seen.standing);
    let obstacle = |code: String| Obstacle { text: obstacle_text(card, found, &code, lang), code };
    AdviceBody {
        uscc: seen.uscc.to_string(),
        as_of: seen.as_of,
        grade_by_score: seen.evaluation.grade_by_score,
        score: seen.evaluation.score,
        target: plan.target,
        blocked_by: plan.blocked_by.into_iter().map(obstacle).collect(),
        steps: plan
            .steps
            .into_iter()
            .map(|step| Step {
                indicator: step.indicator,
                name: card
                    .indicator(step.indicator)
                    .map(|rule| in_lang(&rule.name, lang))
                    .unwrap_or_default(),
                from_bin: step.from_bin,
                to_bin: step.to_bin,
                gain: step.gain,
                text: in_lang(&step.text, lang),
            })
            .collect(),
        reaches: plan.reaches,
    }
}

fn obstacle_text(card: &Scorecard, found: &Cached, code: &str, lang: Lang) -> String {
    let evaluation = &found.answer.assessed.evaluation;
    if let Some(reason) = evaluation.n_reasons.iter().find(|reason| reason.code() == code) {
        return in_lang(card.unrated_text(*reason), lang);
    }
    card.reason_text(code).map(|text| in_lang(text, lang)).unwrap_or_default()
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
