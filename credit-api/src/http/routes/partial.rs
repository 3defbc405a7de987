//! A rating for somebody who may see a part of it.

use chrono::NaiveDate;
use credit_core::evaluate::{CapInForce, Hundredths, SubScores};
use credit_core::grade::{Grade, Why};
use credit_core::indicator::{IndicatorId, State, SubjectKind};
use credit_core::standing::UnratedReason;
use serde::Serialize;
use utoipa::ToSchema;

use super::withheld::{Reduced, Sieve, Withheld};
use crate::access::{Block, Outcome, Reason, Subject, aggregate, grade_block};
use crate::evaluation::sign_off::SignOffView;
use crate::evaluation::view::{AnchorView, IndicatorView, RatingView, ReasonView};
use crate::http::caller::Caller;

/// What the rule says of the blocks of a rating, before it is known what the grade is.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    grade: Outcome,
    score: Outcome,
    indicators: Outcome,
}

impl Sight {
    #[must_use]
    pub fn of(caller: &Caller, subject: Subject<'_>) -> Self {
        let of = |block| caller.may(subject, block).outcome;
        Self { grade: of(Block::Grade), score: of(Block::Score), indicators: of(Block::Indicators) }
    }

    /// Whether nothing is changed or left out.
    #[must_use]
    pub fn everything(self) -> bool {
        [self.grade, self.score, self.indicators].iter().all(|outcome| *outcome == Outcome::Full)
    }

    /// Why nothing but the public part is shown; `None` when something is.
    #[must_use]
    pub fn nothing(self) -> Option<Reason> {
        let mut reasons =
            [self.grade, self.score, self.indicators].into_iter().map(|outcome| match outcome {
                Outcome::Refused(reason) => Some(reason),
                _ => None,
            });
        let first = reasons.next().flatten()?;
        let rest: Option<Vec<Reason>> = reasons.collect();
        // A way to see more is said rather than that there is none.
        let all = std::iter::once(first).chain(rest?);
        all.reduce(|one, other| if one == Reason::NotDisclosed { other } else { one })
    }
}

/// A rating of which some blocks are withheld or reduced; what is left out is not there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartialRating<'a> {
    pub uscc: &'a str,
    pub name: &'a str,
    pub as_of: NaiveDate,
    pub known_at: &'a str,
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "E1")]
    pub kind: SubjectKind,
    /// `null` says nothing about the grade; see `withheld`.
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub about_grade: Option<AboutGrade<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub scored: Option<Scored<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicators: Option<Indicators<'a>>,
    pub model: &'a str,
    pub model_digest: &'a str,
    pub valid_until: NaiveDate,
    pub withheld: Vec<Withheld>,
    pub reduced: Vec<Reduced>,
}

/// What belongs to the grade beside the grade.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AboutGrade<'a> {
    #[schema(value_type = String)]
    pub grade_by_score: Grade,
    #[schema(value_type = Option<String>)]
    pub pending_grade: Option<Grade>,
    #[schema(value_type = String)]
    pub grade_why: Why,
    pub sign_off: &'a Option<SignOffView>,
    #[schema(value_type = Vec<String>)]
    pub n_reasons: &'a [UnratedReason],
    pub anchor: &'a Option<AnchorView>,
}

/// What belongs to the score.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scored<'a> {
    pub score: u16,
    pub score_raw: u16,
    #[schema(value_type = String)]
    pub coverage: Hundredths,
    #[schema(value_type = Object)]
    pub sub_scores: SubScores,
    pub vetoes: &'a [String],
    #[schema(value_type = Vec<Object>)]
    pub caps: &'a [CapInForce],
    pub reasons: &'a [ReasonView],
}

/// The indicators: with their values, or each with its band alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Indicators<'a> {
    Values(&'a [IndicatorView]),
    Bands(Vec<IndicatorBand<'a>>),
}

/// An indicator without its value.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorBand<'a> {
    #[schema(value_type = String)]
    pub id: IndicatorId,
    pub name: &'a str,
    #[schema(value_type = String)]
    pub state: State,
    /// `good`, `middle` or `weak`: the third of its maximum that it reached; `null` when it does not count.
    pub band: Option<&'static str>,
}

/// What `caller` may see of a rating.
#[must_use]
pub fn partial<'a>(view: &'a RatingView, caller: &'a Caller, subject: Subject<'a>) -> PartialRating<'a> {
    let mut sieve = Sieve::new(caller, subject);
    let grade = sieve.shown(grade_block(view.grade));
    let score = sieve.shown(Block::Score);
    let indicators = sieve.shown(Block::Indicators);
    PartialRating {
        uscc: &view.uscc,
        name: &view.name,
        as_of: view.as_of,
        known_at: &view.known_at,
        kind: view.kind,
        grade: grade.map(|_| view.grade),
        about_grade: grade.filter(|outcome| is_whole(*outcome, caller, subject)).map(|_| about_grade(view)),
        scored: score.filter(|outcome| *outcome == Outcome::Full).map(|_| scored(view)),
        indicators: indicators.and_then(|outcome| match outcome {
            Outcome::Full => Some(Indicators::Values(&view.indicators)),
            Outcome::Aggregate => Some(Indicators::Bands(view.indicators.iter().map(band).collect())),
            _ => None,
        }),
        model: &view.model,
        model_digest: &view.model_digest,
        valid_until: view.valid_until,
        withheld: sieve.withheld,
        reduced: sieve.reduced,
    }
}

/// The two best grades are public; what stands beside them is not, and follows the other grades.
fn is_whole(outcome: Outcome, caller: &Caller, subject: Subject<'_>) -> bool {
    outcome == Outcome::Full && caller.may(subject, Block::Grade).outcome == Outcome::Full
}

fn about_grade(view: &RatingView) -> AboutGrade<'_> {
    AboutGrade {
        grade_by_score: view.grade_by_score,
        pending_grade: view.pending_grade,
        grade_why: view.grade_why,
        sign_off: &view.sign_off,
        n_reasons: &view.n_reasons,
        anchor: &view.anchor,
    }
}

fn scored(view: &RatingView) -> Scored<'_> {
    Scored {
        score: view.score,
        score_raw: view.score_raw,
        coverage: view.coverage,
        sub_scores: view.sub_scores,
        vetoes: &view.vetoes,
        caps: &view.caps,
        reasons: &view.reasons,
    }
}

fn band(view: &IndicatorView) -> IndicatorBand<'_> {
    IndicatorBand { id: view.id, name: &view.name, state: view.state, band: view.bp.map(aggregate::points) }
}
