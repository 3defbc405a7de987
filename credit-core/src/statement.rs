//! The rating statement behind a ledger entry (`docs/LEDGER.md`, commitment): what a rating said, field by field.
//!
//! The ledger commits to `SCALE(field_id, salt, value)` of every field, so that one field can be shown without the
//! others. Field ids and encodings are fixed for ever; a new fact gets a new id.

mod codec;
pub mod field;
mod recompute;

use std::collections::BTreeMap;

use chrono::NaiveDate;

pub use recompute::{Mismatch, Recomputed, recompute};

use crate::dates::Moment;
use crate::evaluate::{CapInForce, Evaluation, Hundredths, SubScores};
use crate::grade::{Decision, Grade};
use crate::indicator::{IndicatorId, State, SubjectKind, Value};
use crate::scorecard::Scorecard;
use crate::standing::UnratedReason;
use crate::uscc::Uscc;

/// A field's value in SCALE, next to its id.
pub type Field = (u16, Vec<u8>);

/// Everything a rating says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub uscc: Uscc,
    pub as_of: NaiveDate,
    pub known_at: Moment,
    pub kind: SubjectKind,
    pub scorecard_id: String,
    pub scorecard_digest: [u8; 32],
    /// The grade in force before; `None` for a first rating.
    pub previous_grade: Option<Grade>,
    /// The grade in force, after hysteresis.
    pub grade: Grade,
    /// The band after vetoes, caps and N, before hysteresis.
    pub grade_by_score: Grade,
    pub pending_grade: Option<Grade>,
    pub score: u16,
    /// Before vetoes and caps.
    pub score_raw: u16,
    pub sub_scores: SubScores,
    /// In percent, rounded half up to 0.01.
    pub coverage: Hundredths,
    pub vetoes: Vec<String>,
    pub caps: Vec<CapInForce>,
    pub n_reasons: Vec<UnratedReason>,
    /// The last day on which it may be shown as current (ruling F6).
    pub valid_until: NaiveDate,
    /// SHA-256 of the record of the two signatures that the grade in force rests on, if it does.
    pub sign_off: Option<[u8; 32]>,
    /// All 46, in catalogue order.
    pub indicators: Vec<DisclosedIndicator>,
}

/// One indicator as the statement discloses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosedIndicator {
    pub id: IndicatorId,
    pub state: State,
    pub value: Option<Value>,
    pub n: u64,
    /// SHA-256 of the evidence: the records behind the value.
    pub evidence: [u8; 32],
}

/// Why a list of fields is no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    #[error("field {found} stands where {expected} belongs")]
    Order { expected: u16, found: u16 },
    #[error("a statement has {expected} fields, this has {found}")]
    Count { expected: usize, found: usize },
    #[error("field {id} ({}) cannot be read: {why}", field::name(*.id).unwrap_or("unknown"))]
    Value { id: u16, why: &'static str },
}

/// When, for whom and from what an evaluation was made: what a statement says beside the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances {
    pub uscc: Uscc,
    pub as_of: NaiveDate,
    pub known_at: Moment,
    pub previous_grade: Option<Grade>,
    pub valid_until: NaiveDate,
    /// SHA-256 of the sign-off the grade rests on.
    pub sign_off: Option<[u8; 32]>,
    /// SHA-256 of each indicator's evidence; a missing one counts as 32 zero bytes.
    pub evidence: BTreeMap<IndicatorId, [u8; 32]>,
}

impl Statement {
    /// The statement of an evaluation and the decision on the grade in force.
    #[must_use]
    pub fn new(card: &Scorecard, outcome: &Evaluation, decision: &Decision, around: &Circumstances) -> Self {
        let indicators = outcome.indicators.iter().map(|result| DisclosedIndicator {
            id: result.id,
            state: result.state,
            value: result.value.clone(),
            n: result.n,
            evidence: around.evidence.get(&result.id).copied().unwrap_or_default(),
        });
        Self {
            uscc: around.uscc,
            as_of: around.as_of,
            known_at: around.known_at,
            kind: outcome.kind,
            scorecard_id: card.id.clone(),
            scorecard_digest: card.digest(),
            previous_grade: around.previous_grade,
            grade: decision.grade,
            grade_by_score: outcome.grade_by_score,
            pending_grade: decision.pending_grade,
            score: outcome.score,
            score_raw: outcome.score_raw,
            sub_scores: outcome.sub_scores,
            coverage: outcome.coverage,
            vetoes: outcome.vetoes.clone(),
            caps: outcome.caps.clone(),
            n_reasons: outcome.n_reasons.clone(),
            valid_until: around.valid_until,
            sign_off: around.sign_off,
            indicators: indicators.collect(),
        }
    }

    /// All fields, ids ascending.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        codec::encode(self)
    }

    /// Reads what [`Statement::fields`] wrote: every field once (`sign_off` only where there is one), ids ascending,
    /// each value in its only encoding.
    ///
    /// # Errors
    /// [`StatementError`] names the first field that is missing, out of place or not readable.
    pub fn from_fields(fields: &[Field]) -> Result<Self, StatementError> {
        codec::decode(fields)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
