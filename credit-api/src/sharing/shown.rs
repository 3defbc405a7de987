//! What of a change a reader is shown: the blocks that the rule permits, and nothing else. The rule is asked through
//! the function that is handed in, so that each look is noted where it is asked.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::feed::{CaseChange, Change, ClassChange, ListChange, RatingChange, What};
use crate::access::{Block, Outcome, grade_block};

/// The values of a change, as far as the reader sees them; what is not shown is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Values {
    /// Of a list or a class: `began`, `ended` or `corrected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<super::feed::Event>,
    /// Number of the rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_grade: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<NaiveDate>,
    /// What the ledger commits to for the rating, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub list: Option<credit_core::records::ListCode>,
    /// Of a list the deciding authority; of a class `customs`, `safe`, `tax` or `public_credit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_no: Option<String>,
    /// First day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// First day on which an entry of a list no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_on: Option<NaiveDate>,
    /// Source of the record that was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Which record of the source: the parts of its natural key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Vec<String>>,
    /// Of a measure of supervision: its code in the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Of a measure: `GET /measures/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure_id: Option<String>,
    /// Of a measure or a case: where it stands after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Of a measure that is a recommendation: whom it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// Of a case: `objection`, `appeal`, `repair`, `list_entry`, `alert` or `dispute`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_kind: Option<String>,
    /// Of a case: its id in the folder of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<String>,
    /// Of a case: number of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// Of a case: what was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// Of a case: the outcome of the step, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The rating that took the place of a corrected one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_seq: Option<i64>,
}

/// Whether a change tells of a rating: what came before a reader could see grades is history then.
#[must_use]
pub fn is_of_rating(change: &Change) -> bool {
    matches!(change.what, What::Rating(_) | What::RatingCorrected(_))
}

/// Whether a grant opens grades.
#[must_use]
pub fn is_of_grade(block: Block) -> bool {
    matches!(block, Block::GradeTop | Block::Grade)
}

/// What is shown of a change; nothing where the reader may see none of it. `may` answers for a block, and is asked for
/// no block that the change does not have.
pub fn values(change: &Change, may: &mut dyn FnMut(Block) -> Option<Outcome>) -> Option<Values> {
    match &change.what {
        What::Rating(rating) => of_rating(rating, may),
        What::List(list) => may(change.block).map(|outcome| of_list(list, outcome)),
        What::Class(class) => may(change.block).map(|outcome| of_class(class, outcome)),
        What::Record(record) => may(change.block).map(|outcome| Values {
            source: Some(record.source.as_str().to_owned()),
            key: (outcome == Outcome::Full).then(|| record.key.clone()),
            ..Values::default()
        }),
        What::Measure(measure) => may(change.block).map(|_| Values {
            event: Some(measure.event),
            measure: Some(measure.code.clone()),
            measure_id: Some(measure.id.clone()),
            state: Some(measure.state.clone()),
            agency: measure.agency.clone(),
            ..Values::default()
        }),
        What::Case(case) => may(change.block).map(|outcome| of_case(case, outcome)),
        What::RatingCorrected(correction) => may(change.block).map(|outcome| {
            let full = outcome == Outcome::Full;
            Values {
                seq: full.then_some(correction.seq),
                by_seq: full.then_some(correction.by_seq),
                ..Values::default()
            }
        }),
    }
}

/// Whoever sees only the two best grades learns that an enterprise has one, and that it has it no longer.
fn of_rating(rating: &RatingChange, may: &mut dyn FnMut(Block) -> Option<Outcome>) -> Option<Values> {
    let (now, before) = (grade_block(rating.grade), rating.previous.as_ref());
    let grade = may(now);
    let before = before.filter(|before| match grade_block(before.grade) {
        block if block == now => grade.is_some(),
        block => may(block).is_some(),
    });
    if grade.is_none() && before.is_none() {
        return None;
    }
    let score = may(Block::Score) == Some(Outcome::Full);
    let full = grade == Some(Outcome::Full);
    Some(Values {
        seq: full.then_some(rating.seq),
        grade: grade.map(|_| rating.grade.as_str().to_owned()),
        previous_grade: before.map(|before| before.grade.as_str().to_owned()),
        score: score.then_some(rating.score),
        previous_score: rating.previous.as_ref().filter(|_| score).map(|before| before.score),
        as_of: full.then_some(rating.as_of),
        commitment: full.then(|| rating.commitment.clone()),
        ..Values::default()
    })
}

/// Of an alert the enterprise is shown that there was one, and no more.
fn of_case(case: &CaseChange, outcome: Outcome) -> Values {
    let full = outcome == Outcome::Full;
    Values {
        case_kind: Some(case.kind.clone()),
        case_id: full.then(|| case.id.clone()),
        step: full.then_some(case.step),
        verb: full.then(|| case.verb.clone()),
        state: full.then(|| case.state.clone()),
        outcome: case.outcome.clone().filter(|_| full),
        ..Values::default()
    }
}

fn of_list(list: &ListChange, outcome: Outcome) -> Values {
    let full = outcome == Outcome::Full;
    Values {
        event: Some(list.event),
        list: Some(list.list),
        authority: full.then(|| list.authority.clone()),
        decision_no: full.then(|| list.decision_no.clone()),
        from: full.then_some(list.effective_on),
        until: list.expires_on.filter(|_| full),
        removed_on: list.removed_on.filter(|_| full),
        ..Values::default()
    }
}

/// The class alone, where no more is shown of it (`docs/adr/0020-access-by-cedar.md`).
fn of_class(class: &ClassChange, outcome: Outcome) -> Values {
    let full = outcome == Outcome::Full;
    let authority = serde_json::to_value(class.authority).ok();
    Values {
        event: Some(class.event),
        authority: authority.and_then(|value| value.as_str().map(str::to_owned)),
        class: Some(class.class.clone()),
        decision_no: class.decision_no.clone().filter(|_| full),
        from: full.then_some(class.valid_from),
        until: class.valid_to.filter(|_| full),
        ..Values::default()
    }
}
