//! `GET /enterprises/{uscc}/advice`: what would raise the grade, exactly.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::advice::plan;
use credit_core::evaluate::Hundredths;
use credit_core::grade::Grade;
use credit_core::indicator::IndicatorId;
use credit_core::records::Lang;
use credit_core::scorecard::Scorecard;
use serde::Serialize;
use utoipa::ToSchema;

use super::rating::{self, When};
use crate::access::{Block, Subject};
use crate::evaluation::view::in_lang;
use crate::http::answer;
use crate::http::cache::Cached;
use crate::http::caller::Caller;
use crate::http::params::{self, Params};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::Shared;

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
    let caller = caller.about(&state, uscc).await?;
    let one = Subject::One(uscc.as_str());
    for block in [Block::Score, Block::Indicators] {
        caller.needs_full(one, block)?;
    }
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
