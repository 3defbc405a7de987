//! A rating as it is shown: the JSON of ruling A14, the same for the command line, the API and the pages.

use credit_core::evaluate::{CapInForce, Evaluation, Hundredths, ReasonKind, SubScores};
use credit_core::grade::{Decision, Grade, Why};
use credit_core::indicator::{IndicatorId, State, SubjectKind, Value};
use credit_core::records::Lang;
use credit_core::scorecard::Scorecard;
use credit_core::standing::UnratedReason;
use serde::Serialize;
use utoipa::ToSchema;

use super::assess::Assessed;
use super::knowledge::Question;
use super::sign_off::{self, SignOffView};
use super::statement::valid_until;

/// Digits after the point of a published ratio; the exact fraction stands beside it.
const RATIO_DIGITS: u32 = 6;

/// A rating.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RatingView {
    pub uscc: String,
    pub name: String,
    pub as_of: chrono::NaiveDate,
    pub known_at: String,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: SubjectKind,
    #[schema(value_type = String)]
    pub grade: Grade,
    #[schema(value_type = String)]
    pub grade_by_score: Grade,
    #[schema(value_type = Option<String>)]
    pub pending_grade: Option<Grade>,
    /// Why the grade in force is what it is.
    #[schema(value_type = String)]
    pub grade_why: Why,
    /// The two signatures that a move of two or more grades needs; `null` when there is no such move.
    pub sign_off: Option<SignOffView>,
    pub score: u16,
    pub score_raw: u16,
    #[schema(value_type = String)]
    pub coverage: Hundredths,
    #[schema(value_type = Object)]
    pub sub_scores: SubScores,
    pub indicators: Vec<IndicatorView>,
    pub vetoes: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    pub caps: Vec<CapInForce>,
    #[schema(value_type = Vec<String>)]
    pub n_reasons: Vec<UnratedReason>,
    pub reasons: Vec<ReasonView>,
    pub model: String,
    pub model_digest: String,
    pub valid_until: chrono::NaiveDate,
    pub anchor: Option<AnchorView>,
}

/// One indicator's part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorView {
    #[schema(value_type = String)]
    pub id: IndicatorId,
    pub name: String,
    #[schema(value_type = String)]
    pub state: State,
    /// A decimal with at most six places (rounded half up), or a category code.
    pub value: Option<String>,
    /// The exact value where it is a fraction.
    pub ratio: Option<[String; 2]>,
    pub n: u64,
    pub bin: Option<u16>,
    pub bp: Option<u16>,
    pub max: u16,
    #[schema(value_type = String)]
    pub points: Hundredths,
    #[schema(value_type = String)]
    pub loss: Hundredths,
}

/// One reason, in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReasonView {
    pub code: String,
    #[schema(value_type = String)]
    pub kind: ReasonKind,
    #[schema(value_type = String)]
    pub loss: Hundredths,
    pub text: String,
}

/// Where the rating stands on the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnchorView {
    /// `pending`, `sequenced` or `final`.
    pub state: &'static str,
    /// Place in the enterprise's history, from 1.
    pub seq: i64,
    pub leaf_index: Option<i64>,
    pub block: Option<i64>,
    pub commitment: String,
    pub recorded_at: String,
    /// The witnesses that have cosigned it, in the order of the policy.
    pub cosigners: Vec<CosignerView>,
    /// What the state means, in words.
    pub text: String,
}

/// A witness that has cosigned a checkpoint over an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CosignerView {
    /// Its name in the policy.
    pub name: String,
    /// Leaves of the checkpoint.
    pub size: u64,
    /// When it cosigned, as it says.
    pub at: String,
}

/// Renders an assessed enterprise.
#[must_use]
pub fn rating_view(
    one: &Assessed,
    question: Question,
    card: &Scorecard,
    anchor: Option<AnchorView>,
    lang: Lang,
) -> RatingView {
    let Evaluation { grade_by_score, score, score_raw, coverage, sub_scores, .. } = one.evaluation;
    let Decision { grade, pending_grade, why } = one.decision;
    RatingView {
        uscc: one.uscc.to_string(),
        name: one.name.clone(),
        as_of: question.as_of,
        known_at: rfc3339(question.known_at),
        kind: one.kind,
        grade,
        grade_by_score,
        pending_grade,
        grade_why: why,
        sign_off: sign_off::view(one, lang),
        score,
        score_raw,
        coverage,
        sub_scores,
        indicators: indicators(one, card, lang),
        vetoes: one.evaluation.vetoes.clone(),
        caps: one.evaluation.caps.clone(),
        n_reasons: one.evaluation.n_reasons.clone(),
        reasons: reasons(one, card, lang),
        model: one.evaluation.model.clone(),
        model_digest: hex::encode(card.digest()),
        valid_until: valid_until(question.as_of),
        anchor,
    }
}

fn indicators(one: &Assessed, card: &Scorecard, lang: Lang) -> Vec<IndicatorView> {
    one.evaluation
        .indicators
        .iter()
        .map(|part| IndicatorView {
            id: part.id,
            name: card.indicator(part.id).map(|rule| in_lang(&rule.name, lang)).unwrap_or_default(),
            state: part.state,
            value: part.value.as_ref().map(value_text),
            ratio: part.value.as_ref().and_then(|value| match value {
                Value::Ratio { num, den } => Some([num.to_string(), den.to_string()]),
                Value::Category(_) => None,
            }),
            n: part.n,
            bin: part.bin,
            bp: part.bp,
            max: part.max,
            points: part.points,
            loss: part.loss,
        })
        .collect()
}

fn reasons(one: &Assessed, card: &Scorecard, lang: Lang) -> Vec<ReasonView> {
    one.evaluation
        .reasons
        .iter()
        .map(|reason| ReasonView {
            code: reason.code.to_string(),
            kind: reason.kind,
            loss: reason.loss,
            text: match reason.kind {
                ReasonKind::Insufficient => in_lang(&card.texts.insufficient, lang),
                ReasonKind::Voided => in_lang(&card.texts.voided, lang),
                _ => card.reason_text(&reason.code).map(|text| in_lang(text, lang)).unwrap_or_default(),
            },
        })
        .collect()
}

/// The text of a language.
#[must_use]
pub fn in_lang(text: &credit_core::scorecard::Text, lang: Lang) -> String {
    match lang {
        Lang::Zh => text.zh.clone(),
        Lang::En => text.en.clone(),
    }
}

/// A value for people: a category's code, or a decimal without trailing zeros.
#[must_use]
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Category(code) => code.clone(),
        Value::Ratio { num, den } => decimal(*num, *den),
    }
}

/// `num/den` rounded half up to six places.
fn decimal(num: i128, den: i128) -> String {
    let scale = 10i128.pow(RATIO_DIGITS);
    if den <= 0 {
        return String::new();
    }
    let (sign, num) = if num < 0 { ("-", -num) } else { ("", num) };
    let (whole, rest) = (num / den, num % den);
    // `rest < den`; dividing both keeps the product inside i128 for the large sums of T11.
    let shrink = (den / (i128::MAX / scale / 4)).max(1);
    let part = ((rest / shrink) * scale * 2 + den / shrink) / (den / shrink * 2);
    let (whole, part) = if part >= scale { (whole + 1, 0) } else { (whole, part) };
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{part:06}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// Milliseconds as RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        .unwrap_or_default()
}
